"""Translate with an instruction model in GGUF through llama.cpp.

Several sequences are decoded together, which is where the speed is, and still every output is the same whatever else
was in the batch. Three things make it so, each measured on the logits' bits (tests/test_gguf.py holds them):

- every decoding step carries exactly ``parallel`` tokens, idle slots a dummy: the matrix kernels of llama.cpp differ
  with the number of rows, and so do the last bits of their sums;
- each slot has a key-value stream of its own, so that a sequence's cells lie at the same places every time;
- the shared prefix of the prompt is read once, alone, and copied; each prompt's rest is read alone as well.

So ``parallel`` is a setting that enters the signature; threads and batch size are not.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.engines.base import Hypothesis
from pipeline.errors import DependencyMissing, ModelCorrupt
from pipeline.text import fingerprint, tidy

__all__ = ["GgufTranslator", "Prompt", "gguf_signature"]

_CONTEXT = 2048  # cells per slot: a prompt of 1,200 Korean characters and its translation fit
_STEP = 512


@dataclass(frozen=True, slots=True)
class Prompt:
    """Hold the chat template of a model. ``{source}`` and ``{target}`` become language names in English."""

    prefix: str = (
        "<|im_start|>system\nYou are a professional news translator. Translate the {source} text into {target}. "
        "Keep every number, date and name. Output only the translation.<|im_end|>\n<|im_start|>user\n"
    )
    suffix: str = "<|im_end|>\n<|im_start|>assistant\n"
    stop: tuple[str, ...] = ("<|im_end|>", "<|endoftext|>")

    def fill(self, source: str, target: str) -> str:
        """Return the prefix for a language pair."""
        return self.prefix.replace("{source}", _language_name(source)).replace("{target}", _language_name(target))


def gguf_signature(model: str, sha256: str, prompt: Prompt, parallel: int, max_new_tokens: int) -> str:
    """Name everything that changes the output, without loading the model."""
    try:
        runtime = version("llama-cpp-python")
    except Exception:  # noqa: BLE001 - not installed: the engine will say so when it is used
        runtime = "missing"
    digest = fingerprint(prompt.prefix, prompt.suffix, *prompt.stop)[:8]
    return (
        f"gguf|model:{model}|sha256:{sha256[:12]}|llama-cpp-python:{runtime}|prompt:{digest}"
        f"|greedy|parallel:{parallel}|max:{max_new_tokens}"
    )


@dataclass(slots=True)
class _Slot:
    item: int
    position: int
    token: int
    budget: int
    output: list[int] = field(default_factory=list)
    log_probability: float = 0.0


class GgufTranslator:
    """Implement :class:`~pipeline.engines.base.Translator` with llama.cpp.

    Args:
        path: GGUF file, already verified.
        signature: what :func:`gguf_signature` returns.
        prompt: chat template.
        parallel: sequences decoded together; part of the signature.
        max_new_tokens: upper bound of one translation in tokens.
        threads: CPU threads; does not change the output.

    Raises:
        DependencyMissing: llama-cpp-python is not installed.
        ModelCorrupt: llama.cpp cannot load the file.
    """

    def __init__(
        self,
        path: Path,
        signature: str,
        *,
        prompt: Prompt | None = None,
        parallel: int = 4,
        max_new_tokens: int = 400,
        threads: int = 2,
    ) -> None:
        self._signature = signature
        self._prompt = prompt or Prompt()
        self._parallel = parallel
        self._max_new_tokens = max_new_tokens
        self._runtime = _Runtime(path, parallel, threads)
        self._stops = frozenset(self._runtime.tokenize(stop, special=True)[0] for stop in self._prompt.stop)
        self._prefix: tuple[int, ...] = ()

    @property
    def signature(self) -> str:
        """Name model, runtime, prompt and decoding settings."""
        return self._signature

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Hypothesis]:
        """Translate texts; same length and order, the same output however they are batched."""
        self._read_prefix(self._prompt.fill(source, target))
        suffix = self._runtime.tokenize(self._prompt.suffix, special=True)
        limit = (_CONTEXT - len(self._prefix) - len(suffix)) // 2
        pieces = [self._pieces(tidy(text), limit) for text in texts]
        prompts = [(*piece, *suffix) for group in pieces for piece in group]
        outputs = iter(self._decode(prompts, len(suffix)))
        return [_joined([next(outputs) for _ in group]) for group in pieces]

    def _pieces(self, text: str, limit: int) -> list[list[int]]:
        """Tokenise a text, cut in halves at a space until each piece fits the context."""
        tokens = self._runtime.tokenize(text, special=False)
        if len(tokens) <= limit or len(text) < 2:
            return [tokens[:limit]]
        middle = text.rfind(" ", 1, len(text) // 2 + 1)
        cut = middle if middle > len(text) // 4 else len(text) // 2
        return [*self._pieces(text[:cut].strip(), limit), *self._pieces(text[cut:].strip(), limit)]

    def _read_prefix(self, prefix: str) -> None:
        tokens = tuple(self._runtime.tokenize(prefix, special=True))
        if tokens != self._prefix:
            self._runtime.clear()
            self._runtime.read(tokens, 0, 0)
            self._runtime.share()
            self._prefix = tokens

    def _decode(self, prompts: Sequence[Sequence[int]], suffix_length: int) -> list[Hypothesis]:
        """Run greedy decoding with continuous batching: a finished slot takes the next prompt at once."""
        # Twice the source's tokens and a margin: what a faithful translation never needs, and a loop never leaves.
        budgets = [min(self._max_new_tokens, 2 * (len(p) - suffix_length) + 48) for p in prompts]
        decoding = _Decoding(self._runtime, self._parallel, len(self._prefix), self._stops)
        waiting = list(range(len(prompts)))[::-1]
        while waiting or decoding.slots:
            for index in range(self._parallel):
                while index not in decoding.slots and waiting:
                    item = waiting.pop()
                    decoding.start(index, item, prompts[item], budgets[item])
            if decoding.slots:
                decoding.step()
        return [decoding.results[item] for item in range(len(prompts))]


@dataclass(slots=True)
class _Decoding:
    """Hold the slots of one call; every step moves all of them on by one token."""

    runtime: _Runtime
    parallel: int
    prefix_length: int
    stops: frozenset[int]
    slots: dict[int, _Slot] = field(default_factory=dict)
    results: dict[int, Hypothesis] = field(default_factory=dict)

    def start(self, index: int, item: int, prompt: Sequence[int], budget: int) -> None:
        """Give a free slot its prompt and take its first token; the slot stays free if that ends it."""
        self.runtime.rewind(index, self.prefix_length)
        logits = self.runtime.read(prompt, self.prefix_length, index)
        position = self.prefix_length + len(prompt)
        slot = _Slot(item, position, 0, min(budget, _CONTEXT - position - 1))
        self._take(index, slot, logits)

    def step(self) -> None:
        """Decode one token in every slot, a dummy in the idle ones."""
        rows = []
        for index in range(self.parallel):
            slot = self.slots.get(index)
            if slot is None:
                self.runtime.rewind(index, self.prefix_length)
            rows.append((slot.token, slot.position) if slot else (min(self.stops), self.prefix_length))
        logits = self.runtime.step(rows)
        for index in sorted(self.slots):
            self.slots[index].position += 1
            self._take(index, self.slots[index], logits[index])

    def _take(self, index: int, slot: _Slot, logits: npt.NDArray[np.float32]) -> None:
        """Choose the most probable token, or close the slot."""
        token = int(logits.argmax())
        peak = float(logits[token])
        slot.log_probability -= float(np.log(np.exp(logits - peak).sum(dtype=np.float64)))
        if token not in self.stops and len(slot.output) < slot.budget:
            slot.output.append(token)
            slot.token = token
            self.slots[index] = slot
            return
        n = len(slot.output)
        self.slots.pop(index, None)
        self.results[slot.item] = Hypothesis(
            text=self.runtime.text(slot.output).strip(),
            score=slot.log_probability / (n + 1),
            tokens=n,
            finish="stop" if token in self.stops else "length",
        )


def _joined(parts: list[Hypothesis]) -> Hypothesis:
    if len(parts) == 1:
        return parts[0]
    tokens = [p.tokens or 0 for p in parts]
    weights = sum(n + 1 for n in tokens)
    return Hypothesis(
        text=" ".join(p.text for p in parts if p.text),
        score=sum((p.score or 0.0) * (n + 1) for p, n in zip(parts, tokens, strict=True)) / weights,
        tokens=sum(tokens),
        finish="length" if any(p.finish == "length" for p in parts) else "stop",
    )


def _language_name(code: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale(code).get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code


class _Runtime:
    """Wrap the C interface of llama.cpp: one model, one context with a key-value stream per slot."""

    def __init__(self, path: Path, slots: int, threads: int) -> None:
        try:
            import llama_cpp
        except ImportError as error:
            raise DependencyMissing("llama-cpp-python", "gguf", "The gguf engine") from error
        self._c: Any = llama_cpp
        self._silence: Any = llama_cpp.llama_log_callback(_ignore)
        llama_cpp.llama_log_set(self._silence, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        if not self._model:
            raise ModelCorrupt(f"llama.cpp cannot load {path}.", "Run: concord models verify")
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self._n_vocab = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self._slots = slots
        self._context = self._new_context(threads)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(_STEP, 0, 1)

    def _new_context(self, threads: int) -> Any:
        parameters = self._c.llama_context_default_params()
        parameters.n_ctx = _CONTEXT * self._slots
        parameters.n_seq_max = self._slots
        parameters.n_batch = parameters.n_ubatch = _STEP
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.kv_unified = False
        parameters.flash_attn_type = 0  # its split over threads would change the last bits
        parameters.no_perf = True
        context = self._c.llama_init_from_model(self._model, parameters)
        if not context:
            raise ModelCorrupt(
                "llama.cpp cannot make a context for this model.", "Free memory, or choose another model."
            )
        return context

    def tokenize(self, text: str, special: bool) -> list[int]:
        """Return token ids. Without ``special``, markup such as ``<|im_end|>`` in the text stays plain text."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (self._c.llama_token * room)()
        n = self._c.llama_tokenize(self._vocab, data, len(data), tokens, room, False, special)
        return list(tokens[: max(n, 0)])

    def text(self, tokens: Sequence[int]) -> str:
        """Return the text of token ids; control tokens vanish."""
        buffer = ctypes.create_string_buffer(256)
        pieces = []
        for token in tokens:
            n = self._c.llama_token_to_piece(self._vocab, token, buffer, 256, 0, False)
            pieces.append(buffer.raw[: max(n, 0)])
        return b"".join(pieces).decode("utf-8", "replace")

    def clear(self) -> None:
        """Forget everything."""
        self._c.llama_memory_clear(self._memory, True)

    def share(self) -> None:
        """Copy what slot 0 has read to every other slot."""
        for slot in range(1, self._slots):
            self._c.llama_memory_seq_cp(self._memory, 0, slot, -1, -1)

    def rewind(self, slot: int, position: int) -> None:
        """Forget what a slot has read from a position on."""
        self._c.llama_memory_seq_rm(self._memory, slot, position, -1)

    def read(self, tokens: Sequence[int], position: int, slot: int) -> npt.NDArray[np.float32]:
        """Read a prompt into one slot and return the logits after its last token."""
        for start in range(0, len(tokens), _STEP):
            block = tokens[start : start + _STEP]
            last = start + len(block) == len(tokens)
            self._submit([(t, position + start + i, slot, last and i == len(block) - 1) for i, t in enumerate(block)])
        return self._logits((len(tokens) - 1) % _STEP)

    def step(self, rows: Sequence[tuple[int, int]]) -> list[npt.NDArray[np.float32]]:
        """Read one (token, position) per slot and return each slot's logits."""
        self._submit([(token, position, slot, True) for slot, (token, position) in enumerate(rows)])
        return [self._logits(slot) for slot in range(len(rows))]

    def _submit(self, rows: Sequence[tuple[int, int, int, bool]]) -> None:
        batch = self._batch
        for i, (token, position, slot, wants_logits) in enumerate(rows):
            batch.token[i], batch.pos[i] = token, position
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, slot
            batch.logits[i] = wants_logits
        batch.n_tokens = len(rows)
        code = self._c.llama_decode(self._context, batch)
        if code != 0:
            raise ModelCorrupt(f"llama.cpp failed with code {code}.", "Run: concord models verify")

    def _logits(self, row: int) -> npt.NDArray[np.float32]:
        pointer = self._c.llama_get_logits_ith(self._context, row)
        view: npt.NDArray[np.float32] = np.ctypeslib.as_array(pointer, shape=(self._n_vocab,))
        return view


def _ignore(_level: int, _text: bytes, _data: Any) -> None:
    """Swallow llama.cpp's log."""
