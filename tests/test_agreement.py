"""Two accounts of one event: what agrees, what conflicts, what only one of them says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts import parse, to_facts
from pipeline.facts.compare import Inputs, compare_passages
from pipeline.facts.document import parse_document
from pipeline.records import Anchor, Bead, Segment


def account(name, *sentences, language="en", published=None, words=None):
    segments = [
        Segment(f"{name}-{i}", name, i, 0, "body", text, 0, len(text), (Anchor(0, 0),), language, 1.0)
        for i, text in enumerate(sentences)
    ]
    parsed = parse_document(sentences, language, published)
    facts = {s.id: to_facts(found, s) for s, found in zip(segments, parsed, strict=True)}
    translated = {s.id: parse(t, "en") for s, t in zip(segments, words or (), strict=bool(words))}
    return Inputs("e", {s.id: s for s in segments}, facts, translated)


def beads(a, b, similarity, order=None):
    n, m = len(a.segments), len(b.segments)
    pairs = [((f"a-{i}",), (f"b-{i}",), similarity) for i in order or range(min(n, m))]
    alone = [((f"a-{i}",), (), None) for i in range(m, n)] + [((), (f"b-{i}",), None) for i in range(n, m)]
    return [Bead(str(k), "e", "a", "b", x, y, s) for k, (x, y, s) in enumerate(pairs + alone)]


def compare(a, b, similarity=0.8, order=None):
    both = Inputs("e", a.segments | b.segments, a.facts | b.facts, a.translated | b.translated)
    return list(compare_passages(beads(a, b, similarity, order), both).findings)


def verdicts(a, b, **more):
    return sorted((c.verdict, c.a.surface, c.b.surface if c.b else None) for c in compare(a, b, **more))


AGREE = [
    ("About 35,000 households lost power.", "Power failed in 34,800 households.", "en", "en"),
    ("Some 35,000 households lost power.", "35 000 foyers ont été privés d'électricité.", "en", "fr"),
    ("35,000 households lost power.", "3만5천 가구가 정전됐다.", "en", "ko"),
    ("Winds reached 155 km/h.", "Winds reached 43 metres per second.", "en", "en"),
    ("The damage was put at 23 billion won.", "피해액은 230억원으로 추산됐다.", "en", "ko"),
    ("The damage was put at 23 billion won.", "Les dégâts sont chiffrés à 23 milliards de wons.", "en", "fr"),
    ("286 flights were cancelled.", "286 vols ont été annulés.", "en", "fr"),
    ("It opens on May 10, 2024.", "On May 10 it opens.", "en", "en"),
    ("It opens on May 10, 2024.", "개막은 2024년 5월 10일이다.", "en", "ko"),
    ("Sales rose by 3.5 percent.", "Les ventes ont augmenté de 3,5 %.", "en", "fr"),
    ("Suncheon won 27-24.", "순천이 27-24로 이겼다.", "en", "ko"),
]
CONFLICT = [
    ("286 flights were cancelled.", "268 flights were cancelled.", "en", "en"),
    ("286 flights were cancelled.", "268 vols ont été annulés.", "en", "fr"),
    ("35,000 households lost power.", "5만3천 가구가 정전됐다.", "en", "ko"),
    ("The damage was put at 23 billion won.", "피해액은 320억원으로 추산됐다.", "en", "ko"),
    ("It opens on May 10, 2024.", "It opens on May 11, 2024.", "en", "en"),
    ("Sales rose by 3.5 percent.", "Les ventes ont augmenté de 5,3 %.", "en", "fr"),
    ("Rain reached 412.5 millimetres.", "Il est tombé 521 mm de pluie.", "en", "fr"),
]


@pytest.mark.parametrize(("left", "right", "x", "y"), AGREE)
def test_what_says_the_same_is_no_conflict(left, right, x, y):
    found = compare(account("a", left, language=x), account("b", right, language=y))
    assert "conflict" not in {c.verdict for c in found}
    assert "agree" in {c.verdict for c in found}


@pytest.mark.parametrize(("left", "right", "x", "y"), CONFLICT)
def test_what_differs_is_a_conflict(left, right, x, y):
    found = compare(account("a", left, language=x), account("b", right, language=y))
    assert [c.verdict for c in found if c.verdict == "conflict"] == ["conflict"]
    assert found[0].verdict == "conflict"
    assert found[0].probability > 0.5
    assert found[0].reason


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("286 flights were cancelled.", "1,240 people were moved to shelters."),
        ("Two men met three women.", "Four birds saw five fish."),
        ("They had 14 and 10.", "They had 12 and 9."),
        ("Nothing is said here.", "Nothing is said there."),
    ],
)
def test_no_conflict_without_a_common_subject_or_with_several_candidates(left, right):
    assert "conflict" not in {c.verdict for c in compare(account("a", left), account("b", right))}


def test_two_counts_of_two_things_differ_each_for_itself():
    found = compare(
        account("a", "They had 14 ventures and 10 firms."), account("b", "They had 12 ventures and 9 firms.")
    )
    pairs = {(c.a.surface, c.b.surface) for c in found if c.verdict == "conflict" and c.b is not None}
    assert pairs == {("14 ventures", "12 ventures"), ("10 firms", "9 firms")}


def test_weakly_aligned_passages_give_no_conflict():
    a, b = account("a", "286 flights were cancelled."), account("b", "268 flights were late.")
    assert "conflict" in {c.verdict for c in compare(a, b, similarity=0.9)}
    assert "conflict" not in {c.verdict for c in compare(a, b, similarity=0.2)}


PARTS = [
    (
        "Hier, Kanye West a quitté la scène.",
        "fr",
        "Yesterday, Martin West left the stage.",
        ("Kanye West", "Martin West"),
    ),
    ("Hier, Kanye West a quitté la scène.", "fr", "Yesterday, Kanye West left the stage.", None),
    ("Hier, Kanye West a quitté la scène.", "fr", "Yesterday, West left the stage.", None),
    ("Hier, Jean West et Kanye West sont partis.", "fr", "Yesterday, Kanye West and Jean West left.", None),
    ("Le juge a reçu Brett Kavanaugh lundi.", "fr", "The judge received Justice Kavanaugh on Monday.", None),
]


@pytest.mark.parametrize(("left", "language", "right", "expected"), PARTS)
def test_names_that_share_a_word_and_differ_in_another(left, language, right, expected):
    a, b = account("a", left, language=language), account("b", right)
    found = [(c.a.surface, c.b.surface) for c in compare(a, b) if c.verdict == "conflict"]
    assert found == ([expected] if expected else [])
    assert not [c for c in compare(a, b, similarity=0.5) if c.verdict == "conflict"]  # not two wordings of one text


def test_a_name_of_no_known_sort_can_take_the_place_of_a_country():
    a = account("a", "Il a parlé de l'Indonésie hier soir.", language="fr")
    b = account("b", "He spoke of Kavanaugh last night.")
    assert [(c.a.surface, c.b.surface) for c in compare(a, b) if c.verdict == "conflict"] == [
        ("Indonésie", "Kavanaugh")
    ]


def test_only_one_account_says_it():
    found = verdicts(account("a", "286 flights were cancelled."), account("b", "The wind was strong."))
    assert found == [("only_one", "286 flights", None)]


def test_a_translation_that_lost_the_number_is_an_artefact_not_a_conflict():
    a = account("a", "35,000 households lost power.")
    b = account("b", "3만5천 가구가 정전됐다.", language="ko", words=["3,500 households lost power."])
    found = {c.verdict: c for c in compare(a, b)}
    assert set(found) == {"translation_artefact"}
    assert "3만5천 가구" in found["translation_artefact"].reason


@pytest.mark.parametrize(
    ("left", "right"),
    [("Oh Young-joo", "Oh Youngju"), ("Hiroaki Ueno", "Ueno Hiroaki"), ("Minister Oh Young-joo", "오영주 장관")],
)
def test_a_name_spelt_otherwise_is_agreement(left, right):
    a = account("a", f"The event was opened by {left} in the morning.")
    language = "ko" if right[-1] > "가" else "en"
    b = account("b", f"{right} opened it." if language == "en" else f"{right}이 개막했다.", language=language)
    assert any(c.verdict == "agree" and c.kind == "name" for c in compare(a, b))


@given(st.permutations(range(4)), st.permutations(range(4)))
def test_the_order_of_passages_changes_nothing(order, again):
    left = ["286 flights were cancelled.", "Two people died.", "Winds reached 155 km/h.", "It cost 23 billion won."]
    right = ["268 flights were cancelled.", "Three people died.", "Winds reached 43 m/s.", "It cost 32 billion won."]
    a, b = account("a", *left), account("b", *right)

    first, second = compare(a, b, order=order), compare(a, b, order=again)
    assert first == second
    used = [side.fact_id for c in first for side in (c.a, c.b) if side]
    assert len(used) == len(set(used))


def test_degenerate_accounts():
    assert compare(account("a"), account("b")) == []
    assert compare(account("a", ""), account("b", "")) == []
    assert compare(account("a", "286 flights left."), account("b"))[0].verdict == "only_one"
