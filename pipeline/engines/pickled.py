"""Turn PyTorch's pickled weights into safetensors, once, when a checkpoint is fetched. Engines never read a pickle.

A pickle is a program. Before PyTorch sees the file, its instructions are listed without running any, and it is refused
unless all that it imports is what weights are made of. Then PyTorch's restricted loader reads it (``weights_only``),
which has an allow-list of its own. Transformers puts the weights into its model class, which ties shared ones, and
writes them as safetensors; every tensor is compared with what the pickle held before the pickle is deleted.
"""

from __future__ import annotations

import io
import pickletools
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from pipeline.errors import DependencyMissing, ModelCorrupt, ModelError, ModelUnsupported

__all__ = ["check_pickle", "convert_pickles"]

_STORAGES = ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Char", "Byte", "Bool")
_ALLOWED = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    *(f"torch {name}Storage" for name in _STORAGES),
}
# Instructions that import or call something whose name is not in the instruction itself.
_OPAQUE = {"STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"}
# Before 1.6 PyTorch wrote five pickles in a row (magic number, protocol, machine, weights, keys), then raw data.
_LEGACY_PICKLES = 5
_MOST_BYTES = 100_000_000  # the pickle in an archive holds names and shapes, not the numbers
_SAFE_TORCH = (2, 6)  # below it, the restricted loader itself could be made to run code (CVE-2025-32434)


def check_pickle(file: Path) -> None:
    """Refuse a weight file unless it imports nothing but what weights are made of. Runs nothing from it.

    Raises:
        ModelUnsupported: it imports something else.
        ModelCorrupt: it is no weight file of PyTorch.
    """
    try:
        for stream, count in _pickles(file):
            for _ in range(count):
                _check_one(stream, file)
    except (ValueError, OSError, zipfile.BadZipFile, KeyError, EOFError, UnicodeDecodeError) as error:
        raise ModelCorrupt(
            f"{file} is no weight file of PyTorch: {error}.", "Fetch it again with: concord models fetch NAME"
        ) from error


def _pickles(file: Path) -> Iterator[tuple[IO[bytes], int]]:
    """Yield the streams in a weight file that hold pickles, each with their number."""
    with file.open("rb") as stream:
        if stream.read(4) != b"PK\x03\x04":  # what PyTorch itself goes by
            stream.seek(0)
            yield stream, _LEGACY_PICKLES
            return
    with zipfile.ZipFile(file) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename.endswith(".pkl")]
        if not entries or sum(entry.file_size for entry in entries) > _MOST_BYTES:
            raise ValueError("the archive holds no pickle, or one that is too long")
        for entry in entries:
            yield io.BytesIO(archive.read(entry)), 1


def _check_one(stream: IO[bytes], file: Path) -> None:
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name in _OPAQUE or (opcode.name == "GLOBAL" and argument not in _ALLOWED):
            what = str(argument).replace(" ", ".") if opcode.name == "GLOBAL" else f"something by {opcode.name}"
            raise ModelUnsupported(
                f"{file.name} is a pickle that imports {what}: weights need no such thing, and it could run code.",
                "Do not use this file. Choose a revision that has model.safetensors.",
            )


def convert_pickles(folder: Path) -> list[str]:
    """Replace the pickled weights in a checkpoint folder by ``model.safetensors``.

    Args:
        folder: configuration and ``pytorch_model*.bin``; freshly downloaded, and nobody else's.

    Returns:
        The names of the files that were replaced.

    Raises:
        ModelUnsupported: a file imports more than weights need, or PyTorch is too old to be trusted with it.
        ModelCorrupt: the weights do not load, do not fit the configuration, or did not survive the conversion.
        DependencyMissing: torch, transformers or safetensors is not installed.
    """
    files = sorted(folder.glob("pytorch_model*.bin"))
    for file in files:
        check_pickle(file)
    _require_safe_torch()
    model = _load(folder)
    output = folder / ".converted"
    model.save_pretrained(output, max_shard_size="200GB")
    _compare(files, output / "model.safetensors")
    (output / "model.safetensors").replace(folder / "model.safetensors")
    for left in (*output.iterdir(), *folder.glob("pytorch_model*")):
        left.unlink()
    output.rmdir()
    return [file.name for file in files]


def _require_safe_torch() -> None:
    try:
        version = metadata.version("torch")
    except metadata.PackageNotFoundError as error:
        raise DependencyMissing("torch", "hf", "Converting weights to safetensors") from error
    if tuple(int(part) for part in version.split("+")[0].split(".")[:2]) < _SAFE_TORCH:
        raise ModelUnsupported(
            f"PyTorch {version} cannot be trusted to read a pickle safely.", "Install torch 2.6 or newer."
        )


def _load(folder: Path) -> Any:
    from pipeline.engines.transformers import quiet

    try:
        from transformers import AutoModelForSeq2SeqLM
    except ImportError as error:
        raise DependencyMissing("transformers", "hf", "Converting weights to safetensors") from error
    try:
        with quiet():
            model, report = AutoModelForSeq2SeqLM.from_pretrained(
                str(folder),
                use_safetensors=False,
                weights_only=True,
                local_files_only=True,
                trust_remote_code=False,
                dtype="auto",
                output_loading_info=True,
            )
    except Exception as error:  # torch, pickle and transformers each have their own ways to fail
        raise ModelCorrupt(
            f"The weights in {folder} cannot be read: {error}.", "Choose another revision of the model."
        ) from error
    if report["missing_keys"]:
        lacking = sorted(report["missing_keys"])
        raise ModelCorrupt(
            f"The weights in {folder} lack {len(lacking)} tensors ({lacking[0]} ...).",
            "Choose another revision of the model.",
        )
    return model


def _compare(files: list[Path], converted: Path) -> None:
    """Make sure that every tensor of the new file is, bit for bit, one that the pickles hold under that name."""
    import torch
    from safetensors.torch import load_file

    held: dict[str, Any] = {}
    for file in files:
        held.update(torch.load(file, map_location="cpu", weights_only=True))
    made = load_file(converted)
    changed = sorted(name for name, tensor in made.items() if name in held and not torch.equal(tensor, held[name]))
    if changed or not set(made) & set(held):
        raise ModelError(
            f"The conversion changed {changed[0] if changed else 'every name'}; it is not used.",
            "Report this as a defect, with the model's name and revision.",
        )
