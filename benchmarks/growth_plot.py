"""Draw how time and memory grow with a corpus, as a plain SVG file that a page can show. Same figures, same bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["growth_plot"]

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 760, 300, 60, 40, 110


def growth_plot(results: Sequence[dict[str, float]]) -> str:
    """Return two panels over the number of articles: milliseconds an article, and peak memory.

    Args:
        results: per size ``articles``, ``seconds`` and ``peak_mb``.
    """
    sizes = [r["articles"] for r in results]
    panels = (
        ("milliseconds an article", [1000 * r["seconds"] / r["articles"] for r in results]),
        ("peak memory, GB", [r["peak_mb"] / 1024 for r in results]),
    )
    width = (_WIDTH - 2 * _LEFT - _GAP) / 2
    parts = [_panel(_LEFT + k * (width + _GAP), width, sizes, name, values) for k, (name, values) in enumerate(panels)]
    style = "text{font:13px sans-serif;fill:#333}.a{stroke:#888}.l{fill:none;stroke:#1a6;stroke-width:2}.p{fill:#1a6}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="Time and memory of event alignment by number of articles"><style>{style}</style>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _panel(left: float, width: float, sizes: Sequence[float], name: str, values: Sequence[float]) -> str:
    low, high = math.log10(min(sizes)), math.log10(max(sizes))
    bottom, top = _HEIGHT - 45, max(values) * 1.25
    points = []
    for size, value in zip(sizes, values, strict=True):
        x = left + width * ((math.log10(size) - low) / (high - low) if high > low else 0.5)
        points.append((x, bottom - (bottom - _TOP) * value / top, size, value))
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
    marks = "".join(
        f'<circle class="p" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
        f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">{value:.2f}</text>'
        f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{int(size):,}</text>'
        for x, y, size, value in points
    )
    return (
        f'<text x="{left}" y="22">{name}</text>'
        f'<line class="a" x1="{left}" y1="{bottom}" x2="{left + width:.1f}" y2="{bottom}"/>'
        f'<line class="a" x1="{left}" y1="{_TOP}" x2="{left}" y2="{bottom}"/>'
        f'<polyline class="l" points="{line}"/>{marks}'
        f'<text x="{left + width:.1f}" y="{bottom + 36}" text-anchor="end">articles (logarithmic)</text>'
    )
