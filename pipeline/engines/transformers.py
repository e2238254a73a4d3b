"""Run translation checkpoints through Transformers: the reference that ``ctranslate`` is checked against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib import metadata
from typing import Any, Literal

from pipeline.engines.base import Hypothesis, Request
from pipeline.engines.checkpoint import Checkpoint
from pipeline.engines.device import GPU_BATCH_TOKENS, gpu_fault
from pipeline.engines.pieces import EOS, UNK, Codec, Row
from pipeline.engines.seq2seq import Decoded, Limits, batches, propose_texts, scored_rows, translate_texts
from pipeline.errors import DependencyMissing, ModelCorrupt, ModelError

__all__ = ["TransformersTranslator", "load_model", "quiet"]

_FETCH = "Fetch the checkpoint again with: concord models fetch NAME"


class TransformersTranslator:
    """Translate with a checkpoint through Transformers in single precision, without sampling.

    The model loads on the first translation. Scores come from a second pass over each finished output.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        beam_size: int = 4,
        max_new_tokens: int = 400,
        device: str = "auto",
        batch_tokens: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Prepare an engine.

        Args:
            checkpoint: from :func:`~pipeline.engines.checkpoint.open_checkpoint`.
            beam_size: beam width; 1 is greedy.
            max_new_tokens: most target tokens of one row; ignored where ``limits`` are given.
            device: ``"auto"`` (a GPU where there is one), or a name that torch knows.
            batch_tokens: most source tokens of a batch, padding included. ``None`` decodes each row alone: a row's
                neighbours move the last digits of its numbers, and so may break a tie between two words. On a GPU,
                which single rows would leave idle, it batches.
            limits: all bounds on input and output.
        """
        self._codec = Codec(checkpoint)
        self._beam_size = beam_size
        self._wanted_device = device
        self._batch_tokens = batch_tokens
        self._limits = limits or Limits(max_new_tokens=max_new_tokens)

    @property
    def signature(self) -> str:
        """Name engine, versions, model and every setting that changes the output."""
        return (
            f"transformers|{_version('transformers')}|torch:{_version('torch')}|{self._codec.checkpoint.identity}"
            f"|float32|beam:{self._beam_size}:full|{self._limits.signature}"
            f"|{'alone' if self._tokens_per_batch is None else f'batch:{self._tokens_per_batch}'}"
        )

    @cached_property
    def _device(self) -> str:
        if self._wanted_device != "auto":
            return self._wanted_device
        import torch

        return "cuda" if torch.cuda.is_available() else "cpu"

    @property
    def _tokens_per_batch(self) -> int | None:
        if self._batch_tokens is None and self._device.startswith("cuda"):
            return GPU_BATCH_TOKENS
        return self._batch_tokens

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Hypothesis]:
        """Translate texts; same length and order, whatever the batching.

        Raises:
            ModelUnsupported: the checkpoint cannot do the pair.
            ModelCorrupt: its weights or its tokenizer cannot be loaded.
            DependencyMissing: torch or transformers is not installed.
        """
        source_code, target_code = self._codec.checkpoint.codes(source, target)
        first = self._codec.first_piece(target_code)

        def decode(rows: Sequence[Row], new_tokens: int) -> list[Decoded]:
            groups = batches(rows, self._tokens_per_batch)
            return [d for group in groups for (d,) in self._decode(group, new_tokens, first, self._beam_size, 1)]

        return translate_texts(self._codec, decode, texts, (source_code, target_code), self._limits)

    def propose(self, requests: Sequence[Request], source: str, target: str, n: int) -> list[list[Hypothesis]]:
        """Give up to ``n`` different translations of each text from a beam of at least ``n``, its favourite first.

        Pins and complaints are instructions, which such a model does not take.

        Raises:
            ModelUnsupported: the checkpoint cannot do the pair.
            ModelCorrupt: its weights or its tokenizer cannot be loaded.
            DependencyMissing: torch or transformers is not installed.
        """
        texts = [request.text for request in requests]
        if n == 1:
            return [[hypothesis] for hypothesis in self.translate(texts, source, target)]
        codes, width = self._codec.checkpoint.codes(source, target), max(self._beam_size, n)
        first = self._codec.first_piece(codes[1])

        def decode(rows: Sequence[Row], new_tokens: int) -> list[list[Decoded]]:
            groups = batches(rows, self._tokens_per_batch)
            return [decoded for group in groups for decoded in self._decode(group, new_tokens, first, width, width)]

        return propose_texts(self._codec, decode, texts, codes, self._limits, n=n)

    def score(self, sources: Sequence[str], hypotheses: Sequence[str], source: str, target: str) -> list[float]:
        """Return the mean log-probability per token, end mark included, that the model gives to translations.

        Raises:
            ModelUnsupported: the checkpoint cannot do the pair.
            ModelCorrupt: its weights or its tokenizer cannot be loaded.
            DependencyMissing: torch or transformers is not installed.
        """
        import torch

        codes = self._codec.checkpoint.codes(source, target)
        first, model = self._codec.first_piece(codes[1]), self._model
        sources_ids, targets = self._codec.vocabulary.source, self._codec.vocabulary.target
        start = [model.config.decoder_start_token_id, *([] if first is None else [targets[first]])]
        found = []
        with torch.inference_mode():
            for row, written in scored_rows(self._codec, sources, hypotheses, codes):
                ids = [targets[piece] for piece in written]
                try:
                    total = self._score([sources_ids[piece] for piece in row], start, ids)
                except torch.cuda.OutOfMemoryError as error:
                    raise gpu_fault("torch", error) from error
                found.append(round(total / len(ids), 4))
        return found

    @cached_property
    def _model(self) -> Any:
        import transformers

        model = load_model(self._codec.checkpoint)
        settings: Any = transformers.GenerationConfig
        model.generation_config = settings()  # the checkpoint's own would fill in what _settings leaves open
        try:
            return model.to(self._device)
        except (RuntimeError, AssertionError) as error:
            if self._device.startswith("cuda"):
                raise gpu_fault("torch", error) from error
            raise ModelError(
                f"The device {self._device!r} cannot be used: {error}.", "Set runtime.device to cpu."
            ) from error

    @cached_property
    def _target_pieces(self) -> dict[int, str]:
        return {i: piece for piece, i in self._codec.vocabulary.target.items()}

    def _decode(
        self, rows: Sequence[Row], new_tokens: int, first: str | None, width: int, count: int
    ) -> list[list[Decoded]]:
        import torch

        model, ids = self._model, self._codec.vocabulary.source
        longest, pad = max(map(len, rows)), model.config.pad_token_id
        inputs = [[ids[piece] for piece in row] for row in rows]
        padded = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in inputs], device=model.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in inputs], device=model.device)
        try:
            with torch.inference_mode():
                settings = self._settings(new_tokens, first, width, count)
                output = model.generate(padded, attention_mask=mask, generation_config=settings).tolist()
                return [
                    [self._read(row, out, first) for out in output[i * count : (i + 1) * count]]
                    for i, row in enumerate(inputs)
                ]
        except torch.cuda.OutOfMemoryError as error:
            if len(rows) == 1:
                raise gpu_fault("torch", error) from error
        middle = len(rows) // 2  # outside of the handler, which would keep the batch's memory
        halves = rows[:middle], rows[middle:]
        return [row for half in halves for row in self._decode(half, new_tokens, first, width, count)]

    def _settings(self, new_tokens: int, first: str | None, width: int, count: int) -> Any:
        import transformers

        config, target = self._model.config, self._codec.vocabulary.target
        marian = self._codec.checkpoint.family == "marian"
        settings: Any = transformers.GenerationConfig
        return settings(
            max_new_tokens=new_tokens,
            num_beams=width,
            num_return_sequences=count,
            # As in CTranslate2: a beam that has as many whole hypotheses as its width is done.
            early_stopping=width > 1,
            do_sample=False,
            length_penalty=1.0,
            repetition_penalty=self._limits.repetition_penalty,
            no_repeat_ngram_size=self._limits.no_repeat_ngram_size,
            decoder_start_token_id=config.decoder_start_token_id,
            eos_token_id=target[EOS],
            pad_token_id=config.pad_token_id,
            forced_bos_token_id=None if first is None else target[first],
            # Marian starts from the padding token, which is in its vocabulary for that reason alone.
            bad_words_ids=[[config.pad_token_id]] if marian else None,
            renormalize_logits=marian,
        )

    def _read(self, row: list[int], output: list[int], first: str | None) -> Decoded:
        """Cut an output behind its end mark and score it.

        Args:
            row: the source ids.
            output: the start token, then what was generated, then padding.
            first: the piece that was forced, if any; it does not count.
        """
        end = self._codec.vocabulary.target[EOS]
        skipped = 1 if first is None else 2  # NLLB and M2M-100 start from the end mark itself: look behind it
        generated = output[skipped:]
        stopped = end in generated
        kept = generated[: generated.index(end) + 1] if stopped else generated
        pieces = [self._target_pieces.get(i, UNK) for i in kept]
        return Decoded(
            text=self._codec.decode(pieces),
            log_probability=self._score(row, output[:skipped], kept),
            steps=len(kept),
            tokens=len(self._codec.plain(pieces)),
            cut=not stopped,
        )

    def _score(self, row: list[int], start: list[int], generated: list[int]) -> float:
        """Return the log-probability of an output, read by the model in one pass."""
        import torch

        if not generated:
            return 0.0
        model = self._model
        ids = torch.tensor([row], device=model.device)
        written = torch.tensor([start + generated[:-1]], device=model.device)
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids), decoder_input_ids=written).logits[0]
        logits = logits[len(start) - 1 :].float()
        if self._codec.checkpoint.family == "marian":
            logits[:, model.config.pad_token_id] = -torch.inf
        chosen = torch.tensor(generated, device=model.device)[:, None]
        return float(torch.log_softmax(logits, dim=-1).gather(1, chosen).double().sum())


def load_model(checkpoint: Checkpoint) -> Any:
    """Load a checkpoint's weights into a torch module on the CPU, in single precision, ready for inference.

    Raises:
        DependencyMissing: torch or transformers is not installed.
        ModelCorrupt: the weights do not fit the configuration.
    """
    try:
        import torch  # noqa: F401 - transformers without torch offers a stand-in that fails late
        from transformers import AutoModelForSeq2SeqLM
    except ImportError as error:
        raise DependencyMissing("torch", "hf", f"Loading {checkpoint.name}") from error
    try:
        with quiet():
            model, report = AutoModelForSeq2SeqLM.from_pretrained(
                str(checkpoint.folder),
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
    except Exception as error:  # torch, safetensors and transformers each have their own ways to fail on damaged files
        raise ModelCorrupt(f"The weights in {checkpoint.folder} cannot be loaded: {error}.", _FETCH) from error
    missing = sorted(report["missing_keys"])
    if missing:  # Transformers would fill them with random numbers and only log it
        raise ModelCorrupt(
            f"The weights in {checkpoint.folder} lack {len(missing)} tensors ({missing[0]} ...).", _FETCH
        )
    return model.float().eval()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the progress bars and remarks of Transformers out of ours; what matters comes as an error."""
    import transformers

    logs: Any = transformers.utils.logging  # not annotated
    level, bars = logs.get_verbosity(), logs.is_progress_bar_enabled()
    logs.set_verbosity_error()
    logs.disable_progress_bar()
    try:
        yield
    finally:
        logs.set_verbosity(level)
        if bars:
            logs.enable_progress_bar()


def _version(package: Literal["transformers", "torch"]) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError as error:
        raise DependencyMissing(package, "hf", "The engine transformers") from error
