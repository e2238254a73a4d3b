"""What the weights of a profile are, written down as plainly as possible: one article after the other, no arrays."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pipeline.alignment.figures import figure_share, figures_of
from pipeline.alignment.names import canonical_words, name_words
from pipeline.alignment.terms import EXACT_COUNTS, PRIOR_DOCUMENTS, load_background
from pipeline.alignment.views import ArticleView

Weights = dict[str, float]
_Text = Sequence[Sequence[str]]  # the words of each segment


def flat(segments: Iterable[Sequence[str]]) -> list[str]:
    return [word for segment in segments for word in segment]


def grid(count: int) -> float:
    if count <= EXACT_COUNTS:
        return float(count)
    step = math.log(1.2)
    return EXACT_COUNTS * math.exp((math.floor(math.log(count / EXACT_COUNTS) / step + 1e-9) + 0.5) * step)


def rarity(word: str, documents: Sequence[set[str]], share: float) -> float:
    seen = PRIOR_DOCUMENTS * share + grid(sum(word in d for d in documents)) + 0.5
    return max(0.0, math.log((PRIOR_DOCUMENTS + grid(len(documents)) + 1) / seen))


def unit(weights: Weights) -> Weights | None:
    norm = math.sqrt(sum(w * w for w in weights.values()))
    return {t: w / norm for t, w in weights.items()} if norm else None


def reference(
    views: Sequence[ArticleView], near: Sequence[Sequence[int]], target: str = "en"
) -> list[Mapping[str, Weights | None]]:
    """Return the weight fields of each article; ``near`` gives the nearest others, of which 24 make its topic."""
    canonical = canonical_words(
        w for v in views for s in v.mentions for m in s if m.kind == "name" for w in name_words(m)
    )
    names = [[[canonical[w] for m in s if m.kind == "name" for w in name_words(m)] for s in v.mentions] for v in views]
    figures = [[figures_of(s) for s in v.mentions] for v in views]
    ends = [v.lead_end for v in views]
    return [
        {
            **_texts("", [v.terms for v in views], ends, i, range(len(views)), near, load_background(target)),
            **_texts(
                "own_",
                [v.own_terms for v in views],
                ends,
                i,
                [j for j, v in enumerate(views) if v.language == views[i].language],
                near,
                load_background(views[i].language),
            ),
            **_names(names, views[i].lead_end, i, near, load_background(target)),
            **_figures(figures, views[i].lead_end, i, near),
        }
        for i in range(len(views))
    ]


def _local(weights: Weights, sets: Sequence[set[str]], topic: Sequence[int]) -> Weights | None:
    some = [sets[j] for j in topic if sets[j]]
    return unit({t: w * math.log((len(some) + 1) / (sum(t in s for s in some) + 0.5)) for t, w in weights.items()})


def _stressed(words: Iterable[str], weight: Mapping[str, float]) -> Weights:
    return {t: (1 + math.log(n)) * weight[t] for t, n in Counter(words).items() if weight[t] > 0}


def _texts(
    prefix: str,
    texts: Sequence[_Text],
    ends: Sequence[int],
    i: int,
    kin: Sequence[int],
    near: Sequence[Sequence[int]],
    background: Mapping[str, float],
) -> dict[str, Weights | None]:
    sets = [set(flat(text)) for text in texts]
    weight = {t: rarity(t, [sets[j] for j in kin], background.get(t, 0.0)) for t in sets[i]}
    stressed = _stressed(flat(texts[i]), weight)
    return {
        f"{prefix}terms": unit(stressed),
        f"{prefix}lead_terms": unit(_stressed(flat(texts[i][: ends[i]]), weight)),
        f"{prefix}local": _local(stressed, sets, [i, *(j for j in near[i][:24] if j in kin)]),
    }


def _names(
    names: Sequence[_Text], end: int, i: int, near: Sequence[Sequence[int]], background: Mapping[str, float]
) -> dict[str, Weights | None]:
    sets = [set(flat(n)) for n in names]
    weight = {t: rarity(t, sets, background.get(t, 0.0)) for t in sets[i]}
    stressed = _stressed(flat(names[i]), weight)
    return {
        "names": stressed or None,
        "lead_names": _stressed(flat(names[i][:end]), weight) or None,
        "local_names": _local(stressed, sets, [i, *near[i][:24]]),
        "main_names": {t: min(n, 6) * weight[t] for t, n in Counter(flat(names[i])).items() if weight[t] > 0} or None,
    }


def _figures(figures: Sequence[_Text], end: int, i: int, near: Sequence[Sequence[int]]) -> dict[str, Weights | None]:
    sets = [set(flat(f)) for f in figures]
    weight = {t: rarity(t, sets, figure_share(t)) for t in sets[i]}
    leading = set(flat(figures[i][:end]))
    return {
        "figures": weight or None,
        "lead_figures": {t: w for t, w in weight.items() if t in leading} or None,
        "local_figures": _local(weight, sets, [i, *near[i][:24]]),
    }
