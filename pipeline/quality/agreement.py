"""Sum up how far two accounts, and all accounts of an event, agree and cover one another. Pure.

Facts of one sentence, and sentences of one bead, go together, so the intervals are those of clustered items
(:func:`pipeline.quality.metrics.clustered_wilson`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.facts.compare import SIGNATURE
from pipeline.facts.grouping import fact_groups
from pipeline.quality.metrics import clustered_wilson
from pipeline.records import Bead, Copy, Event, EventScore, Finding

__all__ = [
    "AGREEMENT",
    "COVERAGE",
    "INTERVAL",
    "Share",
    "account_roots",
    "event_score",
    "pair_agreement",
    "pair_coverage",
    "share_of",
]

INTERVAL = "interval:wilson-0.95-clustered"
AGREEMENT = f"{SIGNATURE}|by:{{by}}|cluster:sentence|{INTERVAL}|v:1"
COVERAGE = f"coverage|by:{{by}}|cluster:{{cluster}}|{INTERVAL}|v:1"
_AGREE, _COMPARED = ("agree", "translation_artefact"), ("agree", "translation_artefact", "conflict")


@dataclass(frozen=True, slots=True)
class Share:
    """Hold a share ``k`` of ``n`` with its 95 % interval, all rounded to four digits; ``None`` of nothing."""

    k: int
    n: int
    value: float | None
    low: float | None
    high: float | None


def share_of(clusters: Iterable[tuple[int, int]]) -> Share:
    """Sum up clusters, each given as successes and size."""
    counted = list(clusters)
    k, n = sum(k for k, _ in counted), sum(n for _, n in counted)
    interval = clustered_wilson(counted)
    if interval is None:
        return Share(0, 0, None, None, None)
    return Share(k, n, round(k / n, 4), round(interval[0], 4), round(interval[1], 4))


def _clustered(items: Iterable[tuple[str, bool]]) -> Share:
    """Sum up items, each given as its cluster and whether it succeeds."""
    clusters: dict[str, list[bool]] = defaultdict(list)
    for cluster, success in items:
        clusters[cluster].append(success)
    return share_of((sum(found), len(found)) for found in clusters.values())


def pair_agreement(findings: Iterable[Finding]) -> Share:
    """Return the share of compared facts that agree, artefacts of translation included.

    Args:
        findings: those about one pair of articles; a fact is in one of them at most.
    """
    return _clustered((f.a.segment_id, f.verdict in _AGREE) for f in findings if f.verdict in _COMPARED)


def pair_coverage(beads: Sequence[Bead]) -> tuple[Share, Share]:
    """Return for either article the share of segments with a counterpart in the other.

    Args:
        beads: the alignment of the two; every segment of both is in one.
    """
    full = [(len(b.segments_a), len(b.segments_b), bool(b.segments_a and b.segments_b)) for b in beads]
    return share_of((n * both, n) for n, _, both in full), share_of((n * both, n) for _, n, both in full)


def account_roots(article_ids: Iterable[str], copies: Iterable[Copy]) -> dict[str, str]:
    """Return for each article of an event the one that it descends from; itself where it is an independent account.

    Args:
        article_ids: the articles of the event.
        copies: which of them are copies or translations of which.
    """
    originals = {c.article_id: c.original_id for c in copies}
    roots = {}
    for article_id in article_ids:
        root, seen = article_id, {article_id}
        while root in originals and originals[root] not in seen:
            root = originals[root]
            seen.add(root)
        roots[article_id] = root
    return roots


def event_score(event: Event, findings: Iterable[Finding], beads: Iterable[Bead], copies: Iterable[Copy]) -> EventScore:
    """Score the independent accounts of an event against one another.

    Args:
        event: the event.
        findings: those of the event that count.
        beads: those of all its pairs of articles; every segment is in one bead of each pair.
        copies: which of its articles are copies or translations of which.
    """
    roots = account_roots(event.article_ids, copies)
    apart = [f for f in findings if f.b is not None and roots[f.a.article_id] != roots[f.b.article_id]]
    groups = [g for g in fact_groups(apart) if g[0].verdict in _COMPARED]
    agreement = _clustered((g[0].a.segment_id, g[0].verdict in _AGREE) for g in groups)
    coverage = _event_coverage(beads, roots)
    return EventScore(
        event_id=event.id,
        n_articles=len(roots),
        n_accounts=len(set(roots.values())),
        agreement=agreement.value,
        agreement_low=agreement.low,
        agreement_high=agreement.high,
        n_agree=agreement.k,
        n_compared=agreement.n,
        coverage=coverage.value,
        coverage_low=coverage.low,
        coverage_high=coverage.high,
        n_covered=coverage.k,
        n_segments=coverage.n,
        agreement_signature=AGREEMENT.format(by="fact"),
        coverage_signature=COVERAGE.format(by="segment", cluster="passage"),
    )


def _event_coverage(beads: Iterable[Bead], roots: Mapping[str, str]) -> Share:
    """Return the share of segments of independent articles with a counterpart in another account.

    Segments that beads join, over all pairs, are one passage, and go together.
    """
    parent: dict[str, str] = {}
    covered: dict[str, bool] = {}
    for bead in beads:
        apart = roots[bead.article_a] != roots[bead.article_b]
        both = bool(bead.segments_a and bead.segments_b)
        for article, own in ((bead.article_a, bead.segments_a), (bead.article_b, bead.segments_b)):
            for segment in own:
                if both:
                    _join(parent, segment, bead.segments_a[0])
                if apart and roots[article] == article:
                    covered[segment] = covered.get(segment, False) or both
    return _clustered((_top(parent, segment), found) for segment, found in covered.items())


def _join(parent: dict[str, str], a: str, b: str) -> None:
    parent[_top(parent, a)] = _top(parent, b)


def _top(parent: dict[str, str], key: str) -> str:
    while (above := parent.setdefault(key, key)) != key:
        parent[key] = parent[above]
        key = above
    return key
