"""concord memory: look into a translation memory, bring translations in and out, correct them, sweep it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.common import RUN_FOLDER, ConfigOption, JsonOption, OutputOption, errors, print_result
from pipeline.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from pipeline.engines.memory import TranslationMemory
    from pipeline.engines.memory_work import Imported

__all__ = ["memory_app"]

memory_app = typer.Typer(
    no_args_is_help=True, help="Look into a translation memory, bring translations in and out, and correct them."
)

MemoryOption = Annotated[
    Path | None, typer.Option("--memory", "-m", help="The memory's SQLite file; without it that of --output.")
]
PairOption = Annotated[str | None, typer.Option("--pair", "-p", help="Only this pair, such as ko-en.")]
_WAIT_SECONDS = 5.0


class OriginChoice(Enum):
    """Name where an entry comes from."""

    engine = "engine"
    imported = "import"
    review = "review"


@memory_app.command("stats")
def memory_stats(
    memory: MemoryOption = None,
    output: OutputOption = RUN_FOLDER,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count the entries of a memory by pair, origin and engine."""
    with errors():
        path = _path(memory, output, config)
        with _opened(path, read_only=True) as opened:
            rows = [{"pair": p, "origin": o, "engine": e or None, "entries": n} for p, o, e, n in opened.counts()]
            result: dict[str, Any] = {
                "memory": str(path),
                "bytes": path.stat().st_size,
                "entries": len(opened),
                "by": rows,
            }
    if as_json:
        print_result(result, True)
        return
    print(f"{path}: {result['entries']:,} entries, {result['bytes']:,} bytes")
    for row in rows:
        print(f"  {row['pair']:<8} {row['origin']:<7} {row['entries']:>9,}  {row['engine'] or ''}".rstrip())


@memory_app.command("export")
def memory_export(
    file: Annotated[Path, typer.Argument(help="File to write, ending in .tmx or .tsv.")],
    *,
    memory: MemoryOption = None,
    output: OutputOption = RUN_FOLDER,
    config: ConfigOption = None,
    pair: PairOption = None,
    origin: Annotated[OriginChoice | None, typer.Option(help="Only entries of this origin.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the entries of a memory as TMX 1.4b or TSV, for other tools and for reviewers."""
    from pipeline.engines.memory_work import export_memory, pair_of

    with errors():
        wanted = pair_of(pair) if pair else None
        with _opened(_path(memory, output, config), read_only=True) as opened, _files_explained(file):
            done = export_memory(opened, file, pair=wanted, origin=origin.value if origin else None)
    if as_json:
        print_result({"file": str(file), **asdict(done)}, True)
        return
    print(f"Wrote {done.entries:,} entries to {file}.")
    if done.altered:
        print(f"  In {done.altered:,} of them characters that the format cannot hold were replaced.")


@memory_app.command("import")
def memory_import(
    file: Annotated[Path, typer.Argument(help="TMX, TSV or CSV file.")],
    *,
    memory: MemoryOption = None,
    output: OutputOption = RUN_FOLDER,
    config: ConfigOption = None,
    pair: PairOption = None,
    as_correction: Annotated[
        bool, typer.Option("--as-correction", help="Take the entries as a reviewer's corrections, which win over all.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring translations into a memory, where they win over every engine. The next run applies them."""
    from pipeline.engines.memory_work import import_file, pair_of

    with errors():
        wanted = pair_of(pair) if pair else None
        with _opened(_path(memory, output, config)) as opened:
            done = import_file(opened, file, pair=wanted, origin="review" if as_correction else "import", now=_now())
    _print_import(done, str(file), as_json)


@memory_app.command("correct")
def memory_correct(
    source: Annotated[str | None, typer.Argument(help="The source sentence.")] = None,
    target: Annotated[str | None, typer.Argument(help="Its right translation.")] = None,
    *,
    pair: PairOption = None,
    file: Annotated[
        Path | None, typer.Option(help="CSV, TSV or TMX file of corrections instead of one sentence.")
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Take the correction of the source sentence back.")] = False,
    memory: MemoryOption = None,
    output: OutputOption = RUN_FOLDER,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct the translation of a sentence, whatever engine made it. The next run applies it."""
    from pipeline.engines.memory_work import import_file, pair_of, store_pairs

    with errors():
        wanted = pair_of(pair) if pair else None
        with _opened(_path(memory, output, config), must_exist=delete) as opened:
            if file is not None and source is None and not delete:
                done = import_file(opened, file, pair=wanted, origin="review", now=_now())
            elif file is None and wanted and source and source.strip() and delete and target is None:
                _delete(opened, source, wanted, as_json)
                return
            elif file is None and wanted and source and target and not delete:
                done = store_pairs(opened, wanted, [(source, target)], "review", _now())
                if done.skipped:
                    raise ConfigError("The correction has no text.", "Give the source sentence and its translation.")
            else:
                raise ConfigError(
                    "It is not clear what to correct.",
                    "Give --pair, the source and the target; or --pair, the source and --delete; or --file.",
                )
    _print_import(done, str(file or "the correction"), as_json)


@memory_app.command("gc")
def memory_gc(
    *,
    memory: MemoryOption = None,
    output: OutputOption = RUN_FOLDER,
    config: ConfigOption = None,
    keep_engine: Annotated[
        list[str] | None,
        typer.Option("--keep-engine", help="Signature of an engine to keep (see stats); without it those in use."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Drop translations of engines and glossary terms that this configuration no longer uses.

    Corrections and imports always stay.
    """
    from pipeline.config import load_config
    from pipeline.engines.memory_judge import judge_key
    from pipeline.engines.memory_work import sweep
    from pipeline.engines.workshop import Workshop

    with errors():
        workshop = Workshop.of(load_config(config), None, output)
        glossary = None if keep_engine else workshop.glossary()
        keep = set(keep_engine or ()) or workshop.signatures_in_use()
        if not keep:
            raise ConfigError(
                "No engine of this configuration can be used here, so all translations would go.",
                "Fetch its models first, or name what to keep with --keep-engine.",
            )
        with _opened(_path(memory, output, config), must_exist=True) as opened:
            # Without a glossary, what was made under one is out of date as well.
            key = None if keep_engine else (glossary.key if glossary else lambda _text, _source, _target: "")
            judge = None if keep_engine else judge_key(workshop.judge())
            done = sweep(opened, keep, glossary_key=key, judge=judge, dry_run=dry_run)
    if as_json:
        print_result({**asdict(done), "dry_run": dry_run}, True)
        return
    dropped = sum(done.by_engine.values())
    print(f"{'Would drop' if dry_run else 'Dropped'} {dropped:,} entries; {done.kept:,} stay.")
    for engine, n in done.by_engine.items():
        print(f"  {n:>9,}  {engine}")
    if done.outdated:
        print(f"  {done.outdated:,} of them were made under other glossary terms.")


def _path(memory: Path | None, output: Path, config: Path | None) -> Path:
    from pipeline.config import load_config

    if memory is not None:
        return memory
    named = load_config(config).translate.memory_path
    return Path(named).expanduser() if named else output / "memory.sqlite"


@contextmanager
def _opened(path: Path, *, must_exist: bool = False, read_only: bool = False) -> Iterator[TranslationMemory]:
    """Open a memory; one that is there is never put aside, whatever is wrong with it."""
    from pipeline.engines.memory import TranslationMemory

    opened = TranslationMemory(
        path, must_exist=must_exist or path.exists(), read_only=read_only, wait_seconds=_WAIT_SECONDS
    )
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def _files_explained(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{file} cannot be written: {error.strerror or error}.", "Name a file in a folder that you may write to."
        ) from error


def _delete(opened: TranslationMemory, source: str, pair: str, as_json: bool) -> None:
    n = opened.forget([source], pair, "review")
    if as_json:
        print_result({"deleted": n}, True)
    else:
        print("The correction is taken back." if n else f"There is no correction of this sentence for {pair}.")


def _print_import(done: Imported, name: str, as_json: bool) -> None:
    if as_json:
        print_result(asdict(done), True)
        return
    print(f"Read {done.read:,} units of {name}: {done.used:,} used, {done.read - done.used:,} skipped.")
    print(f"  Entries: {done.new:,} new, {done.changed:,} changed, {done.same:,} as they were.")
    for reason, n in sorted(done.skipped.items()):
        names = ", ".join(done.examples[reason])
        print(f"  skipped {n:,}: {reason} ({names}{', ...' if n > len(done.examples[reason]) else ''})")


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
