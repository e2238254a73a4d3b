"""Draw how time and memory grow with a corpus, as a plain SVG file that a page can show. Same figures, same bytes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["growth_plot", "stages_plot"]

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 760, 300, 60, 40, 110
_COLOURS = ("#1a6", "#b3430f", "#0b62c4", "#7a3ea8", "#8a6d00", "#444")
_LABEL = 13  # least distance of two labels, in pixels

# Name of a line, and its points: number of articles, value.
Lines = Mapping[str, Sequence[tuple[float, float]]]


def growth_plot(results: Sequence[Mapping[str, float]]) -> str:
    """Return two panels over the number of articles: milliseconds an article, and peak memory.

    Args:
        results: per size ``articles``, ``seconds`` and ``peak_mb``.
    """
    times = [(r["articles"], 1000 * r["seconds"] / r["articles"]) for r in results]
    memory = [(r["articles"], r["peak_mb"] / 1024) for r in results]
    panels: tuple[tuple[str, Lines], ...] = (
        ("milliseconds an article", {"": times}),
        ("peak memory, GB", {"": memory}),
    )
    return _plot("Time and memory of event alignment by number of articles", panels)


def stages_plot(results: Sequence[Mapping[str, Any]]) -> str:
    """Return two panels over the number of articles: processor time of each stage, and the memory of all processes.

    Args:
        results: per size ``articles``, ``workers`` and ``stages``, as ``python -m benchmarks scale`` keeps them.
    """
    names = list(results[0]["stages"])
    times = {s: [(r["articles"], 1000 * r["stages"][s]["cpu"] / r["articles"]) for r in results] for s in names}
    memory = {s: [(r["articles"], _gigabytes(r, s)) for r in results] for s in names}
    panels = (("processor time, ms an article", times), ("peak memory of all processes, GB", memory))
    return _plot("Processor time and memory of each stage by number of articles", panels)


def _gigabytes(result: Mapping[str, Any], stage: str) -> float:
    found = result["stages"][stage]
    workers: float = result["workers"] * (found["worker_mb"] or 0.0)
    return float(found["peak_mb"] + workers) / 1024


def _plot(label: str, panels: Sequence[tuple[str, Lines]]) -> str:
    right = _GAP if any(len(lines) > 1 for _, lines in panels) else _LEFT  # names stand behind the ends of lines
    width = (_WIDTH - _LEFT - right - _GAP) / 2
    parts = [_panel(_LEFT + k * (width + _GAP), width, name, lines) for k, (name, lines) in enumerate(panels)]
    style = "text{font:13px sans-serif;fill:#333}.a{stroke:#888}.l{fill:none;stroke-width:2}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{label}"><style>{style}</style>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _panel(left: float, width: float, name: str, lines: Lines) -> str:
    sizes = sorted({size for points in lines.values() for size, _ in points})
    low, high = math.log10(sizes[0]), math.log10(sizes[-1])
    bottom, top = _HEIGHT - 45, max(value for points in lines.values() for _, value in points) * 1.25

    def x(size: float) -> float:
        return left + width * ((math.log10(size) - low) / (high - low) if high > low else 0.5)

    def y(value: float) -> float:
        return bottom - (bottom - _TOP) * value / top

    drawn = []
    for colour, points in zip(_COLOURS, lines.values(), strict=False):
        path = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in points)
        drawn.append(f'<polyline class="l" stroke="{colour}" points="{path}"/>')
        drawn += [f'<circle fill="{colour}" cx="{x(s):.1f}" cy="{y(v):.1f}" r="4"/>' for s, v in points]
    ends = {label: (y(points[-1][1]), points[-1][1]) for label, points in lines.items()}
    if len(lines) == 1:
        ((_, points),) = lines.items()
        labels = [f'<text x="{x(s):.1f}" y="{y(v) - 10:.1f}" text-anchor="middle">{v:.2f}</text>' for s, v in points]
    else:
        labels = [
            f'<text x="{left + width + 8:.1f}" y="{at + 4:.1f}">{label} {ends[label][1]:.2g}</text>'
            for label, at in _apart({label: at for label, (at, _) in ends.items()}).items()
        ]
    ticks = [f'<text x="{x(s):.1f}" y="{bottom + 18}" text-anchor="middle">{int(s):,}</text>' for s in sizes]
    return (
        f'<text x="{left}" y="22">{name}</text>'
        f'<line class="a" x1="{left}" y1="{bottom}" x2="{left + width:.1f}" y2="{bottom}"/>'
        f'<line class="a" x1="{left}" y1="{_TOP}" x2="{left}" y2="{bottom}"/>'
        f"{''.join([*drawn, *labels, *ticks])}"
        f'<text x="{left + width:.1f}" y="{bottom + 36}" text-anchor="end">articles (logarithmic)</text>'
    )


def _apart(places: Mapping[str, float]) -> dict[str, float]:
    """Move labels up so that none lies on another; the lowest stays."""
    moved: dict[str, float] = {}
    limit = math.inf
    for label, at in sorted(places.items(), key=lambda item: -item[1]):
        limit = min(at, limit - _LABEL)
        moved[label] = limit
    return moved
