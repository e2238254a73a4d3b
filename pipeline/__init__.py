"""Concord: translate, align and compare news articles across languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.config import load_config
    from pipeline.runner import run

__all__ = ["__version__", "load_config", "run"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load the public functions on first use, so that importing the package costs nothing."""
    if name == "load_config":
        from pipeline.config import load_config

        return load_config
    if name == "run":
        from pipeline.runner import run

        return run
    raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
