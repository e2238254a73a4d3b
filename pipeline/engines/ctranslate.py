"""Run translation checkpoints through CTranslate2: the same models, several times as fast and a quarter of the memory.

A checkpoint is converted once and the conversion kept in a cache. What lies there under its final name was written
completely, and is compared with its own list of hashes before it is used; anything else is made again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from pipeline.engines.base import Hypothesis, Request
from pipeline.engines.checkpoint import Checkpoint
from pipeline.engines.pieces import EOS, UNK, Codec, Row
from pipeline.engines.seq2seq import Decoded, Limits, available_cores, propose_texts, scored_rows, translate_texts
from pipeline.errors import DependencyMissing, ModelCorrupt, ModelError, ModelUnsupported, StoreError

__all__ = ["CTranslateTranslator", "ComputeType", "converted"]

ComputeType = Literal["auto", "int8", "float16", "float32"]

_GPU_BATCH_TOKENS = 4096
# In int8 on a CPU, rows of exactly one length may share a batch: nothing is padded, integer sums are exact whatever
# else is multiplied, and what is not integer (attention) is computed row by row in one shape. Measured with a model of
# OPUS-MT's size: texts and scores equal to the last digit, 2.8 times as fast in batches of 8 as alone.
_SAME_LENGTH = 8
_LIST = "concord-conversion.json"


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
        device: Literal["auto", "cpu", "cuda"] = "auto",
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
            f"ctranslate|{_version()}|{self._codec.checkpoint.identity}|{self._compute_type}"
            f"|beam:{self._beam_size}|{self._limits.signature}|{self._batching}"
        )

    @property
    def _batching(self) -> str:
        return "alone" if self._tokens_per_batch is None else f"batch:{self._tokens_per_batch}"

    @property
    def _tokens_per_batch(self) -> int | None:
        if self._batch_tokens is None and self._device == "cuda":
            return _GPU_BATCH_TOKENS
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
        results = self._translator.score_batch(
            [list(row) for row, _ in pairs],
            [[*start, *row[:-1]] for _, row in pairs],  # CTranslate2 puts the end mark itself
            max_batch_size=self._tokens_per_batch or 1,
            batch_type="tokens" if self._tokens_per_batch else "examples",
            max_input_length=0,
        )
        kept = [result.log_probs[len(start) :] for result in results]
        return [round(sum(numbers) / len(numbers), 4) for numbers in kept]

    @cached_property
    def _device(self) -> str:
        if self._wanted_device != "auto":
            return self._wanted_device
        return "cuda" if _ctranslate2().get_cuda_device_count() > 0 else "cpu"

    @property
    def _compute_type(self) -> str:
        if self._wanted != "auto":
            return self._wanted
        return "float16" if self._device == "cuda" else "int8"

    @cached_property
    def _translator(self) -> Any:
        folder = converted(self._codec.checkpoint, self._cache, self._compute_type)
        try:
            return _ctranslate2().Translator(
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
            raise ModelCorrupt(
                f"The converted model in {folder} cannot be loaded: {error}.", "Remove that folder."
            ) from error

    def _decode(
        self, rows: Sequence[Row], new_tokens: int, first: str | None, width: int, count: int
    ) -> list[list[Decoded]]:
        waiting = [self._start(group, new_tokens, first, width, count) for group in self._groups(rows)]
        results = [answer.result() for answers in waiting for answer in answers]
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

    def _start(self, rows: Sequence[Row], new_tokens: int, first: str | None, width: int, count: int) -> list[Any]:
        """Begin to decode rows in the background, several batches at once; each answer waits for its result."""
        answers: list[Any] = self._translator.translate_batch(
            [list(row) for row in rows],
            target_prefix=None if first is None else [[first]] * len(rows),
            max_batch_size=self._tokens_per_batch or (_SAME_LENGTH if self._by_length else 1),
            batch_type="tokens" if self._tokens_per_batch else "examples",
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


def _ctranslate2() -> Any:
    try:
        import ctranslate2
    except ImportError as error:
        raise DependencyMissing("ctranslate2", "hf", "The engine ctranslate") from error
    return ctranslate2


def _version() -> str:
    try:
        return metadata.version("ctranslate2")
    except metadata.PackageNotFoundError as error:
        raise DependencyMissing("ctranslate2", "hf", "The engine ctranslate") from error


# --- conversion -------------------------------------------------------------------------------------------------------


def converted(checkpoint: Checkpoint, cache_folder: Path, compute_type: str) -> Path:
    """Return the folder of the converted checkpoint, converting it unless a whole conversion is there.

    Args:
        checkpoint: what to convert.
        cache_folder: where conversions are kept, named by the checkpoint's hash, precision and CTranslate2's version.
        compute_type: precision to store the weights in.

    Raises:
        DependencyMissing: ctranslate2, transformers or torch is not installed.
        ModelCorrupt: the checkpoint's weights do not load.
        ModelUnsupported: CTranslate2 has no conversion for it.
        StoreError: the cache folder cannot be written.
    """
    target = cache_folder / f"{checkpoint.digest}-{compute_type}-ctranslate2-{_version()}"
    if _is_whole(target):
        return target
    try:
        cache_folder.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".converting-", dir=cache_folder))
    except OSError as error:
        problem = f"The folder {cache_folder} cannot be written: {error}."
        raise StoreError(problem, "Choose another cache folder.") from error
    try:
        result = temporary / "model"
        _convert(checkpoint, result, compute_type)
        _write_list(result)
        _put_in_place(result, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def _convert(checkpoint: Checkpoint, output: Path, compute_type: str) -> None:
    from pipeline.engines.transformers import load_model

    _ctranslate2()
    model = load_model(checkpoint)
    from ctranslate2.converters import TransformersConverter

    class Converter(TransformersConverter):  # type: ignore[misc]  # ctranslate2 has no annotations
        """Convert the model that is loaded already and with our vocabulary: one way of reading a checkpoint."""

        def load_model(self, model_class: Any, model_name_or_path: str, **kwargs: Any) -> Any:
            if checkpoint.family == "madlad":
                # Since version 5, Transformers says with another flag whether T5 scales its outputs; the converter
                # still reads the old one, and with the wrong scale beams come out in the wrong order.
                tied = model.config.tie_word_embeddings
                model.config.tie_word_embeddings = getattr(model.config, "scale_decoder_outputs", tied)
            return model

        def load_tokenizer(self, tokenizer_class: Any, model_name_or_path: str, **kwargs: Any) -> Any:
            return _Names(Codec(checkpoint).vocabulary.source)

    try:
        Converter(str(checkpoint.folder)).convert(str(output), quantization=compute_type)
    except (ValueError, NotImplementedError) as error:
        raise ModelUnsupported(
            f"CTranslate2 cannot convert {checkpoint.name}: {error}.",
            "Set translate.engine to transformers for this model.",
        ) from error
    except OSError as error:
        problem = f"The converted model cannot be written: {error}."
        raise StoreError(problem, "Make room in the cache folder.") from error


class _Names:
    """Stand in for a tokenizer where the converter asks for the names of tokens."""

    bos_token, eos_token, unk_token, pad_token = "<s>", EOS, UNK, "<pad>"
    special_tokens_map: Mapping[str, Any] = {}

    def __init__(self, ids: Mapping[str, int]) -> None:
        self._ids = ids
        self.unk_token_id = ids[UNK]

    def get_vocab(self) -> dict[str, int]:
        """Return all names, ids without one included."""
        named = set(self._ids.values())
        gaps = {f"<unused_{i}>": i for i in range(max(named)) if i not in named}
        return {**self._ids, **gaps}

    def convert_ids_to_tokens(self, i: int) -> str:
        """Return the name of one id."""
        return next((name for name, known in self._ids.items() if known == i), UNK)


def _put_in_place(result: Path, target: Path) -> None:
    """Give a conversion its final name; a broken one of that name goes, one that another process made stays."""
    if _is_whole(target):
        return
    if target.exists():
        shutil.rmtree(target)
    try:
        result.replace(target)
    except OSError as error:
        if not _is_whole(target):
            raise StoreError(f"{target} cannot be written: {error}.", "Remove it and try again.") from error


def _write_list(folder: Path) -> None:
    hashes = {file.name: _sha256(file) for file in sorted(folder.iterdir())}
    (folder / _LIST).write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")


def _is_whole(folder: Path) -> bool:
    try:
        hashes = json.loads((folder / _LIST).read_text(encoding="utf-8"))
        return bool(hashes) and all(_sha256(folder / name) == found for name, found in hashes.items())
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()
