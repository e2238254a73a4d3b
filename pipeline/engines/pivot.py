"""Translate through a third language where no model does the pair, and choose that language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from pipeline.engines.base import Hypothesis, Proposer, Request, Translator
from pipeline.engines.memory import RememberingTranslator, TranslationMemory

__all__ = ["PivotTranslator", "choose_via", "pivot_signature"]


class PivotTranslator:
    """Compose two translators: source to ``via``, ``via`` to target.

    Args:
        first: translates into ``via``.
        second: translates from ``via``.
        via: ISO 639-1 code of the language between.
        memory: keeps the texts in between and what becomes of them; corrections in it are followed on both legs.
        batch_size: texts per engine call and transaction.
        corrections: digest of the corrections and imports of both legs (see :func:`pivot_signature`).
    """

    def __init__(
        self,
        first: Translator,
        second: Translator,
        via: str,
        *,
        memory: TranslationMemory | None = None,
        batch_size: int = 16,
        corrections: str = "",
    ) -> None:
        self._raw = (first, second)
        self._first = RememberingTranslator(first, first.signature, memory, batch_size=batch_size)
        self._second = RememberingTranslator(second, second.signature, memory, batch_size=batch_size)
        self._via = via
        self._corrections = corrections

    @property
    def signature(self) -> str:
        """Name the language between and both engines."""
        return pivot_signature(self._raw[0].signature, self._raw[1].signature, self._via, self._corrections)

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Hypothesis]:
        """Translate texts through the language between."""
        between = self._first.translate(texts, source, self._via)
        after = self._second.translate([h.text for h in between], self._via, target)
        return [_joined(a, b) for a, b in zip(between, after, strict=True)]

    def propose(self, requests: Sequence[Request], source: str, target: str, n: int) -> list[list[Hypothesis]]:
        """Give the usual translation first, then variants of either leg in turn, up to ``n``.

        Pins and complaints are about the source and the target, which neither leg sees together: they are ignored.
        """
        texts = [request.text for request in requests]
        usual = self.translate(texts, source, target)
        if n <= 1:
            return [[hypothesis] for hypothesis in usual]
        first, second = self._raw
        between = _propose(first, texts, source, self._via, n)
        best = [b[0] for b in between]
        variants = _propose(second, [b.text for b in best], self._via, target, n)
        found = [[_joined(b, v) for v in vs] for b, vs in zip(best, variants, strict=True)]
        others = [(i, b) for i, options in enumerate(between) for b in options[1:]]
        after = second.translate([b.text for _, b in others], self._via, target)
        detours: list[list[Hypothesis]] = [[] for _ in requests]
        for (i, b), a in zip(others, after, strict=True):
            detours[i].append(_joined(b, a))
        return [_distinct([u, *_in_turn(f, d)], n) for u, f, d in zip(usual, found, detours, strict=True)]


def pivot_signature(first: str, second: str, via: str, corrections: str = "") -> str:
    """Sign a pivot by its parts.

    Args:
        first: signature of the engine into ``via``.
        second: signature of the engine from ``via``.
        via: language between.
        corrections: digest of what people and imports say about the two legs: as it changes the result, remembered
            translations of the whole way must not outlive it.
    """
    return f"pivot|via:{via}|{first} + {second}" + (f"|corrections:{corrections}" if corrections else "")


def choose_via(candidates: Iterable[str], worth: Callable[[str], float | None]) -> str | None:
    """Choose the language between.

    Args:
        candidates: languages to try.
        worth: returns the product of the published BLEU of both legs through a language (0 where one has none), and
            ``None`` where a leg is missing.

    Returns:
        The language of the highest worth, English first and then in the order of the alphabet among equals; ``None``
        where there is none.
    """
    found = [(via, value) for via in sorted(set(candidates)) if (value := worth(via)) is not None]
    best = min(found, key=lambda item: (-item[1], item[0] != "en", item[0]), default=None)
    return best[0] if best else None


def _joined(between: Hypothesis, after: Hypothesis) -> Hypothesis:
    """Judge the whole way by its weaker half."""
    known = [h.score for h in (between, after) if h.score is not None]
    return replace(
        after,
        score=min(known) if len(known) == 2 else None,
        finish="length" if "length" in (between.finish, after.finish) else "stop",
        from_memory=False,
        repairs=(*between.repairs, *after.repairs),
    )


def _propose(engine: Translator, texts: Sequence[str], source: str, target: str, n: int) -> list[list[Hypothesis]]:
    if isinstance(engine, Proposer):
        return engine.propose([Request(text) for text in texts], source, target, n)
    return [[hypothesis] for hypothesis in engine.translate(texts, source, target)]


def _in_turn(first: Sequence[Hypothesis], second: Sequence[Hypothesis]) -> list[Hypothesis]:
    longest = max(len(first), len(second))
    return [h for i in range(longest) for options in (first, second) for h in options[i : i + 1]]


def _distinct(hypotheses: Sequence[Hypothesis], n: int) -> list[Hypothesis]:
    by_text: dict[str, Hypothesis] = {}
    for hypothesis in hypotheses:
        by_text.setdefault(hypothesis.text, hypothesis)
    return list(by_text.values())[:n]
