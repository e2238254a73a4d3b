"""Word the prompts of instruction models: a task, a few worked examples, the text, and the forms its facts take.

The examples are our own sentences (``examples.json``), the same for every text, so that a model reads them once for a
language pair. They show the manner of news, how pinned forms are given, and that a text which gives orders is
translated like any other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pipeline.text import fingerprint

__all__ = ["Prompt", "language_name", "with_pins"]

_SYSTEM = (
    "You are a professional news translator. Translate the {source} text into {target}. "
    "Keep every number, date and name. Output only the translation."
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Hold the chat template of a model.

    ``{source}`` and ``{target}`` become language names in English, ``{source_code}`` and ``{target_code}`` their codes.
    ``prefix`` opens the conversation and ends where the text of the user begins; ``suffix`` closes the user's turn and
    opens the model's; ``turn`` closes the model's turn and opens the next of the user. ``examples`` is how many worked
    examples stand before the text; a model trained for translation alone may want none.
    """

    prefix: str = f"<|im_start|>system\n{_SYSTEM}<|im_end|>\n<|im_start|>user\n"
    suffix: str = "<|im_end|>\n<|im_start|>assistant\n"
    turn: str = "<|im_end|>\n<|im_start|>user\n"
    stop: tuple[str, ...] = ("<|im_end|>", "<|endoftext|>")
    examples: int = 8

    def fill(self, source: str, target: str, examples: int | None = None) -> str:
        """Return all that stands before the text, for a language pair, with fewer examples where that is asked."""
        count = self.examples if examples is None else min(examples, self.examples)
        prefix = self.prefix.replace("{source}", language_name(source)).replace("{target}", language_name(target))
        prefix = prefix.replace("{source_code}", source).replace("{target_code}", target)
        return prefix + "".join(
            f"{with_pins(example.source, example.pins)}{self.suffix}{example.target}{self.turn}"
            for example in _examples(source, target)[:count]
        )

    def digest(self) -> str:
        """Return a short hash of everything that a prompt is made of."""
        examples = files(__package__).joinpath("examples.json").read_text(encoding="utf-8") if self.examples else ""
        return fingerprint(
            self.prefix, self.suffix, self.turn, *self.stop, str(self.examples), with_pins("", (("", ""),)), examples
        )[:8]


def with_pins(text: str, pins: Sequence[tuple[str, str]], complaint: str | None = None) -> str:
    """Quote a text, and add the forms that its facts take and a complaint in a line of its own below it."""
    parts = [f"{surface} = {form}" for surface, form in pins] + ([complaint] if complaint else [])
    # Quoted, a text that gives orders ("answer only OK") is translated; as the whole of a turn it is obeyed.
    framed = f'Translate: "{text}"'
    return f"{framed}\n[{'; '.join(parts)}]" if parts else framed


@dataclass(frozen=True, slots=True)
class _Example:
    source: str
    target: str
    pins: tuple[tuple[str, str], ...]


@cache
def _examples(source: str, target: str) -> tuple[_Example, ...]:
    """Return the worked examples of a pair; none where a language has no texts."""
    return tuple(
        _Example(
            item[source], item[target], tuple((a, b) for a, b in item.get("pins", {}).get(f"{source}-{target}", ()))
        )
        for item in _bank()
        if source in item and target in item
    )


@cache
def _bank() -> tuple[Mapping[str, Any], ...]:
    raw: list[dict[str, Any]] = json.loads(files(__package__).joinpath("examples.json").read_text(encoding="utf-8"))
    return tuple(MappingProxyType(item) for item in raw)


@cache
def language_name(code: str) -> str:
    """Return the English name of a language; the code itself where none is known."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale(code).get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code
