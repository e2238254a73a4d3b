"""Write exchange files: aligned passages and translations as TMX and TSV, findings and term candidates as CSV.

TMX 1.4b is the exchange format of translation memories; a unit here holds one bead or one translated sentence.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import pipeline
from pipeline.records import Bead, Finding, Segment, Side
from pipeline.reporting.lookup import Lookup, article_label
from pipeline.reporting.mentions import best_name
from pipeline.reporting.words import number

__all__ = [
    "EXPORTS",
    "alignments_tmx",
    "bitext_tsv",
    "csv_text",
    "findings_csv",
    "glossary_csv",
    "safe_cell",
    "translations_tmx",
]

EXPORTS = (
    ("exports/alignments.tmx", "aligned passages of different articles, original wording on both sides (TMX 1.4b)"),
    ("exports/translations.tmx", "sentences with their machine translation (TMX 1.4b)"),
    ("exports/bitext.tsv", "the same as a table, with quality and flags"),
    ("exports/findings.csv", "compared facts for a spreadsheet"),
    ("exports/matrix.csv", "facts by articles: who states what, who is silent"),
    ("exports/omissions.csv", "facts by language and source: how many accounts state them, which leave them out"),
    ("exports/ledger.csv", "dates and numbers with the articles that state them"),
    ("exports/xliff/", "one XLIFF 2.1 file per translated article, for translation editors"),
    ("exports/glossary-candidates.csv", "recurring names with the renderings that were seen"),
)
# XML 1.0 allows no other control characters, no surrogates and no non-characters.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What a spreadsheet program takes for a formula, also behind white space.
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")


def alignments_tmx(lookup: Lookup) -> str:
    """Write the beads that have text on both sides, each side in its article's own words."""
    ordered = sorted(lookup.run.beads, key=lambda b: b.id)
    return _tmx(_bead_unit(lookup, b) for b in ordered if b.segments_a and b.segments_b)


def translations_tmx(lookup: Lookup) -> str:
    """Write every translated sentence with its machine translation."""
    return _tmx(
        _unit(
            segment.id,
            [("x-engine", t.engine), ("x-quality", number(t.quality))],
            [(segment.language, segment.text), (t.target_language, t.text)],
            segment.language,
        )
        for segment, t in ((s, lookup.translation(s)) for s in lookup.segments.values())
        if t is not None
    )


def _tmx(units: Iterable[str]) -> str:
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4">\n'
        f'<header creationtool="concord" creationtoolversion={quoteattr(pipeline.__version__)} segtype="sentence" '
        'o-tmf="concord" adminlang="en" srclang="*all*" datatype="plaintext"/>\n<body>\n'
    )
    return head + "".join(units) + "</body>\n</tmx>\n"


def _bead_unit(lookup: Lookup, bead: Bead) -> str:
    sides = [_joined(lookup, ids) for ids in (bead.segments_a, bead.segments_b)]
    props = [("x-event", bead.event_id), ("x-similarity", number(bead.similarity, 3))]
    props += [("x-article", bead.article_a), ("x-article", bead.article_b)]
    return _unit(bead.id, props, sides)


def _joined(lookup: Lookup, segment_ids: Sequence[str]) -> tuple[str, str]:
    segments: list[Segment] = [lookup.segments[i] for i in segment_ids]
    return segments[0].language, " ".join(s.text for s in segments)


def _unit(
    identity: str, props: Sequence[tuple[str, str]], sides: Sequence[tuple[str, str]], source: str | None = None
) -> str:
    """Write a unit; ``source`` is the language it was translated from, ``None`` where both sides are originals."""
    direction = f" srclang={_attribute(source)}" if source else ""
    properties = "".join(f"<prop type={_attribute(name)}>{_xml(value)}</prop>" for name, value in props)
    variants = "".join(f"<tuv xml:lang={_attribute(lang)}><seg>{_xml(text)}</seg></tuv>\n" for lang, text in sides)
    return f"<tu tuid={_attribute(identity)}{direction}>{properties}\n{variants}</tu>\n"


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text))


def bitext_tsv(lookup: Lookup) -> str:
    """Write one translated sentence per line; tabs and line breaks inside a text become spaces, nothing is quoted."""
    header = [
        "segment",
        "article",
        "source_language",
        "target_language",
        "source",
        "target",
        "quality",
        "flags",
        "engine",
    ]
    lines = ["\t".join(header)]
    for segment in lookup.segments.values():
        t = lookup.translation(segment)
        if t is not None:
            flags = ";".join(f"{f.kind}-{f.verdict}" for f in t.findings)
            quality = "" if t.quality is None else number(t.quality, 4)
            row = [segment.id, lookup.articles[segment.article_id].name, segment.language, t.target_language]
            lines.append("\t".join(" ".join(v.split()) for v in [*row, segment.text, t.text, quality, flags, t.engine]))
    return "\n".join(lines) + "\n"


def safe_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula (CWE-1236)."""
    return f"'{text}" if _FORMULA.match(text) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write rows as CSV, no cell of which a spreadsheet would run."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def findings_csv(lookup: Lookup) -> str:
    """Write the compared facts, the most important first, with both sentences and their translations."""
    header = ["event", "event_title", "verdict", "kind", "importance", "probability", "reason"]
    for side in ("a", "b"):
        names = ("source", "language", "says", "value", "sentence", "translation", "segment")
        header += [f"{name}_{side}" for name in names]
    header.append("review")
    ordered = sorted(lookup.run.findings, key=lambda f: (-f.importance, f.event_id, f.id))
    return csv_text(header, (_finding_row(lookup, f) for f in ordered))


def _finding_row(lookup: Lookup, finding: Finding) -> list[str]:
    event = lookup.events[finding.event_id]
    row = [event.id, event.title, finding.verdict, finding.kind, number(finding.importance, 4)]
    row += [number(finding.probability, 4), finding.reason]
    decision = lookup.run.reviews.finding(finding)
    said = "" if decision is None else decision.verdict
    return [*row, *_side_cells(lookup, finding.a), *_side_cells(lookup, finding.b), said]


def _side_cells(lookup: Lookup, side: Side | None) -> list[str]:
    if side is None:
        return [""] * 7
    segment = lookup.segments[side.segment_id]
    translation = lookup.translation(segment)
    label = article_label(lookup.articles[side.article_id])
    translated = translation.text if translation else ""
    return [label, segment.language, side.surface, side.value, segment.text, translated, segment.id]


@dataclass(frozen=True, slots=True)
class _Rendering:
    """Hold one way in which a name was rendered."""

    term: str
    language: str
    target: str
    evidence: str


def glossary_csv(lookup: Lookup) -> str:
    """Write names that recur, with their renderings; the first four columns are those of a glossary file.

    A rendering comes from an aligned article in the target language (evidence "article"), else from the machine
    translation itself. Several renderings of one term are worth a decision, so those terms come first.
    """
    seen: Counter[_Rendering] = Counter(_renderings(lookup))
    by_term: dict[tuple[str, str], list[tuple[_Rendering, int]]] = defaultdict(list)
    for rendering, amount in seen.items():
        by_term[(rendering.term, rendering.language)].append((rendering, amount))
    total = Counter({key: sum(n for _, n in found) for key, found in by_term.items()})
    mentions = Counter(
        (f.surface, lookup.segments[f.segment_id].language) for f in lookup.run.facts if f.kind == "name"
    )
    rows = []
    for key in sorted(by_term, key=lambda k: (-len(by_term[k]), -total[k], k)):
        if mentions[key] > 1 or len(by_term[key]) > 1:
            found = sorted(by_term[key], key=lambda item: (item[0].evidence, -item[1], item[0].target))
            rows += [[g.term, g.language, g.target, g.evidence, str(n), str(mentions[key])] for g, n in found]
    return csv_text(["term", "language", "target", "note", "times_rendered", "times_named"], rows)


def _renderings(lookup: Lookup) -> Iterator[_Rendering]:
    target = lookup.run.target
    for finding in lookup.run.findings:
        if finding.kind == "name" and finding.verdict == "agree" and finding.b is not None:
            yield from _from_articles(lookup, finding.a, finding.b, target)
    for fact in lookup.run.facts:
        segment = lookup.segments[fact.segment_id]
        translation = lookup.translation(segment)
        if fact.kind != "name" or translation is None:
            continue
        mentions = lookup.mentions.get(segment.id, ())
        same = next((m for m in mentions if m.kind == "name" and m.value == fact.value), None)
        rendering = same or best_name(fact.surface, mentions)
        if rendering:
            yield _Rendering(fact.surface, segment.language, rendering.surface, "machine translation")


def _from_articles(lookup: Lookup, a: Side, b: Side, target: str) -> Iterator[_Rendering]:
    for one, other in ((a, b), (b, a)):
        language = lookup.segments[one.segment_id].language
        if language != target and lookup.segments[other.segment_id].language == target:
            yield _Rendering(one.surface, language, other.surface, "article")
