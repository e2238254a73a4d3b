"""Run translation checkpoints through CTranslate2: the same models, several times as fast and a quarter of the memory.

A checkpoint is converted once; :mod:`pipeline.engines.conversion` keeps the conversion in a cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from pipeline.engines.base import Hypothesis, Request
from pipeline.engines.checkpoint import Checkpoint
from pipeline.engines.conversion import converted, ctranslate2_module, ctranslate2_version
from pipeline.engines.device import GPU_BATCH_TOKENS, Device, gpu_fault, is_out_of_memory
from pipeline.engines.pieces import EOS, Codec, Row
from pipeline.engines.seq2seq import Decoded, Limits, available_cores, propose_texts, scored_rows, translate_texts
from pipeline.errors import ModelCorrupt, ModelError, ModelUnsupported

__all__ = ["CTranslateTranslator", "ComputeType"]

ComputeType = Literal["auto", "int8", "float16", "float32"]

# In int8 on a CPU, rows of exactly one length may share a batch: nothing is padded, integer sums are exact whatever
# else is multiplied, and what is not integer (attention) is computed row by row in one shape. Measured with a model of
# OPUS-MT's size: texts and scores equal to the last digit, 2.8 times as fast in batches of 8 as alone.
_SAME_LENGTH = 8


class CTranslateTranslator:
    """Translate with a checkpoint through CTranslate2.

    Nothing heavy is loaded before the first translation, and torch only if the checkpoint has to be converted.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        cache_folder: Path,
        compute_type: ComputeType = "auto",
        beam_size: int = 4,
        max_new_tokens: int = 400,
        threads: int | None = None,
        device: Device = "auto",
        batch_tokens: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Prepare an engine.

        Args:
            checkpoint: from :func:`~pipeline.engines.checkpoint.open_checkpoint`.
            cache_folder: where converted models are kept; safe to delete.
            compute_type: precision of weights; ``"auto"`` is int8 on a CPU and float16 on a GPU.
            beam_size: beam width; 1 is greedy.
            max_new_tokens: most target tokens of one row; ignored where ``limits`` are given.
            threads: how many rows are decoded at once on a CPU, one thread each; ``None`` for one per core. Changes
                speed only.
            device: ``"auto"`` takes a GPU where there is one.
            batch_tokens: most source tokens of a batch, padding included. ``None`` decodes each row as if alone on a
                CPU, and batches on a GPU, where single rows would leave it idle. Padding and, in float32, neighbours
                move the last digits of a row's numbers, and rounding can make another word of that.
            limits: all bounds on input and output.

        Raises:
            ModelUnsupported: source and target have vocabularies of their own, which CTranslate2's converter merges.
        """
        if not checkpoint.shared_vocabulary:
            raise ModelUnsupported(
                f"{checkpoint.name} has separate vocabularies for source and target, which ctranslate cannot convert.",
                "Set translate.engine to transformers for this model.",
            )
        self._codec = Codec(checkpoint)
        self._cache = Path(cache_folder)
        self._wanted = compute_type
        self._beam_size = beam_size
        self._threads = threads
        self._wanted_device = device
        self._batch_tokens = batch_tokens
        self._limits = limits or Limits(max_new_tokens=max_new_tokens)

    @property
    def signature(self) -> str:
        """Name engine, version, model, precision and every setting that changes the output."""
        return (
            f"ctranslate|{ctranslate2_version()}|{self._codec.checkpoint.identity}|{self._compute_type}"
            f"|beam:{self._beam_size}|{self._limits.signature}|{self._batching}"
        )

    @property
    def _batching(self) -> str:
        return "alone" if self._tokens_per_batch is None else f"batch:{self._tokens_per_batch}"

    @property
    def _tokens_per_batch(self) -> int | None:
        if self._batch_tokens is None and self._device == "cuda":
            return GPU_BATCH_TOKENS
        return self._batch_tokens

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Hypothesis]:
        """Translate texts; same length and order, whatever the batching.

        Raises:
            ModelUnsupported: the checkpoint cannot do the pair.
            ModelCorrupt: it cannot be converted or loaded.
            DependencyMissing: ctranslate2, or for the conversion torch, is not installed.
        """
        codes = self._codec.checkpoint.codes(source, target)
        first = self._codec.first_piece(codes[1])

        def decode(rows: Sequence[Row], new_tokens: int) -> list[Decoded]:
            return [best for (best,) in self._decode(rows, new_tokens, first, self._beam_size, 1)]

        return translate_texts(self._codec, decode, texts, codes, self._limits)

    def propose(self, requests: Sequence[Request], source: str, target: str, n: int) -> list[list[Hypothesis]]:
        """Give up to ``n`` different translations of each text from a beam of at least ``n``, its favourite first.

        Pins and complaints are instructions, which such a model does not take.

        Raises:
            ModelUnsupported: the checkpoint cannot do the pair.
            ModelCorrupt: it cannot be converted or loaded.
            DependencyMissing: ctranslate2, or for the conversion torch, is not installed.
        """
        texts = [request.text for request in requests]
        if n == 1:
            return [[hypothesis] for hypothesis in self.translate(texts, source, target)]
        codes, width = self._codec.checkpoint.codes(source, target), max(self._beam_size, n)
        first = self._codec.first_piece(codes[1])

        def decode(rows: Sequence[Row], new_tokens: int) -> list[list[Decoded]]:
            return self._decode(rows, new_tokens, first, width, width)

        return propose_texts(self._codec, decode, texts, codes, self._limits, n=n)

    def score(self, sources: Sequence[str], hypotheses: Sequence[str], source: str, target: str) -> list[float]:
        """Return the mean log-probability per token, end mark included, that the model gives to translations.

        Raises:
            ModelUnsupported: the checkpoint cannot do the pair.
            ModelCorrupt: it cannot be converted or loaded.
            DependencyMissing: ctranslate2, or for the conversion torch, is not installed.
        """
        codes = self._codec.checkpoint.codes(source, target)
        first = self._codec.first_piece(codes[1])
        pairs = scored_rows(self._codec, sources, hypotheses, codes)
        if not pairs:
            return []
        start = [] if first is None else [first]
        rows = [(list(row), [*start, *written[:-1]]) for row, written in pairs]  # CTranslate2 puts the end mark itself
        kept = [numbers[len(start) :] for numbers in self._log_probabilities(rows, self._tokens_per_batch)]
        return [round(sum(numbers) / len(numbers), 4) for numbers in kept]

    def _log_probabilities(self, rows: Sequence[tuple[list[str], list[str]]], tokens: int | None) -> list[list[float]]:
        """Return the log-probability of each piece of given translations; batches that do not fit a GPU are halved."""
        try:
            results = self._translator.score_batch(
                [source for source, _ in rows],
                [written for _, written in rows],
                max_batch_size=tokens or 1,
                batch_type="tokens" if tokens else "examples",
                max_input_length=0,
            )
            return [result.log_probs for result in results]
        except RuntimeError as error:
            fewer = self._fewer_tokens(error, tokens, max(max(map(len, row)) for row in rows))
        return self._log_probabilities(rows, fewer)

    def _fewer_tokens(self, error: RuntimeError, tokens: int | None, longest: int) -> int:
        """Return the size of a smaller batch after a fault, or raise what the fault means.

        Args:
            error: what CTranslate2 raised.
            tokens: the size of the batch.
            longest: tokens of the longest row, which has to fit.
        """
        if self._device != "cuda":
            raise error
        if is_out_of_memory(error) and tokens is not None and tokens > longest:
            return tokens // 2
        raise gpu_fault("CTranslate2", error) from error

    @cached_property
    def _device(self) -> str:
        if self._wanted_device != "auto":
            return self._wanted_device
        return "cuda" if ctranslate2_module().get_cuda_device_count() > 0 else "cpu"

    @property
    def _compute_type(self) -> str:
        if self._wanted != "auto":
            return self._wanted
        return "float16" if self._device == "cuda" else "int8"

    @cached_property
    def _translator(self) -> Any:
        folder = converted(self._codec.checkpoint, self._cache, self._compute_type)
        try:
            return ctranslate2_module().Translator(
                str(folder),
                device=self._device,
                compute_type=self._compute_type,
                inter_threads=1 if self._device == "cuda" else self._threads or available_cores(),
                intra_threads=1,  # several threads on one row would add its numbers in another order
            )
        except ValueError as error:  # a precision or device that this machine lacks
            raise ModelError(
                f"CTranslate2 cannot run {self._compute_type} on {self._device}: {error}.",
                "Set translate.compute_type to auto.",
            ) from error
        except RuntimeError as error:
            if self._device == "cuda" and "cuda" in str(error).lower():
                raise gpu_fault("CTranslate2", error) from error
            raise ModelCorrupt(
                f"The converted model in {folder} cannot be loaded: {error}.", "Remove that folder."
            ) from error

    def _decode(
        self,
        rows: Sequence[Row],
        new_tokens: int,
        first: str | None,
        width: int,
        count: int,
        *,
        tokens: int | None = None,
    ) -> list[list[Decoded]]:
        """Decode rows, sorted by length; batches that do not fit a GPU are halved."""
        tokens = tokens or self._tokens_per_batch
        try:
            waiting = [
                self._start(group, new_tokens, first, width, count, tokens=tokens) for group in self._groups(rows)
            ]
            results = [answer.result() for answers in waiting for answer in answers]
        except RuntimeError as error:
            tokens = self._fewer_tokens(error, tokens, len(rows[-1]))
            return self._decode(rows, new_tokens, first, width, count, tokens=tokens)
        return [
            [
                self._read(list(pieces), float(score), first)
                for pieces, score in zip(r.hypotheses, r.scores, strict=True)
            ]
            for r in results
        ]

    @property
    def _by_length(self) -> bool:
        return self._tokens_per_batch is None and self._compute_type == "int8"

    def _groups(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Return runs of rows that go to the translator together, in order."""
        return [list(run) for _, run in groupby(rows, key=len)] if self._by_length else [list(rows)]

    def _start(
        self, rows: Sequence[Row], new_tokens: int, first: str | None, width: int, count: int, *, tokens: int | None
    ) -> list[Any]:
        """Begin to decode rows in the background, several batches at once; each answer waits for its result."""
        answers: list[Any] = self._translator.translate_batch(
            [list(row) for row in rows],
            target_prefix=None if first is None else [[first]] * len(rows),
            max_batch_size=tokens or (_SAME_LENGTH if self._by_length else 1),
            batch_type="tokens" if tokens else "examples",
            asynchronous=True,
            beam_size=width,
            num_hypotheses=count,
            length_penalty=1.0,
            repetition_penalty=self._limits.repetition_penalty,
            no_repeat_ngram_size=self._limits.no_repeat_ngram_size,
            max_input_length=0,
            max_decoding_length=new_tokens,
            min_decoding_length=0,  # the default forbids an empty output, and shifts the first probability by that
            return_scores=True,
            return_end_token=True,
        )
        return answers

    def _read(self, pieces: list[str], score: float, first: str | None) -> Decoded:
        log_probability = score * len(pieces)  # the mean counts the language code, at probability 1
        if first is not None and pieces[:1] == [first]:
            pieces = pieces[1:]
        return Decoded(
            text=self._codec.decode(pieces),
            log_probability=log_probability,
            steps=len(pieces),
            tokens=len(self._codec.plain(pieces)),
            cut=pieces[-1:] != [EOS],
        )
