"""Open a translation checkpoint in the Transformers layout: which family it is, what it can do, whether it is whole.

Nothing heavy is imported and no weight is read into memory: the configuration is JSON, and the header of a safetensors
file says how long the file must be. Weights in pickles are refused, because reading a pickle runs code from it
(fetching converts them under guard); code that comes with a checkpoint is never run.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.engines.codes import from_foreign, m2m100_codes, nllb_codes
from pipeline.engines.hub import MARKER, fetch_checkpoint, read_marker
from pipeline.errors import ModelCorrupt, ModelMissing, ModelUnsupported

__all__ = ["Checkpoint", "Family", "content_digest", "fetch_checkpoint", "open_checkpoint"]

Family = Literal["marian", "nllb", "m2m100", "madlad"]

_FETCH = "Fetch it again with: concord models fetch NAME"
_FAMILIES = "Concord runs Marian (OPUS-MT), NLLB-200, M2M-100 and MADLAD-400 checkpoints."
# What a tokenizer of each family is made of: any one of the groups suffices.
_TOKENIZER_FILES: dict[Family, tuple[tuple[str, ...], ...]] = {
    "marian": (("source.spm", "target.spm", "vocab.json"),),
    "m2m100": (("sentencepiece.bpe.model", "vocab.json"),),
    "nllb": (("tokenizer.json",), ("sentencepiece.bpe.model",)),
    "madlad": (("tokenizer.json",), ("spiece.model",), ("sentencepiece.model",)),
}
_PICKLES = ("pytorch_model*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt")
_OTHER_WEIGHTS = ("tf_model.h5", "flax_model.msgpack", "*.onnx")
# Positions of T5 are relative and without end, yet it was trained on short texts.
_MADLAD_INPUT = 512
_HEADER_LIMIT = 100_000_000  # bytes; the safetensors format allows no longer header


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Hold what is known about a checkpoint without loading it.

    Attributes:
        folder: where it lies.
        family: which way of naming languages it follows.
        name: the repository it came from, else the folder's name.
        revision: the commit it was fetched at, ``None`` for a folder that someone put there.
        digest: hash of everything in the folder that decides its output, 16 hexadecimal digits.
        sources: the model's own code by ISO code of the languages it reads; ``None`` where it does not say.
        targets: the same for the languages it writes; the code is ``""`` where the model writes one language only.
        max_input: the most source tokens it takes, end mark and language code included.
        shared_vocabulary: whether source and target have one vocabulary.
    """

    folder: Path
    family: Family
    name: str
    revision: str | None
    digest: str
    sources: Mapping[str, str] | None
    targets: Mapping[str, str]
    max_input: int
    shared_vocabulary: bool

    def codes(self, source: str, target: str) -> tuple[str, str]:
        """Return what the model calls the two languages.

        Raises:
            ModelUnsupported: it cannot do the pair; the message says what it can.
        """
        readable = self.sources is None or source in self.sources
        if readable and target in self.targets and source != target:
            return (self.sources or {}).get(source, ""), self.targets[target]
        raise ModelUnsupported(
            f"The model {self.name} cannot translate {source}-{target}: it reads {_listed(self.sources)} "
            f"and writes {_listed(self.targets)}.",
            "Choose another model for this pair under translate.pairs in the configuration.",
        )

    @property
    def identity(self) -> str:
        """Name the checkpoint so that any other content has another name."""
        revision = f"@{self.revision[:12]}" if self.revision else ""
        return f"{self.family}:{self.name}{revision}#{self.digest}"


def open_checkpoint(folder: Path, *, pairs: tuple[str, ...] | None = None) -> Checkpoint:
    """Read what a checkpoint folder holds and check that it is whole.

    Args:
        folder: a folder in the Transformers layout with safetensors weights.
        pairs: language pairs such as ``"ko-en"`` of a Marian model that does not name its languages itself.

    Raises:
        ModelMissing: the folder, its configuration, its tokenizer or its weights are not there.
        ModelCorrupt: a file is damaged, cut off, or not the one that was fetched.
        ModelUnsupported: it is of another family, or its weights are pickles.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ModelMissing(f"There is no checkpoint folder at {folder}.", _FETCH)
    config = _read_json(folder / "config.json", required=True)
    tokenizer = _read_json(folder / "tokenizer_config.json")
    family = _family(folder, config, tokenizer)
    _require_tokenizer(folder, family)
    weights = _weights(folder)
    for file in weights:
        _check_safetensors(file)
    marker, digest = read_marker(folder), _digest(folder, weights)
    if marker.get("digest") not in (None, digest):
        raise ModelCorrupt(f"The files in {folder} are not those that were fetched.", _FETCH)
    sources, targets = _languages(folder, family, tokenizer, pairs)
    return Checkpoint(
        folder=folder,
        family=family,
        name=str(marker.get("repo") or folder.resolve().name),
        revision=str(marker["revision"]) if marker.get("revision") else None,
        digest=digest,
        sources=sources,
        targets=targets,
        max_input=_max_input(folder, config, tokenizer),
        shared_vocabulary=bool(config.get("share_encoder_decoder_embeddings", True))
        and not tokenizer.get("separate_vocabs", False),
    )


def _listed(codes: Mapping[str, str] | None) -> str:
    if codes is None:
        return "languages it does not name"
    names = sorted(codes)
    return ", ".join(names[:40]) + (f" and {len(names) - 40} more" if len(names) > 40 else "")


def _read_json(file: Path, *, required: bool = False) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if required:
            raise ModelMissing(f"{file.parent} holds no {file.name}, so it is no checkpoint.", _FETCH) from error
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ModelCorrupt(f"{file} cannot be read: {error}.", _FETCH) from error
    if not isinstance(data, dict):
        raise ModelCorrupt(f"{file} holds no JSON object.", _FETCH)
    return data


# --- family and languages ---------------------------------------------------------------------------------------------


def _family(folder: Path, config: Mapping[str, Any], tokenizer: Mapping[str, Any]) -> Family:
    kind = config.get("model_type")
    if kind == "marian":
        return "marian"
    if kind == "m2m_100":  # NLLB-200 is this architecture with another tokenizer
        named = str(tokenizer.get("tokenizer_class", ""))
        is_nllb = "Nllb" in named if named else not (folder / "vocab.json").is_file()
        return "nllb" if is_nllb else "m2m100"
    if kind == "t5" and _madlad_tags(folder):
        return "madlad"
    if kind == "t5":
        raise ModelUnsupported(f"{folder} is a T5 model without the language tags of MADLAD-400.", _FAMILIES)
    raise ModelUnsupported(f"{folder} holds a model of type {kind!r}, which is none that translates here.", _FAMILIES)


def _languages(
    folder: Path, family: Family, tokenizer: Mapping[str, Any], pairs: tuple[str, ...] | None
) -> tuple[Mapping[str, str] | None, Mapping[str, str]]:
    if family == "marian":
        return _marian_languages(folder, tokenizer, pairs)
    if family == "madlad":
        return None, {from_foreign(tag[2:-1]): tag for tag in reversed(_madlad_tags(folder)) if "_" not in tag}
    if family == "nllb":
        known = set(_special_tokens(folder, r"[a-z]{3}_[A-Z][a-z]{3}"))
        codes = {iso: code for iso, code in nllb_codes().items() if not known or code in known}
        return codes, codes
    codes = {token[2:-2]: token for token in _special_tokens(folder, r"__[a-z]{2,3}__")} or m2m100_codes()
    return codes, codes


def _special_tokens(folder: Path, shape: str) -> list[str]:
    """Return the strings of that shape in the tokenizer's settings, sorted; if there are none, in its vocabulary.

    Transformers has kept language codes in four different files over the years.
    """
    for names in (("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"), ("tokenizer.json",)):
        texts = [(folder / name).read_text(encoding="utf-8") for name in names if (folder / name).is_file()]
        found = {match for text in texts for match in re.findall(f'"({shape})"', text)}
        if len(found) > 1:  # one alone is the default source language, not the list
            return sorted(found)
    return []


def _madlad_tags(folder: Path) -> list[str]:
    """Return the target tags (``<2en>``) in the tokenizer's vocabulary, sorted."""
    for group in _TOKENIZER_FILES["madlad"]:
        file = folder / group[0]
        if file.is_file():
            # In the protobuf of SentencePiece a piece is plain bytes, as it is in JSON: no parser is needed.
            return sorted({m.decode() for m in re.findall(rb"<2[A-Za-z]{2,3}(?:_[A-Za-z]+)*>", file.read_bytes())})
    return []


def _marian_languages(
    folder: Path, tokenizer: Mapping[str, Any], pairs: tuple[str, ...] | None
) -> tuple[Mapping[str, str] | None, Mapping[str, str]]:
    vocabulary = _read_json(folder / "vocab.json", required=True)
    tags = sorted(piece for piece in vocabulary if re.fullmatch(r">>[A-Za-z_]+<<", piece))
    if pairs:
        split = [pair.split("-", 1) for pair in pairs]
        sources: Mapping[str, str] | None = {s: "" for s, _ in split}
        targets = {t: "" for _, t in split}
    else:
        first, second = _marian_names(folder, tokenizer, bool(tags))
        sources = {from_foreign(first): ""} if _is_language(first) else None
        targets = {from_foreign(second): ""} if _is_language(second) else {}
    if tags:
        by_tag = {from_foreign(tag[2:-2]): tag for tag in reversed(tags)}
        targets = {t: by_tag[t] for t in targets if t in by_tag} if pairs else by_tag
    return sources, targets


def _marian_names(folder: Path, tokenizer: Mapping[str, Any], tagged: bool) -> tuple[str, str]:
    """Return source and target as the model names them: a language, or a group such as ``ROMANCE``."""
    first, second = tokenizer.get("source_lang"), tokenizer.get("target_lang")
    if first and second:
        return str(first), str(second)
    named = re.search(r"(?:^|-)([A-Za-z_]{2,})-([A-Za-z_]{2,})$", folder.resolve().name)
    if named:
        return named[1], named[2]
    if tagged:
        return "?", "?"
    raise ModelUnsupported(
        f"The Marian model in {folder} does not say which languages it translates.",
        'Add "source_lang" and "target_lang" to its tokenizer_config.json, or name the folder like opus-mt-fr-en.',
    )


def _is_language(code: str) -> bool:
    """Tell a language from a family of languages: OPUS-MT writes groups in capitals or as ISO 639-5 (``roa``)."""
    base = code.replace("-", "_").split("_")[0]
    return base in nllb_codes() or (base.islower() and from_foreign(base) in nllb_codes())


def _max_input(folder: Path, config: Mapping[str, Any], tokenizer: Mapping[str, Any]) -> int:
    if config["model_type"] == "t5":
        return _MADLAD_INPUT
    positions, longest = config.get("max_position_embeddings", 512), tokenizer.get("model_max_length")
    if not (isinstance(positions, int) and positions >= 8):
        raise ModelCorrupt(f"{folder / 'config.json'} gives max_position_embeddings as {positions!r}.", _FETCH)
    return min(positions, int(longest)) if isinstance(longest, int) and longest >= 8 else positions


# --- files ------------------------------------------------------------------------------------------------------------


def _require_tokenizer(folder: Path, family: Family) -> None:
    groups = _TOKENIZER_FILES[family]
    if any(all((folder / name).is_file() for name in group) for group in groups):
        return
    wanted = " or ".join(", ".join(group) for group in groups)
    raise ModelMissing(f"The checkpoint in {folder} lacks its tokenizer ({wanted}).", _FETCH)


def _weights(folder: Path) -> list[Path]:
    """Return the weight files, sorted."""
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        shards = _read_json(index).get("weight_map")
        if not isinstance(shards, dict) or not shards:
            raise ModelCorrupt(f"{index} lists no weights.", _FETCH)
        files = [folder / Path(str(name)).name for name in sorted(set(map(str, shards.values())))]
    else:
        files = [folder / "model.safetensors"]
    missing = [file.name for file in files if not file.is_file()]
    if not missing:
        return files
    if not index.is_file():
        _refuse_other_weights(folder)
    raise ModelMissing(f"The checkpoint in {folder} lacks {', '.join(missing)}.", _FETCH)


def _refuse_other_weights(folder: Path) -> None:
    pickles = sorted(file.name for pattern in _PICKLES for file in folder.glob(pattern))
    if pickles:
        raise ModelUnsupported(
            f"The weights in {folder} are a pickle ({pickles[0]}), and reading a pickle can run any code.",
            "Fetch the model with 'concord models fetch NAME', which converts such weights under guard.",
        )
    others = sorted(file.name for pattern in _OTHER_WEIGHTS for file in folder.glob(pattern))
    if others:
        raise ModelUnsupported(
            f"The weights in {folder} are in another format ({others[0]}).",
            "Fetch a revision that has model.safetensors.",
        )


def _check_safetensors(file: Path) -> None:
    """Compare the length of a safetensors file with the one its header announces."""
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > min(size, _HEADER_LIMIT):
                raise ValueError(f"its header claims {length:,} bytes")
            header = json.loads(stream.read(length))
        ends = [int(entry["data_offsets"][1]) for name, entry in header.items() if name != "__metadata__"]
    except (OSError, ValueError, struct.error, AttributeError, KeyError, TypeError, IndexError) as error:
        raise ModelCorrupt(f"The weight file {file} is damaged: {error}.", _FETCH) from error
    expected = 8 + length + max(ends, default=0)
    if size != expected or not ends:
        raise ModelCorrupt(f"The weight file {file} has {size:,} bytes instead of {expected:,}.", _FETCH)


def content_digest(folder: Path) -> str:
    """Hash everything in a checkpoint folder that decides its output, 16 hexadecimal digits."""
    return _digest(folder, _weights(folder))


def _digest(folder: Path, weights: list[Path]) -> str:
    """Hash the names and bytes of all files that decide the output."""
    patterns = ("*.json", "*.spm", "*.model")
    files = {file for pattern in patterns for file in folder.glob(pattern) if file.name != MARKER} | set(weights)
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as stream:
            while block := stream.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()[:16]
