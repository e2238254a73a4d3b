"""Write an article as XLIFF 2.1 (OASIS, 2018): one unit per sentence, with its state and what is worth a look.

States are those of the standard: ``initial`` where nothing was translated or a reviewer rejected it, ``translated`` for
machine output, ``reviewed`` for what a reviewer accepted, ``final`` for a reviewer's correction.
"""

from __future__ import annotations

import re

from pipeline.records import Article, Segment, Translation
from pipeline.reporting.exports import xml_attribute, xml_text
from pipeline.reporting.lookup import Lookup
from pipeline.reporting.words import VERDICT_WORDS, number
from pipeline.reviews.model import TranslationDecision

__all__ = ["article_xliff"]

_NOT_TOKEN = re.compile(r"[^A-Za-z0-9_.-]")
_STATES = {"accept": "reviewed", "correct": "final", "reject": "initial"}


def article_xliff(lookup: Lookup, article: Article) -> str:
    """Write the sentences of one article; those in other languages than the article's are marked as not to translate.

    Args:
        lookup: the run.
        article: an article of which at least one sentence was translated.
    """
    segments = lookup.segments_of.get(article.id, [])
    source = article.language or segments[0].language
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" '
        f"srcLang={xml_attribute(source)} trgLang={xml_attribute(lookup.run.target)}>\n"
        f"<file id={xml_attribute(_token(article.id))} original={xml_attribute(article.path)}>\n"
    )
    units = "".join(_unit(lookup, segment, source) for segment in segments)
    return f"{head}{units}</file>\n</xliff>\n"


def _unit(lookup: Lookup, segment: Segment, source: str) -> str:
    translation = lookup.translation(segment)
    decision = None if translation is None else lookup.run.reviews.translation(segment, translation)
    notes = "".join(
        f"<note category={xml_attribute(c)}>{xml_text(t)}</note>" for c, t in _notes(lookup, segment, translation)
    )
    if decision is not None and decision.note:
        notes += f'<note category="reviewer">{xml_text(decision.note)}</note>'
    kept = "" if translation is not None and segment.language == source else ' translate="no"'
    target = "" if translation is None else f'<target xml:space="preserve">{xml_text(translation.text)}</target>'
    return (
        f"<unit id={xml_attribute(_token(segment.id))} name={xml_attribute(segment.id)}{kept}>"
        f"{f'<notes>{notes}</notes>' if notes else ''}\n"
        f'<segment id="s1" state="{_state(translation, decision)}"{_sub_state(translation)}>'
        f'<source xml:space="preserve">{xml_text(segment.text)}</source>{target}</segment>\n</unit>\n'
    )


def _state(translation: Translation | None, decision: TranslationDecision | None) -> str:
    if translation is None:
        return "initial"
    return "translated" if decision is None else _STATES.get(decision.verdict, "translated")


def _sub_state(translation: Translation | None) -> str:
    """Name where a translation came from, under this project's own prefix as the standard asks."""
    if translation is None:
        return ""
    return f' subState="concord:{"memory" if translation.from_memory else "machine"}"'


def _notes(lookup: Lookup, segment: Segment, translation: Translation | None) -> list[tuple[str, str]]:
    notes: list[tuple[str, str]] = []
    if translation is not None:
        notes.append(("engine", translation.engine))
        if translation.quality is not None:
            notes.append(("estimated-quality", number(translation.quality, 4)))
        for fault in translation.findings:
            sides = " -> ".join(s for s in (fault.source, fault.target) if s)
            notes.append(("fidelity", f"{fault.kind} {fault.verdict}{f': {sides}' if sides else ''}"))
        notes += [("repair", repair) for repair in translation.repairs]
    for finding in lookup.findings_in.get(segment.id, ()):
        if finding.verdict not in ("agree", "only_one") and not lookup.run.reviews.rejected(finding):
            words = f"{VERDICT_WORDS[finding.verdict]}, {finding.kind}"
            notes.append(("finding", f"{words}: {finding.reason}" if finding.reason else words))
    return notes


def _token(text: str) -> str:
    """Write an id as XML's name token; ids of sentences keep their own name in ``name``."""
    token = _NOT_TOKEN.sub("_", text)
    return token if token[:1].isalnum() else f"x{token}"
