"""concord align: align two documents sentence by sentence, at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.common import ConfigOption, JsonOption, errors, split_pair
from pipeline.errors import InputError

if TYPE_CHECKING:
    from pipeline.alignment.sentences import IndexBead

__all__ = ["align_command"]

_MAX_CHARS = 20_000_000
# With fewer sentences in beads that are at least so alike, two texts hardly say the same.
_FEW_ALIGNED, _ALIKE = 0.2, 0.35


class Order(Enum):
    """Name the ways to align sentences."""

    parallel = "parallel"
    comparable = "comparable"


@dataclass(frozen=True, slots=True)
class _Document:
    path: Path
    language: str | None
    sentences: tuple[str, ...]


def align_command(
    a: Annotated[Path, typer.Argument(help="A text: plain or HTML, in any common encoding.")],
    b: Annotated[Path, typer.Argument(help="Its translation, or another account of the same event.")],
    order: Annotated[
        Order, typer.Option(help="parallel for a translation, in order; comparable for accounts in any order.")
    ] = Order.parallel,
    pair: Annotated[
        str | None, typer.Option("--pair", "-p", help="Languages of both texts, such as fr-en; else detected.")
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Each line is a sentence already; blank lines count.")] = False,
    clean: Annotated[
        bool, typer.Option("--clean", help="Drop boilerplate and repeated bodies first, as for articles.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Align two documents and print the beads.

    A line of the output is a bead: sentences of the first text, of the second (both counted from 0; either may be
    empty), similarity, and the two texts, separated by tabs. With --json all of it is one object.
    """
    from pipeline.alignment.sentences import align_pairs, sentence_signature
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry
    from pipeline.engines.sides import make_sides
    from pipeline.engines.workshop import Workshop

    with errors():
        languages: tuple[str | None, str | None] = split_pair(pair) if pair else (None, None)
        documents = [_read(path, language, lines, clean) for path, language in zip((a, b), languages, strict=True)]
        encoder = Workshop(load_config(config), load_registry(), Path()).encoder()
        first, second = make_sides([document.sentences for document in documents], encoder)
        beads = align_pairs([(first, second)], order.value)[0]
        signature = f"{sentence_signature(order.value)}|{encoder.signature}"
        if as_json:
            print(json.dumps(_as_json(documents, beads, signature), ensure_ascii=False, indent=2))
        else:
            _print_table(documents, beads)
        _warn(documents, beads, order)


def _read(path: Path, language: str | None, lines: bool, clean: bool) -> _Document:
    """Read a text and split it into sentences; an empty one has none.

    Raises:
        InputError: it cannot be read, or is no text.
    """
    if lines:
        return _Document(path, language, tuple(_read_lines(path)))
    paragraphs = _paragraphs(path, clean)
    if language is None:
        language = _detect(paragraphs)
    from pipeline.text import split_sentences

    sentences = [p[start:end] for p in paragraphs for start, end in split_sentences(p, language or "en")]
    return _Document(path, language, tuple(sentences))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", "Check the path.") from error


def _read_lines(path: Path) -> list[str]:
    from pipeline.cleaning.encodings import Undecodable, decode

    data = _bytes(path)
    decoded = decode(data) if data else None
    if decoded is None:
        return []
    if isinstance(decoded, Undecodable):
        raise InputError(f"{path} cannot be read: {decoded.detail}.", "Give a plain text file in UTF-8.")
    found = decoded.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line.strip() for line in (found[:-1] if found[-1] == "" else found)]


def _paragraphs(path: Path, clean: bool) -> list[str]:
    from pipeline.cleaning.article import CleaningSettings, parse_item
    from pipeline.cleaning.item import RawItem
    from pipeline.records import Reason

    data = _bytes(path)
    if not data.strip():
        return []
    media: Any = "html" if path.suffix.lower() in (".html", ".htm", ".xhtml") else "text"
    item = RawItem(path=str(path), record=None, name=path.name, data=data, text=None, media=media)
    settings = CleaningSettings(max_chars=_MAX_CHARS, min_letters=0, boilerplate=clean, repeats=clean)
    parsed = parse_item(item, settings)
    if parsed.article is not None:
        return [paragraph.text for paragraph in parsed.article.paragraphs]
    rejection = parsed.rejections[-1]
    if rejection.reason in (Reason.EMPTY, Reason.NO_ARTICLE_TEXT):
        return []
    raise InputError(f"{path} cannot be read: {rejection.detail.rstrip('.')}.", "Give a text file, plain or HTML.")


def _detect(paragraphs: Sequence[str]) -> str | None:
    from pipeline.engines.language import FastTextIdentifier

    return FastTextIdentifier().identify([" ".join(paragraphs)])[0].language if paragraphs else None


def _as_json(documents: Sequence[_Document], beads: Sequence[IndexBead], signature: str) -> dict[str, Any]:
    sides = {
        name: {"path": str(d.path), "language": d.language, "sentences": list(d.sentences)}
        for name, d in zip("ab", documents, strict=True)
    }
    found = [{"a": list(bead.a), "b": list(bead.b), "similarity": _rounded(bead.similarity)} for bead in beads]
    return {**sides, "beads": found, "signature": signature}


def _rounded(similarity: float | None) -> float | None:
    return None if similarity is None else round(similarity, 4)


def _print_table(documents: Sequence[_Document], beads: Sequence[IndexBead]) -> None:
    print("a", "b", "similarity", "text_a", "text_b", sep="\t")
    for bead in beads:
        indices = [",".join(map(str, side)) for side in (bead.a, bead.b)]
        texts = [
            " ".join(" ".join(document.sentences[i].split()) for i in side)
            for document, side in zip(documents, (bead.a, bead.b), strict=True)
        ]
        similarity = "" if bead.similarity is None else f"{bead.similarity:.4f}"
        print(*indices, similarity, *texts, sep="\t")


def _warn(documents: Sequence[_Document], beads: Sequence[IndexBead], order: Order) -> None:
    """Say on standard error what a person would wonder about."""
    for document in documents:
        if not document.sentences:
            print(f"concord: {document.path} holds no sentence: nothing can be aligned with it.", file=sys.stderr)
            return
    shorter = min(len(document.sentences) for document in documents)
    aligned = sum(bead.similarity is not None and bead.similarity >= _ALIKE for bead in beads)
    if aligned < _FEW_ALIGNED * shorter:
        advice = ", or try --order comparable" if order is Order.parallel else ""
        print(
            f"concord: only {aligned:,} good beads for {shorter:,} sentence(s) of the shorter text: check that "
            f"these are two texts on one matter{advice}.",
            file=sys.stderr,
        )
