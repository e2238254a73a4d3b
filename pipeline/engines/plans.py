"""Say how a pair will be translated, and make the engine that a model on disk needs; nothing is loaded before use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config import TranslateConfig, concord_home
from pipeline.engines.base import Translator
from pipeline.engines.device import Device
from pipeline.engines.registry import ModelEntry, Registry
from pipeline.engines.watch import Watched

__all__ = ["EnginePlanner", "Plan"]

# An instruction model takes seconds for a text; an encoder-decoder is fast where many texts have one length.
_BATCHES = {"gguf": 16, "ctranslate": 256, "transformers": 64, "fake": 256}


@dataclass(frozen=True, slots=True)
class Plan:
    """Say how a pair will be translated: the engine's name, its signature, its model, and how to load it.

    Through a third language (``via``) the engine is ``"pivot"``, the model names both joined by ``" + "``, and ``legs``
    are the plans of the two halves. ``load`` raises a :class:`~pipeline.errors.ModelError` or
    :class:`~pipeline.errors.DependencyMissing` when the engine cannot be used. ``watch`` knows the model's files as
    they were when the signature was made.
    """

    engine: str
    signature: str
    model: str
    licence: str | None
    load: Callable[[], Translator]
    via: str | None = None
    legs: tuple[Plan, ...] = ()
    watch: Watched | None = None

    def check_files(self) -> None:
        """Make sure that the model's files are still those of the signature.

        Raises:
            ModelCorrupt: one of them changed.
        """
        if self.watch is not None:
            self.watch.check()
        for leg in self.legs:
            leg.check_files()

    @property
    def batch_size(self) -> int:
        """Return how many texts suit one call of the engine: what a killed run loses at most."""
        return _BATCHES.get(self.engine, 16)


@dataclass(frozen=True, slots=True)
class EnginePlanner:
    """Plan the engine of one model, without what is wrapped around it.

    Args:
        settings: how to translate.
        registry: known models.
        threads: CPU threads that a model may use.
        device: where encoder-decoder engines run.
        once: makes a thing by its name, or returns the one made before.
    """

    settings: TranslateConfig
    registry: Registry
    threads: int
    device: Device
    once: Callable[[str, Callable[[], Any]], Any]

    def registered(self, engine: str, entry: ModelEntry) -> Plan:
        """Plan a model of the registry that is on disk."""
        if entry.kind == "gguf":
            return self._gguf(entry.name, self.registry.path(entry), entry.sha256, entry.licence, entry)
        name = "transformers" if engine == "transformers" else "ctranslate"
        return self._checkpoint(name, self.registry.path(entry), entry)

    def local(self, engine: str, path: Path) -> Plan:
        """Plan a model that the configuration names by its path: a GGUF file or the folder of a checkpoint."""
        if path.is_file():
            from pipeline.engines.registry import file_sha256

            digest = self.once(f"sha256:{path}", lambda: file_sha256(path))
            return self._gguf(path.name, path, digest, None, None)
        return self._checkpoint("transformers" if engine == "transformers" else "ctranslate", path, None)

    def _gguf(self, name: str, path: Path, sha256: str | None, licence: str | None, entry: ModelEntry | None) -> Plan:
        from pipeline.engines.gguf import PARALLEL, GgufTranslator, Prompt, gguf_signature

        limit, watch = self.settings.max_new_tokens, self.once(f"watch:{path}", lambda: Watched.of([path]))
        # A template of its own comes without our worked examples unless it asks for them.
        prompt = Prompt(**{"examples": 0, **entry.prompt}) if entry and entry.prompt else Prompt()
        signature = gguf_signature(name, sha256 or "unknown", prompt, PARALLEL, limit)

        def load() -> Translator:
            if entry is not None:
                self.registry.verify(entry)
            return GgufTranslator(
                path,
                signature,
                prompt=prompt,
                max_new_tokens=limit,
                threads=self.threads,
            )

        return Plan("gguf", signature, name, licence, lambda: self.once(signature, load), watch=watch)

    def _checkpoint(self, engine: str, path: Path, entry: ModelEntry | None) -> Plan:
        from pipeline.engines.checkpoint import open_checkpoint

        pairs = entry.pairs if entry is not None else None
        watch = self.once(f"watch:{path}", lambda: Watched.of([path]))
        checkpoint = self.once(f"checkpoint:{path}", lambda: open_checkpoint(path, pairs=pairs))
        translator = self.once(f"{engine}:{path}", lambda: self._translator(engine, checkpoint))
        licence = entry.licence if entry is not None else None
        return Plan(engine, translator.signature, path.name, licence, lambda: translator, watch=watch)

    def _translator(self, engine: str, checkpoint: Any) -> Translator:
        settings = self.settings
        if engine == "transformers":
            from pipeline.engines.transformers import TransformersTranslator

            return TransformersTranslator(
                checkpoint,
                beam_size=settings.beam_size,
                max_new_tokens=settings.max_new_tokens,
                device=self.device,
            )
        from pipeline.engines.ctranslate import CTranslateTranslator

        return CTranslateTranslator(
            checkpoint,
            cache_folder=concord_home() / "converted",
            compute_type=settings.compute_type,
            beam_size=settings.beam_size,
            max_new_tokens=settings.max_new_tokens,
            threads=self.threads,
            device=self.device,
        )

    def fake(self) -> Plan:
        """Plan the engine of tests and dry runs."""
        from pipeline.engines.fake import FakeTranslator

        fake = FakeTranslator()
        return Plan("fake", fake.signature, "fake", None, lambda: fake)
