"""Draw when the events of threads happened, as inline SVG: a row per thread, a dot per event. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from pipeline.reporting.plots import svg
from pipeline.reporting.words import human_date, visible

__all__ = ["Dot", "day_of", "thread_plot"]

_LEFT, _WIDTH, _ROW, _TOP = 262, 480, 30, 8  # room for names beside the axis, its length, a row, the space above
_NAME = 42
_MOST_TICKS = 5
_MONTH_STEPS = (1, 2, 3, 6, *(12 * years * 10**power for power in range(4) for years in (1, 2, 5)))


@dataclass(frozen=True, slots=True)
class Dot:
    """Hold one event of a row: its page, title, day, number of accounts, and how they compare (a state of a tally)."""

    page: str
    title: str
    day: date
    n_accounts: int
    state: str


def day_of(value: str | None) -> date | None:
    """Return the day of an ISO date, ``None`` where a part of it is unknown: it cannot be placed on an axis."""
    try:
        return date.fromisoformat((value or "")[:10])
    except ValueError:
        return None


def thread_plot(rows: Sequence[tuple[str, Sequence[Dot]]]) -> Markup:
    """Draw rows of dated events over one axis of time; empty with fewer than two days, which make no axis.

    Args:
        rows: per thread its name and its dated events.
    """
    days = sorted({dot.day for _, dots in rows for dot in dots})
    if len(days) < 2:
        return Markup("")
    first, span = days[0], (days[-1] - days[0]).days
    rows = [row for row in rows if row[1]]
    bottom = _TOP + _ROW * len(rows)
    parts: list[Markup] = []
    for tick, words in _ticks(days[0], days[-1]):
        x = _f(_LEFT + _WIDTH * (tick - first).days / span)
        parts.append(Markup('<line class="grid" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(x, _TOP, x, bottom))
        parts.append(Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(x, bottom + 16, words))
    for n, (name, dots) in enumerate(rows):
        y = _TOP + _ROW * n + _ROW // 2
        short = visible(name)
        short = short if len(short) <= _NAME else short[: _NAME - 1] + "…"
        parts.append(Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(_LEFT - 16, y + 4, short))
        xs = [_LEFT + _WIDTH * (dot.day - first).days / span for dot in dots]
        line = '<line class="axis" x1="{}" y1="{}" x2="{}" y2="{}"/>'
        parts.append(Markup(line).format(_f(min(xs)), y, _f(max(xs)), y))
        parts += [_dot(dot, x, y) for dot, x in zip(dots, xs, strict=True)]
    # Its dots are links, so it is a group of things and not one image.
    return svg(
        _LEFT + _WIDTH + 40, bottom + 22, "When the events of the threads happened", parts, "times", role="group"
    )


def _dot(dot: Dot, x: float, y: int) -> Markup:
    accounts = "1 account" if dot.n_accounts == 1 else f"{dot.n_accounts} accounts"
    words = f"{human_date(dot.day.isoformat())}: {visible(dot.title)}, {accounts}"
    radius = 4 + min(dot.n_accounts - 1, 5)
    mark = '<a href="{}" aria-label="{}"><circle class="{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle></a>'
    return Markup(mark).format(dot.page, words, f"dot {dot.state}", _f(x), y, radius, words)


def _ticks(first: date, last: date) -> list[tuple[date, str]]:
    """Choose round days of an axis, few enough to be told apart, each with its words."""
    for step in (1, 2, 7, 14):
        if (last - first).days // step < _MOST_TICKS:
            days = [first + timedelta(n) for n in range(0, (last - first).days + 1, step)]
            return [(day, human_date(day.isoformat())) for day in days]
    months = (last.year - first.year) * 12 + last.month - first.month
    return _months(first, last, next(step for step in _MONTH_STEPS if months // step < _MOST_TICKS))


def _months(first: date, last: date, step: int) -> list[tuple[date, str]]:
    """List the first days of every ``step``-th month since year 0, so that years begin at a mark."""
    start = -(-(first.year * 12 + first.month - 1) // step) * step
    days = [date(n // 12, n % 12 + 1, 1) for n in range(start, last.year * 12 + last.month, step)]
    return [(d, str(d.year) if step >= 12 else human_date(d.isoformat()[:7])) for d in days if d >= first]


def _f(value: float) -> str:
    return f"{value:.2f}"
