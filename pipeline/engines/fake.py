"""A translator for tests and dry runs: deterministic, instant, visible in its output. Never a default."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.engines.base import Hypothesis

__all__ = ["FakeTranslator"]


class FakeTranslator:
    """Implement :class:`~pipeline.engines.base.Translator` by marking the text with its target language."""

    @property
    def signature(self) -> str:
        """Name the engine."""
        return "fake|1"

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Hypothesis]:
        """Return each text behind a marker such as ``[fr>en]``."""
        return [Hypothesis(f"[{source}>{target}] {text}", score=-1.0, tokens=len(text.split())) for text in texts]
