"""Describe the articles of an event and how their accounts compare. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from pipeline.records import Article, Event
from pipeline.reporting.findings_view import Group
from pipeline.reporting.lookup import Lookup, article_label, article_page, article_title, ordered_articles
from pipeline.reporting.review_view import Thing, membership_thing
from pipeline.reporting.trust import GRADE_WORDS, PairTrust, article_grade
from pipeline.reporting.words import Grade, count, human_date, interval, language_name, number, percent, sentence_case

__all__ = ["Account", "Tally", "accounts_of", "headline", "independence", "tally"]


@dataclass(frozen=True, slots=True)
class Account:
    """Hold one article as its event shows it."""

    article_id: str
    letter: str
    label: str
    language: str | None
    language_name: str
    published: str
    title: str
    title_language: str | None
    translated_title: str | None
    n_segments: int
    grade: Grade
    grade_words: str
    quality: str
    fidelity: str
    fidelity_interval: str
    page: str
    review: Thing | None = None
    descent: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Hold how an event's accounts compare, in words and figures.

    ``n_*`` count groups of findings (one per fact, however many pairs of articles it concerns).
    """

    n_conflict: int
    n_artefact: int
    n_agree: int
    n_only_one: int
    words: str
    state: str


_DESCENT: Mapping[str, str] = MappingProxyType(
    {"exact": "copy of", "near": "edited copy of", "translation": "translation of"}
)


def headline(event: Event) -> str:
    """Return the title of an event, or words that stand for it."""
    return event.title.strip() or f"Untitled event {event.id}"


def accounts_of(lookup: Lookup, event: Event, trust: Mapping[str, PairTrust]) -> tuple[Account, ...]:
    """Describe the articles of an event, lettered in the order in which its page lists them."""
    articles = ordered_articles(lookup, event)
    letters = {article.id: _letter(n) for n, article in enumerate(articles)}
    descent = {c.article_id: f"{_DESCENT[c.kind]} {letters[c.original_id]}" for c in lookup.copies_of.get(event.id, ())}
    return tuple(
        replace(
            _account(lookup, article, letters[article.id], trust),
            descent=descent.get(article.id, ""),
            review=membership_thing(lookup, article.id, letters, event.id, f"{letters[article.id]} in this event"),
        )
        for article in articles
    )


def independence(accounts: Sequence[Account]) -> str:
    """Say how many of the accounts are independent, "" where all of them are.

    Each copy or translation descends from one other account, so those that do not are the independent ones.
    """
    independent = sum(1 for account in accounts if not account.descent)
    if independent == len(accounts):
        return ""
    return f"{count(len(accounts), 'article')}, {count(independent, 'independent account')}"


def _letter(position: int) -> str:
    """Return A to Z, then AA, AB as spreadsheets do."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _account(lookup: Lookup, article: Article, letter: str, trust: Mapping[str, PairTrust]) -> Account:
    score = lookup.scores.get(article.id)
    original = article.language == lookup.run.target
    own: Grade = "unknown" if original else article_grade(score, trust.get(article.language or ""), lookup.run.limits)
    title = article_title(lookup, article)
    return Account(
        article_id=article.id,
        letter=letter,
        label=article_label(article),
        language=article.language,
        language_name=language_name(article.language),
        published=human_date(article.published),
        title=title.text,
        title_language=title.language,
        translated_title=title.translation,
        n_segments=len(lookup.segments_of.get(article.id, ())),
        grade=own,
        grade_words="original, not translated" if original else GRADE_WORDS[own],
        quality="–" if original else number(score.quality if score else None),
        fidelity="–" if original else percent(score.fidelity if score else None),
        fidelity_interval="" if original or score is None else interval(score.fidelity_low, score.fidelity_high),
        page=article_page(article.id),
    )


def tally(event: Event, groups: Sequence[Group]) -> Tally:
    """Count an event's findings and say in words how its accounts compare."""
    counts: dict[str, int] = defaultdict(int)
    for group in groups:
        counts[group.verdict] += 1
    words, state = _tally_words(len(set(event.article_ids)), counts)
    return Tally(
        n_conflict=counts["conflict"],
        n_artefact=counts["translation_artefact"],
        n_agree=counts["agree"],
        n_only_one=counts["only_one"],
        words=words,
        state=state,
    )


def _tally_words(n_articles: int, counts: Mapping[str, int]) -> tuple[str, str]:
    if n_articles < 2:
        return "One account, nothing to compare", "single"
    agree, conflict, artefact = (counts.get(v, 0) for v in ("agree", "conflict", "translation_artefact"))
    if conflict:
        return f"The accounts differ on {count(conflict, 'fact')}" + (
            f", agree on {agree}" if agree else ""
        ), "conflict"
    if agree:
        tail = f"; {count(artefact, 'difference')} only in translation" if artefact else ""
        return f"The accounts agree on {count(agree, 'fact')}{tail}", "agree"
    if artefact:
        return f"{sentence_case(count(artefact, 'difference'))} only in translation", "artefact"
    return "No fact stands in more than one account", "none"
