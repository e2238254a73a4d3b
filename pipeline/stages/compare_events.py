"""Compare the accounts of each event: a per-item stage over events, each with all records that this needs.

An event of many pairs of articles is cut into parts, so that none of them needs more than some hundred articles; what
the parts found is put together where the run is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from pipeline.config import ScoreConfig
from pipeline.engines.accounts import check_wording, context_vectors
from pipeline.engines.workshop import Workshop
from pipeline.executors import Batch
from pipeline.facts import parse
from pipeline.facts.compare import Comparison, Inputs, compare_passages
from pipeline.facts.pairing import Vectors
from pipeline.quality.agreement import AGREEMENT, COVERAGE, event_score, pair_agreement, pair_coverage
from pipeline.quality.metrics import bleu, chrf
from pipeline.records import Bead, Copy, Event, EventScore, Fact, Finding, Mention, PairScore, Segment, Translation
from pipeline.reviews.book import Reviews
from pipeline.shelf import Shelf
from pipeline.stages.align import ALL_PAIRS
from pipeline.stages.translate import SOURCE_ENGINE
from pipeline.tables import Records, Spool, chunks, matched

__all__ = ["MOST_PAIRS", "CompareEvents", "EventPart", "EventSource", "kept_findings", "pair_score", "part_size"]

MOST_PAIRS = 512
"""Pairs of articles that are compared at a time; an event of 24 articles, all of which are compared, has 276."""
_BLOCK = 4096  # records that are held before they are written

_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class EventPart:
    """Hold an event with what the comparison of its articles needs.

    ``whole`` is false where the event was cut: then ``beads`` are those of some of its pairs, the other records those
    of the articles in these, and its score is left to whoever puts the parts together. The articles of an event of one
    article are not compared and not held.
    """

    event: Event
    whole: bool
    segments: tuple[Segment, ...]
    translations: tuple[Translation, ...]
    facts: tuple[Fact, ...]
    beads: tuple[Bead, ...]
    copies: tuple[Copy, ...]


def part_size(part: EventPart) -> int:
    """Return the characters of a part's articles, each counted as often as it is compared."""
    articles = {s.article_id for s in part.segments}
    return sum(len(s.text) for s in part.segments) * max(1, min(len(articles), ALL_PAIRS) - 1)


class EventSource:
    """Find the records of events on a shelf, and put the results of their parts together.

    Args:
        shelf: holds ``segments``, ``translations`` and ``facts`` with the column ``article``, and ``beads`` (also with
            ``a`` and ``b``, their articles) and ``copies`` with the column ``event``.
        events: in the order in which their results stand.
    """

    def __init__(self, shelf: Shelf, events: Records[Event]) -> None:
        self._shelf = shelf
        self._events = events
        large = (e for e in events if len(e.article_ids) > ALL_PAIRS)
        self._cuts = {e.id: cuts for e in large if len(cuts := list(chunks(self._pairs(e), MOST_PAIRS))) > 1}

    def __len__(self) -> int:
        return len(self._events) + sum(len(cuts) - 1 for cuts in self._cuts.values())

    def __iter__(self) -> Iterator[EventPart]:
        for event in self._events:
            if event.id in self._cuts:
                yield from (self._part(event, pairs) for pairs in self._cuts[event.id])
            else:
                yield self._whole(event)

    def _pairs(self, event: Event) -> Iterator[_Pair]:
        query = "DISTINCT a, b FROM beads WHERE event = ? ORDER BY a, b"
        return ((a, b) for a, b in self._shelf.select(query, event.id))

    def _whole(self, event: Event) -> EventPart:
        if len(event.article_ids) < 2:
            return EventPart(event, True, (), (), (), (), ())
        return self._filled(event, event.article_ids, self._shelf.find("beads", "event", event.id), whole=True)

    def _part(self, event: Event, pairs: Sequence[_Pair]) -> EventPart:
        query = "line FROM beads WHERE event = ? AND a = ? AND b = ? ORDER BY rowid"
        beads = [bead for pair in pairs for bead in self._shelf.records("beads", query, event.id, *pair)]
        return self._filled(event, {a for pair in pairs for a in pair}, beads, whole=False)

    def _filled(self, event: Event, article_ids: Iterable[str], beads: Sequence[Bead], *, whole: bool) -> EventPart:
        ids = sorted(article_ids)
        segments, translations, facts = (
            tuple(record for a in ids for record in self._shelf.find(table, "article", a))
            for table in ("segments", "translations", "facts")
        )
        copies = tuple(self._copies(event)) if whole else ()
        return EventPart(event, whole, segments, translations, facts, tuple(beads), copies)

    def _copies(self, event: Event) -> list[Copy]:
        return self._shelf.find("copies", "event", event.id)

    def joined(
        self, findings: Records[Finding], scores: Records[EventScore], reviews: Reviews, folder: Path
    ) -> tuple[Records[Finding], Records[EventScore]]:
        """Put together what the parts of events gave; in memory are the findings of some dozen events.

        Args:
            findings: those of all parts, in order.
            scores: those of the events that were not cut, in order.
            reviews: say which findings do not count.
            folder: for the tables that are written anew.
        """
        if not self._cuts:
            return findings, scores
        own, whole = matched((e.id for e in self._events), findings, lambda f: f.event_id), iter(scores)
        all_findings, all_scores = Spool(folder / "joined", Finding), Spool(folder / "joined", EventScore)
        for block in chunks(zip(self._events, own, strict=True), 64):
            once = [(event, _once(found) if event.id in self._cuts else found) for event, found in block]
            all_findings.add([finding for _, found in once for finding in found])
            all_scores.add([self._score(e, f, reviews) if e.id in self._cuts else next(whole) for e, f in once])
        return all_findings.records(), all_scores.records()

    def _score(self, event: Event, findings: Sequence[Finding], reviews: Reviews) -> EventScore:
        beads = self._shelf.records("beads", "line FROM beads WHERE event = ? ORDER BY rowid", event.id)
        return event_score(event, [f for f in findings if not reviews.rejected(f)], beads, self._copies(event))


@dataclass(frozen=True, slots=True)
class CompareEvents:
    """Compare the articles of events: a per-item stage over parts of events.

    Args:
        workshop: loads the encoder, on first use.
        settings: which findings are kept.
        target: the target language.
        reviews: what reviewers decided.
    """

    workshop: Workshop
    settings: ScoreConfig
    target: str
    reviews: Reviews

    def __call__(self, parts: Sequence[EventPart]) -> Batch:
        """Compare the articles of some parts."""
        findings: list[Finding] = []
        pair_scores: list[PairScore] = []
        event_scores: list[EventScore] = []
        for part in parts:
            found, scores = self._compare(part)
            findings += found
            pair_scores += scores
            if part.whole:
                counted = [f for f in found if not self.reviews.rejected(f)]
                event_scores.append(event_score(part.event, counted, part.beads, part.copies))
        return Batch({"findings": findings, "pair_scores": pair_scores, "event_scores": event_scores})

    def _compare(self, part: EventPart) -> tuple[list[Finding], list[PairScore]]:
        beads: dict[_Pair, list[Bead]] = {}
        for bead in part.beads:
            beads.setdefault((bead.article_a, bead.article_b), []).append(bead)
        if len(part.event.article_ids) > ALL_PAIRS:  # in a large event only the articles most alike were aligned
            pairs = sorted((a, b) for a, b in beads if a < b)
        else:
            pairs = list(combinations(sorted(part.event.article_ids), 2))
        records = _Records.of(part)
        vectors = context_vectors(part.segments, records.by_segment, self.workshop.encoder()) if pairs else {}
        findings: list[Finding] = []
        scores: list[PairScore] = []
        for pair in pairs:
            own = beads.get(pair, [])
            inputs = records.inputs(part.event.id, pair, vectors)
            kept = kept_findings(compare_passages(own, inputs), self.settings, self.reviews.confirmed)
            findings.extend(kept.findings)
            counted = Comparison(tuple(f for f in kept.findings if not self.reviews.rejected(f)))
            texts = {segment_id: records.texts[segment_id] for segment_id in inputs.segments}
            scores.append(pair_score((part.event.id, *pair), own, counted, texts, self.target))
        return _once(findings), scores


@dataclass(frozen=True, slots=True)
class _Records:
    """Hold the records of a part by what they are looked up with."""

    segments: Mapping[str, list[Segment]]
    by_segment: Mapping[str, list[Fact]]
    translated: Mapping[str, list[Mention]]
    texts: Mapping[str, str]

    @classmethod
    def of(cls, part: EventPart) -> _Records:
        """Look the records of a part through; each translation is parsed once for all pairs."""
        segments: dict[str, list[Segment]] = {}
        for segment in part.segments:
            segments.setdefault(segment.article_id, []).append(segment)
        by_segment: dict[str, list[Fact]] = {segment.id: [] for segment in part.segments}
        for fact in part.facts:
            by_segment[fact.segment_id].append(fact)
        made = [t for t in part.translations if t.engine != SOURCE_ENGINE]
        translated = {t.segment_id: parse(t.text, t.target_language) for t in made}
        return cls(segments, by_segment, translated, {t.segment_id: t.text for t in part.translations})

    def inputs(self, event_id: str, pair: _Pair, vectors: Vectors) -> Inputs:
        """Gather what the comparison of two articles needs."""
        segments = {s.id: s for article_id in pair for s in self.segments.get(article_id, ())}
        facts = {segment_id: self.by_segment[segment_id] for segment_id in segments}
        translated = {s: self.translated[s] for s in segments if s in self.translated}
        return Inputs(event_id, segments, facts, translated, vectors, check_wording)


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """Keep each finding once: what only one article states comes from each pair with an article that does not."""
    return list({finding.id: finding for finding in reversed(findings)}.values())[::-1]


def kept_findings(
    compared: Comparison, settings: ScoreConfig, confirmed: Callable[[Finding], bool] = lambda _: False
) -> Comparison:
    """Drop the findings that the settings do not want: kinds that are hidden, conflicts that are not probable enough.

    Args:
        compared: what was found.
        settings: filters by kind and probability.
        confirmed: tells whether a reviewer confirmed a finding, which then stays.
    """
    least: Mapping[str, float] = {str(kind): limit for kind, limit in settings.min_probability_of.items()}

    def stays(finding: Finding) -> bool:
        if finding.kind in settings.hidden_kinds:
            return False
        limit = least.get(finding.kind, settings.min_probability)
        return finding.verdict != "conflict" or finding.probability >= limit or confirmed(finding)

    return Comparison(tuple(filter(stays, compared.findings)))


def pair_score(
    names: tuple[str, str, str],
    beads: Sequence[Bead],
    compared: Comparison,
    texts: Mapping[str, str],
    target: str = "en",
) -> PairScore:
    """Sum up the comparison of two articles.

    Args:
        names: ids of the event and of both articles.
        beads: their alignment; every segment is in one.
        compared: the findings that are kept.
        texts: text of each segment in the target language; originals where nothing was translated.
        target: the target language.
    """
    event_id, first, second = names
    agreement, (covered_a, covered_b) = pair_agreement(compared.findings), pair_coverage(beads)
    aligned = [b for b in beads if b.segments_a and b.segments_b]
    left = [" ".join(texts[s] for s in b.segments_a) for b in aligned]
    right = [" ".join(texts[s] for s in b.segments_b) for b in aligned]
    chrf_score, bleu_score = chrf(left, right), bleu(left, right, target)
    return PairScore(
        event_id=event_id,
        article_a=first,
        article_b=second,
        agreement=agreement.value,
        agreement_low=agreement.low,
        agreement_high=agreement.high,
        n_agree=compared.count("agree"),
        n_conflict=compared.count("conflict"),
        n_only_one=compared.count("only_one"),
        n_artefact=compared.count("translation_artefact"),
        coverage_a=covered_a.value,
        coverage_a_low=covered_a.low,
        coverage_a_high=covered_a.high,
        coverage_b=covered_b.value,
        coverage_b_low=covered_b.low,
        coverage_b_high=covered_b.high,
        chrf=_rounded(chrf_score.value),
        bleu=_rounded(bleu_score.value),
        agreement_signature=AGREEMENT.format(by="mention"),
        coverage_signature=COVERAGE.format(by="segment", cluster="bead"),
        chrf_signature=chrf_score.signature,
        bleu_signature=bleu_score.signature,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
