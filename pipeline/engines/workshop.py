"""Choose, sign and load engines: each one is loaded once per process, on first use, and never downloaded."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.config import Config, PairConfig
from pipeline.engines.base import Encoder, LanguageIdentifier, Translator
from pipeline.engines.glossary import Glossary
from pipeline.engines.hints import Hints
from pipeline.engines.judging import Estimator, Judge
from pipeline.engines.memory import TranslationMemory
from pipeline.engines.pivot import PivotTranslator, choose_via, pivot_signature
from pipeline.engines.plans import EnginePlanner, Plan
from pipeline.engines.registry import ModelEntry, Registry, load_registry
from pipeline.errors import ConcordError, ModelMissing, ModelUnsupported
from pipeline.reviews.book import Reviews, load_reviews

__all__ = ["Plan", "Workshop"]

_CHECKPOINT_KINDS = ("marian", "nllb", "m2m100", "madlad")


@dataclass(slots=True)
class Workshop:
    """Hold the engines of one run.

    Args:
        config: the run's configuration.
        registry: known models.
        output: the run's folder, where the memory lies unless the configuration names another place.
    """

    config: Config
    registry: Registry
    output: Path
    _loaded: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Config, home: Path | None, output: Path) -> Workshop:
        """Make a workshop with the configured model registry."""
        return cls(config, load_registry(config.models, home), output)

    def elsewhere(self) -> Workshop:
        """Return a workshop for a worker on perhaps another machine: nothing loaded but the glossary, and no memory."""
        runtime = self.config.runtime.model_copy(update={"threads": self.config.runtime.threads or 1})
        translate = self.config.translate.model_copy(update={"memory": False})
        config = self.config.model_copy(update={"runtime": runtime, "translate": translate})
        glossary = self.glossary()
        return Workshop(config, self.registry, self.output, {"glossary": glossary} if glossary else {})

    @property
    def memory_path(self) -> Path:
        """Return where the translation memory lies."""
        named = self.config.translate.memory_path
        return Path(named).expanduser() if named else self.output / "memory.sqlite"

    def memory(self) -> TranslationMemory | None:
        """Open the translation memory; ``None`` when it is switched off."""
        if not self.config.translate.memory:
            return None
        memory: TranslationMemory = self._once("memory", lambda: TranslationMemory(self.memory_path))
        return memory

    def news(self) -> str | None:
        """Return, once, what people should know about the memory that was opened; ``None`` for nothing."""
        memory: TranslationMemory | None = self._loaded.get("memory")
        if memory is None or memory.news is None:
            return None
        said, memory.news = memory.news, None
        return said

    def close(self) -> None:
        """Let go of the memory's file; what was loaded stays usable, and the memory is opened anew when asked for."""
        memory: TranslationMemory | None = self._loaded.pop("memory", None)
        if memory is not None:
            memory.close()

    def memory_overrides(self) -> str:
        """Return a digest of what people and imports put into the memory, without making a memory."""
        memory = self.memory() if self.memory_path.exists() else None
        return memory.overrides() if memory is not None else ""

    def reviews(self) -> Reviews:
        """Read what reviewers decided.

        Raises:
            InputError: the configured file is missing, or a line of it holds no decision.
        """
        reviews: Reviews = self._once("reviews", lambda: load_reviews(self.config.reviews, self.output))
        return reviews

    def glossary(self) -> Glossary | None:
        """Read the glossary; ``None`` when the configuration names none."""
        path = self.config.translate.glossary
        if path is None:
            return None
        glossary: Glossary = self._once("glossary", lambda: Glossary.load(Path(path).expanduser(), self.config.target))
        return glossary

    @property
    def threads(self) -> int:
        """Return the number of CPU threads that models may use."""
        import os

        available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        return self.config.runtime.threads or available or 1

    @property
    def _planner(self) -> EnginePlanner:
        return EnginePlanner(self.config.translate, self.registry, self.threads, self.config.runtime.device, self._once)

    def encoder(self) -> Encoder:
        """Return the sentence encoder."""
        from pipeline.engines.embedding import UniversalEncoder

        encoder: Encoder = self._once("encoder", UniversalEncoder)
        return encoder

    def judge(self) -> Judge:
        """Return what judges translations, by COMET-Kiwi where the configuration names a model of it.

        Raises:
            ModelError: the named model cannot be used.
        """
        judge: Judge = self._once("judge", lambda: Judge(self.encoder(), estimator=self._estimator()))
        return judge

    def _estimator(self) -> Estimator | None:
        named = self.config.translate.quality_model
        if named is None:
            return None
        from pipeline.engines.kiwi import KiwiEstimator

        return KiwiEstimator(Path(named).expanduser())

    def hints(self) -> Hints:
        """Return the guesser of words."""
        hints: Hints = self._once("hints", lambda: Hints(self.encoder()))
        return hints

    def identifier(self) -> LanguageIdentifier:
        """Return the language identifier that lets every language compete."""
        from pipeline.engines.language import FastTextIdentifier

        identifier: LanguageIdentifier = self._once("identifier", FastTextIdentifier)
        return identifier

    def restricted_identifier(self) -> LanguageIdentifier:
        """Return the language identifier that chooses among the configured languages."""
        from pipeline.engines.language import FastTextIdentifier

        identifier: LanguageIdentifier = self._once("restricted", lambda: FastTextIdentifier(self.config.languages))
        return identifier

    def plan(self, source: str, target: str) -> Plan:
        """Choose the engine and model for a pair, without loading anything.

        Raises:
            ModelMissing: nothing on disk does the pair, or the named model is not there.
            ModelUnsupported: the named model cannot do the pair.
        """
        chosen = self._chosen(f"{source}-{target}")
        if chosen.pivot:
            return self._through(source, chosen.pivot, target)
        try:
            return self._direct(source, target)
        except ModelMissing:
            via = None if chosen.model else self._via(source, target)
            if via is None:
                raise
            return self._through(source, via, target)

    def _chosen(self, pair: str) -> PairConfig:
        settings = self.config.translate
        return settings.pairs.get(pair) or PairConfig(engine=settings.engine, model=settings.model, pivot=None)

    def _direct(self, source: str, target: str) -> Plan:
        """Plan a pair with a model that does it by itself, its output checked, chosen and mended."""
        if self._chosen(f"{source}-{target}").engine == "fake":
            return self._planner.fake()
        return self._careful(self._engine(source, target))

    def _careful(self, plan: Plan) -> Plan:
        """Wrap an engine; only instruction models are told which forms to use."""
        from pipeline.engines.careful import Care, CarefulTranslator
        from pipeline.engines.pinning import pinner

        settings = self.config.translate
        care = Care(
            hypotheses=settings.hypotheses,
            good_enough=settings.good_enough,
            confidence=settings.confidence if plan.engine == "gguf" else 0.0,
            retries=settings.retries,
            reverse=settings.reverse if plan.engine == "gguf" else 0,
            repair=settings.repair,
        )
        pinned = plan.engine == "gguf" and (settings.pin_facts or settings.glossary is not None)
        signature = CarefulTranslator.sign(plan.signature, self.judge().signature, care, pinned)

        def load() -> Translator:
            pins = pinner(self.glossary(), settings.pin_facts) if pinned else None
            hints = self.hints() if pinned and settings.pin_facts else None
            return CarefulTranslator(
                plan.load(),  # type: ignore[arg-type]  # every engine proposes
                self.judge(),
                care,
                pins,
                self.glossary(),
                hints=hints,
            )

        return replace(plan, signature=signature, load=lambda: self._once(signature, load))

    def _engine(self, source: str, target: str) -> Plan:
        """Plan the engine itself."""
        pair = f"{source}-{target}"
        chosen = self._chosen(pair)
        if chosen.model and (path := Path(chosen.model).expanduser()).exists():
            return self._planner.local(chosen.engine, path)
        entry = self._entry(chosen, pair)
        self._require(entry)
        return self._planner.registered(chosen.engine, entry)

    def _via(self, source: str, target: str) -> str | None:
        """Return the language to go through where no model does the pair; ``None`` for none."""
        wish = self.config.translate.pivot
        present = [e for e in self.registry.entries if self.registry.on_disk(e)]
        pairs = [pair for e in present for pair in e.pairs or ()] + list(self.config.translate.pairs)
        known = {code for pair in pairs for code in pair.split("-")} | set(self.config.languages)
        candidates = set() if wish == "never" else known if wish == "auto" else {wish}

        def worth(via: str) -> float | None:
            try:
                legs = ((f"{source}-{via}", self._direct(source, via)), (f"{via}-{target}", self._direct(via, target)))
            except ConcordError:
                return None
            return math.prod(next((e.bleu(pair) for e in present if e.name == leg.model), 0.0) for pair, leg in legs)

        return choose_via(candidates - {source, target}, worth)

    def _through(self, source: str, via: str, target: str) -> Plan:
        """Plan a pair through a third language."""
        if via in (source, target):
            raise ModelUnsupported(
                f"{source}-{target} cannot be translated through {via!r}, which is one of the two.",
                f"Name a third language under translate.pairs.{source}-{target}.pivot.",
            )
        first, second = self._direct(source, via), self._direct(via, target)
        memory = self.memory() if self.memory_path.exists() else None
        said = memory.overrides({f"{source}-{via}", f"{via}-{target}"}) if memory is not None else ""
        signature = pivot_signature(first.signature, second.signature, via, said)

        def load() -> Translator:
            return PivotTranslator(
                first.load(),
                second.load(),
                via,
                memory=self.memory(),
                batch_size=self.config.runtime.batch_size or 16,
                corrections=said,
            )

        licences = dict.fromkeys(leg.licence for leg in (first, second) if leg.licence)
        return Plan(
            "pivot",
            signature,
            f"{first.model} + {second.model}",
            " + ".join(licences) or None,
            lambda: self._once(signature, load),
            via,
            (first, second),
        )

    def signatures_in_use(self) -> set[str]:
        """Return the signatures of the engines that this configuration can use here, for any pair of its languages."""
        found: set[str] = set()
        for source in self.config.languages:
            for target in self.config.languages:
                try:
                    plan = self.plan(source, target) if source != target else None
                except ConcordError:
                    continue
                found |= {p.signature for p in (plan, *plan.legs)} if plan else set()
        return found

    def _require(self, entry: ModelEntry) -> None:
        """Refuse a model that is not on disk or whose terms nobody has accepted; name all that are missing at once."""
        if not self.registry.on_disk(entry):
            named = {e.name: e for e in self.registry.entries if e.name in self.config.translate.named_models}
            absent = [name for name, e in named.items() if not self.registry.on_disk(e)]
            if not self.registry.path(entry).exists():
                raise ModelMissing(
                    f"The model {entry.name} is not on disk ({self.registry.path(entry)}).",
                    f"Run: concord models fetch {' '.join(absent or [entry.name])}",
                )
            self.registry.verify(entry)  # raises with the remedy; on_disk looks at less than verify does
        self.registry.require_licence(entry)

    def _entry(self, chosen: PairConfig, pair: str) -> ModelEntry:
        if chosen.model:
            entry = self.registry.get(chosen.model)
            if not entry.translates(pair):
                raise ModelUnsupported(
                    f"The model {entry.name} does not translate {pair}, only {', '.join(entry.pairs or ())}.",
                    f"Choose another under translate.pairs.{pair} in the configuration.",
                )
            return entry
        kinds = {"gguf": ("gguf",), "ctranslate": _CHECKPOINT_KINDS, "transformers": _CHECKPOINT_KINDS}
        best = self.registry.best(pair, kinds.get(chosen.engine))  # type: ignore[arg-type]
        if best is not None:
            return best
        for entry in self.registry.present(pair, kinds.get(chosen.engine)):  # type: ignore[arg-type]
            self.registry.require_licence(entry)
        raise ModelMissing(
            f"No model on disk translates {pair} with the engine {chosen.engine!r}.",
            "Run: concord models fetch   (see 'concord models list')",
        )

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._loaded:
            self._loaded[name] = make()
        return self._loaded[name]
