"""Work that people do on a memory: bring translations in, take them out, sweep away what no engine asks for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Literal

from pipeline.engines.base import Hypothesis
from pipeline.engines.codes import from_foreign, nllb_codes
from pipeline.engines.memory_store import MemoryEntry, Origin, StoredEntry, TranslationMemory
from pipeline.engines.memory_tables import read_table, write_tsv
from pipeline.engines.tmx import Unit, Variant, read_tmx, write_tmx
from pipeline.errors import ConfigError
from pipeline.text import fingerprint, tidy

__all__ = ["Exported", "Imported", "Swept", "export_memory", "import_file", "pair_of", "store_pairs", "sweep"]

_BATCH = 2000
_EXAMPLES = 3
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)Z?)?")


@dataclass(slots=True)
class Imported:
    """Count an import: every unit read was used or skipped, and every entry of a used one is new, changed or the same.

    ``skipped`` holds the units by reason, ``examples`` the first few of each by name.
    """

    read: int = 0
    used: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def skip(self, unit: Unit, reason: str) -> None:
        """Count a unit that cannot be used."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1
        names = self.examples.setdefault(reason, [])
        if len(names) < _EXAMPLES:
            names.append(unit.name)


@dataclass(frozen=True, slots=True)
class Exported:
    """Count an export; ``altered`` are the entries in which the format could not hold every character."""

    entries: int
    altered: int


@dataclass(frozen=True, slots=True)
class Swept:
    """Count what a sweep drops (``by_engine``; ``outdated`` of these for another glossary) and what stays."""

    by_engine: dict[str, int]
    outdated: int
    kept: int


def pair_of(text: str) -> str:
    """Bring a language pair to its usual form: ``fr-FR/en`` and ``fra-eng`` are ``fr-en``.

    Raises:
        ConfigError: it does not name two different known languages.
    """
    slashed = text.split("/") if "/" in text else text.split("-")
    codes = [from_foreign(part.strip()) for part in slashed]
    if len(codes) != 2 or codes[0] == codes[1] or not set(codes) <= set(nllb_codes()):
        raise ConfigError(f"{text!r} is not a language pair.", "Write two ISO 639-1 codes, such as ko-en.")
    return "-".join(codes)


def import_file(
    memory: TranslationMemory, path: Path, *, pair: str | None = None, origin: Origin = "import", now: str | None = None
) -> Imported:
    """Bring a TMX, TSV or CSV file into a memory: all of it, or nothing where the file breaks off.

    Args:
        memory: takes the entries; those it has for the same text and origin are replaced. In the file itself the last
            one counts.
        path: ``.tmx``, ``.tsv``, ``.txt`` or ``.csv``.
        pair: take only this pair, in this direction whatever the file calls its source; needed where a table does not
            name its languages.
        origin: ``"review"`` for corrections.
        now: ISO date of entries whose unit has none.

    Raises:
        InputError: the file cannot be read, or is not what its name says.
    """
    done = Imported()
    units = read_tmx(path) if path.suffix.lower() == ".tmx" else read_table(path, pair)
    with memory.whole():
        stream = _directed(units, pair, done)
        while batch := list(islice(stream, _BATCH)):
            _keep(memory, batch, origin, now, done)
    return done


def store_pairs(
    memory: TranslationMemory, pair: str, texts: Iterable[tuple[str, str]], origin: Origin, now: str | None = None
) -> Imported:
    """Store translations given as (source, target); the count is that of :func:`import_file`."""
    done = Imported()
    source, target = pair.split("-")
    units = (Unit(f"text {n}", source, (Variant(source, a), Variant(target, b))) for n, (a, b) in enumerate(texts, 1))
    with memory.whole():
        _keep(memory, list(_directed(units, pair, done)), origin, now, done)
    return done


def _directed(units: Iterable[Unit], pair: str | None, done: Imported) -> Iterator[tuple[str, Variant, Variant]]:
    """Yield (pair, source, target) of every unit that can be used."""
    for unit in units:
        done.read += 1
        try:
            found = _sides(unit, pair)
        except ValueError as error:
            done.skip(unit, str(error))
            continue
        done.used += 1
        yield from found


def _sides(unit: Unit, pair: str | None) -> list[tuple[str, Variant, Variant]]:
    """Return the directions of a unit.

    Raises:
        ValueError: why it cannot be used, in words.
    """
    if unit.problem:
        raise ValueError(unit.problem)
    by_code: dict[str, Variant] = {}
    for variant in unit.variants:
        if variant.text.strip():
            by_code.setdefault(from_foreign(variant.language), variant)
    if len(by_code) < 2:
        raise ValueError("it has text in fewer than two languages")
    if pair is not None:
        wanted, other = pair.split("-")
        if wanted not in by_code or other not in by_code:
            raise ValueError(f"it is not of the pair {pair}")
        return [(pair, by_code[wanted], by_code[other])]
    strange = sorted(set(by_code) - set(nllb_codes()))
    if strange:
        raise ValueError(f"the language {strange[0]!r} is not known")
    sources = list(by_code) if unit.source is None else [from_foreign(unit.source)]
    if sources[0] not in by_code:
        raise ValueError(f"it has no text in its source language {sources[0]!r}")
    return [(f"{a}-{b}", by_code[a], by_code[b]) for a in sources for b in by_code if a != b]


def _keep(
    memory: TranslationMemory,
    batch: list[tuple[str, Variant, Variant]],
    origin: Origin,
    now: str | None,
    done: Imported,
) -> None:
    by_pair: dict[str, list[tuple[str, str, str | None]]] = {}
    for pair, source, target in batch:
        date = _iso_date(target.created or source.created) or now
        by_pair.setdefault(pair, []).append((tidy(source.text), _one_line(target.text), date))
    for pair, rows in by_pair.items():
        known = memory.said([source for source, _, _ in rows], pair, origin)
        fresh: dict[str, MemoryEntry] = {}
        for text, translation, date in rows:
            before = fresh[text].hypothesis.text if text in fresh else known.get(text)
            if before == translation:
                done.same += 1
                continue
            done.new += before is None
            done.changed += before is not None
            fresh[text] = MemoryEntry(text, Hypothesis(translation), origin, date)
        memory.store(fresh.values(), pair, "")


def _one_line(text: str) -> str:
    """Put a translation on one line; the no-break spaces of French stay."""
    return re.sub(r"[ \t\r\n\f\v\u2028\u2029]+", " ", text).strip()


def _iso_date(date: str | None) -> str | None:
    """Bring a date such as TMX's ``20240510T091500Z`` to ISO 8601; ``None`` for what is none."""
    match = _DATE.fullmatch(date or "")
    if match is None:
        return None
    parts = [int(part or 0) for part in match.groups()]
    try:
        return datetime(*parts).strftime("%Y-%m-%dT%H:%M:%SZ")  # type: ignore[arg-type]  # six numbers
    except ValueError:
        return None


def export_memory(
    memory: TranslationMemory, path: Path, *, pair: str | None = None, origin: Origin | None = None
) -> Exported:
    """Write entries as TMX or TSV, by the ending of the file name; of one text the strongest origin comes last.

    Raises:
        ConfigError: the ending is another one.
        OSError: the file cannot be written.
    """
    kind: Literal["tmx", "tsv"]
    if path.suffix.lower() not in (".tmx", ".tsv"):
        raise ConfigError(f"{path.name} names no format to write.", "End the file name in .tmx or .tsv.")
    kind = "tmx" if path.suffix.lower() == ".tmx" else "tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    counter: Counter[str] = Counter()

    def counted() -> Iterator[StoredEntry]:
        for entry in memory.entries(pair, origin):
            counter["entries"] += 1
            yield entry

    try:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            altered = write_tmx(stream, map(_as_unit, counted())) if kind == "tmx" else write_tsv(stream, counted())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return Exported(counter["entries"], altered)


def _as_unit(entry: StoredEntry) -> tuple[Unit, list[tuple[str, str]]]:
    source, target = entry.pair.split("-")
    created = re.sub(r"[-:]", "", entry.created) if entry.created else None
    name = fingerprint(entry.source, entry.pair, entry.origin, entry.engine, entry.glossary)
    sides = (Variant(source, entry.source), Variant(target, entry.hypothesis.text))
    properties: list[tuple[str, str]] = [("x-origin", entry.origin)]
    properties += [("x-engine", entry.engine)] if entry.engine else []
    return Unit(name, source, sides, created), properties


def sweep(
    memory: TranslationMemory,
    keep: set[str],
    *,
    glossary_key: Callable[[str, str, str], str] | None = None,
    judge: str | None = None,
    dry_run: bool = False,
) -> Swept:
    """Drop what engines made and nobody asks for any more; corrections and imports always stay.

    Args:
        memory: to be swept.
        keep: signatures of engines whose translations stay, also where more was appended to them after a ``|``.
        glossary_key: digest of the present glossary terms of (text, source, target): entries made under others go.
            ``None`` keeps them.
        judge: key of the judge whose judgements stay, those of others go; ``None`` keeps all.
        dry_run: count only.
    """
    doomed: list[tuple[str, str, str, str]] = []
    by_engine: Counter[str] = Counter()
    outdated = kept = 0
    for entry in memory.entries():
        used = any(entry.engine == s or entry.engine.startswith(f"{s}|") for s in keep)
        current = glossary_key is None or entry.glossary == glossary_key(entry.source, *entry.pair.split("-"))
        if entry.origin != "engine" or (used and current):
            kept += 1
            continue
        outdated += used
        by_engine[entry.engine] += 1
        doomed.append((entry.source, entry.pair, entry.engine, entry.glossary))
    if not dry_run:
        if judge is not None:
            memory.drop_judgements(judge)
        if doomed:
            memory.drop(doomed)
    return Swept(dict(sorted(by_engine.items())), outdated, kept)
