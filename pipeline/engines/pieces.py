"""Turn text into the pieces of a checkpoint and back, with the language marks of its family.

SentencePiece is read directly, not through a tokenizer class: the piece model is what the translation model was trained
on, while the classes around it differ between versions (one of them maps unknown characters of MADLAD-400 to the end
mark). Where a folder has only ``tokenizer.json``, the ``tokenizers`` library reads that. Neither needs torch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from pipeline.engines.checkpoint import Checkpoint
from pipeline.engines.codes import m2m100_codes
from pipeline.errors import DependencyMissing, ModelCorrupt, ModelUnsupported
from pipeline.text import normalise, tidy

__all__ = ["Codec", "Row", "Vocabulary"]

EOS, UNK = "</s>", "<unk>"
_LEAST_HELD = 0.5  # sound models hold all source pieces, broken ones those that both scripts share
_REMEDY = "Fetch the checkpoint again with: concord models fetch NAME"
# The first ids of NLLB are Fairseq's; SentencePiece has unk, s, /s in their place and everything else one lower.
_FAIRSEQ = ("<s>", "<pad>", EOS, UNK)

Row = tuple[str, ...]
"""Source pieces of one input, marks included."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Hold the ids of pieces on both sides (one and the same mapping where the checkpoint shares it)."""

    source: Mapping[str, int]
    target: Mapping[str, int]


class _PieceModel(Protocol):
    def encode(self, text: str) -> list[str]: ...

    def decode(self, pieces: Sequence[str]) -> str: ...

    def names(self) -> list[str]:
        """Return all pieces in the order of their ids."""
        ...


class Codec:
    """Encode and decode for one checkpoint. Its files are read on first use."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint

    def prepare(self, text: str) -> str:
        """Bring a text to one clean line in which nothing reads as a mark.

        A tokenizer takes ``<2ko>`` or ``</s>`` in a text for the mark itself, and then the output is in another
        language or ends there. Such strings are broken up with a space.
        """
        encodable = text.encode("utf-8", "replace").decode("utf-8")  # piece models cannot take lone surrogates
        line = tidy(normalise(encodable).text)
        return tidy(self._mark_shapes.sub(lambda m: f"{m[0][0]} {m[0][1:]}", line))

    def encode(self, text: str, source: str, target: str) -> Row:
        """Return the pieces of a prepared text; the codes are the model's own."""
        family = self.checkpoint.family
        if family == "madlad":
            return (*self._known(f"{target} {text}"), EOS)
        body = self._known(text)
        if family == "marian":
            return (target, *body, EOS) if target else (*body, EOS)
        if family == "nllb" and self._settings.get("legacy_behaviour"):
            return (*body, EOS, source)
        return (source, *body, EOS)

    def encode_target(self, text: str) -> Row:
        """Return the pieces of a prepared translation as the model would have to write them, end mark included."""
        vocabulary = self.vocabulary.target
        return (*(piece if piece in vocabulary else UNK for piece in self._target.encode(text)), EOS)

    def _known(self, text: str) -> list[str]:
        vocabulary = self.vocabulary.source
        return [piece if piece in vocabulary else UNK for piece in self._source.encode(text)]

    def first_piece(self, target: str) -> str | None:
        """Return the piece that the output must begin with: NLLB and M2M-100 are told the language that way."""
        return target if self.checkpoint.family in ("nllb", "m2m100") else None

    def plain(self, pieces: Sequence[str]) -> list[str]:
        """Leave out the pieces that are marks, and those of spare rows that some checkpoints have."""
        known = self.vocabulary.target
        return [piece for piece in pieces if piece in known and piece not in self._marks]

    def decode(self, pieces: Sequence[str]) -> str:
        """Return the text of target pieces on one line, marks left out."""
        text = self._target.decode(self.plain(pieces)).replace("\u2581", " ")
        return tidy(normalise(text).text)  # byte pieces can spell control characters

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Return the ids of all pieces, as the weights have them."""
        folder, family = self.checkpoint.folder, self.checkpoint.family
        if family == "marian":
            source = _ids(folder / "vocab.json")
            self._require_source_pieces(source)
            separate = (folder / "target_vocab.json").is_file() and not self.checkpoint.shared_vocabulary
            return Vocabulary(source, _ids(folder / "target_vocab.json") if separate else source)
        if family == "m2m100":
            ids = _ids(folder / "vocab.json")
            ids |= {token: len(ids) + i for i, token in enumerate(m2m100_codes().values())}
        elif family == "nllb" and isinstance(self._source, _SentencePieces):
            ids = self._nllb_ids()
        else:
            ids = {piece: i for i, piece in enumerate(self._source.names())}
        return Vocabulary(ids, ids)

    def _require_source_pieces(self, ids: Mapping[str, int]) -> None:
        """Refuse a Marian vocabulary that is not the source's.

        Several conversions of models with two vocabularies carry one of them only (OPUS-MT-train, issue 81): every
        source piece is then unknown, and the output has nothing to do with the input.
        """
        pieces = self._source.names()
        held = sum(piece in ids for piece in pieces)
        if held < _LEAST_HELD * len(pieces):
            raise ModelUnsupported(
                f"The vocabulary of {self.checkpoint.name} holds only {held:,} of the {len(pieces):,} pieces of its "
                "source tokenizer: it belongs to the other language.",
                "Choose another model for this pair; this conversion cannot translate.",
            )

    def _nllb_ids(self) -> dict[str, int]:
        names = [*_FAIRSEQ, *self._source.names()[3:]]
        ids = {piece: i for i, piece in enumerate(names)}
        for token, i in _added_tokens(self.checkpoint.folder, len(names)).items():
            ids.setdefault(token, i)
        return ids

    @cached_property
    def _source(self) -> _PieceModel:
        names = {"marian": ("source.spm",), "madlad": ("spiece.model", "sentencepiece.model")}
        return _open(self.checkpoint.folder, names.get(self.checkpoint.family, ("sentencepiece.bpe.model",)))

    @cached_property
    def _target(self) -> _PieceModel:
        marian = self.checkpoint.family == "marian"
        return _open(self.checkpoint.folder, ("target.spm",)) if marian else self._source

    @cached_property
    def _settings(self) -> dict[str, Any]:
        file = self.checkpoint.folder / "tokenizer_config.json"
        return _json(file) if file.is_file() else {}

    @cached_property
    def _marks(self) -> frozenset[str]:
        codes = [*self.checkpoint.targets.values(), *(self.checkpoint.sources or {}).values()]
        return frozenset([*_FAIRSEQ, "<mask>", *filter(None, codes)])

    @cached_property
    def _mark_shapes(self) -> re.Pattern[str]:
        shapes = {
            "marian": [">>", "<<"],
            "madlad": ["<2[A-Za-z_]+>", "<extra_id_"],
            "nllb": ["(?<![a-z])[a-z]{3}_[A-Z][a-z]{3}(?![a-z])"],
            "m2m100": ["__[a-z]{2,3}__"],
        }
        marks = map(re.escape, (*_FAIRSEQ, "<mask>"))
        return re.compile("|".join([*marks, *shapes[self.checkpoint.family]]))


class _SentencePieces:
    """Read a SentencePiece model."""

    def __init__(self, file: Path) -> None:
        import sentencepiece

        try:
            self._model = sentencepiece.SentencePieceProcessor(model_file=str(file))
        except (OSError, RuntimeError) as error:
            raise ModelCorrupt(f"The piece model {file} cannot be read: {error}.", _REMEDY) from error

    def encode(self, text: str) -> list[str]:
        return list(self._model.encode(text, out_type=str))

    def decode(self, pieces: Sequence[str]) -> str:
        return str(self._model.decode(list(pieces))) if pieces else ""

    def names(self) -> list[str]:
        return [self._model.id_to_piece(i) for i in range(self._model.get_piece_size())]


class _JsonPieces:
    """Read ``tokenizer.json``."""

    def __init__(self, file: Path) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise DependencyMissing("tokenizers", "hf", f"Reading {file}") from error
        try:
            self._model: Any = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises bare Exceptions
            raise ModelCorrupt(f"The tokenizer {file} cannot be read: {error}.", _REMEDY) from error

    def encode(self, text: str) -> list[str]:
        return list(self._model.encode(text, add_special_tokens=False).tokens)

    def decode(self, pieces: Sequence[str]) -> str:
        ids = [self._model.token_to_id(piece) for piece in pieces]
        return str(self._model.decode([i for i in ids if i is not None]))

    def names(self) -> list[str]:
        vocabulary = self._model.get_vocab()
        return sorted(vocabulary, key=vocabulary.__getitem__)


def _open(folder: Path, names: Sequence[str]) -> _PieceModel:
    for name in names:
        if (folder / name).is_file():
            return _SentencePieces(folder / name)
    return _JsonPieces(folder / "tokenizer.json")


def _json(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelCorrupt(f"{file} cannot be read: {error}.", _REMEDY) from error
    if not isinstance(data, dict):
        raise ModelCorrupt(f"{file} holds no JSON object.", _REMEDY)
    return data


def _ids(file: Path) -> dict[str, int]:
    ids = {str(piece): i for piece, i in _json(file).items() if isinstance(i, int)}
    if UNK not in ids or EOS not in ids:
        raise ModelCorrupt(f"{file} lacks the pieces {UNK} and {EOS}.", _REMEDY)
    return ids


def _added_tokens(folder: Path, first: int) -> dict[str, int]:
    """Return the ids of the tokens that NLLB adds behind its pieces.

    Newer folders number them; older ones list them in order, which starts at ``first``.
    """
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        data = _json(folder / name) if (folder / name).is_file() else {}
        numbered = {str(t["content"]): int(t["id"]) for t in data.get("added_tokens", ())}
        numbered |= {str(t["content"]): int(i) for i, t in data.get("added_tokens_decoder", {}).items()}
        if numbered:
            return numbered
        listed = data.get("additional_special_tokens") or data.get("extra_special_tokens")
        if listed:
            return {str(token): first + i for i, token in enumerate([*listed, "<mask>"])}
    raise ModelCorrupt(f"The tokenizer in {folder} lists no language codes.", _REMEDY)
