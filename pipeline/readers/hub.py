"""Load a data set from the Hugging Face hub, by ``hf://owner/name[@revision][:split]``; no code of others is run."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError

__all__ = ["Address", "fingerprint", "is_address", "load", "parse_address"]

PROBE_SECONDS = 5.0
_ADDRESS = re.compile(r"hf:/{1,2}([\w.-]+(?:/[\w.-]+)?)(?:@([\w./-]+))?(?::([\w.%\[\]:+-]+))?")


@dataclass(frozen=True, slots=True)
class Address:
    """Name a data set on the hub, its revision (``None``: the newest) and its split."""

    name: str
    revision: str | None
    split: str

    def __str__(self) -> str:
        revision = "" if self.revision is None else f"@{self.revision}"
        return f"hf://{self.name}{revision}:{self.split}"


def is_address(text: str) -> bool:
    """Tell whether an input is meant as an address on the hub (a path that went through ``Path`` included)."""
    return text.startswith("hf:/")


def parse_address(text: str) -> Address:
    """Parse an address.

    Raises:
        InputError: it is not of the form ``hf://owner/name[@revision][:split]``.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise InputError(
            f"{text} is not the address of a data set.", "Write it as hf://owner/name or hf://owner/name:split."
        )
    return Address(match[1], match[2], match[3] or "train")


def load(address: Address) -> Any:
    """Load a data set, from the local cache where it is there, else from the hub.

    Returns:
        A ``datasets.Dataset``, memory-mapped.

    Raises:
        InputError: it is neither cached nor to be had.
    """
    import datasets

    if not _answers(address):
        raise InputError(
            f"The data set {address} cannot be loaded: the hub cannot be reached.",
            f"If it was loaded on this machine before, set HF_HUB_OFFLINE=1; else {_keep(address)}",
        )
    options = {} if int(datasets.__version__.split(".")[0]) >= 4 else {"trust_remote_code": False}
    try:
        return datasets.load_dataset(address.name, split=address.split, revision=address.revision, **options)
    except Exception as error:  # datasets, its file systems and its HTTP client each have their own tree of errors
        why = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise InputError(
            f"The data set {address} cannot be loaded: {why}.",
            f"Check its name, revision and split; or {_keep(address)}",
        ) from error


def _keep(address: Address) -> str:
    return (
        f"save it where there is a network, with datasets.load_dataset('{address.name}').save_to_disk('folder'), "
        "and name that folder as the input."
    )


def fingerprint(address: Address) -> str:
    """Hash the cached files of a data set, for the key of the run."""
    digest = hashlib.sha256()
    for file in sorted(str(file["filename"]) for file in load(address).cache_files):
        digest.update(hashlib.sha256(Path(file).read_bytes()).digest())
    return digest.hexdigest()


def _answers(address: Address) -> bool:
    """Ask the hub once, with a short limit: the loader by itself tries for most of a minute.

    True as well when the hub is not to be asked (``HF_HUB_OFFLINE``): the loader then looks into its cache alone.
    """
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        return True
    try:
        HfApi().dataset_info(address.name, revision=address.revision, timeout=PROBE_SECONDS)
    except Exception as error:  # noqa: BLE001 - connection errors of several HTTP clients, by version of the package
        return getattr(error, "response", None) is not None
    return True
