"""Fetch a checkpoint from the model hub at a pinned commit: whole or not at all, and quick to say why not."""

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
from pathlib import Path
from typing import Any

from pipeline.errors import DependencyMissing, ModelError, ModelMissing, ModelUnsupported

__all__ = ["MARKER", "fetch_checkpoint"]

MARKER = "concord-checkpoint.json"
"""Beside the fetched files: repository and commit."""

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
_ANSWER_SECONDS = 5.0
_OFFLINE = "Connect to a network that reaches the hub, or put a checkpoint folder in place by hand."


def fetch_checkpoint(repo: str, revision: str, target_folder: Path) -> Path:
    """Download configuration, tokenizer and safetensors weights of a repository into a folder.

    The files come into a temporary folder beside the target, which is renamed when all are there: a failed or killed
    download leaves no folder of that name. Where the hub does not answer, this fails within seconds.

    Args:
        repo: ``owner/name`` on the hub.
        revision: full commit hash. Branches and tags move, so they are no pin.
        target_folder: must not exist yet, or be empty.

    Returns:
        The target folder.

    Raises:
        ModelMissing: the hub has no such repository or commit, or does not show it without permission.
        ModelUnsupported: the repository holds no safetensors weights.
        ModelError: the hub cannot be reached, the download broke off, or the arguments name no pinned commit.
    """
    target = Path(target_folder)
    _check_arguments(repo, revision, target)
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    _require_safetensors(repo, _ask(f"{endpoint}/api/models/{repo}/revision/{revision}", repo))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.fetching-", dir=target.parent))
    try:
        _download(repo, revision, endpoint, temporary)
        marker = json.dumps({"repo": repo, "revision": revision}, indent=2) + "\n"
        (temporary / MARKER).write_text(marker, encoding="utf-8")
        temporary.chmod(0o755)
        temporary.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def _check_arguments(repo: str, revision: str, target: Path) -> None:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise ModelError(f"{repo!r} is no repository of the hub.", "Write it as owner/name.")
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
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
        raise ModelError(f"The hub at {host} did not answer within {_ANSWER_SECONDS:.0f} seconds.", _OFFLINE)
    result = outcome[0]
    if isinstance(result, urllib.error.HTTPError) and result.code in (401, 403, 404):
        raise ModelMissing(
            f"The hub at {host} does not give out {repo} at that revision ({result.code} {result.reason}).",
            "Check repository and revision; a gated model needs its terms accepted there.",
        ) from result
    if isinstance(result, Exception):
        raise ModelError(
            f"The hub at {host} cannot be used: {getattr(result, 'reason', result)}.", _OFFLINE
        ) from result
    return result


def _require_safetensors(repo: str, description: dict[str, Any]) -> None:
    files = [str(sibling.get("rfilename", "")) for sibling in description.get("siblings", ())]
    if not any(re.fullmatch(r"model(-[\w-]+)?\.safetensors", name) for name in files):
        raise ModelUnsupported(
            f"{repo} has no safetensors weights at that revision.",
            "Choose a revision that has model.safetensors; weights in pickles are not loaded.",
        )


def _download(repo: str, revision: str, endpoint: str, folder: Path) -> None:
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
            allow_patterns=list(_ALLOWED),
            etag_timeout=_ANSWER_SECONDS,
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, RuntimeError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"The download of {repo} broke off: {reason}", _OFFLINE) from error
    shutil.rmtree(folder / ".cache", ignore_errors=True)
