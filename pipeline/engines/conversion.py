"""Convert translation checkpoints for CTranslate2, once, into a cache.

What lies in the cache under its final name was written completely, and is compared with its own list of hashes before
it is used; anything else is made again.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from pipeline.engines.checkpoint import Checkpoint
from pipeline.engines.pieces import EOS, UNK, Codec
from pipeline.engines.registry import file_sha256
from pipeline.errors import DependencyMissing, ModelUnsupported, StoreError

__all__ = ["converted", "ctranslate2_module", "ctranslate2_version"]

_LIST = "concord-conversion.json"


def ctranslate2_module() -> Any:
    """Import CTranslate2.

    Raises:
        DependencyMissing: it is not installed.
    """
    try:
        import ctranslate2
    except ImportError as error:
        raise DependencyMissing("ctranslate2", "hf", "The engine ctranslate") from error
    return ctranslate2


def ctranslate2_version() -> str:
    """Return the version of CTranslate2 without importing it.

    Raises:
        DependencyMissing: it is not installed.
    """
    try:
        return metadata.version("ctranslate2")
    except metadata.PackageNotFoundError as error:
        raise DependencyMissing("ctranslate2", "hf", "The engine ctranslate") from error


def converted(checkpoint: Checkpoint, cache_folder: Path, compute_type: str) -> Path:
    """Return the folder of the converted checkpoint, converting it unless a whole conversion is there.

    Args:
        checkpoint: what to convert.
        cache_folder: where conversions are kept, named by the checkpoint's hash, precision and CTranslate2's version.
        compute_type: precision to store the weights in.

    Raises:
        DependencyMissing: ctranslate2, transformers or torch is not installed.
        ModelCorrupt: the checkpoint's weights do not load.
        ModelUnsupported: CTranslate2 has no conversion for it.
        StoreError: the cache folder cannot be written.
    """
    target = cache_folder / f"{checkpoint.digest}-{compute_type}-ctranslate2-{ctranslate2_version()}"
    if _is_whole(target):
        return target
    try:
        cache_folder.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".converting-", dir=cache_folder))
    except OSError as error:
        problem = f"The folder {cache_folder} cannot be written: {error}."
        raise StoreError(problem, "Choose another cache folder.") from error
    try:
        result = temporary / "model"
        _convert(checkpoint, result, compute_type)
        _write_list(result)
        _put_in_place(result, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def _convert(checkpoint: Checkpoint, output: Path, compute_type: str) -> None:
    from pipeline.engines.transformers import load_model

    ctranslate2_module()
    model = load_model(checkpoint)
    from ctranslate2.converters import TransformersConverter

    class Converter(TransformersConverter):  # type: ignore[misc]  # ctranslate2 has no annotations
        """Convert the model that is loaded already and with our vocabulary: one way of reading a checkpoint."""

        def load_model(self, model_class: Any, model_name_or_path: str, **kwargs: Any) -> Any:
            if checkpoint.family == "madlad":
                # Since version 5, Transformers says with another flag whether T5 scales its outputs; the converter
                # still reads the old one, and with the wrong scale beams come out in the wrong order.
                tied = model.config.tie_word_embeddings
                model.config.tie_word_embeddings = getattr(model.config, "scale_decoder_outputs", tied)
            return model

        def load_tokenizer(self, tokenizer_class: Any, model_name_or_path: str, **kwargs: Any) -> Any:
            return _Names(Codec(checkpoint).vocabulary.source)

    try:
        Converter(str(checkpoint.folder)).convert(str(output), quantization=compute_type)
    except (ValueError, NotImplementedError) as error:
        raise ModelUnsupported(
            f"CTranslate2 cannot convert {checkpoint.name}: {error}.",
            "Set translate.engine to transformers for this model.",
        ) from error
    except OSError as error:
        problem = f"The converted model cannot be written: {error}."
        raise StoreError(problem, "Make room in the cache folder.") from error


class _Names:
    """Stand in for a tokenizer where the converter asks for the names of tokens."""

    bos_token, eos_token, unk_token, pad_token = "<s>", EOS, UNK, "<pad>"
    special_tokens_map: Mapping[str, Any] = {}

    def __init__(self, ids: Mapping[str, int]) -> None:
        self._ids = ids
        self.unk_token_id = ids[UNK]

    def get_vocab(self) -> dict[str, int]:
        """Return all names, ids without one included."""
        named = set(self._ids.values())
        gaps = {f"<unused_{i}>": i for i in range(max(named)) if i not in named}
        return {**self._ids, **gaps}

    def convert_ids_to_tokens(self, i: int) -> str:
        """Return the name of one id."""
        return next((name for name, known in self._ids.items() if known == i), UNK)


def _put_in_place(result: Path, target: Path) -> None:
    """Give a conversion its final name; a broken one of that name goes, one that another process made stays."""
    if _is_whole(target):
        return
    if target.exists():
        shutil.rmtree(target)
    try:
        result.replace(target)
    except OSError as error:
        if not _is_whole(target):
            raise StoreError(f"{target} cannot be written: {error}.", "Remove it and try again.") from error


def _write_list(folder: Path) -> None:
    hashes = {file.name: file_sha256(file) for file in sorted(folder.iterdir())}
    (folder / _LIST).write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")


def _is_whole(folder: Path) -> bool:
    try:
        hashes = json.loads((folder / _LIST).read_text(encoding="utf-8"))
        return bool(hashes) and all(file_sha256(folder / name) == found for name, found in hashes.items())
    except (OSError, ValueError, AttributeError, TypeError):
        return False
