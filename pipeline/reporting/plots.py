"""Draw small plots as inline SVG. Pure: same figures, same bytes; colours come from the page's style sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from pipeline.reporting.words import grade, number, visible

__all__ = ["agreement_bar", "article_map", "contribution_bar", "quality_strip", "svg"]

_BINS = 20
_CELL, _LEFT = 22, 270  # side of a square of the map, room for the names beside it


def agreement_bar(agree: int, artefact: int, conflict: int) -> Markup:
    """Draw how many facts agree, differ only in translation, and conflict, as one bar; empty without facts."""
    total = agree + artefact + conflict
    if not total:
        return Markup("")
    position, parts = 0.0, []
    for amount, css in ((agree, "agree"), (artefact, "artefact"), (conflict, "conflict")):
        width = 120 * amount / total
        if amount:
            parts.append(
                Markup('<rect class="{}" x="{}" y="0" width="{}" height="8"/>').format(css, _f(position), _f(width))
            )
        position += width
    label = f"{agree} agree, {artefact} differ only in translation, {conflict} conflict"
    return svg(120, 8, label, parts, "bar")


def quality_strip(qualities: Sequence[float], limits: tuple[float, float]) -> Markup:
    """Draw how the estimated quality of segments is spread from 0 to 1, in 20 columns coloured by grade."""
    if not qualities:
        return Markup("")
    bins = [0] * _BINS
    for value in qualities:
        bins[min(_BINS - 1, max(0, int(value * _BINS)))] += 1
    tallest = max(bins)
    parts = [Markup('<line class="axis" x1="0" y1="36.5" x2="200" y2="36.5"/>')]
    for n, amount in enumerate(bins):
        if amount:
            height = max(2.0, 34 * amount / tallest)
            middle = (n + 0.5) / _BINS
            parts.append(
                Markup('<rect class="{}" x="{}" y="{}" width="9" height="{}"><title>{}</title></rect>').format(
                    f"g-{grade(middle, limits)}",
                    _f(n * 10.0),
                    _f(36 - height),
                    _f(height),
                    f"{amount} between {number(n / _BINS)} and {number((n + 1) / _BINS)}",
                )
            )
    parts += [
        Markup('<text x="0" y="48">0</text>'),
        Markup('<text x="100" y="48" text-anchor="middle">estimated quality</text>'),
        Markup('<text x="200" y="48" text-anchor="end">1</text>'),
    ]
    mean = number(sum(qualities) / len(qualities))
    return svg(200, 50, f"Spread of estimated quality over {len(qualities)} sentences, mean {mean}", parts, "strip")


def contribution_bar(value: float, largest: float) -> Markup:
    """Draw a contribution to the log-odds to the right (for) or left (against) of a middle line."""
    width = 0.0 if not largest else 38 * min(1.0, abs(value) / largest)
    start = 40.0 if value >= 0 else 40.0 - width
    css = "agree" if value >= 0 else "conflict"
    parts = [
        Markup('<rect class="{}" x="{}" y="1" width="{}" height="8"/>').format(css, _f(start), _f(width)),
        Markup('<line class="axis" x1="40" y1="0" x2="40" y2="10"/>'),
    ]
    return svg(80, 10, f"{'for' if value >= 0 else 'against'}, {number(abs(value))}", parts, "bar")


def article_map(names: Sequence[tuple[str, str, int]], probabilities: Mapping[tuple[int, int], float]) -> Markup:
    """Draw which articles report one event, as a square of articles by articles.

    Args:
        names: per article its short name, the page to open, and the number of its event.
        probabilities: for positions ``i < j`` the probability that both report one event; absent where not compared.
    """
    span = _CELL * len(names)
    parts: list[Markup] = []
    for i, (name, page, _) in enumerate(names):
        x, y = _LEFT + i * _CELL, i * _CELL
        short = name if len(name) <= 36 else name[:35] + "…"
        link = '<a href="{}"><text x="{}" y="{}" text-anchor="end">{}</text></a>'
        parts.append(Markup(link).format(page, _LEFT - 26, y + 15, short))
        label = Markup('<text class="n" x="{}" y="{}" text-anchor="{}">{}</text>')
        parts.append(label.format(_LEFT - 6, y + 15, "end", i + 1))
        parts.append(label.format(x + _CELL // 2 - 1, span + 12, "middle", i + 1))
        parts += [_map_cell(names, probabilities, i, j) for j in range(len(names))]
    # Its links can be reached by keyboard, so it is a group of things and not one image.
    return svg(_LEFT + span, span + 16, "Which articles report one event", parts, "map", role="group")


def _map_cell(
    names: Sequence[tuple[str, str, int]], probabilities: Mapping[tuple[int, int], float], i: int, j: int
) -> Markup:
    same = names[i][2] == names[j][2]
    value = 1.0 if i == j else probabilities.get((min(i, j), max(i, j)))
    words = "the article itself" if i == j else f"probability of one event: {number(value)}"
    square = '<rect class="{}" x="{}" y="{}" width="{}" height="{}" fill-opacity="{}"><title>{}</title></rect>'
    css, side, opacity = "cell same" if same else "cell", _CELL - 2, _f(0.06 + 0.94 * (value or 0.0))
    title = f"{names[i][0]} and {names[j][0]}: {words}"
    return Markup(square).format(css, _LEFT + j * _CELL, i * _CELL, side, side, opacity, title)


def svg(width: int, height: int, label: str, parts: Sequence[Markup], css: str, *, role: str = "img") -> Markup:
    """Wrap the parts of a plot, with its name for readers who do not see it."""
    return Markup(
        '<svg class="{}" role="{}" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>'
    ).format(css, role, escape(visible(label)), width, height, width, height, Markup("").join(parts))


def _f(value: float) -> str:
    """Write a coordinate with fixed decimals, so that platforms agree."""
    return f"{value:.2f}"
