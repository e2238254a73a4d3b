"""Find the names that two accounts put in one slot: where, who, which body. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rapidfuzz.distance import Indel

from pipeline.facts.beside import each_once, is_person, names, shared_names, shared_values
from pipeline.facts.claims import is_located
from pipeline.facts.compatible import same_name, specific
from pipeline.facts.naming import differing_words, one_name, proves, stands
from pipeline.facts.pairing import Match, Pairing
from pipeline.facts.roles import roles_meet
from pipeline.facts.romanise import fold
from pipeline.records import Fact

__all__ = ["named_conflicts", "part_conflicts", "spelling_conflicts"]

# Cosines from which two passages are about one thing; a place needs less where the passages are aligned.
PLACE_ALIGNED, PLACE_LEAST, PLACE_ALONE = 0.4, 0.3, 0.5
OFFICE_NAMED, OFFICE_ALONE = 0.4, 0.62
PERSON_VALUE = 0.22
SPELLING, _LIKE, _LONG_WORD = 0.6, 0.7, 4
_SAME_PLACE = 0.33  # of a sentence's length
_RARE = 0.5  # a name in at most two sentences
_COUNTRY = re.compile(r"[A-Z]{2}")
_ZONE_CITY = re.compile(r"[A-Z]\w+/\w+")


def named_conflicts(pairing: Pairing) -> list[Match]:
    """Return the names that stand in one slot of two accounts and are not one name: places, people, bodies."""
    options = [
        *_near_parallel_names(pairing),
        *_places(pairing),
        *_people_by_value(pairing),
        *_people_by_office(pairing),
    ]
    return each_once(options)


def _near_parallel_names(pairing: Pairing) -> Iterator[Match]:
    """Yield names that take each other's place in two wordings of one text: each is missing on the other side."""
    for (p, q), similarity in sorted(pairing.passages.items()):
        if not pairing.near(similarity):
            continue
        left, right = (
            [f for f in _proper_names(pairing, s) if not pairing.said(f, pairing.aligned(s))] for s in (p, q)
        )
        for x in left:
            for y in right:
                place = abs(_position(x, pairing) - _position(y, pairing))
                if _same_sort(x, y) and (len(left) == len(right) == 1 or place <= _SAME_PLACE):
                    yield Match(x, y, min(0.9, 0.5 + 0.4 * similarity) - 0.3 * place, similarity)


def part_conflicts(pairing: Pairing) -> list[Match]:
    """Return the names that share a word and differ in another, in two wordings of one text: Denver, Virginia Nuggets.

    The words that differ are names themselves, alike to none of the other name, and said nowhere in its sentences.
    """
    options = []
    for (p, q), similarity in sorted(pairing.passages.items()):
        if not pairing.near(similarity):
            continue
        for x in names(pairing, p):
            for y in names(pairing, q):
                rests = differing_words(x.surface, y.surface)
                if rests is None or _level(x) != _level(y):
                    continue
                if all(_strange(w, x, pairing) for w in rests[0]) and all(_strange(w, y, pairing) for w in rests[1]):
                    place = abs(_position(x, pairing) - _position(y, pairing))
                    options.append(Match(x, y, min(0.9, 0.55 + 0.4 * similarity) - 0.2 * place, similarity))
    return each_once(options)


def _strange(word: str, fact: Fact, pairing: Pairing) -> bool:
    """Tell whether a word of a name would be given as it is in another wording, and is not in the aligned one."""
    there = [s for s in pairing.other(fact).segments if s.id in pairing.aligned(fact.segment_id)]
    texts = [s.text for s in there]
    return proves(word, pairing.language(fact), "person") and not any(stands(word, t) for t in texts)


def _proper_names(pairing: Pairing, segment_id: str) -> list[Fact]:
    """Return the names of a sentence that another wording would give too, and that are no part of a date or amount."""
    own = pairing.a if any(s.id == segment_id for s in pairing.a.segments) else pairing.b
    others = [f for f in own.facts if f.segment_id == segment_id and f.kind not in ("name", "role", "outcome")]
    return [
        f
        for f in names(pairing, segment_id)
        if _is_name(f, pairing) and not any(o.start < f.end and f.start < o.end for o in others)
    ]


def _is_name(fact: Fact, pairing: Pairing) -> bool:
    known = _COUNTRY.fullmatch(fact.value) or _ZONE_CITY.fullmatch(fact.value)
    return known is not None or proves(fact.surface, pairing.language(fact), fact.role)


def _position(fact: Fact, pairing: Pairing) -> float:
    """Return where in its sentence a fact stands, from 0 to 1."""
    return (fact.start + fact.end) / (2 * max(1, len(pairing.text(fact))))


def _places(pairing: Pairing) -> Iterator[Match]:
    left = [f for f in pairing.a.facts if _is_located(f, pairing) and not pairing.said(f)]
    right = [f for f in pairing.b.facts if _is_located(f, pairing) and not pairing.said(f)]
    for x in left:
        for y in right:
            if _level(x) != _level(y) or one_name(x.surface, y.surface):
                continue
            sentence, clause = pairing.sentence_cosine(x, y), pairing.clause_cosine(x, y)
            bead = (x.segment_id, y.segment_id) in pairing.passages
            near = bead and max(sentence, clause) >= PLACE_ALIGNED and min(sentence, clause) >= PLACE_LEAST
            if near or min(sentence, clause) >= PLACE_ALONE:
                chance = min(0.9, 0.4 + 0.55 * max(sentence, clause))
                yield Match(x, y, chance, pairing.passages.get((x.segment_id, y.segment_id)))


def _people_by_value(pairing: Pairing) -> Iterator[Match]:
    """Yield people of whom two accounts say the same telling value: the top scorer with ten goals."""
    left = [f for f in pairing.a.facts if is_person(f) and not pairing.said(f)]
    right = [f for f in pairing.b.facts if is_person(f) and not pairing.said(f)]
    for x in left:
        for y in right:
            values = [v for v in shared_values(x, y, pairing) if _beside(x, v[0]) and _beside(y, v[1]) and _counts(*v)]
            cosine = pairing.sentence_cosine(x, y)
            if values and cosine >= PERSON_VALUE:
                yield Match(x, y, min(0.9, 0.5 + 0.5 * cosine), pairing.passages.get((x.segment_id, y.segment_id)))


def _people_by_office(pairing: Pairing) -> Iterator[Match]:
    """Yield different people in one office that each account gives to one person only."""
    left, right = ([f for f in account.facts if f.kind == "role"] for account in (pairing.a, pairing.b))
    for x in left:
        for y in right:
            if (
                x.role is None
                or y.role is None
                or x.value != y.value
                or _holders(x, left) > 1
                or _holders(y, right) > 1
            ):
                continue
            p, q = _holder(x, pairing), _holder(y, pairing)
            if p is None or q is None or pairing.said(p) or pairing.said(q) or one_name(p.surface, q.surface):
                continue
            cosine = pairing.sentence_cosine(x, y)
            if cosine >= OFFICE_ALONE or (cosine >= OFFICE_NAMED and shared_names(x, y, pairing) >= _RARE):
                yield Match(p, q, min(0.9, 0.35 + 0.6 * cosine), pairing.passages.get((x.segment_id, y.segment_id)))


def _holders(role: Fact, roles: Iterable[Fact]) -> int:
    people = [f.role for f in roles if f.role is not None and roles_meet(f.value, role.value)]
    return sum(not any(one_name(p, q) for q in people[:n]) for n, p in enumerate(people))


def _holder(role: Fact, pairing: Pairing) -> Fact | None:
    own = pairing.a if role.article_id == pairing.a.article_id else pairing.b
    for fact in own.facts:
        inside = role.start <= fact.start and fact.end <= role.end
        if fact.kind == "name" and fact.segment_id == role.segment_id and inside and fact.surface == role.role:
            return replace(fact, role="person")
    return None


def spelling_conflicts(pairing: Pairing) -> list[Match]:
    """Return the names of bodies that two texts of one language spell with other consonants: Sangyo, Sankyo.

    Names of people are left out: one Korean or Arabic name has many spellings. So are short forms (Pharma).
    """
    texts = [frozenset(w for s in account.segments for w in fold(s.text).split()) for account in (pairing.a, pairing.b)]
    left, right = ([f for f in account.facts if _is_body(f)] for account in (pairing.a, pairing.b))
    options = []
    for x in left:
        for y in right:
            if pairing.language(x) == pairing.language(y) != "ko" and _misspelt(x, y, texts[0], texts[1]):
                options.append(Match(x, y, SPELLING, pairing.passages.get((x.segment_id, y.segment_id))))
    return each_once(options)


def _is_body(fact: Fact) -> bool:
    return fact.kind == "name" and fact.role in ("organisation", "other") and " " in fact.surface


def _misspelt(x: Fact, y: Fact, here: frozenset[str], there: frozenset[str]) -> bool:
    """Tell whether two names share a word, and the next ones differ in a consonant, each unknown on the other side."""
    p, q = fold(x.surface).split(), fold(y.surface).split()
    same = 0
    while same < min(len(p), len(q)) and p[same] == q[same]:
        same += 1
    if same == 0 or same == min(len(p), len(q)) or max(map(len, p[:same])) < _LONG_WORD:
        return False
    a, b = p[same], q[same]
    if min(len(a), len(b)) < _LONG_WORD or a.startswith(b) or b.startswith(a) or a in there or b in here:
        return False
    return Indel.normalized_similarity(a, b) >= _LIKE and _consonants(a) != _consonants(b)


def _consonants(word: str) -> str:
    return re.sub(r"[aeiouyh]|(.)(?=\1)", "", word)


def _is_located(fact: Fact, pairing: Pairing) -> bool:
    if fact.kind != "name" or fact.role != "place":
        return False
    return is_located(pairing.text(fact), pairing.language(fact), fact.start, fact.end)


def _level(fact: Fact) -> str:
    return "country" if _COUNTRY.fullmatch(fact.value) else "place"


def _same_sort(x: Fact, y: Fact) -> bool:
    """Tell whether two names can stand for one another: of one level and one sort, where these are known of both."""
    if _level(x) != _level(y) and x.role != y.role and "other" not in (x.role, y.role):
        return False
    return (x.role == y.role or "other" in (x.role, y.role)) and not same_name(x, y)


def _counts(x: Fact, y: Fact) -> bool:
    """Tell whether a shared value says something of a person: a count of something named."""
    counted = x.kind in ("number", "money", "percent") and "score" not in (x.unit, y.unit)
    return counted and (specific(x) or specific(y))


def _beside(name: Fact, value: Fact) -> bool:
    gap = max(name.start, value.start) - min(name.end, value.end)
    return name.segment_id == value.segment_id and gap <= 60
