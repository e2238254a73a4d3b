"""When two facts can both be true, and what a pair of passages is worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts import parse, to_facts
from pipeline.facts.compare import Inputs, compare_passages
from pipeline.facts.compatible import comparable, compatible, dates_compatible, family, specific
from pipeline.facts.document import parse_document
from pipeline.quality.agreement import pair_agreement
from pipeline.records import Anchor, Bead, Segment

FITS = [
    ("en", "about 35,000 homes", "en", "34,500 homes"),
    ("en", "35,000 homes", "ko", "3만5천 가구"),
    ("en", "35,000 homes", "en", "34,870 homes"),
    ("en", "more than 2,500 people", "en", "2,610 people"),
    ("en", "10-12 people", "en", "11 people"),
    ("ko", "초속 37m", "fr", "133 km/h"),
    ("en", "24 hours", "en", "1 day"),
    ("fr", "18 mois", "en", "1.5 years"),
    ("en", "won 27-24", "fr", "battus 24-27"),
    ("en", "3.5 percent", "fr", "3,5 %"),
    ("en", "23 billion won", "fr", "23 milliards de wons"),
    ("en", "at 6 o'clock", "ko", "오후 6시"),
    ("en", "on May 10", "ko", "2024년 5월 10일"),
    ("en", "in May 2024", "ko", "2024년 5월 10일"),
    ("en", "Ms Oh Young-joo said", "ko", "오영주 장관"),
    ("en", "in Japan", "fr", "au Japon"),
]
CLASHES = [
    ("en", "286 flights", "en", "268 flights"),
    ("en", "53,000 homes", "fr", "63 000 foyers"),
    ("en", "20 people", "en", "19 people"),
    ("en", "about 20 people", "en", "30 people"),
    ("en", "412.5 mm", "fr", "521 mm"),
    ("en", "won 27-24", "fr", "battus 27-25"),
    ("en", "3.5 percent", "fr", "5,3 %"),
    ("en", "23 billion won", "fr", "32 milliards de wons"),
    ("en", "at 6 a.m.", "ko", "오후 6시"),
    ("en", "on May 10", "ko", "2024년 5월 11일"),
    ("en", "in May 2024", "ko", "2023년 5월 10일"),
    ("en", "in Japan", "fr", "en Chine"),
    ("en", "Ms Oh Young-joo said", "ko", "임정욱 실장"),
]
APART = [
    ("en", "286 flights", "en", "286 people"),
    ("en", "5 percent", "en", "5 people"),
    ("en", "5 million euros", "en", "5 million dollars"),
    ("en", "37 metres per second", "en", "37 metres"),
    ("en", "won 27-24", "en", "27 people"),
]
DATES = [
    ("2024-05-10", "????-??-10", True),
    ("2024-05-10", "????-05-10", True),
    ("2024-05-10", "2024-05", True),
    ("2024-05-10", "2024", True),
    ("2024-05-10", "2024-05-09", False),
    ("????-??-10", "????-??-11", False),
    ("????-05", "????-??-10", None),
    ("D-1", "D-1", True),
    ("D-1", "2024-05-10", None),
    ("1980s", "1984", None),
]


def only(text, language):
    found = [m for m in parse(text, language) if m.kind != "quote"]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(("x", "left", "y", "right"), FITS)
def test_what_fits(x, left, y, right):
    a, b = only(left, x), only(right, y)
    assert comparable(a, b)
    assert compatible(a, b)
    assert compatible(b, a)


@pytest.mark.parametrize(("x", "left", "y", "right"), CLASHES)
def test_what_clashes(x, left, y, right):
    a, b = only(left, x), only(right, y)
    assert comparable(a, b)
    assert not compatible(a, b)
    assert not compatible(b, a)


@pytest.mark.parametrize(("x", "left", "y", "right"), APART)
def test_what_is_not_compared(x, left, y, right):
    assert not comparable(only(left, x), only(right, y))


@pytest.mark.parametrize(("a", "b", "expected"), DATES)
def test_dates(a, b, expected):
    assert dates_compatible(a, b) is expected
    assert dates_compatible(b, a) is expected


def test_a_count_without_a_telling_unit_confirms_and_never_contradicts():
    films, items = only("15 films", "en"), only("15개", "ko")
    assert comparable(films, items)
    assert compatible(films, items)
    assert specific(films)
    assert not specific(items)
    assert family(items) == "number"


NUMBERS = st.builds(
    lambda n, unit, hedge: f"{hedge}{n:,} {unit}",
    st.integers(2, 10**7),
    st.sampled_from(["people", "flights", "km", "mph"]),
    st.sampled_from(["", "about ", "more than ", "fewer than "]),
)


@given(NUMBERS, NUMBERS)
def test_agreement_is_symmetric_and_reflexive(left, right):
    a, b = only(left, "en"), only(right, "en")
    assert compatible(a, a)
    assert compatible(a, b) == compatible(b, a)


# --- passages ---------------------------------------------------------------------------------------------------------


def article(name, *sentences, language="en", published=None):
    segments = {
        f"{name}-{i}": Segment(f"{name}-{i}", name, i, 0, "body", t, 0, len(t), (Anchor(0, 0),), language, 1.0)
        for i, t in enumerate(sentences)
    }
    parsed = parse_document(sentences, language, published)
    return segments, {s.id: to_facts(m, s) for s, m in zip(segments.values(), parsed, strict=True)}


def compared(a, b, similarity=0.8):
    beads = [
        Bead(f"{i}", "e", "a", "b", (x,), (y,), similarity) for i, (x, y) in enumerate(zip(a[0], b[0], strict=False))
    ]
    return compare_passages(beads, Inputs("e", a[0] | b[0], a[1] | b[1]))


def verdicts(comparison):
    return [(f.verdict, f.a.surface, f.b and f.b.surface) for f in comparison.findings]


def test_an_hour_in_another_time_zone_is_no_conflict_of_dates():
    a = article("a", "It hit land on September 8, 2025.")
    b = article("b", "It hit land on September 7, 2025 at 7 p.m. GMT.")
    c = article("b", "It hit land on September 7, 2025 in the evening.")
    assert "conflict" not in {v for v, _, _ in verdicts(compared(a, b))}
    assert "conflict" in {v for v, _, _ in verdicts(compared(a, c))}


def test_a_value_confirmed_elsewhere_is_no_conflict():
    a = article("a", "286 flights were cancelled.", "Earlier, 268 flights had left.")
    b = article("b", "268 flights were cancelled.")
    assert "conflict" not in {v for v, _, _ in verdicts(compared(a, b))}


def test_dates_meet_through_the_days_of_publication():
    a = article("a", "2차전은 오는 15일 열린다.", language="ko", published="2025-11-06")
    b = article("b", "Le match retour aura lieu le 16 novembre.", language="fr", published="2025-11-05")
    (finding, *_) = compared(a, b).findings
    assert (finding.verdict, finding.a.value, finding.b.value) == ("conflict", "2025-11-15", "2025-11-16")
    assert "15일" in finding.reason


def test_the_most_important_comes_first_and_the_early_before_the_late():
    lines = ["Nothing is said.", "286 flights left.", "Nothing more.", "Still nothing.", "Then 12 films were shown."]
    found = compared(article("a", *lines), article("b", *[t.replace("286", "268") for t in lines])).findings
    assert [f.verdict for f in found] == ["conflict", "agree"]
    assert [f.importance for f in found] == sorted((f.importance for f in found), reverse=True)


def test_the_share_that_agrees_counts_what_could_be_compared():
    both = compared(
        article("a", "286 flights left.", "It cost 5 euros."), article("b", "268 flights left.", "It cost 5 euros.")
    )
    share = pair_agreement(both.findings)
    assert (share.k, share.n, share.value) == (1, 2, 0.5)
    assert pair_agreement(()).value is None
    assert compare_passages([], Inputs("e", {}, {})).findings == ()
