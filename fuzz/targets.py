"""What is fuzzed: each target takes bytes, and fails on whatever is a defect.

A documented error (:class:`~pipeline.errors.ConcordError`, a rejection) is what bad input deserves; anything else that
is raised, and any broken promise of a function, is a defect.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from pipeline.cleaning.article import CleaningSettings, parse_item
from pipeline.cleaning.item import RawItem
from pipeline.config import Config, load_config
from pipeline.engines.glossary import Glossary
from pipeline.engines.memory_tables import read_table
from pipeline.engines.tmx import Unit, read_tmx, write_tmx
from pipeline.errors import ConcordError
from pipeline.facts.parse import parse
from pipeline.quality.fidelity import check
from pipeline.readers.inventory import FileEntry, Format, Inventory
from pipeline.readers.items import iter_items
from pipeline.readers.settings import ReaderSettings
from pipeline.records import Reason, Rejection, raw_span
from pipeline.reviews.files import read_reviews
from pipeline.text import fingerprint, normalise, split_sentences, tidy

__all__ = ["Target", "make_targets"]

Target = Callable[[bytes], None]
_LANGUAGES = ("fr", "ko", "en")
# Small limits, so that the paths behind them are reached by small inputs.
_READER = ReaderSettings(max_file_bytes=20_000, max_record_bytes=2_000, batch_rows=4)
_CLEANING = CleaningSettings(max_chars=5_000, min_letters=5)


def _require(holds: bool, promise: str) -> None:
    if not holds:
        raise AssertionError(promise)


def _text_of(data: bytes) -> str:
    """Take bytes for UTF-8; what is none becomes lone surrogates, which decoded JSON may hold as well."""
    return data.decode("utf-8", "surrogateescape")


def _articles(name: str, kind: Format) -> Target:
    """Read bytes as a file of that name and clean what comes out.

    Changing a byte of French or Korean mostly breaks its encoding, and then only the guessing of encodings is tried; so
    in seven of eight inputs for the formats behind it, what is no UTF-8 is replaced.
    """

    def target(data: bytes) -> None:
        if kind in ("html", "json", "jsonl", "csv") and not name.endswith(".gz") and len(data) % 8:
            data = data.decode("utf-8", "replace").encode()
        entry = FileEntry(name, len(data), "0" * 64, None, kind)
        inventory = Inventory(Path(), (entry,), "0", MappingProxyType({}), MappingProxyType({name: data}))
        for item in iter_items(inventory, _READER):
            if isinstance(item, Rejection):
                _require(item.reason != Reason.DEFECT, item.detail)
            else:
                _clean(item)

    return target


def _clean(item: RawItem) -> None:
    parsed = parse_item(item, _CLEANING)
    _require(parsed.article is not None or bool(parsed.rejections), "what gives no article is rejected")
    for paragraph in parsed.article.paragraphs if parsed.article else ():
        _require(bool(paragraph.text.strip()), "a paragraph has text")
        _require(tidy(paragraph.text) == tidy(normalise(paragraph.text).text), "a paragraph is normalised")


def sidecar(data: bytes) -> None:
    """Read the metadata that stands beside an article."""
    entry = FileEntry("a.txt", 3, "0" * 64, None, "text")
    sidecars = MappingProxyType({"sources.jsonl": data, "meta.jsonl": data})
    inventory = Inventory(Path(), (entry,), "0", sidecars, MappingProxyType({"a.txt": b"One line."}))
    _require(len(list(iter_items(inventory, _READER))) >= 1, "the article comes, whatever is said of it")


def text(data: bytes) -> None:
    """Normalise, go back to the raw text, split into sentences, fingerprint."""
    raw = _text_of(data)
    normal = normalise(raw)
    _require(normalise(normal.text).text == normal.text, "normalising twice is normalising once")
    fingerprint(normal.text, raw)
    for language in _LANGUAGES:
        end = 0
        for start, stop in split_sentences(normal.text, language):
            _require(end <= start < stop <= len(normal.text), "sentences stand in order and do not overlap")
            a, b = raw_span(normal.offsets, start, stop)
            _require(0 <= a <= b <= len(raw), "a sentence has a place in the raw text")
            _require(not normal.text[end:start].strip(), "no letter lies between sentences")
            end = stop
        _require(not normal.text[end:].strip(), "no letter lies behind the last sentence")


def _facts(language: str) -> Target:
    def target(data: bytes) -> None:
        normal = normalise(_text_of(data)).text
        for mention in parse(normal, language, reference="2024-05-10"):
            _require(normal[mention.start : mention.end] == mention.surface, "a fact is where it says it is")
            _require(mention.start < mention.end, "a fact has a surface")

    return target


def fidelity(data: bytes) -> None:
    """Check a pair of lines, parted by the first line end, in one of three pairs of languages."""
    source, _, target = _text_of(data).partition("\n")
    source, target = normalise(source).text, normalise(target).text
    # One pair: each takes milliseconds, and Korean ten times as long.
    languages = {0: ("ko", "en"), 1: ("en", "ko")}.get(len(data) % 8, ("fr", "en"))
    found = check(source, target, *languages)
    _require(0 <= found.n_kept <= found.n_facts, "of the facts stated so many are kept")


def _files(read: Callable[[Path], None], name: str) -> Target:
    """Hand bytes over as a file; a documented error is an answer."""
    folder = Path(tempfile.mkdtemp(prefix="concord-fuzz-"))

    def target(data: bytes) -> None:
        path = folder / name
        path.write_bytes(data)
        try:
            read(path)
        except ConcordError as error:
            _require(bool(error.message and error.remedy), "an error says what to do")

    return target


def _tmx(path: Path) -> None:
    """Read a memory and, where that works, write it and read it again."""
    units = list(read_tmx(path))
    sound = [unit for unit in units if unit.problem is None]
    stream = io.StringIO()
    altered = write_tmx(stream, ((unit, ()) for unit in sound))
    again = path.with_name("again.tmx")
    again.write_text(stream.getvalue(), encoding="utf-8", newline="")
    if not altered:
        _require(list(map(_said, read_tmx(again))) == list(map(_said, sound)), "what is written is what is read")


def _said(unit: Unit) -> list[tuple[str, str]]:
    return [(variant.language, variant.text) for variant in unit.variants]


def _table(path: Path) -> None:
    for unit in read_table(path, "fr-en"):
        _require(bool(unit.problem) or len(unit.variants) == 2, "a row has two sides or a problem")


def _config(path: Path) -> None:
    config = load_config(path)
    _require(Config.model_validate(config.model_dump(mode="json")) == config, "a configuration survives its own dump")


def _glossary(path: Path) -> None:
    glossary = Glossary.load(path, "en")
    glossary.missed("Le ministre de la Santé est venu.", "The minister came.", "fr", "en")


def _reviews(path: Path) -> None:
    read_reviews(path)


def _all() -> Iterator[tuple[str, Target]]:
    yield "txt", _articles("a.txt", "text")
    yield "html", _articles("a.html", "html")
    yield "jsonl", _articles("a.jsonl", "jsonl")
    yield "json", _articles("a.json", "json")
    yield "csv", _articles("a.csv", "csv")
    yield "gz", _articles("a.jsonl.gz", "jsonl")
    yield "parquet", _articles("a.parquet", "parquet")
    yield "sidecar", sidecar
    yield "text", text
    for language in _LANGUAGES:
        yield f"facts-{language}", _facts(language)
    yield "check", fidelity
    yield "tmx", _files(_tmx, "a.tmx")
    yield "table", _files(_table, "a.csv")
    yield "config", _files(_config, "a.yaml")
    yield "glossary", _files(_glossary, "a.csv")
    yield "reviews", _files(_reviews, "reviews.jsonl")


def make_targets() -> Mapping[str, Target]:
    """Return the targets by name."""
    return dict(_all())
