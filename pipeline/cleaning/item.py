"""The item that readers hand to cleaning: the bytes or the text of one article, with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["RawItem", "item_id", "item_unit"]

Media = Literal["text", "html"]


@dataclass(frozen=True, slots=True)
class RawItem:
    """Hold one article as it was read, before cleaning.

    Exactly one of ``data`` (bytes of a file, encoding unknown) and ``text`` (already decoded) is set. ``path`` is
    relative to the input; ``record`` names the record inside a file that holds several, else ``None``. Metadata that
    is not known is ``None``; ``published`` is ISO 8601.
    """

    path: str
    record: str | None
    name: str
    data: bytes | None
    text: str | None
    media: Media
    title: str | None = None
    source: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None


def item_id(item: RawItem) -> str:
    """Name an item in messages and rejections: its path, and its record where the file holds several."""
    return item.path if item.record is None else f"{item.path}#{item.record}"


def item_unit(item: RawItem) -> Literal["file", "record"]:
    """Tell whether the item is a whole file or a record in one."""
    return "file" if item.record is None else "record"
