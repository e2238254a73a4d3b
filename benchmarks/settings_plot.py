"""Draw how long each stage takes in one process, in several and on Ray, as plain SVG. Same figures, same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["settings_plot"]

_WIDTH, _LEFT, _TOP, _ROOM = 760, 90, 58, 60
_BAR, _SPACE = 14, 14
_COLOURS = ("#0b62c4", "#1a6", "#b3430f", "#7a3ea8")


def settings_plot(results: Sequence[Mapping[str, Any]]) -> str:
    """Return a bar for each stage and setting.

    Args:
        results: per setting ``articles`` (the same for all), ``executor``, ``workers`` and ``stages``, as
            ``python -m benchmarks scale`` keeps them.
    """
    names = [*results[0]["stages"], "all"]
    seconds = [{s: r["stages"][s]["seconds"] for s in names[:-1]} for r in results]
    values = [{**own, "all": sum(own.values())} for own in seconds]
    longest = max(own["all"] for own in values)
    group = _BAR * len(results) + _SPACE
    parts = []
    for row, name in enumerate(names):
        top = _TOP + row * group
        parts.append(
            f'<text x="{_LEFT - 8}" y="{top + _BAR * len(results) / 2 + 4:.1f}" text-anchor="end">{name}</text>'
        )
        for k, own in enumerate(values):
            length = (_WIDTH - _LEFT - _ROOM) * own[name] / longest
            at = top + k * _BAR
            parts.append(
                f'<rect fill="{_COLOURS[k % len(_COLOURS)]}" x="{_LEFT}" y="{at}" width="{length:.1f}" '
                f'height="{_BAR - 2}"/><text x="{_LEFT + length + 5:.1f}" y="{at + 10}">{own[name]:.1f}</text>'
            )
    for k, result in enumerate(results):
        x = _LEFT + 160 * k
        parts.append(
            f'<rect fill="{_COLOURS[k % len(_COLOURS)]}" x="{x}" y="30" width="12" height="12"/>'
            f'<text x="{x + 17}" y="40">{_called(result)}</text>'
        )
    height = _TOP + group * len(names)
    label = f"Seconds of each stage for {results[0]['articles']:,} articles"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}">'
        f"<style>text{{font:13px sans-serif;fill:#333}}</style>"
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/><text x="{_LEFT}" y="18">{label}</text>'
        f"{''.join(parts)}</svg>\n"
    )


def _called(result: Mapping[str, Any]) -> str:
    n = result["workers"]
    if result["executor"] == "local":
        return "one process" if n == 1 else f"{n} processes"
    name = f"Ray, {n} actors" if n > 1 else "Ray, one actor"
    return f"{name}, one lost" if result["executor"] == "lossy" else name
