"""Write exchange files: aligned passages and translations as TMX and TSV, findings as CSV.

TMX 1.4b is the exchange format of translation memories; a unit here holds one bead or one translated sentence.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

import pipeline
from pipeline.records import Bead, Finding, Segment, Side
from pipeline.reporting.lookup import Lookup, article_label
from pipeline.reporting.words import number

__all__ = [
    "EXPORTS",
    "alignments_tmx",
    "bitext_tsv",
    "csv_line",
    "csv_lines",
    "findings_csv",
    "safe_cell",
    "translations_tmx",
    "xml_attribute",
    "xml_text",
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


def alignments_tmx(lookup: Lookup) -> Iterator[str]:
    """Write the beads that have text on both sides, each side in its article's own words."""
    return _tmx(_bead_unit(lookup, b) for b in lookup.shelf.scan("beads", "id") if b.segments_a and b.segments_b)


def translations_tmx(lookup: Lookup) -> Iterator[str]:
    """Write every translated sentence with its machine translation."""
    return _tmx(
        _unit(
            segment.id,
            [("x-engine", t.engine), ("x-quality", number(t.quality))],
            [(segment.language, segment.text), (t.target_language, t.text)],
            segment.language,
        )
        for segment, t in ((s, lookup.translation(s)) for s in _segments(lookup))
        if t is not None
    )


def _segments(lookup: Lookup) -> Iterator[Segment]:
    return lookup.shelf.scan("segments", "article_id, position, id")


def _tmx(units: Iterable[str]) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4">\n'
        f'<header creationtool="concord" creationtoolversion={quoteattr(pipeline.__version__)} segtype="sentence" '
        'o-tmf="concord" adminlang="en" srclang="*all*" datatype="plaintext"/>\n<body>\n'
    )
    yield from units
    yield "</body>\n</tmx>\n"


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
    direction = f" srclang={xml_attribute(source)}" if source else ""
    properties = "".join(f"<prop type={xml_attribute(name)}>{xml_text(value)}</prop>" for name, value in props)
    variants = "".join(
        f"<tuv xml:lang={xml_attribute(lang)}><seg>{xml_text(text)}</seg></tuv>\n" for lang, text in sides
    )
    return f"<tu tuid={xml_attribute(identity)}{direction}>{properties}\n{variants}</tu>\n"


def xml_text(text: str) -> str:
    """Write text for an element of XML; what XML 1.0 does not allow becomes U+FFFD."""
    return escape(_allowed(text))


def xml_attribute(text: str) -> str:
    """Write text as the value of an attribute, in its quotes."""
    return quoteattr(_allowed(text))


def _allowed(text: str) -> str:
    return text if text.isprintable() else _NOT_XML.sub("\ufffd", text)


def bitext_tsv(lookup: Lookup) -> Iterator[str]:
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
    yield "\t".join(header) + "\n"
    for segment in _segments(lookup):
        t = lookup.translation(segment)
        if t is not None:
            flags = ";".join(f"{f.kind}-{f.verdict}" for f in t.findings)
            quality = "" if t.quality is None else number(t.quality, 4)
            row = [segment.id, lookup.articles[segment.article_id].name, segment.language, t.target_language]
            row += [segment.text, t.text, quality, flags, t.engine]
            yield "\t".join(" ".join(value.split()) for value in row) + "\n"


def safe_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula (CWE-1236)."""
    return f"'{text}" if _FORMULA.match(text) else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write rows as CSV, no cell of which a spreadsheet would run."""
    yield _csv_line(header)
    for row in rows:
        yield csv_line(row)


def csv_line(row: Sequence[str]) -> str:
    """Write one row as CSV, no cell of which a spreadsheet would run."""
    return _csv_line([safe_cell(cell) for cell in row])


def _csv_line(row: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(row)
    return buffer.getvalue()


def findings_csv(lookup: Lookup) -> Iterator[str]:
    """Write the compared facts, the most important first, with both sentences and their translations."""
    header = ["event", "event_title", "verdict", "kind", "importance", "probability", "reason"]
    for side in ("a", "b"):
        names = ("source", "language", "says", "value", "sentence", "translation", "segment")
        header += [f"{name}_{side}" for name in names]
    header.append("review")
    ordered = lookup.shelf.scan("findings", "importance DESC, event_id, id")
    return csv_lines(header, (_finding_row(lookup, f) for f in ordered))


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
