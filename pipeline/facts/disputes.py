"""Find what two accounts say differently in words: where, who, in which office, how it ended. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rapidfuzz.distance import Indel

from pipeline.facts.claims import is_located
from pipeline.facts.compatible import comparable, compatible, same_name, specific
from pipeline.facts.naming import one_name, proves
from pipeline.facts.outcomes import exclusive
from pipeline.facts.pairing import Match, Pairing
from pipeline.facts.roles import roles_differ, roles_meet
from pipeline.facts.romanise import fold
from pipeline.records import Fact

__all__ = ["named_conflicts", "outcome_conflicts", "role_conflicts", "spelling_conflicts"]

# Cosines from which two passages are about one thing, and what stands in for a weaker one: a name or value in common.
PLACE_ALIGNED, PLACE_LEAST, PLACE_ALONE = 0.4, 0.3, 0.5
OUTCOME_NAMED, OUTCOME_VALUES, OUTCOME_SENTENCE, OUTCOME_ALONE = 0.12, 0.25, 0.4, 0.62
_SEVERAL = 2
PERSON_VALUE = 0.22
SPELLING, _LIKE, _LONG_WORD = 0.6, 0.7, 4
_SAME_PLACE = 0.33  # of a sentence's length
_RARE = 0.5  # a name in at most two sentences
_HANGUL = re.compile(r"[가-힣]")
_COUNTRY = re.compile(r"[A-Z]{2}")
_ZONE_CITY = re.compile(r"[A-Z]\w+/\w+")


# --- offices ----------------------------------------------------------------------------------------------------------


def role_conflicts(pairing: Pairing) -> list[Match]:
    """Return the people to whom the two accounts give different offices.

    An office that both accounts give the person anywhere settles it, except in two wordings of one text, where only
    the wording itself does.
    """
    left, right = ([f for f in account.facts if f.kind == "role"] for account in (pairing.a, pairing.b))
    options = []
    for x in left:
        for y in right:
            similarity = pairing.passages.get((x.segment_id, y.segment_id))
            if not roles_differ(x.value, y.value):
                continue
            if pairing.near(similarity):
                if _other_wording(x, y, left, right):
                    options.append(Match(x, y, 0.8 + 0.1 * (similarity or 0.0), similarity))
            elif _one_person(x, y) and not _office_settled(x, y, left, right):
                options.append(Match(x, y, 0.8 + 0.05 * pairing.sentence_cosine(x, y), similarity))
    found: list[Match] = []
    for match in _each_once(options):
        if pairing.near(match.similarity) or not any(_one_person(match.a, m.a) for m in found):
            found.append(match)
    return found


def _one_person(x: Fact, y: Fact) -> bool:
    return x.role is not None and y.role is not None and one_name(x.role, y.role)


def _office_settled(x: Fact, y: Fact, left: Iterable[Fact], right: Iterable[Fact]) -> bool:
    own = [z for z in left if _one_person(x, z)]
    return any(roles_meet(z.value, w.value) for z in own for w in right if _one_person(y, w))


def _other_wording(x: Fact, y: Fact, left: Iterable[Fact], right: Iterable[Fact]) -> bool:
    """Tell whether two sentences that say the same give different offices: of one person, or each the only one."""
    here = [z for z in left if z.segment_id == x.segment_id]
    there = [w for w in right if w.segment_id == y.segment_id]
    if any(roles_meet(x.value, w.value) for w in there) or any(roles_meet(z.value, y.value) for z in here):
        return False
    if _one_person(x, y):
        return True
    # A Korean function without a name that the analyser knows; elsewhere a lone word (forward, head) proves nothing.
    lone = [f for f in (x, y) if f.role is None]
    return len(here) == len(there) == len(lone) == 1 and _HANGUL.search(lone[0].surface) is not None


# --- outcomes ---------------------------------------------------------------------------------------------------------


def outcome_conflicts(pairing: Pairing) -> list[Match]:
    """Return the outcomes that exclude one another in passages about one thing."""
    left = [f for f in pairing.a.facts if f.kind == "outcome"]
    right = [f for f in pairing.b.facts if f.kind == "outcome"]
    options = []
    for x in left:
        for y in right:
            if exclusive(x.value, y.value) and not _both(x, y, left, right):
                chance = _outcome_chance(x, y, pairing)
                if chance > 0:
                    options.append(Match(x, y, chance, pairing.passages.get((x.segment_id, y.segment_id))))
    return _each_once(m for m in options if _is_best(m, left, right, pairing))


def _both(x: Fact, y: Fact, left: Iterable[Fact], right: Iterable[Fact]) -> bool:
    """Tell whether the two sentences have a class of the group in common: two dead, three rescued."""
    group = x.value.partition(":")[0]
    here = {f.value for f in left if f.segment_id == x.segment_id and f.value.startswith(f"{group}:")}
    there = {f.value for f in right if f.segment_id == y.segment_id and f.value.startswith(f"{group}:")}
    return not here.isdisjoint(there)


def _outcome_chance(x: Fact, y: Fact, pairing: Pairing) -> float:
    """Weigh how surely two outcomes are of one thing: likeness of the sentences, and what they have in common."""
    cosine = pairing.sentence_cosine(x, y)
    shared, values = _shared_names(x, y, pairing), len(_shared_values(x, y, pairing))
    needed = OUTCOME_ALONE
    if shared >= _RARE:
        needed = OUTCOME_NAMED
    elif values and not _people_clash(x, y, pairing):
        needed = OUTCOME_SENTENCE if values < _SEVERAL else OUTCOME_VALUES
    if cosine < needed:
        return 0.0
    return min(0.92, 0.45 + 0.4 * cosine + 0.1 * min(2.0, shared) + 0.08 * min(2, values))


def _is_best(match: Match, left: Iterable[Fact], right: Iterable[Fact], pairing: Pairing) -> bool:
    """Tell whether no other sentence that states an outcome of the group is nearer to either sentence."""
    group = match.a.value.partition(":")[0] + ":"
    here = pairing.sentence_cosine(match.a, match.b)
    others = [pairing.sentence_cosine(match.a, y) for y in right if y.value.startswith(group)]
    again = [pairing.sentence_cosine(x, match.b) for x in left if x.value.startswith(group)]
    return here >= max([*others, *again]) - 1e-6


# --- names ------------------------------------------------------------------------------------------------------------


def named_conflicts(pairing: Pairing) -> list[Match]:
    """Return the names that stand in one slot of two accounts and are not one name: places, people, bodies."""
    options = [
        *_near_parallel_names(pairing),
        *_places(pairing),
        *_people_by_value(pairing),
        *_people_by_office(pairing),
    ]
    return _each_once(options)


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


def _proper_names(pairing: Pairing, segment_id: str) -> list[Fact]:
    """Return the names of a sentence that another wording would give too, and that are no part of a date or amount."""
    own = pairing.a if any(s.id == segment_id for s in pairing.a.segments) else pairing.b
    others = [f for f in own.facts if f.segment_id == segment_id and f.kind not in ("name", "role", "outcome")]
    return [
        f
        for f in _names(pairing, segment_id)
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
    left = [f for f in pairing.a.facts if _is_person(f) and not pairing.said(f)]
    right = [f for f in pairing.b.facts if _is_person(f) and not pairing.said(f)]
    for x in left:
        for y in right:
            values = [v for v in _shared_values(x, y, pairing) if _beside(x, v[0]) and _beside(y, v[1]) and _counts(*v)]
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
            if cosine >= OUTCOME_ALONE or (cosine >= OUTCOME_SENTENCE and _shared_names(x, y, pairing) >= 0.5):
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
    return _each_once(options)


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


# --- what stands beside -----------------------------------------------------------------------------------------------


def _names(pairing: Pairing, segment_id: str) -> list[Fact]:
    own = pairing.a if any(s.id == segment_id for s in pairing.a.segments) else pairing.b
    return [f for f in own.facts if f.kind == "name" and f.segment_id == segment_id]


def _is_located(fact: Fact, pairing: Pairing) -> bool:
    if fact.kind != "name" or fact.role != "place":
        return False
    return is_located(pairing.text(fact), pairing.language(fact), fact.start, fact.end)


def _is_person(fact: Fact) -> bool:
    if fact.kind != "name" or fact.role not in ("person", "other"):
        return False
    return fact.role == "person" or " " in fact.surface


def _level(fact: Fact) -> str:
    return "country" if _COUNTRY.fullmatch(fact.value) else "place"


def _same_sort(x: Fact, y: Fact) -> bool:
    """Tell whether two names can stand for one another: of one level, and of one sort where both are known."""
    if _level(x) != _level(y) and x.role != y.role:
        return False
    return (x.role == y.role or "other" in (x.role, y.role)) and not same_name(x, y)


def _counts(x: Fact, y: Fact) -> bool:
    """Tell whether a shared value says something of a person: a count of something named."""
    counted = x.kind in ("number", "money", "percent") and "score" not in (x.unit, y.unit)
    return counted and (specific(x) or specific(y))


def _beside(name: Fact, value: Fact) -> bool:
    gap = max(name.start, value.start) - min(name.end, value.end)
    return name.segment_id == value.segment_id and gap <= 60


def _shared_names(x: Fact, y: Fact, pairing: Pairing) -> float:
    """Sum the rarity of the names that two sentences share."""
    total = 0.0
    left, right = _names(pairing, x.segment_id), _names(pairing, y.segment_id)
    for p in left:
        if any(p.value == q.value or one_name(p.surface, q.surface) for q in right):
            spread = {f.segment_id for f in pairing.a.facts if f.kind == "name" and f.value == p.value}
            total += 1.0 / max(1, len(spread))
    return total


def _shared_values(x: Fact, y: Fact, pairing: Pairing) -> list[tuple[Fact, Fact]]:
    here = [f for f in pairing.a.facts if f.segment_id == x.segment_id and f.kind not in ("name", "role", "outcome")]
    there = [f for f in pairing.b.facts if f.segment_id == y.segment_id and f.kind not in ("name", "role", "outcome")]
    return [
        (p, q)
        for p in here
        for q in there
        if p.kind not in ("ordinal", "date", "time") and comparable(p, q) and compatible(p, q)
    ]


def _people_clash(x: Fact, y: Fact, pairing: Pairing) -> bool:
    left = [f for f in _names(pairing, x.segment_id) if _is_person(f)]
    right = [f for f in _names(pairing, y.segment_id) if _is_person(f)]
    return bool(left) and bool(right) and not any(one_name(p.surface, q.surface) for p in left for q in right)


def _each_once(options: Iterable[Match]) -> list[Match]:
    found: list[Match] = []
    taken: set[str] = set()
    for match in sorted(options, key=lambda m: (-m.slot, m.a.id, m.b.id)):
        if taken.isdisjoint((match.a.id, match.b.id)):
            taken |= {match.a.id, match.b.id}
            found.append(match)
    return found
