"""What was dropped, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

__all__ = ["Reason", "Rejection"]


class Reason(str, Enum):
    """Name why something was dropped. The value is what users see and filter by."""

    # whole files and records
    EMPTY = "empty"
    NOT_TEXT = "not_text"
    UNREADABLE = "unreadable"
    BAD_ENCODING = "bad_encoding"
    BAD_RECORD = "bad_record"
    MISSING_TEXT = "missing_text"
    TOO_LARGE = "too_large"
    UNKNOWN_FORMAT = "unknown_format"
    NO_ARTICLE_TEXT = "no_article_text"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    UNCERTAIN_LANGUAGE = "uncertain_language"
    LEFT_OUT = "left_out"
    DEFECT = "defect"
    # lines inside an article
    BREADCRUMB = "breadcrumb"
    NAVIGATION = "navigation"
    SHARE_BUTTONS = "share_buttons"
    SOCIAL_LINKS = "social_links"
    COMMENTS = "comments"
    MOST_READ = "most_read"
    RELATED = "related"
    CONTACT = "contact"
    COOKIES = "cookies"
    LEGAL = "legal"
    NEWSLETTER = "newsletter"
    BYLINE = "byline"
    REPEATED_TITLE = "repeated_title"
    REPEATED_BODY = "repeated_body"
    CALL_TO_ACTION = "call_to_action"
    # segments
    ENGINE_FAILED = "engine_failed"
    NO_ENGINE = "no_engine"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Report something that was dropped, and why.

    ``unit`` says what was dropped (``file``, ``record``, ``line``, ``segment``, ``article``); ``item_id`` names it;
    ``text`` is what went (shortened), ``detail`` the reason in words with the remedy where there is one.
    """

    item_id: str
    stage: str
    unit: Literal["file", "record", "article", "line", "segment"]
    reason: Reason
    detail: str
    article_id: str | None = None
    text: str | None = None
    start: int | None = None
    end: int | None = None
