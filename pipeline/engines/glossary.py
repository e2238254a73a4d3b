"""The glossary: terms with the rendering that a house wants, found in sources, checked and repaired in translations.

A CSV file with the columns ``term, language, target, note``; see docs/memory-and-glossary.md. This file reads it and
keys it; :mod:`pipeline.engines.terms` finds terms in texts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pipeline.engines.codes import from_foreign, nllb_codes
from pipeline.engines.terms import Matcher, flat, rendered, replace_forms
from pipeline.errors import InputError
from pipeline.records import FidelityFinding
from pipeline.text import fingerprint, tidy

__all__ = ["Glossary", "Term", "TermUse"]

_COLUMNS = ("term", "language", "target", "note", "target_language", "pair", "avoid")
_REMEDY = "Write a header 'term,language,target,note' and one term per line; see docs/memory-and-glossary.md."


@dataclass(frozen=True, slots=True)
class Term:
    """Hold one line of a glossary.

    ``language`` is ``None`` for a term that is the same in every source language (an acronym, a brand). ``accepted``
    are the renderings that count as right, the wanted one first; ``avoid`` those that are known to be wrong.
    """

    term: str
    language: str | None
    target_language: str
    accepted: tuple[str, ...]
    avoid: tuple[str, ...]
    note: str
    line: int

    @property
    def wanted(self) -> str:
        """Return the rendering to use."""
        return self.accepted[0]

    def key(self) -> str:
        """Digest what changes a translation; the note does not."""
        parts = (self.term, self.language or "", self.target_language, *self.accepted, "", *self.avoid)
        return fingerprint(*parts)


class TermUse(NamedTuple):
    """Hold one occurrence of a term in a source text; ``start`` and ``end`` are its half-open span."""

    surface: str
    wanted: str
    start: int
    end: int


@dataclass(slots=True)
class Glossary:
    """Hold the terms of one file. Build it with :meth:`load` or :meth:`of`."""

    terms: tuple[Term, ...]
    version: str
    _matchers: dict[tuple[str, str], Matcher[Term]] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: Iterable[Term]) -> Glossary:
        """Make a glossary of terms; ``version`` digests all that changes a translation."""
        kept = tuple(terms)
        return cls(kept, fingerprint(*sorted(term.key() for term in kept)) if kept else "")

    @classmethod
    def load(cls, path: str | Path, target: str = "en") -> Glossary:
        """Read a glossary file.

        Args:
            path: CSV with comma, semicolon or tab, in UTF-8 with or without byte order mark.
            target: language of the renderings where the file does not say.

        Raises:
            InputError: the file cannot be read, or lines are wrong; all of them are named, with what is wrong.
        """
        file = Path(path)
        rows = _read(file)
        terms: dict[tuple[str, str | None, str], Term] = {}
        wrong: list[str] = []
        for line, row in rows:
            try:
                term = _term(row, line, target)
            except ValueError as error:
                wrong.append(f"line {line}: {error}")
                continue
            known = terms.setdefault((flat(term.term), term.language, term.target_language), term)
            if (known.accepted, known.avoid) != (term.accepted, term.avoid):
                wrong.append(
                    f"line {line}: {term.term!r} is {known.wanted!r} in line {known.line} and {term.wanted!r} here"
                    if known.wanted != term.wanted
                    else f"line {line}: {term.term!r} has other forms to accept or avoid than in line {known.line}"
                )
        if wrong:
            more = f"\n  and {len(wrong) - 10} more" if len(wrong) > 10 else ""
            raise InputError(f"The glossary {file} is not valid:\n  " + "\n  ".join(wrong[:10]) + more, _REMEDY)
        return cls.of(terms.values())

    @property
    def signature(self) -> str:
        """Name the glossary by its content."""
        return f"glossary|terms:{len(self.terms)}|{self.version}|v:1"

    def terms_in(self, text: str, source: str, target: str) -> list[TermUse]:
        """Find the terms of a text, in its order; where terms overlap, the longest counts."""
        return [
            TermUse(text[start:end], term.wanted, start, end)
            for term, start, end in self._matcher(source, target).find(text)
        ]

    def key(self, text: str, source: str, target: str) -> str:
        """Digest the terms that a text holds; empty for none. It is part of the memory's key of this text."""
        used = {term.key() for term, _, _ in self._matcher(source, target).find(text)}
        return fingerprint(*sorted(used)) if used else ""

    def missed(self, source_text: str, target_text: str, source: str, target: str) -> tuple[FidelityFinding, ...]:
        """Report each term of the source whose rendering is not in the translation.

        ``changed`` names a known wrong form that stands in its place, ``missing`` knows of none.
        """
        findings = []
        for term, surface in self._distinct(source_text, source, target):
            if any(rendered(form, target_text, target) for form in term.accepted):
                continue
            found = next((hit for form in term.avoid if (hit := rendered(form, target_text, target))), None)
            findings.append(FidelityFinding("term", "changed" if found else "missing", surface, found))
        return tuple(findings)

    def repair(self, source_text: str, target_text: str, source: str, target: str) -> tuple[str, tuple[str, ...]]:
        """Replace known wrong renderings of the source's terms.

        Returns:
            The translation, and what was replaced in words (``"old -> new"``); none where nothing was certain.
        """
        repairs: list[str] = []
        for term, _ in self._distinct(source_text, source, target):
            target_text, made = replace_forms(target_text, term.avoid, term.accepted, target)
            repairs += made
        return target_text, tuple(repairs)

    def _distinct(self, text: str, source: str, target: str) -> list[tuple[Term, str]]:
        first: dict[Term, str] = {}
        for term, start, end in self._matcher(source, target).find(text):
            first.setdefault(term, text[start:end])
        return list(first.items())

    def _matcher(self, source: str, target: str) -> Matcher[Term]:
        if (source, target) not in self._matchers:
            fitting = [t for t in self.terms if t.language in (None, source) and t.target_language == target]
            # A term of the language itself comes before one of any language.
            fitting.sort(key=lambda t: (t.language is None, t.line))
            self._matchers[source, target] = Matcher([(t.term, t) for t in fitting], source)
        return self._matchers[source, target]


def _read(file: Path) -> list[tuple[int, Mapping[str, str]]]:
    """Read the lines of a glossary by column name, with their line numbers."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"The glossary {file} is not UTF-8 (byte {error.start}).", "Save it as 'CSV UTF-8' in your spreadsheet."
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"The glossary {file} cannot be read: {reason}.", "Name an existing CSV file.") from error
    if "\0" in text:
        raise InputError(f"The glossary {file} holds NUL characters; it is no CSV file.", _REMEDY)
    lines = list(_lines(file, text))
    if not lines:
        raise InputError(f"The glossary {file} is empty.", _REMEDY)
    (first, header), *rest = lines
    names = [tidy(name).lower().replace(" ", "_") for name in header]
    lacking = [name for name in ("term", "target") if name not in names]
    if lacking:
        raise InputError(
            f"The glossary {file}, line {first}, has no column {' and no column '.join(map(repr, lacking))}; "
            f"it has {', '.join(map(repr, header))}.",
            _REMEDY,
        )
    doubled = sorted({name for name in names if name in _COLUMNS and names.count(name) > 1})
    if doubled:
        raise InputError(f"The glossary {file}, line {first}, names the column {doubled[0]!r} twice.", _REMEDY)
    return [(line, _by_name(names, cells)) for line, cells in rest]


def _lines(file: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each record that is neither empty nor a comment, with the line where it begins."""
    header = next((line for line in text.splitlines() if line.strip(" \t,;") and not _is_comment(line)), "")
    delimiter = max(",;\t", key=header.count)  # the header holds names only, so its commonest one is the delimiter
    number, begun, inside = 0, 1, False

    def raw() -> Iterator[str]:
        """Feed lines without comments; inside a quoted cell a line that begins with # is text."""
        nonlocal number, begun, inside
        for line in io.StringIO(text, newline=""):
            number += 1
            if inside or not _is_comment(line):
                begun = begun if inside else number
                inside = True
                yield line

    reader = csv.reader(raw(), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            inside = False
            if any(map(str.strip, cells)):
                yield begun, cells
    except csv.Error as error:
        raise InputError(
            f"The glossary {file}, line {begun}, is not valid CSV: {error}.",
            "Close every quoted cell, and write a quotation mark inside one twice.",
        ) from error


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _by_name(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    row = {name: tidy(_unguarded(cell)) for name, cell in zip(names, cells, strict=False) if name in _COLUMNS}
    if len(cells) > len(names) and any(c.strip() for c in cells[len(names) :]):
        row["surplus"] = cells[len(names)]
    return row


def _unguarded(cell: str) -> str:
    """Take away the apostrophe that our own exports put before what a spreadsheet would run as a formula."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@" else cell


def _term(row: Mapping[str, str], line: int, default_target: str) -> Term:
    """Build a term of one line.

    Raises:
        ValueError: what is wrong with the line, in words.
    """
    if "surplus" in row:
        raise ValueError(f"more cells than the header has names, from {row['surplus']!r} on; quote a cell with commas")
    name = row.get("term", "")
    if not any(map(str.isalnum, name)):
        raise ValueError("the term is empty" if not name else f"the term {name!r} has no letters")
    accepted = _forms(row.get("target", ""))
    if not accepted:
        raise ValueError(f"the target of {name!r} is empty")
    language, target = _languages(row)
    target = target or default_target
    if language == target:
        raise ValueError(f"{name!r} goes from {language!r} to {language!r}; 'language' is that of the source text")
    avoid = tuple(f for f in _forms(row.get("avoid", "")) if f not in accepted)
    clash = next((f for f in avoid if any(rendered(f, a, target) for a in accepted)), None)
    if clash:
        raise ValueError(f"the form to avoid {clash!r} is part of a target of {name!r}")
    return Term(name, language, target, accepted, avoid, row.get("note", ""), line)


def _forms(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form for part in cell.split("|") if (form := tidy(part))))


def _languages(row: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return source and target language, ``None`` where the line names none."""
    source, target = row.get("language", ""), row.get("target_language", "")
    if pair := row.get("pair", ""):
        parts = pair.split("-")
        if len(parts) != 2:
            raise ValueError(f"{pair!r} is not a language pair such as 'ko-en'")
        if (source and _code(source) != _code(parts[0])) or (target and _code(target) != _code(parts[1])):
            raise ValueError(f"the pair {pair!r} contradicts the columns 'language' and 'target_language'")
        source, target = parts
    return (None if source in ("", "*") else _code(source)), (_code(target) if target else None)


def _code(name: str) -> str:
    code = from_foreign(name.strip())
    if code not in nllb_codes():
        raise ValueError(f"{name!r} is not a known language; write its ISO 639-1 code, such as 'ko'")
    return code
