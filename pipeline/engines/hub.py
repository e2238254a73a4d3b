"""Fetch a checkpoint from the model hub at a pinned commit: whole or not at all, and quick to say why not.

Beside the files lies a note that says where they came from and what each of them was when it came (SHA-256). Whatever
reads the folder later compares with that note.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.engines.registry import file_sha256
from pipeline.errors import DependencyMissing, ModelCorrupt, ModelError, ModelMissing, ModelUnsupported

__all__ = ["MARKER", "HubUnreachable", "fetch_checkpoint", "read_marker"]

MARKER = "concord-checkpoint.json"
"""Among the fetched files: repository, commit, hash of every file, and what was converted."""

_ALLOWED = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "target_vocab.json",
    "*.spm",
    "spiece.model",
    "sentencepiece.model",
    "sentencepiece.bpe.model",
    "model.safetensors",
    "model-*.safetensors",
    "model.safetensors.index.json",
    "LICENSE*",
)
_PICKLES = ("pytorch_model.bin", "pytorch_model-*.bin", "pytorch_model.bin.index.json")
_ANSWER_SECONDS = 5.0
_OFFLINE = "Connect to a network that reaches the hub, or put a checkpoint folder in place by hand."


class HubUnreachable(ModelError):
    """Report that the hub does not answer at all, so that asking it for something else is of no use."""


def fetch_checkpoint(
    repo: str, revision: str | None, target_folder: Path, expected: Mapping[str, str] | None = None
) -> Path:
    """Download configuration, tokenizer and weights of a repository into a folder.

    The files come into a temporary folder beside the target, which is renamed when all are there: a failed or killed
    download leaves no folder of that name. Where the hub does not answer, this fails within seconds. Weights that the
    repository has as pickles only are converted there and then (:mod:`pipeline.engines.pickled`).

    Args:
        repo: ``owner/name`` on the hub.
        revision: full commit hash. Branches and tags move, so they are no pin. ``None`` takes the newest commit and
            writes it down: trust on first use.
        target_folder: must not exist yet, or be empty.
        expected: SHA-256 by file name, as an earlier note has them.

    Returns:
        The target folder.

    Raises:
        ModelMissing: the hub has no such repository or commit, or does not show it without permission.
        ModelUnsupported: the repository holds no weights that can be used, or its pickles import more than weights.
        ModelCorrupt: a file is not the one that is expected.
        ModelError: the hub cannot be reached, the download broke off, or the arguments name no pinned commit.
    """
    target = Path(target_folder)
    _check_arguments(repo, revision, target)
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    description = _ask(f"{endpoint}/api/models/{repo}" + (f"/revision/{revision}" if revision else ""), repo)
    commit = revision or _newest(repo, description)
    weights = _weight_patterns(repo, description)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.fetching-", dir=target.parent))
    try:
        _download(repo, commit, endpoint, temporary, weights)
        _finish(temporary, {"repo": repo, "revision": commit, "pinned": revision is not None}, expected or {})
        temporary.chmod(0o755)
        temporary.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def read_marker(folder: Path) -> dict[str, Any]:
    """Return the note about a folder's files, empty where it was not fetched."""
    try:
        note = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _finish(folder: Path, note: dict[str, Any], expected: Mapping[str, str]) -> None:
    """Convert pickles, compare with what is expected, and write the note."""
    from pipeline.engines.checkpoint import content_digest

    pickles = sorted(folder.glob("pytorch_model*.bin"))
    came = {file.name: file_sha256(file) for file in pickles}
    if pickles:
        from pipeline.engines.pickled import convert_pickles

        convert_pickles(folder)
        note["converted"] = came
    files = {file.name: file_sha256(file) for file in sorted(folder.iterdir()) if file.is_file()}
    other = sorted(name for name, digest in expected.items() if files.get(name) != digest)
    if other:
        raise ModelCorrupt(
            f"{other[0]} of {note['repo']} is not the file that came the first time.",
            "Find out why it changed; to trust the new one, remove the model's folder and fetch it again.",
        )
    note |= {"digest": content_digest(folder), "files": files}
    (folder / MARKER).write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")


def _newest(repo: str, description: Mapping[str, Any]) -> str:
    commit = str(description.get("sha", ""))
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise ModelError(f"The hub does not say which commit of {repo} is the newest.", "Name a revision.")
    return commit


def _check_arguments(repo: str, revision: str | None, target: Path) -> None:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise ModelError(f"{repo!r} is no repository of the hub.", "Write it as owner/name.")
    if revision is not None and not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise ModelError(
            f"The revision {revision!r} of {repo} is not pinned.",
            "Give the full commit hash of 40 hexadecimal digits: branches and tags can move.",
        )
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise ModelError(f"{target} is already there.", "Remove it first if it is to be fetched again.")


def _ask(url: str, repo: str) -> dict[str, Any]:
    """Read a JSON answer, giving up after a few seconds whatever hangs, the look-up of the name included."""
    outcome: list[dict[str, Any] | Exception] = []

    def request() -> None:
        try:
            with urllib.request.urlopen(url, timeout=_ANSWER_SECONDS) as answer:
                outcome.append(json.load(answer))
        except (OSError, ValueError) as error:  # URLError, HTTPError and time-outs are OSErrors
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # it holds the connection
            outcome.append(error)

    thread = threading.Thread(target=request, daemon=True)  # getaddrinfo knows no time-out
    thread.start()
    thread.join(_ANSWER_SECONDS + 1)
    host = urllib.parse.urlsplit(url).netloc
    if not outcome:
        raise HubUnreachable(f"The hub at {host} did not answer within {_ANSWER_SECONDS:.0f} seconds.", _OFFLINE)
    result = outcome[0]
    if isinstance(result, urllib.error.HTTPError) and result.code in (401, 403, 404):
        raise ModelMissing(
            f"The hub at {host} does not give out {repo} at that revision ({result.code} {result.reason}).",
            "Check repository and revision; a gated model needs its terms accepted there.",
        ) from result
    if isinstance(result, Exception):
        raise HubUnreachable(
            f"The hub at {host} cannot be used: {getattr(result, 'reason', result)}.", _OFFLINE
        ) from result
    return result


def _weight_patterns(repo: str, description: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the weight files to fetch: safetensors where there are any, else pickles to convert."""
    files = [str(sibling.get("rfilename", "")) for sibling in description.get("siblings", ())]
    if any(re.fullmatch(r"model(-[\w-]+)?\.safetensors", name) for name in files):
        return ()
    if any(re.fullmatch(r"pytorch_model(-[\w-]+)?\.bin", name) for name in files):
        return _PICKLES
    raise ModelUnsupported(
        f"{repo} has no safetensors weights at that revision, nor PyTorch ones to make them from.",
        "Choose a revision that has model.safetensors.",
    )


def _download(repo: str, revision: str, endpoint: str, folder: Path, weights: Sequence[str]) -> None:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise DependencyMissing("huggingface-hub", "hf", "Fetching a checkpoint") from error
    try:
        snapshot_download(
            repo,
            revision=revision,
            local_dir=folder,
            endpoint=endpoint,
            allow_patterns=[*_ALLOWED, *weights],
            etag_timeout=_ANSWER_SECONDS,
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, RuntimeError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"The download of {repo} broke off: {reason}", _OFFLINE) from error
    shutil.rmtree(folder / ".cache", ignore_errors=True)
