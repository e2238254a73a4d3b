"""The words of page furniture: what a language's table holds, and all tables compiled into one.

All tables apply to every text: an English article on a Korean site carries Korean buttons. Entries are regular
expressions without groups that must match a whole cell (a line, or a part of a line between separators), without
regard to case, after decoration such as bullets, brackets and counters has been taken off.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.records import Reason

__all__ = ["Lexicon", "Matcher", "matcher"]

_Patterns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Hold one language's table.

    ``share`` to ``legal`` are cells that are furniture wherever they stand alone. ``home`` opens a breadcrumb;
    ``sections`` are names of sections, furniture only beside others of their kind. ``most_read``, ``related`` and
    ``contact`` head a block (the title of a list, or the label before an inline one). ``legal_phrases`` mark a line
    wherever they occur in it. ``updated`` are the words before the time of a later change. The last three count only
    after the prose, in lines that are no sentences: ``margin_labels`` before a colon, ``invitations`` (to
    subscribe, to follow, to write in) and ``notices`` (of rights) anywhere in the line.
    """

    share: _Patterns
    comments: _Patterns
    newsletter: _Patterns
    cookies: _Patterns
    legal: _Patterns
    legal_phrases: _Patterns
    navigation: _Patterns
    call_to_action: _Patterns
    social: _Patterns
    home: _Patterns
    sections: _Patterns
    more: _Patterns
    most_read: _Patterns
    related: _Patterns
    contact: _Patterns
    contact_labels: _Patterns
    stamp_words: _Patterns
    updated: _Patterns
    bylines: _Patterns
    reading: _Patterns
    margin_labels: _Patterns
    invitations: _Patterns
    notices: _Patterns


@dataclass(frozen=True, slots=True)
class Matcher:
    """Hold all tables together, compiled; see :class:`Lexicon` for the fields."""

    cells: tuple[tuple[Reason, re.Pattern[str]], ...]
    home: re.Pattern[str]
    sections: re.Pattern[str]
    more: re.Pattern[str]
    most_read: re.Pattern[str]
    related: re.Pattern[str]
    contact: re.Pattern[str]
    contact_label: re.Pattern[str]
    legal_phrase: re.Pattern[str]
    stamp_word: re.Pattern[str]
    updated: re.Pattern[str]
    byline: re.Pattern[str]
    reading: re.Pattern[str]
    margin_label: re.Pattern[str]
    invitation: re.Pattern[str]
    notice: re.Pattern[str]


@cache
def matcher() -> Matcher:
    """Compile the tables of all languages."""
    from pipeline.cleaning import lexicon_en, lexicon_fr, lexicon_ko

    tables = (lexicon_en.TABLE, lexicon_fr.TABLE, lexicon_ko.TABLE)

    def together(field: str) -> re.Pattern[str]:
        return _any_of([pattern for table in tables for pattern in getattr(table, field)])

    cells = (
        (Reason.SHARE_BUTTONS, "share"),
        (Reason.COMMENTS, "comments"),
        (Reason.NEWSLETTER, "newsletter"),
        (Reason.COOKIES, "cookies"),
        (Reason.LEGAL, "legal"),
        (Reason.CALL_TO_ACTION, "call_to_action"),
        (Reason.SOCIAL_LINKS, "social"),
        (Reason.NAVIGATION, "navigation"),
    )
    return Matcher(
        cells=tuple((reason, together(field)) for reason, field in cells),
        home=together("home"),
        sections=together("sections"),
        more=together("more"),
        most_read=together("most_read"),
        related=together("related"),
        contact=together("contact"),
        contact_label=together("contact_labels"),
        legal_phrase=together("legal_phrases"),
        stamp_word=together("stamp_words"),
        updated=together("updated"),
        byline=together("bylines"),
        reading=together("reading"),
        margin_label=together("margin_labels"),
        invitation=together("invitations"),
        notice=together("notices"),
    )


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(patterns) + ")", re.IGNORECASE)
