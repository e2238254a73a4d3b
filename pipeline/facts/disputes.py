"""Find what two accounts say differently in words: who holds which office, how it ended. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.facts.beside import each_once, people_clash, shared_names, shared_values
from pipeline.facts.naming import one_name
from pipeline.facts.outcomes import exclusive
from pipeline.facts.pairing import Match, Pairing
from pipeline.facts.roles import roles_differ, roles_meet
from pipeline.records import Fact

__all__ = ["outcome_conflicts", "role_conflicts"]

# Cosines from which two passages are about one thing, and what stands in for a weaker one: a name or value in common.
OUTCOME_NAMED, OUTCOME_VALUES, OUTCOME_SENTENCE, OUTCOME_ALONE = 0.12, 0.25, 0.4, 0.62
_SEVERAL = 2
_RARE = 0.5  # a name in at most two sentences
_HANGUL = re.compile(r"[가-힣]")


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
    for match in each_once(options):
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
    return each_once(m for m in options if _is_best(m, left, right, pairing))


def _both(x: Fact, y: Fact, left: Iterable[Fact], right: Iterable[Fact]) -> bool:
    """Tell whether the two sentences have a class of the group in common: two dead, three rescued."""
    group = x.value.partition(":")[0]
    here = {f.value for f in left if f.segment_id == x.segment_id and f.value.startswith(f"{group}:")}
    there = {f.value for f in right if f.segment_id == y.segment_id and f.value.startswith(f"{group}:")}
    return not here.isdisjoint(there)


def _outcome_chance(x: Fact, y: Fact, pairing: Pairing) -> float:
    """Weigh how surely two outcomes are of one thing: likeness of the sentences, and what they have in common."""
    cosine = pairing.sentence_cosine(x, y)
    shared, values = shared_names(x, y, pairing), len(shared_values(x, y, pairing))
    needed = OUTCOME_ALONE
    if shared >= _RARE:
        needed = OUTCOME_NAMED
    elif values and not people_clash(x, y, pairing):
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
