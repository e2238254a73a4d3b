"""The errors of Concord, one small tree.

    ConcordError                 anything a person can act on; carries a remedy
    ├── ConfigError              the configuration is not valid (exit code 2)
    ├── InputError               the input as a whole cannot be read (exit code 1)
    ├── ModelError               a model cannot be used
    │   ├── ModelMissing         it is not on disk
    │   ├── ModelCorrupt         its bytes are not the ones the registry names
    │   ├── ModelUnsupported     no engine handles this model or language pair
    │   └── LicenceNotAccepted   its terms restrict use and nobody has accepted them
    ├── DependencyMissing        an optional package is not installed
    ├── StoreError               an artefact cannot be written or read back
    ├── StageError               a stage broke its contract (in = out + rejected)
    └── DefectError              Concord itself failed on an article (exit code 70)

A single bad record is not an exception: it becomes a :class:`~pipeline.records.Rejection` and the run goes on.
Foreign errors are translated where they enter (``raise ... from error``). Only the command line turns these into text
and exit codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = [
    "ConcordError",
    "ConfigError",
    "DefectError",
    "DependencyMissing",
    "InputError",
    "LicenceNotAccepted",
    "ModelCorrupt",
    "ModelError",
    "ModelMissing",
    "ModelUnsupported",
    "StageError",
    "StoreError",
]


class ConcordError(Exception):
    """Report a problem together with what to do about it.

    Args:
        message: what is wrong, naming the file, record, key or model.
        remedy: one imperative sentence that says what to do next.
    """

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[Any, ...]:
        # Subclasses take other arguments than ``args`` holds, and an error must come back from a worker as it was.
        return _again, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        return f"{self.message}\n  {self.remedy}" if self.remedy else self.message


class ConfigError(ConcordError):
    """Report a configuration that is not valid."""

    exit_code = 2


class InputError(ConcordError):
    """Report an input that cannot be read as a whole."""


class ModelError(ConcordError):
    """Report a model that cannot be used."""


class ModelMissing(ModelError):
    """Report a model that is not on disk."""


class ModelCorrupt(ModelError):
    """Report a model whose bytes differ from the registry's."""


class ModelUnsupported(ModelError):
    """Report a model, language or pair that no engine handles."""


class LicenceNotAccepted(ModelError):
    """Report a model whose terms restrict its use and have not been accepted on this machine."""


class DependencyMissing(ConcordError):
    """Report an optional package that is not installed.

    Args:
        package: the distribution's name on PyPI.
        extra: the extra of ``concord`` that brings it.
        purpose: what it is needed for, in a few words.
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package}, which is not installed.",
            f"In Concord's folder, run: .venv/bin/pip install --editable '.[{extra}]'",
        )
        self.package = package


class StoreError(ConcordError):
    """Report an artefact that cannot be written or read back."""


class StageError(ConcordError):
    """Report a stage that broke its contract."""


class DefectError(ConcordError):
    """Report that Concord failed on an item in a way that nobody foresaw, and say how to go on without it.

    Args:
        item: what it failed on, as a person would name it.
        error: what was raised.
        articles: ids of the articles that the item consists of; one of them is at fault.
        text: of a segment, where it is one.
    """

    exit_code = 70

    def __init__(self, item: str, error: BaseException, articles: Sequence[str] = (), text: str | None = None) -> None:
        super().__init__(
            f"Concord failed on {item}: {type(error).__name__}: {error}",
            "This is a defect: please report it with the output of the same command under CONCORD_DEBUG=1. "
            "What was finished is kept.",
        )
        self.articles = tuple(articles)
        self.text = text


def _again(kind: type[ConcordError], args: tuple[Any, ...], state: dict[str, Any]) -> ConcordError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error
