"""Render what changed between two runs as one page that stands alone."""

from __future__ import annotations

import difflib
import re

from markupsafe import Markup, escape

from pipeline.reporting.diff import RunDiff
from pipeline.reporting.html import open_pages
from pipeline.reporting.lookup import build_lookup
from pipeline.reporting.model import RunData
from pipeline.reporting.words import VERDICT_WORDS, count, visible

__all__ = ["diff_page", "word_changes"]

MOST = 1000  # rows of one table; the rest is in the JSON
_PIECES = re.compile(r"\s+|\w+|[^\w\s]")


def diff_page(diff: RunDiff, target: str) -> str:
    """Return the page as HTML.

    Args:
        diff: what changed.
        target: ISO 639-1 code of the language that was translated into.
    """
    run = RunData(run_name=f"{diff.name_before}, {diff.name_after}", target=target, languages=(target,))
    return open_pages(build_lookup(run)).page(
        "diff",
        diff=diff,
        changed=bool(diff),
        words=word_changes,
        more=_more,
        most=MOST,
        verdict_words=VERDICT_WORDS,
        alone=True,
    )


def word_changes(before: str, after: str) -> Markup:
    """Mark the words that went and came, everything escaped."""
    old, new = _PIECES.findall(visible(before)), _PIECES.findall(visible(after))
    pieces: list[Markup] = []
    for operation, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if operation == "equal":
            pieces.append(escape("".join(old[i:j])))
            continue
        gone, came = "".join(old[i:j]), "".join(new[k:m])
        pieces += [Markup("<del>{}</del>").format(gone)] if gone else []
        pieces += [Markup("<ins>{}</ins>").format(came)] if came else []
    return Markup("").join(pieces)


def _more(found: tuple[object, ...]) -> Markup:
    hidden = len(found) - MOST
    return Markup('<p class="meta">{} in the JSON.</p>').format(count(hidden, "more")) if hidden > 0 else Markup("")
