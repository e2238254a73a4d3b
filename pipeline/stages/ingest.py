"""ingest: read files and records, repair encodings, drop boilerplate and repeats, keep the way back to the raw text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from pipeline.cleaning.article import CleaningSettings, parse_item
from pipeline.cleaning.item import RawItem, item_id, item_unit
from pipeline.config import Config
from pipeline.defects import defect_detail
from pipeline.engines.workshop import Workshop
from pipeline.errors import InputError
from pipeline.executors import Batch, ItemJob, map_items
from pipeline.readers.inventory import Inventory
from pipeline.readers.items import iter_items
from pipeline.readers.settings import Columns, ReaderSettings
from pipeline.records import Article, Reason, Rejection
from pipeline.stages.base import Count, Stage, StageContext, StageOutput
from pipeline.tables import Records

__all__ = ["STAGE", "Cleaner"]


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Turn raw items into articles: a per-item stage."""

    settings: CleaningSettings

    def __call__(self, items: Sequence[RawItem]) -> Batch:
        """Clean a batch of items."""
        parsed = [parse_item(item, self.settings) for item in items]
        articles = [p.article for p in parsed if p.article is not None]
        return Batch({"articles": articles}, [rejection for p in parsed for rejection in p.rejections])


@dataclass(slots=True)
class _Source:
    """Yield the items of an input and put aside what the readers reject."""

    inventory: Inventory
    settings: ReaderSettings
    items: int = 0
    rejections: list[Rejection] = field(default_factory=list)

    def __iter__(self) -> Iterator[RawItem]:
        for item in iter_items(self.inventory, self.settings):
            if isinstance(item, Rejection):
                self.rejections.append(item)
            else:
                self.items += 1
                yield item

    @property
    def unknown(self) -> list[str]:
        """Return the names of what is to be left out that nothing has; known when all has been read."""
        met = {r.item_id for r in self.rejections if r.reason == Reason.LEFT_OUT}
        return sorted(self.settings.leave_out - met)


def _run(context: StageContext) -> StageOutput:
    settings = context.config.ingest
    columns = Columns(text=(settings.text_column,)) if settings.text_column else Columns()
    source = _Source(context.inventory, ReaderSettings(columns, leave_out=frozenset(settings.leave_out)))
    cleaner = Cleaner(
        CleaningSettings(
            max_chars=settings.max_chars,
            min_letters=settings.min_letters,
            boilerplate=settings.boilerplate,
            repeats=settings.boilerplate,
        )
    )
    context.progress.start("ingest", None, "articles")
    job = ItemJob(cleaner, RawItem, STAGE.tables, size=_characters, name=item_id, reject=_failed)
    folder = context.batches("ingest")
    made = map_items(context.executor, job, source, folder, context.progress.advance)
    for name in source.unknown:
        context.progress.note(f"ingest.leave_out names {name}, and no file or article of the input is called so.")
    rejections = Records([source.rejections, *made.rejections.parts], Rejection)
    articles = made.tables["articles"]
    rejected = sum(unit != "line" for unit in rejections.column("unit"))
    if not articles:
        reasons = "\n".join(f"  {r.item_id}: {r.detail}" for r in rejections if r.unit != "line")
        raise InputError(
            f"No article could be read from the input:\n{reasons[:2000]}", "Mend these files, or name others."
        )
    entered = source.items + sum(r.unit != "line" for r in source.rejections)
    return StageOutput(made.tables, rejections, {"articles": Count(entered, len(articles), rejected)})


def _failed(item: RawItem, error: BaseException) -> Rejection:
    detail = defect_detail(item_id(item), error)
    return Rejection(item_id(item), "ingest", item_unit(item), Reason.DEFECT, detail)


def _characters(item: RawItem) -> int:
    return len(item.text or item.data or "")


def _settings(config: Config) -> Mapping[str, Any]:
    return config.ingest.model_dump()


def _signatures(_config: Config, _workshop: Workshop) -> Mapping[str, str]:
    packages = ("charset-normalizer", "ftfy", "trafilatura")
    return {"cleaning": "cleaning|1|" + "|".join(f"{name}:{version(name)}" for name in packages)}


STAGE = Stage(
    name="ingest",
    version="1",
    code=("cleaning", "readers", "text.py", "stages/ingest.py"),
    requires=(),
    tables={"articles": Article},
    settings=_settings,
    signatures=_signatures,
    run=_run,
)
