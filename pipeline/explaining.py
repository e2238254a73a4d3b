"""Turn what goes wrong while a stage runs into what a person can do about it."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import DefectError, StageError, StoreError
from pipeline.records import Article
from pipeline.stages.base import StageContext

__all__ = ["explained", "naming_files", "remedy"]

_FILES_NAMED = 12  # in an error


@contextmanager
def explained(stage: str, output: Path) -> Iterator[None]:
    """Turn what the system says while a stage runs into what a person can do."""
    kept = "What was finished is kept."
    try:
        yield
    except MemoryError as error:
        raise StageError(
            f"The stage {stage} ran out of memory.",
            f"{kept} Lower runtime.workers, runtime.batch_size or align.memory, or free memory, and run again.",
        ) from error
    except OSError as error:
        place = error.filename or f"a file in {output}"
        raise StoreError(
            f"The stage {stage} cannot use {place}: {error.strerror or error}.", f"{kept} {remedy(error)}"
        ) from error


@contextmanager
def naming_files(stage: str, context: StageContext) -> Iterator[None]:
    """Say which files the articles are that a stage failed on, and how to go on without them."""
    try:
        yield
    except DefectError as error:
        error.message = f"{stage}: {error.message}"
        if files := _files(context, error.articles):
            more = f" and {len(files) - _FILES_NAMED:,} more" if len(files) > _FILES_NAMED else ""
            error.message += f" ({', '.join(files[:_FILES_NAMED])}{more})"
            one = "it" if len(files) == 1 else "the one that is at fault"
            listed = json.dumps(files[:1], ensure_ascii=False)
            error.remedy += f" To go on without {one}, configure: ingest: {{leave_out: {listed}}}"
        raise


def _files(context: StageContext, articles: Sequence[str]) -> list[str]:
    """Return the names by which articles stand in the input: paths, with the record where a file holds several."""
    if "ingest" not in context.manifests:
        return []
    table, wanted = context.stream("ingest", "articles", Article), set(articles)
    columns = zip(*map(table.column, ("id", "path", "record")), strict=True)
    return [path if record is None else f"{path}#{record}" for article, path, record in columns if article in wanted]


def remedy(error: OSError) -> str:
    """Return what to do about an error of the system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "Free some space or choose another output folder, and run again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "Give yourself the right to write there or choose another output folder, and run again."
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "Allow more open files (ulimit -n 4096) and run again."
    return "Check the disk and the log of the run, and run again."
