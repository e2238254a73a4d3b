"""Keep what the alignment sees of each article in a file, and hand it out article by article.

The file is an Arrow one of small record batches that are not packed: any article is one short read away, and as much of
the file as is read lies in memory, not all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.alignment.views import ArticleView, FloatArray
from pipeline.records import Mention, arrow_schema

__all__ = ["ShelvedView", "ViewShelf"]

_ROWS = 16  # articles of a record batch: what is read for one of them, some 300 kB
_BATCHES = 64  # that are held
_FLOAT, _HASH = "<f4", "<u4"
_MENTION = tuple(Mention.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class ShelvedView:
    """Hold an :class:`~pipeline.alignment.views.ArticleView` as a record; arrays are bytes, the lowest ones first."""

    id: str
    language: str
    published: str | None
    title: str | None
    segment_ids: tuple[str, ...]
    own_terms: tuple[tuple[str, ...], ...]
    terms: tuple[tuple[str, ...], ...]
    mentions: tuple[tuple[Mention, ...], ...]
    segments: bytes
    lead: bytes | None
    lead_rows: tuple[int, ...]
    content: str
    shingles: bytes

    @classmethod
    def of(cls, view: ArticleView, segment_ids: Sequence[str]) -> ShelvedView:
        """Turn a view into a record.

        Args:
            view: the article.
            segment_ids: of the rows of ``view.segments``.
        """
        return cls(
            id=view.id,
            language=view.language,
            published=view.published,
            title=view.title,
            segment_ids=tuple(segment_ids),
            own_terms=view.own_terms,
            terms=view.terms,
            mentions=view.mentions,
            segments=view.segments.astype(_FLOAT, copy=False).tobytes(),
            lead=None if view.lead is None else view.lead.astype(_FLOAT, copy=False).tobytes(),
            lead_rows=view.lead_rows,
            content=view.content,
            shingles=view.shingles.astype(_HASH, copy=False).tobytes(),
        )


class ViewShelf(Sequence[ArticleView]):
    """Read views from a file as they are asked for; what comes back is what was put in, to the bit.

    Asking for one costs a tenth of a millisecond, in any order, and a little less where neighbours follow each other.

    Args:
        path: a file written by :meth:`write`.
        dimension: of the vectors.

    Attributes:
        path: the file.
        dimension: of the vectors.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        self.path = path
        self.dimension = dimension
        self._file = pa.OSFile(str(path))
        self._reader = pa.ipc.open_file(self._file)
        self._batch = lru_cache(maxsize=_BATCHES)(self._read)
        self._ids = list(self._column("id"))

    @classmethod
    def write(cls, blocks: Iterable[pa.Table], path: Path, dimension: int) -> ViewShelf:
        """Write tables of :class:`ShelvedView` records into a file, and open it.

        Args:
            blocks: the records, in the order that the shelf is to have.
            path: the file, written over where it is there.
            dimension: of the vectors.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        kind: Any = ShelvedView
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, arrow_schema(kind)) as writer:
            for block in _recut(blocks, arrow_schema(kind)):
                writer.write_batch(block)
        return cls(path, dimension)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    @property
    def ids(self) -> Sequence[str]:
        """Return the ids of all articles, in order."""
        return self._ids

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> ArticleView: ...

    @overload
    def __getitem__(self, index: slice) -> list[ArticleView]: ...

    def __getitem__(self, index: int | slice) -> ArticleView | list[ArticleView]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return self._view(*self._place(index))

    def segment_ids(self, index: int) -> tuple[str, ...]:
        """Return the ids of an article's segments, in the order of its vectors."""
        batch, row = self._place(index)
        return batch.flat("segment_ids", row)

    def _place(self, index: int) -> tuple[_Batch, int]:
        if not -len(self) <= index < len(self):
            raise IndexError(f"article {index} of {len(self)}")
        number, row = divmod(index % len(self), _ROWS)
        return self._batch(number), row

    def _read(self, number: int) -> _Batch:
        return _Batch(self._reader.get_batch(number))

    def _column(self, name: str) -> Iterator[Any]:
        """Yield a field of all articles; nothing else is read."""
        kind: Any = ShelvedView
        only = pa.ipc.IpcReadOptions(included_fields=[arrow_schema(kind).get_field_index(name)])
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file, options=only) as reader:
            for number in range(reader.num_record_batches):
                yield from reader.get_batch(number).column(0).to_pylist()

    def _view(self, batch: _Batch, row: int) -> ArticleView:
        lead = batch.numbers("lead", row, _FLOAT)
        return ArticleView(
            id=batch.value("id", row),
            language=batch.value("language", row),
            published=batch.value("published", row),
            title=batch.value("title", row),
            own_terms=batch.nested("own_terms", row),
            terms=batch.nested("terms", row),
            mentions=batch.mentions(row),
            segments=_rows(batch.numbers("segments", row, _FLOAT), self.dimension),
            lead=lead if lead is None else lead.astype(np.float32, copy=False),
            lead_rows=batch.flat("lead_rows", row),
            content=batch.value("content", row),
            shingles=batch.numbers("shingles", row, _HASH).astype(np.uint32, copy=False),
        )


def _rows(numbers: npt.NDArray[Any], dimension: int) -> FloatArray:
    return numbers.astype(np.float32, copy=False).reshape(-1, dimension)


class _Batch:
    """Take single articles out of a record batch: borders as arrays once, Python objects only for what is asked for."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._columns = {field.name: batch.column(i) for i, field in enumerate(batch.schema)}
        lists = [name for name, column in self._columns.items() if pa.types.is_list(column.type)]
        self._outer: dict[str, list[int]] = {name: self._columns[name].offsets.to_pylist() for name in lists}
        nested = [name for name in lists if pa.types.is_list(self._columns[name].values.type)]
        self._inner: dict[str, list[int]] = {name: self._columns[name].values.offsets.to_pylist() for name in nested}
        found = self._columns["mentions"].values.values
        self._mentions = [found.field(name) for name in _MENTION]

    def value(self, name: str, row: int) -> Any:
        """Return a single value."""
        return self._columns[name][row].as_py()

    def numbers(self, name: str, row: int, kind: str) -> Any:
        """Return an array that was kept as bytes, a copy that does not hold the batch; ``None`` for none."""
        data = self._columns[name][row].as_buffer()
        return None if data is None else np.frombuffer(data, dtype=kind).copy()

    def flat(self, name: str, row: int) -> tuple[Any, ...]:
        """Return a list of values."""
        first, last = self._outer[name][row : row + 2]
        return tuple(self._columns[name].values.slice(first, last - first).to_pylist())

    def nested(self, name: str, row: int) -> tuple[tuple[Any, ...], ...]:
        """Return a list of lists of values."""
        borders = self._borders(name, row)
        first, last = borders[0], borders[-1]
        values = tuple(self._columns[name].values.values.slice(first, last - first).to_pylist())
        return tuple(values[a - first : b - first] for a, b in pairwise(borders))

    def mentions(self, row: int) -> tuple[tuple[Mention, ...], ...]:
        """Return the mentions of each segment."""
        borders = self._borders("mentions", row)
        first, last = borders[0], borders[-1]
        made = tuple(map(Mention, *(column.slice(first, last - first).to_pylist() for column in self._mentions)))
        return tuple(made[a - first : b - first] for a, b in pairwise(borders))

    def _borders(self, name: str, row: int) -> list[int]:
        first, last = self._outer[name][row : row + 2]
        return self._inner[name][first : last + 1]


def _recut(blocks: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Cut tables into batches of one size, so that the number of an article tells its batch."""
    held = schema.empty_table()
    for block in blocks:
        held = pa.concat_tables([held, pa.Table.from_arrays(block.columns, schema=schema)])
        whole = held.num_rows - held.num_rows % _ROWS
        for start in range(0, whole, _ROWS):
            yield from held.slice(start, _ROWS).combine_chunks().to_batches()
        held = held.slice(whole)
    if held.num_rows:
        yield from held.combine_chunks().to_batches()
