"""Say why articles were held to report one event, and which others came close. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.records import Evidence, Relation
from pipeline.reporting.accounts import Account, headline
from pipeline.reporting.lookup import Lookup, article_label, article_page, article_title
from pipeline.reporting.review_view import Thing, membership_thing
from pipeline.reporting.words import Grade, grade, number

__all__ = ["Near", "WhyPair", "build_near", "build_why"]


@dataclass(frozen=True, slots=True)
class WhyPair:
    """Hold why two articles were held to report one event."""

    a: Account
    b: Account
    words: str
    probability: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """Hold an article outside the event that comes close to it."""

    inside: Account
    label: str
    title: str
    page: str
    event: str | None
    kind: str
    probability: str
    evidence: tuple[Evidence, ...]
    review: Thing | None = None


def build_why(lookup: Lookup, accounts: Sequence[Account], most: int) -> list[WhyPair]:
    """Return the pairs inside an event with their evidence, the surest first, at most so many."""
    by_id = {a.article_id: a for a in accounts}
    inside = {
        (r.article_a, r.article_b): r
        for account in accounts
        for r in lookup.relations_of.get(account.article_id, ())
        if r.article_a in by_id and r.article_b in by_id
    }
    found = sorted(inside.values(), key=lambda r: (-r.probability, r.article_a, r.article_b))
    place = {a.article_id: n for n, a in enumerate(accounts)}
    return [
        WhyPair(
            a=by_id[min(r.article_a, r.article_b, key=place.__getitem__)],
            b=by_id[max(r.article_a, r.article_b, key=place.__getitem__)],
            words=_relation_words(r, grade(r.probability, lookup.run.limits.probability)),
            probability=number(r.probability),
            evidence=_ranked(r),
        )
        for r in found[:most]
    ]


def _relation_words(relation: Relation, strength: Grade) -> str:
    if relation.kind != "same_event":
        return "joined through a third article"
    return {"good": "clearly the same event", "fair": "probably the same event"}.get(strength, "perhaps the same event")


def _ranked(relation: Relation) -> tuple[Evidence, ...]:
    return tuple(sorted(relation.evidence, key=lambda e: (-abs(e.contribution), e.feature)))


def build_near(lookup: Lookup, accounts: Sequence[Account], event_id: str, most: int) -> list[Near]:
    """Return the articles outside an event that came closest to it, at most so many."""
    inside = {a.article_id: a for a in accounts}
    best: dict[str, Relation] = {}
    for account in accounts:
        for relation in lookup.relations_of.get(account.article_id, ()):
            other = relation.article_b if relation.article_a == account.article_id else relation.article_a
            if other not in inside and (other not in best or relation.probability > best[other].probability):
                best[other] = relation
    ordered = sorted(best.items(), key=lambda item: (-item[1].probability, -item[1].thread_probability, item[0]))
    return [_near_one(lookup, inside, other, relation, event_id) for other, relation in ordered[:most]]


def _near_one(lookup: Lookup, inside: Mapping[str, Account], other: str, relation: Relation, event_id: str) -> Near:
    article = lookup.articles[other]
    events = lookup.events_of.get(other, [])
    return Near(
        inside=inside[relation.article_a if relation.article_b == other else relation.article_b],
        label=article_label(article),
        title=article_title(lookup, article).text,
        page=article_page(other),
        event=headline(events[0]) if events else None,
        kind=relation.kind.replace("_", " "),
        probability=number(relation.probability),
        evidence=_ranked(relation)[:3],
        review=membership_thing(
            lookup, other, inside, event_id, f"{article_label(article)} as part of this event", outside=True
        ),
    )
