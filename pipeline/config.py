"""Load the configuration once into frozen models; an unknown key is an error that names the nearest known one."""

from __future__ import annotations

import difflib
import os
import reprlib
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.errors import ConfigError

__all__ = [
    "AlignConfig",
    "Config",
    "DetectConfig",
    "IngestConfig",
    "PairConfig",
    "ReportConfig",
    "RuntimeConfig",
    "ScoreConfig",
    "TranslateConfig",
    "concord_home",
    "configs_folder",
    "json_schema",
    "load_config",
    "profile_path",
]

EngineName = Literal["auto", "gguf", "ctranslate", "transformers", "fake"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IngestConfig(_Model):
    """Say how articles are read and cleaned."""

    text_column: str | None = Field(None, description="Column or key that holds the text; null: text, body, content.")
    min_letters: int = Field(40, ge=1, description="An article with fewer letters after cleaning is rejected.")
    max_chars: int = Field(1_000_000, ge=1000, description="An article with more characters is rejected.")
    boilerplate: bool = Field(True, description="Drop share buttons, menus, most-read tables and the like.")
    leave_out: tuple[str, ...] = Field(
        (), description="Files to leave out, by path, and articles in a file of many, as path#record."
    )


class DetectConfig(_Model):
    """Say when a language counts as known."""

    min_confidence: float = Field(0.5, ge=0, le=1, description="Below this an article's language is uncertain.")
    min_segment_letters: int = Field(12, ge=1, description="Shorter segments take the language of their surroundings.")


class PairConfig(_Model):
    """Choose engine and model for one language pair."""

    engine: EngineName = "auto"
    model: str | None = Field(
        None, description="Name in models.yaml or path of a local checkpoint folder or GGUF file."
    )
    pivot: str | None = Field(None, description="Language to go through, even where a model does the pair directly.")


class TranslateConfig(_Model):
    """Say how segments are translated."""

    engine: EngineName = Field("auto", description="auto takes the best model on disk for each pair.")
    model: str | None = Field(None, description="Name in models.yaml or a local path; null: the engine's best on disk.")
    pairs: dict[str, PairConfig] = Field(default_factory=dict, description="Exceptions by pair, e.g. ko-en.")
    beam_size: int = Field(4, ge=1, le=32, description="Beam width of encoder-decoder engines.")
    compute_type: Literal["auto", "int8", "float16", "float32"] = Field("auto", description="ctranslate only.")
    max_new_tokens: int = Field(400, ge=16, description="Upper bound of one translation; longer output is flagged.")
    hypotheses: int = Field(6, ge=1, le=64, description="Most translations tried of one segment; 1 takes the first.")
    good_enough: float = Field(
        0.4, ge=0, le=1, description="Estimated quality from which a first translation without findings is kept."
    )
    confidence: float = Field(0.85, ge=0, le=1, description="Mean token probability from which it is kept; gguf only.")
    retries: int = Field(1, ge=0, le=4, description="How often a fact that was broken is named to the engine.")
    reverse: int = Field(2, ge=0, le=64, description="How many of the best are read backwards to choose; gguf only.")
    repair: bool = Field(True, description="Write changed facts right where their form is certain.")
    pin_facts: bool = Field(True, description="Give instruction models the form of dates, amounts, names and terms.")
    quality_model: str | None = Field(
        None, description="Folder of a COMET-Kiwi model on disk (see docs/score.md); null: the built-in estimate."
    )
    memory: bool = Field(True, description="Keep and consult the translation memory.")
    memory_path: str | None = Field(None, description="SQLite file to share between runs; null: in the output folder.")
    glossary: str | None = Field(None, description="CSV file of terms with the rendering that is wanted.")
    pivot: str = Field(
        "auto", description="Where no model does a pair: auto goes through the best language, never, or a language."
    )

    @property
    def named_models(self) -> tuple[str, ...]:
        """Return the models that are chosen by name or path, each once."""
        named = [self.model, *(pair.model for pair in self.pairs.values())]
        return tuple(dict.fromkeys(name for name in named if name))

    @field_validator("pairs")
    @classmethod
    def _known_pairs(cls, pairs: dict[str, PairConfig]) -> dict[str, PairConfig]:
        for pair in pairs:
            if len(pair.split("-")) != 2:
                raise ValueError(f"{pair!r} is not a language pair such as 'ko-en'")
        return pairs

    @field_validator("pivot")
    @classmethod
    def _known_pivot(cls, pivot: str) -> str:
        if pivot not in ("auto", "never") and not _is_code(pivot):
            raise ValueError(f"{pivot!r} is neither auto, never nor an ISO 639 code such as 'en'")
        return pivot


class AlignConfig(_Model):
    """Say when two articles cover one event."""

    encoder: Literal["use"] = Field("use", description="Sentence encoder of the shared embedding space.")
    event_threshold: float = Field(0.4, ge=0, le=1, description="Mean pair probability at which articles are joined.")
    thread_threshold: float = Field(0.5, ge=0, le=1, description="Probability at which events share a thread.")
    neighbours: int = Field(50, ge=1, description="Candidate articles looked at for each article.")
    bead_similarity: float = Field(0.35, ge=0, le=1, description="Sentences less similar than this stay unaligned.")
    exact_below: int = Field(
        25_000,
        ge=2,
        description="Articles up to which each is compared with all; beyond, with those of about its time.",
    )
    window_days: int = Field(
        14, ge=1, description="Days that articles of one event lie apart at most; see exact_below."
    )
    memory: float = Field(
        1.0, gt=0, description="GiB for sentence vectors; beyond it they lie in a file beside the output meanwhile."
    )
    relations: int = Field(8, ge=0, description="Relations kept for each article inside its thread.")
    near_misses: int = Field(3, ge=0, description="Relations kept for each article outside of its thread.")
    copy_containment: float = Field(
        0.4, ge=0, le=1, description="Share of the shorter text's word sequences from which it is a copy."
    )
    copy_coverage: float = Field(
        0.5, ge=0, le=1, description="Share of sentences with a match, in order, from which a text is a translation."
    )
    copy_similarity: float = Field(0.5, ge=0, le=1, description="Cosine from which such a match counts.")


FindingKind = Literal["number", "ordinal", "money", "percent", "date", "time", "duration", "name", "role", "outcome"]


class ScoreConfig(_Model):
    """Say which findings are kept."""

    min_probability: float = Field(0.5, ge=0, le=1, description="Conflicts less probable than this are not reported.")
    min_probability_of: dict[FindingKind, float] = Field(
        default_factory=dict, description="Another limit for conflicts of a kind, such as name: 0.7."
    )
    hidden_kinds: tuple[FindingKind, ...] = Field((), description="Kinds of facts of which nothing is reported.")


class ReportConfig(_Model):
    """Say what the report shows."""

    title: str = Field("Concord", description="Heading of the index page.")


class RuntimeConfig(_Model):
    """Hold what changes speed. Nothing here enters a content key; of the output, ``device`` alone moves last digits.

    What a device changes (precision, what shares a batch) stands in the engine's signature, and so in the key.
    """

    threads: int | None = Field(None, ge=1, description="CPU threads of the models; null: all cores.")
    batch_size: int | None = Field(
        None, ge=1, description="Segments per committed batch of translation; null: what suits the engine."
    )
    workers: int = Field(1, ge=1, description="Processes, or actors on Ray, that work on articles side by side.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where encoder-decoder engines run; auto: on a GPU where there is one."
    )
    executor: Literal["local", "ray"] = Field(
        "local", description="Where: on this machine, or on a Ray cluster (docs/scale.md)."
    )
    address: str | None = Field(
        None, description="Address of the Ray cluster, e.g. 10.0.0.1:6379 or auto; null: Ray on this machine alone."
    )

    @property
    def workers_here(self) -> int:
        """Return the processes for work that needs the output folder: a cluster's workers are not of this machine."""
        return self.workers if self.executor == "local" else min(self.workers, os.cpu_count() or 1)


class Config(_Model):
    """Hold the whole configuration of a run."""

    languages: tuple[str, ...] = Field(("fr", "ko", "en"), min_length=1, description="ISO 639-1 codes; others go.")
    target: str = Field("en", description="Language that everything is translated into.")
    models: str | None = Field(None, description="Model registry; null: configs/models.yaml of this installation.")
    reviews: str | None = Field(
        None, description="File of reviewers' decisions that the run honours; null: reviews.jsonl in the output folder."
    )
    ingest: IngestConfig = Field(default_factory=lambda: IngestConfig.model_validate({}))
    detect: DetectConfig = Field(default_factory=lambda: DetectConfig.model_validate({}))
    translate: TranslateConfig = Field(default_factory=lambda: TranslateConfig.model_validate({}))
    align: AlignConfig = Field(default_factory=lambda: AlignConfig.model_validate({}))
    score: ScoreConfig = Field(default_factory=lambda: ScoreConfig.model_validate({}))
    report: ReportConfig = Field(default_factory=lambda: ReportConfig.model_validate({}))
    runtime: RuntimeConfig = Field(default_factory=lambda: RuntimeConfig.model_validate({}))

    @field_validator("languages")
    @classmethod
    def _iso_codes(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        for code in languages:
            if not _is_code(code):
                raise ValueError(f"{code!r} is not an ISO 639 code such as 'fr'")
        if len(set(languages)) != len(languages):
            raise ValueError("a language is named twice")
        return languages

    @model_validator(mode="after")
    def _target_is_configured(self) -> Config:
        if self.target not in self.languages:
            raise ValueError(f"target {self.target!r} is not among languages {list(self.languages)}")
        return self


def _is_code(code: str) -> bool:
    return len(code) in (2, 3) and code.isascii() and code.isalpha() and code.islower()


def load_config(path: str | os.PathLike[str] | None = None) -> Config:
    """Read a YAML configuration; without a path, return the defaults.

    Raises:
        ConfigError: the file is missing, is not YAML, or holds an unknown key or a wrong value. The message names the
            key and, for an unknown one, the nearest known key.
    """
    if path is None:
        return Config.model_validate({})
    file = Path(path)
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"The configuration {file} cannot be read: {error.strerror}.", "Name an existing file."
        ) from (error)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # PyYAML lets those of a bad date or number through
        raise ConfigError(
            f"The configuration {file} is not valid YAML: {error}", "Correct the place named above."
        ) from (error)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(f"The configuration {file} holds a {type(data).__name__}.", "Write 'key: value' lines.")
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError(_explain(file, error), "See 'concord config --schema' for every key.") from error


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the configuration."""
    return Config.model_json_schema()


def concord_home() -> Path:
    """Return the folder of models and caches: ``CONCORD_HOME``, else the user's cache folder."""
    import platformdirs

    named = os.environ.get("CONCORD_HOME")
    return Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("concord"))


def configs_folder() -> Path:
    """Return the folder that holds the shipped configurations, in an installed package or in a clone."""
    here = Path(__file__).resolve().parent
    return here / "configs" if (here / "configs").is_dir() else here.parent / "configs"


def profile_path(name: str) -> Path:
    """Return the shipped configuration of that name, such as ``fast`` for ``configs/fast.yaml``.

    Raises:
        ConfigError: there is none; the message lists those that there are.
    """
    known = sorted(file.stem for file in configs_folder().glob("*.yaml") if file.stem != "models")
    if name in known:
        return configs_folder() / f"{name}.yaml"
    raise ConfigError(f"There is no profile {name!r}.", f"Profiles: {', '.join(known)}.")


def _explain(file: Path, error: ValidationError) -> str:
    lines = [f"The configuration {file} is not valid:"]
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"]) or "the file"
        if item["type"] == "extra_forbidden":
            lines.append(f"  {where}: unknown key.{_suggest(where)}")
        else:
            lines.append(
                f"  {where}: {item['msg'].removeprefix('Value error, ')} (found: {reprlib.repr(item['input']):.80})"
            )
    return "\n".join(lines)


def _suggest(where: str) -> str:
    known = _known_keys(Config, "")
    name = where.rsplit(".", 1)[-1]
    by_name = {key.rsplit(".", 1)[-1]: key for key in reversed(known)}
    near = difflib.get_close_matches(where, known, 1, 0.6) or [
        by_name[n] for n in difflib.get_close_matches(name, list(by_name), 1, 0.6)
    ]
    return f" Did you mean {near[0]!r}?" if near else f" Known keys: {', '.join(k for k in known if '.' not in k)}."


def _known_keys(model: type[BaseModel], prefix: str) -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys.extend(_known_keys(field.annotation, f"{prefix}{name}."))
    return keys
