"""Measure how two articles compare: one number per feature, and the words that explain it. Pure.

Every feature is symmetric in the two articles. NaN means that the feature cannot be measured for this pair (no date
known, no translation at hand); the model treats that explicitly and never as 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from pipeline.alignment.profiles import Profile, Weights
from pipeline.alignment.views import FloatArray
from pipeline.alignment.when import compare_days, days_apart

__all__ = ["FEATURES", "explain", "measure"]

FEATURES = (
    "other_language",
    "lead_similarity",
    "document_similarity",
    "coverage_low",
    "coverage_high",
    "lead_coverage",
    "best_passage",
    "terms",
    "lead_terms",
    "lead_in_text",
    "main_terms_low",
    "main_terms_high",
    "distinctive_terms",
    "names_low",
    "names_high",
    "lead_names_low",
    "lead_names_high",
    "rarest_name",
    "shared_names",
    "main_names_low",
    "main_names_high",
    "distinctive_names",
    "figures",
    "lead_figures_low",
    "lead_figures_high",
    "distinctive_figures",
    "date_agreement",
    "date_clash",
    "published_gap",
    "length_ratio",
)
_TOP = 5
_NAN = math.nan


def measure(a: Profile, b: Profile) -> list[float]:
    """Return the value of each of ``FEATURES`` for a pair, NaN where it cannot be measured."""
    (terms_a, lead_a, local_a), (terms_b, lead_b, local_b) = _texts(a, b)
    return [
        float(a.language != b.language),
        _dot(a.lead, b.lead),
        _dot(a.centre, b.centre),
        *_passages(a, b),
        _cosine(terms_a, terms_b),
        _cosine(lead_a, lead_b),
        _mean(_cosine(lead_a, terms_b), _cosine(terms_a, lead_b)),
        *_both_ways(_covered(lead_a, terms_b, 2), _covered(lead_b, terms_a, 2)),
        _root(_cosine(local_a, local_b)),
        *_both_ways(_covered(a.names, b.names), _covered(b.names, a.names)),
        *_both_ways(_covered(a.lead_names, b.names), _covered(b.lead_names, a.names)),
        *_top_shared(a.names, b.names),
        *_both_ways(_covered(a.main_names, b.names), _covered(b.main_names, a.names)),
        _root(_cosine(a.local_names, b.local_names)),
        _figures(a.figures, b.figures),
        *_both_ways(_covered(a.lead_figures, b.figures), _covered(b.lead_figures, a.figures)),
        _root(_cosine(a.local_figures, b.local_figures)),
        *_dates(a, b),
        _gap(a, b),
        _length(a, b),
    ]


_Words = tuple[Weights | None, Weights | None, Weights | None]


def _texts(a: Profile, b: Profile) -> tuple[_Words, _Words]:
    """Choose the words to compare: the originals' where they are of one language, else the target language's."""
    if a.language == b.language:
        return (a.own_terms, a.own_lead_terms, a.own_local), (b.own_terms, b.own_lead_terms, b.own_local)
    return (a.terms, a.lead_terms, a.local), (b.terms, b.lead_terms, b.local)


def _dot(x: FloatArray | None, y: FloatArray | None) -> float:
    return _NAN if x is None or y is None else float(x @ y)


def _passages(a: Profile, b: Profile) -> tuple[float, float, float, float]:
    """Return the mean best match both ways (lower, higher), that of the leads, and the best match of all."""
    if not len(a.segments) or not len(b.segments):
        return _NAN, _NAN, _NAN, _NAN
    similarity = a.segments @ b.segments.T
    ways = float(similarity.max(axis=1).mean()), float(similarity.max(axis=0).mean())
    lead_a = float(similarity[list(a.lead_rows)].max(axis=1).mean())
    lead_b = float(similarity[:, list(b.lead_rows)].max(axis=0).mean())
    return min(ways), max(ways), (lead_a + lead_b) / 2, float(similarity.max())


def _cosine(a: Weights | None, b: Weights | None) -> float:
    if a is None or b is None:
        return _NAN
    return math.fsum(a[t] * b[t] for t in a.keys() & b.keys())


def _covered(a: Weights | None, b: Weights | None, power: int = 1) -> float:
    """Return the share of the weight of ``a`` whose terms occur in ``b``."""
    if a is None or b is None:
        return _NAN
    total = math.fsum(w**power for w in a.values())
    return math.fsum(a[t] ** power for t in a.keys() & b.keys()) / total


def _both_ways(x: float, y: float) -> tuple[float, float]:
    """Return the lower and the higher value; where one way is not known, the other for both."""
    known = [v for v in (x, y) if not math.isnan(v)] or [_NAN]
    return min(known), max(known)


def _mean(x: float, y: float) -> float:
    return (x + y) / 2


def _root(x: float) -> float:
    return x if math.isnan(x) else math.sqrt(max(x, 0.0))


def _shared(a: Weights | None, b: Weights | None) -> list[tuple[float, str]]:
    """Return the terms of both with the lower weight, heaviest first."""
    if a is None or b is None:
        return []
    return sorted(((min(a[t], b[t]), t) for t in a.keys() & b.keys()), key=lambda item: (-item[0], item[1]))


def _top_shared(a: Weights | None, b: Weights | None) -> tuple[float, float]:
    if a is None or b is None:
        return _NAN, _NAN
    top = [weight for weight, _ in _shared(a, b)[:_TOP]]
    return (top[0] if top else 0.0), sum(top)


def _figures(a: Weights | None, b: Weights | None) -> float:
    if a is None or b is None:
        return _NAN
    return math.log1p(math.fsum(weight for weight, _ in _shared(a, b)))


def _dates(a: Profile, b: Profile) -> tuple[float, float]:
    compared = compare_days(a.days, b.days)
    return (
        _NAN if compared.agreement is None else compared.agreement,
        _NAN if compared.clash is None else compared.clash,
    )


def _gap(a: Profile, b: Profile) -> float:
    if a.published is None or b.published is None:
        return _NAN
    days = days_apart(a.published, b.published)
    return _NAN if days is None else math.log1p(days)


def _length(a: Profile, b: Profile) -> float:
    shorter, longer = sorted((len(a.segments), len(b.segments)))
    return math.log(shorter / longer) if shorter else _NAN


def explain(feature: str, value: float, a: Profile, b: Profile) -> str:
    """Say in words what a feature saw."""
    if math.isnan(value):
        return "not known"
    if feature in _WORDS:
        return f"{_WORDS[feature]} {value:.2f}"
    return _EXPLAINED[feature](a, b)


_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "lead_similarity": "cosine of title and lead",
        "document_similarity": "cosine of the whole texts",
        "coverage_low": "mean best match of the sentences of the text covered less",
        "coverage_high": "mean best match of the sentences of the text covered more",
        "lead_coverage": "mean best match of the lead sentences in the other text",
        "best_passage": "cosine of the best matching sentences",
    }
)


def _shared_names(a: Profile, b: Profile) -> str:
    return _listed("shared names", _shared(a.names, b.names))


def _lead_names(a: Profile, b: Profile) -> str:
    shared = _shared(a.lead_names, b.names) + _shared(b.lead_names, a.names)
    return _listed("names of one lead that the other text has", shared)


def _shared_terms(a: Profile, b: Profile) -> str:
    (x, _, _), (y, _, _) = _texts(a, b)
    return _listed("shared words", _shared(x, y))


def _distinctive_terms(a: Profile, b: Profile) -> str:
    (_, _, x), (_, _, y) = _texts(a, b)
    return _listed("words that set both apart from their topic", _shared(x, y))


def _lead_figures(a: Profile, b: Profile) -> str:
    shared = _shared(a.lead_figures, b.figures) + _shared(b.lead_figures, a.figures)
    return _listed("figures of one lead that the other text has", shared)


def _agreement(a: Profile, b: Profile) -> str:
    shared = compare_days(a.days, b.days).shared
    return f"dates {shared[0]} and {shared[1]}" if shared else "no date in common"


def _clash(a: Profile, b: Profile) -> str:
    main = compare_days(a.days, b.days).main
    return f"main dates {main[0]} and {main[1]}" if main else "no date in common"


_EXPLAINED: Mapping[str, Callable[[Profile, Profile], str]] = MappingProxyType(
    {
        "other_language": lambda a, b: f"{a.language} and {b.language}",
        **dict.fromkeys(("terms", "lead_terms", "lead_in_text", "main_terms_low", "main_terms_high"), _shared_terms),
        "distinctive_terms": _distinctive_terms,
        **dict.fromkeys(
            ("names_low", "names_high", "rarest_name", "shared_names", "main_names_low", "main_names_high"),
            _shared_names,
        ),
        **dict.fromkeys(("lead_names_low", "lead_names_high"), _lead_names),
        "distinctive_names": lambda a, b: _listed(
            "names that set both apart from their topic", _shared(a.local_names, b.local_names)
        ),
        "figures": lambda a, b: _listed("shared figures", _shared(a.figures, b.figures)),
        **dict.fromkeys(("lead_figures_low", "lead_figures_high"), _lead_figures),
        "distinctive_figures": lambda a, b: _listed(
            "figures that set both apart from their topic", _shared(a.local_figures, b.local_figures)
        ),
        "date_agreement": _agreement,
        "date_clash": _clash,
        "published_gap": lambda a, b: f"published {a.published} and {b.published}",
        "length_ratio": lambda a, b: f"{len(a.segments)} and {len(b.segments)} segments",
    }
)


def _listed(head: str, shared: Sequence[tuple[float, str]]) -> str:
    words = list(dict.fromkeys(term for _, term in shared))[:_TOP]
    return f"{head}: {', '.join(words)}" if words else f"no {head}"
