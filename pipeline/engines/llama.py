"""Wrap the C interface of llama.cpp: one model, one context with a key-value stream for each sequence."""

from __future__ import annotations

import ctypes
import re
import weakref
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import DependencyMissing, ModelCorrupt

__all__ = ["CONTEXT", "Logits", "Runtime", "build_features"]

CONTEXT = 2048  # cells per stream: examples, a prompt of some 600 tokens and its translation fit
_STEP = 512

Logits = npt.NDArray[np.float32]


class Runtime:
    """Hold one model and its context.

    Args:
        path: GGUF file.
        streams: sequences with key-value cells of their own, each ``CONTEXT`` long.
        threads: CPU threads.

    Raises:
        DependencyMissing: llama-cpp-python is not installed.
        ModelCorrupt: llama.cpp cannot load the file.
    """

    def __init__(self, path: Path, streams: int, threads: int) -> None:
        try:
            import llama_cpp
        except ImportError as error:
            raise DependencyMissing("llama-cpp-python", "gguf", "The gguf engine") from error
        self._c: Any = llama_cpp
        llama_cpp.llama_log_set(_silence(), ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        self._model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
        if not self._model:
            raise ModelCorrupt(f"llama.cpp cannot load {path}.", "Run: concord models verify")
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self._n_vocab = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self._context = self._new_context(streams, threads)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(_STEP, 0, 1)
        weakref.finalize(self, _free, llama_cpp, self._batch, self._context, self._model).atexit = False

    def _new_context(self, streams: int, threads: int) -> Any:
        parameters = self._c.llama_context_default_params()
        parameters.n_ctx = CONTEXT * streams
        parameters.n_seq_max = streams
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

    def clear(self, stream: int) -> None:
        """Forget all that a stream has read."""
        self._c.llama_memory_seq_rm(self._memory, stream, -1, -1)

    def copy(self, source: int, target: int) -> None:
        """Give a stream all that another one has read, and nothing else."""
        self.clear(target)
        self._c.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def rewind(self, stream: int, position: int) -> None:
        """Forget what a stream has read from a position on."""
        self._c.llama_memory_seq_rm(self._memory, stream, position, -1)

    def read(self, tokens: Sequence[int], position: int, stream: int) -> Logits:
        """Read a prompt into one stream and return the logits after its last token, shape ``(vocabulary,)``.

        The array is a view that the next call overwrites.
        """
        for start in range(0, len(tokens), _STEP):
            block = tokens[start : start + _STEP]
            last = start + len(block) == len(tokens)
            self._submit([(t, position + start + i, stream, last and i == len(block) - 1) for i, t in enumerate(block)])
        return self._logits((len(tokens) - 1) % _STEP)

    def step(self, rows: Sequence[tuple[int, int]]) -> list[Logits]:
        """Read one (token, position) for each of the first streams and return the logits of each."""
        self._submit([(token, position, stream, True) for stream, (token, position) in enumerate(rows)])
        return [self._logits(stream) for stream in range(len(rows))]

    def log_probabilities(self, tokens: Sequence[int], given: int, position: int, stream: int) -> list[float]:
        """Read tokens and return the log-probability of each one after the first ``given``, given all before it."""
        found: list[float] = []
        for start in range(0, len(tokens) - 1, _STEP):
            block = tokens[start : start + _STEP]
            wanted = [start + i + 1 >= given and start + i + 1 < len(tokens) for i in range(len(block))]
            self._submit([(t, position + start + i, stream, wanted[i]) for i, t in enumerate(block)])
            rows = [i for i, wants in enumerate(wanted) if wants]
            found.extend(_log_probability(self._logits(i), tokens[start + i + 1]) for i in rows)
        return found

    def _submit(self, rows: Sequence[tuple[int, int, int, bool]]) -> None:
        batch = self._batch
        for i, (token, position, stream, wants_logits) in enumerate(rows):
            batch.token[i], batch.pos[i] = token, position
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, stream
            batch.logits[i] = wants_logits
        batch.n_tokens = len(rows)
        code = self._c.llama_decode(self._context, batch)
        if code != 0:
            raise ModelCorrupt(f"llama.cpp failed with code {code}.", "Run: concord models verify")

    def _logits(self, row: int) -> Logits:
        pointer = self._c.llama_get_logits_ith(self._context, row)
        view: Logits = np.ctypeslib.as_array(pointer, shape=(self._n_vocab,))
        return view


@cache
def build_features() -> str:
    """Name what llama.cpp was compiled for, such as ``AVX2+FMA+AVX512``.

    Its sums differ in the last digits from one to the other, and that changes words in many sentences.

    Raises:
        ImportError: llama-cpp-python is not installed.
    """
    import llama_cpp

    return "+".join(re.findall(r"(\w+) = 1", llama_cpp.llama_print_system_info().decode()))


def _log_probability(logits: Logits, token: int) -> float:
    peak = float(logits.max())
    return float(logits[token]) - peak - float(np.log(np.exp(logits - peak).sum(dtype=np.float64)))


@cache
def _silence() -> Any:
    """Make the log callback once and keep it: llama.cpp calls it for as long as the process lives."""
    import llama_cpp

    return llama_cpp.llama_log_callback(_ignore)


def _ignore(_level: int, _text: bytes, _data: Any) -> None:
    """Swallow llama.cpp's log."""


def _free(library: Any, batch: Any, context: Any, model: Any) -> None:
    """Give back what llama.cpp holds: some 2 GB, which Python does not count."""
    library.llama_batch_free(batch)
    library.llama_free(context)
    library.llama_model_free(model)
