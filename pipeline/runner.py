"""Run the stage graph: key each stage, skip what is there, run the rest, count, commit, log.

A stage's key is a hash of its name, version and source, the configuration that it reads, the signatures of its
engines, and the keys of its inputs. A stage whose artefact of that key is on disk with the right bytes is skipped;
file names and times decide nothing.
"""

from __future__ import annotations

import importlib
import json
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from pipeline import __version__
from pipeline.config import Config
from pipeline.digests import code_digest
from pipeline.engines.workshop import Workshop
from pipeline.errors import ConcordError, StageError, StoreError
from pipeline.executors import opened_executor
from pipeline.explaining import explained, naming_files, remedy
from pipeline.readers.inventory import Inventory, take_inventory
from pipeline.records import Reason, Rejection
from pipeline.stages.base import Progress, Stage, StageContext, StageOutput
from pipeline.store import Manifest, Store, write_atomic
from pipeline.tables import Records
from pipeline.text import fingerprint
from pipeline.watching import ToldProgress

__all__ = ["STAGES", "Quiet", "StageResult", "StageState", "locked", "run", "status"]

STAGES = ("ingest", "detect", "translate", "align", "score", "report")


class Quiet:
    """Implement :class:`~pipeline.stages.base.Progress` by saying nothing."""

    def start(self, stage: str, total: int | None, unit: str) -> None:
        """Say nothing."""

    def advance(self, done: int) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class StageResult:
    """Say what became of a stage in a run."""

    stage: str
    status: Literal["done", "reused"]
    manifest: Manifest
    seconds: float


@dataclass(frozen=True, slots=True)
class StageState:
    """Say whether a stage's artefact would be reused. ``key`` is ``None`` when it cannot be known (``reason``)."""

    stage: str
    key: str | None
    reusable: bool
    reason: str


def run(
    config: Config,
    source: str,
    output: Path,
    *,
    until: str = "report",
    progress: Progress | None = None,
    home: Path | None = None,
) -> list[StageResult]:
    """Run the pipeline up to a stage.

    Args:
        config: the configuration.
        source: a file or folder of articles, or ``hf://owner/name``.
        output: the run's folder.
        until: last stage to run.
        progress: shows people how far it is.
        home: Concord's cache folder, ``None`` for the configured one.

    Returns:
        One result per stage, in order.

    Raises:
        ConcordError: the input cannot be read, a model is missing, or the output cannot be written. What was finished
            before is kept, and the next run goes on from there.
    """
    told = ToldProgress(progress or Quiet(), output)
    inventory = take_inventory(source)
    workshop = Workshop.of(config, home, output)
    store = Store(output)
    manifests: dict[str, Manifest] = {}
    results = []
    with locked(output), closing(workshop), opened_executor(config.runtime) as executor:
        log = _Log(output / "run.log")
        log.write(event="start", version=__version__, input=source, until=until)
        for name in STAGES[: STAGES.index(until) + 1]:
            begun = time.monotonic()
            stage = load_stage(name)
            key = _key(stage, config, workshop, _input_keys(stage, inventory, manifests))
            if said := workshop.news():
                log.write(event="memory", note=said)
                told.note(said)
            found = store.inspect(name, key)
            if isinstance(found, Path):
                log.write(event="damaged", stage=name, file=str(found))
                told.note(f"{found} is not what {name} wrote (cut, altered or removed): {name} is made anew.")
            manifest = found if isinstance(found, Manifest) else None
            state: Literal["done", "reused"] = "reused" if manifest else "done"
            if manifest is None:
                context = StageContext(
                    config=config,
                    inventory=inventory,
                    output=output,
                    key=key,
                    basis=_fingerprint(_basis(stage, config, workshop)),
                    store=store,
                    workshop=workshop,
                    executor=executor,
                    progress=told,
                    manifests=dict(manifests),
                )
                with explained(name, output), naming_files(name, context):
                    manifest = _execute(stage, context, log, begun)
            manifests[name] = manifest
            results.append(StageResult(name, state, manifest, time.monotonic() - begun))
            log.write(event=state, stage=name, key=key, seconds=round(results[-1].seconds, 3), counts=manifest.counts)
        if not _is_current(output / "manifest.json", manifests):
            with explained("report", output):
                write_atomic(output / "manifest.json", _run_manifest(config, source, manifests))
        told.end()
    return results


def status(config: Config, source: str, output: Path, home: Path | None = None) -> list[StageState]:
    """Tell for each stage its key and whether its artefact would be reused. Writes nothing."""
    inventory = take_inventory(source)
    workshop = Workshop.of(config, home, output)
    store = Store(output)
    manifests: dict[str, Manifest] = {}
    states: list[StageState] = []
    stale = False
    for name in STAGES:
        stage = load_stage(name)
        try:
            key = _key(stage, config, workshop, _input_keys(stage, inventory, manifests))
        except ConcordError as error:
            states.append(StageState(name, None, False, error.message))
            break
        manifest = store.load(name, key)
        reason = "up to date" if manifest else ("its inputs change" if stale else "no artefact of this key")
        states.append(StageState(name, key, manifest is not None, reason))
        stale = stale or manifest is None
        manifests[name] = manifest or _placeholder(stage, key)
    return states


def load_stage(name: str) -> Stage:
    """Return a stage by name; its module is imported only now."""
    stage: Stage = importlib.import_module(f"pipeline.stages.{name}").STAGE
    return stage


def _input_keys(stage: Stage, inventory: Inventory, manifests: Mapping[str, Manifest]) -> dict[str, str]:
    if not stage.requires:
        return {"input": inventory.digest}
    return {name: manifests[name].key for name in stage.requires}


def _key(stage: Stage, config: Config, workshop: Workshop, inputs: Mapping[str, str]) -> str:
    return _fingerprint({**_basis(stage, config, workshop), "inputs": inputs})


def _basis(stage: Stage, config: Config, workshop: Workshop) -> dict[str, Any]:
    """Return all that a stage's work depends on besides its inputs."""
    return {
        "stage": stage.name,
        "version": stage.version,
        "code": code_digest(stage.code),
        "config": stage.settings(config),
        "signatures": stage.signatures(config, workshop),
    }


def _fingerprint(parts: Mapping[str, Any]) -> str:
    return fingerprint(json.dumps(parts, sort_keys=True, ensure_ascii=False))


def _execute(stage: Stage, context: StageContext, log: _Log, begun: float) -> Manifest:
    inputs = {name: manifest.key for name, manifest in context.manifests.items() if name in stage.requires}
    output = stage.run(context)
    _check_counts(stage, output)
    manifest = Manifest(
        stage=stage.name,
        version=stage.version,
        key=context.key,
        inputs=inputs,
        config=stage.settings(context.config),
        signatures=stage.signatures(context.config, context.workshop),
        counts={unit: count.as_dict() for unit, count in output.counts.items()},
        files={},
        seconds=(seconds := round(time.monotonic() - begun, 3)),
        finished=_now(),
        per_second={unit: round(count.entered / max(seconds, 1e-3), 3) for unit, count in output.counts.items()},
        peak_mb=_peak_mb(),
        notes=output.notes,
        pages=output.pages,
    )
    tables: dict[str, tuple[type[Any], Any]] = {"rejections": (Rejection, output.rejections)}
    tables.update({name: (kind, output.tables[name]) for name, kind in stage.tables.items()})
    log.write(event="commit", stage=stage.name, key=context.key, rejections=len(output.rejections))
    for rejection in _failures(output.rejections):
        log.write(event="defect", stage=stage.name, item=rejection.item_id, detail=rejection.detail)
        context.progress.note(f"{stage.name}: left out {rejection.detail}")
    return context.store.commit(manifest, tables)


def _failures(rejections: Sequence[Rejection] | Records[Rejection]) -> list[Rejection]:
    """Return what was dropped because Concord failed on it; of what lies on disk mostly only a column is read."""
    if isinstance(rejections, Records) and all(reason != Reason.DEFECT.value for reason in rejections.column("reason")):
        return []
    return [rejection for rejection in rejections if rejection.reason == Reason.DEFECT]


def _check_counts(stage: Stage, output: StageOutput) -> None:
    for unit, count in output.counts.items():
        if count.entered != count.left + count.rejected:
            raise StageError(
                f"The stage {stage.name} lost {unit}: {count.entered} in, {count.left} out, {count.rejected} rejected.",
                "This is a defect of Concord: please report it with the run.log.",
            )


def _peak_mb() -> float | None:
    """Return the most memory that this process has held at any time, in MB; ``None`` where the system does not say."""
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    unit = 1024 if platform.system() == "Darwin" else 1
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / unit, 1)


def _placeholder(stage: Stage, key: str) -> Manifest:
    return Manifest(stage.name, stage.version, key, {}, {}, {}, {}, {}, 0.0, "")


def _run_manifest(config: Config, source: str, manifests: Mapping[str, Manifest]) -> bytes:
    data = {
        "concord": __version__,
        "python": platform.python_version(),
        "input": source.rstrip("/").rsplit("/", 1)[-1],
        "finished": _now(),
        "config": config.model_dump(mode="json"),
        "stages": {name: manifest.as_dict() for name, manifest in manifests.items()},
    }
    return (json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _is_current(path: Path, manifests: Mapping[str, Manifest]) -> bool:
    """Tell whether the run's manifest is of these stages: a run may have been killed just before it wrote its own."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))["stages"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    made = {name: manifest.as_dict() for name, manifest in manifests.items()}
    return bool(told == json.loads(json.dumps(made)))


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


@contextmanager
def locked(output: Path) -> Iterator[None]:
    """Keep a second run out of the same output folder."""
    from filelock import FileLock, Timeout

    try:
        output.mkdir(parents=True, exist_ok=True)
        lock = FileLock(output / ".lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise StoreError(f"Another run is writing to {output}.", "Wait for it, or choose another output folder.") from (
            error
        )
    except OSError as error:
        raise StoreError(
            f"The output folder {output} cannot be written: {error.strerror or error}.", "Choose another with OUTPUT=."
        ) from error
    try:
        yield
    finally:
        lock.release()


class _Log:
    """Append JSON lines to the run's log. Where even that cannot be written, the run stops and says so."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, **fields: Any) -> None:
        """Append one line with the time."""
        line = json.dumps({"time": _now(), **fields}, ensure_ascii=False, default=str)
        try:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(line + "\n")
        except OSError as error:
            message = f"The log {self._path} cannot be written: {error.strerror or error}."
            raise StoreError(message, f"What was finished is kept. {remedy(error)}") from error
