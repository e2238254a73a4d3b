"""Extract the article from an HTML page with trafilatura. Pure.

The extracted text takes the place of the raw text: offsets of paragraphs count code points of it, not of the markup.
Its first line is the page's title when the extraction left that out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pipeline.cleaning.dates import iso_date
from pipeline.cleaning.encodings import Decoded, Undecodable, decode
from pipeline.cleaning.repeats import same_words
from pipeline.errors import ConcordError

__all__ = ["Page", "decode_html", "extract", "looks_like_html"]

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,30})", re.IGNORECASE)
_DOCTYPE = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b", re.I | re.S
)
_BLANKS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Page:
    """Hold what a page says: the text of its article and the metadata in its head."""

    text: str
    title: str | None
    published: str | None
    source: str | None
    url: str | None
    language: str | None


def looks_like_html(text: str) -> bool:
    """Tell whether a text is an HTML page, whatever its file is called."""
    return bool(_DOCTYPE.match(text))


def decode_html(data: bytes) -> Decoded | Undecodable:
    """Decode a page by the charset that it declares, if it can be believed, else like any other file."""
    declared = _CHARSET.search(data[:4096])
    if declared is not None:
        name = declared[1].decode("ascii").lower()
        # Pages that say ISO-8859-1 or EUC-KR are written in the supersets that browsers read.
        codec = {"iso-8859-1": "cp1252", "latin1": "cp1252", "euc-kr": "cp949", "ks_c_5601-1987": "cp949"}.get(
            name, name
        )
        try:
            return Decoded(data.decode(codec), codec)
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def extract(html: str, url: str | None = None) -> Page | None:
    """Extract the article of a page; ``None`` when there is none.

    Raises:
        ConcordError: trafilatura, or a package that it needs, is not installed.
    """
    try:
        import trafilatura
    except ImportError as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConcordError(
            f"HTML pages cannot be read: {why}", "Install what is missing: pip install trafilatura lxml_html_clean"
        ) from error

    try:
        document: Any = trafilatura.bare_extraction(
            html,
            url=url,
            include_comments=False,
            include_tables=True,
            with_metadata=True,
            # A fixed end of time: by default dates after today are thrown away, which would tie the result to the day.
            date_extraction_params={"original_date": True, "extensive_search": False, "max_date": "2100-01-01"},
        )
    except (ValueError, TypeError):
        return None
    if document is None or not document.text:
        return None
    title = document.title or None
    text = _BLANKS.sub("\n\n", document.text.strip())
    if title and not same_words(text.split("\n", 1)[0], title):
        text = f"{title}\n\n{text}"
    return Page(
        text=text,
        title=title,
        published=iso_date(document.date),
        source=document.sitename or None,
        url=document.url or None,
        language=document.language or None,
    )
