"""Agreement, coverage and fidelity with their intervals: per pair of articles, per event, per translation."""

import json
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load_config
from pipeline.quality.agreement import account_roots, event_score, pair_agreement, pair_coverage, share_of
from pipeline.quality.metrics import clustered_wilson, wilson
from pipeline.records import ArticleScore, Bead, Copy, Event, EventScore, Finding, PairScore, Side
from pipeline.runner import run

CLUSTERS = st.lists(st.integers(0, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=12)


@pytest.mark.parametrize(
    ("clusters", "interval"),
    [
        ([], None),
        ([(0, 0), (0, 0)], None),
        ([(1, 1)] * 10, (0.7225, 1.0)),
        ([(5, 5), (5, 5)], (0.5912, 1.0)),  # all agree: a correlation of 0.2 is assumed
        ([(5, 5), (0, 5)], (0.0545, 0.9455)),  # wholly together, which the spread of two shows badly
        ([(1, 2)] * 5, (0.2366, 0.7634)),  # spread as evenly as can be: no narrower than Wilson's own
        ([(3, 5)], (0.0771, 0.9642)),  # one sentence is one draw
        ([(1, 1)], (0.2065, 1.0)),
    ],
)
def test_interval_of_clustered_items(clusters, interval):
    found = clustered_wilson(clusters)
    assert found == (interval if interval is None else pytest.approx(interval, abs=2e-4))


def test_a_cluster_cannot_hold_more_successes_than_items():
    for wrong in ([(3, 2)], [(-1, 2)], [(1, 0)]):
        with pytest.raises(ValueError, match="cluster"):
            clustered_wilson(wrong)


@given(CLUSTERS)
def test_the_interval_holds_the_share_and_is_never_narrower_than_for_separate_items(clusters):
    k, n = sum(k for k, _ in clusters), sum(n for _, n in clusters)
    found = clustered_wilson(clusters)
    if n == 0:
        assert found is None
        return
    low, high = found
    plain = wilson(k, n)
    assert 0 <= low <= k / n + 1e-9 and k / n - 1e-9 <= high <= 1
    assert high - low >= plain[1] - plain[0] - 1e-9
    assert clustered_wilson(clusters[::-1]) == pytest.approx(found)


def test_the_interval_holds_the_true_share_where_facts_of_a_sentence_go_together():
    rng, true, trials = np.random.default_rng(3), 0.8, 400
    hits = {"clustered": 0, "separate": 0}
    for _ in range(trials):
        sizes = rng.integers(1, 6, 12)
        clusters = [(int(rng.binomial(n, rng.beta(true, 1 - true))), int(n)) for n in sizes]  # correlation 0.5
        k, n = sum(k for k, _ in clusters), int(sizes.sum())
        for name, (low, high) in (("clustered", clustered_wilson(clusters)), ("separate", wilson(k, n))):
            hits[name] += low <= true <= high
    assert hits["clustered"] / trials >= 0.88
    assert hits["separate"] / trials <= 0.85  # what the design effect is for


# --- records ----------------------------------------------------------------------------------------------------------


def side(article, segment, value):
    return Side(article, f"{article}-{segment}", f"{article}-{segment}-{value}", value, value, 0, 1, 0, 1)


def finding(verdict, a, b, segment=0, value="10", other=None):
    there = side(b, segment, other or value) if b else None
    return Finding(
        f"{a}{b}{segment}{value}", "e", verdict, "number", side(a, segment, value), there, 0.9, 0.5, "because"
    )


def bead(a, b, left, right):
    return Bead(
        f"{a}{b}{left}{right}",
        "e",
        a,
        b,
        tuple(f"{a}-{n}" for n in left),
        tuple(f"{b}-{n}" for n in right),
        0.8 if left and right else None,
    )


def event(*articles):
    return Event("e", "t", articles, "E", None, None, (), None)


def test_agreement_of_a_pair():
    found = [
        finding("agree", "a", "b", 0),
        finding("translation_artefact", "a", "b", 1),
        finding("conflict", "a", "b", 2, "7", "9"),
        finding("only_one", "a", None, 3),
    ]
    share = pair_agreement(found)
    assert (share.k, share.n, share.value) == (2, 3, 0.6667)
    assert share.low < share.value < share.high
    assert pair_agreement(found[3:]) == share_of([])
    assert share_of([]).value is share_of([]).low is None


def test_coverage_of_a_pair():
    beads = [bead("a", "b", (0, 1), (0,)), bead("a", "b", (2,), ()), bead("a", "b", (3,), ()), bead("a", "b", (), (1,))]
    a, b = pair_coverage(beads)
    assert (a.k, a.n, a.value) == (2, 4, 0.5)
    assert (b.k, b.n, b.value) == (1, 2, 0.5)
    assert a.low < 0.5 < a.high
    assert [s.value for s in pair_coverage([])] == [None, None]
    empty, full = pair_coverage([bead("a", "b", (), (0,))])
    assert (empty.value, full.value) == (None, 0.0)


def test_an_event_counts_each_fact_once_and_each_account_once():
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    agree = [finding("agree", x, y, 0) for x, y in pairs]
    differ = [finding("conflict", "a", "b", 1, "7", "9"), finding("agree", "a", "c", 1, "7")]
    lone = [finding("only_one", "a", None, 2, "5")]
    score = event_score(event("a", "b", "c"), [*agree, *differ, *lone], [], [])
    assert (score.n_agree, score.n_compared, score.agreement, score.n_accounts) == (1, 2, 0.5, 3)
    copied = event_score(event("a", "b", "c"), [*agree, *differ], [], [Copy("e", "c", "a", "near", 0.9)])
    assert (copied.n_accounts, copied.n_agree, copied.n_compared) == (2, 1, 2)
    same = event_score(event("a", "c"), [agree[1]], [], [Copy("e", "c", "a", "near", 0.9)])
    assert (same.n_articles, same.n_accounts, same.agreement, same.n_compared) == (2, 1, None, 0)


def test_agreement_of_an_event_is_the_share_of_its_facts_that_agree():
    """The interval is that of facts by sentence: two of the first sentence, which go together, and two others."""
    agree = [finding("agree", "a", "b", 0, "1"), finding("agree", "a", "b", 0, "2"), finding("agree", "a", "b", 1, "3")]
    score = event_score(event("a", "b"), [*agree, finding("conflict", "a", "b", 2, "7", "9")], [], [])
    expected = share_of([(2, 2), (1, 1), (0, 1)])
    assert (score.n_agree, score.n_compared, score.agreement) == (3, 4, 0.75)
    assert (score.agreement_low, score.agreement_high) == (expected.low, expected.high)
    assert "|by:fact|cluster:sentence|" in score.agreement_signature
    assert "|by:segment|cluster:passage|" in score.coverage_signature


PASSAGES = [
    # beads of the pairs ab, bc and ac; the passages with how many of their segments are covered
    ([((0,), (0,)), ((1,), ())], [((0,), (0,)), ((), (1,))], [], [(3, 3), (0, 1), (0, 1)]),  # a-0, b-0, c-0: a chain
    ([((0, 1), (0,))], [((0,), (2, 3))], [((0,), (2,)), ((1,), (3,))], [(5, 5)]),  # all in one
    ([((0,), (0,)), ((1,), (1,))], [((0,), (0,)), ((1,), (1,))], [], [(3, 3), (3, 3)]),  # two side by side
    ([((), (0,)), ((1,), ())], [], [((1,), (5,)), ((), (6,))], [(2, 2), (0, 1), (0, 1)]),  # covered by the second pair
    ([((0,), (0,))], [((0,), (0,))], [((0,), (0,))], [(3, 3)]),  # joined again
    ([((2,), (0,))], [((1,), (0,)), ((0,), ())], [((2,), (0,))], [(4, 4)]),  # joined by way of the third article
]


@pytest.mark.parametrize(("ab", "bc", "ac", "passages"), PASSAGES)
def test_segments_that_beads_join_are_one_passage(ab, bc, ac, passages):
    pairs = (("a", "b", ab), ("b", "c", bc), ("a", "c", ac))
    beads = [bead(a, b, left, right) for a, b, found in pairs for left, right in found]
    for order in (beads, beads[::-1]):
        score = event_score(event("a", "b", "c"), [], order, [])
        expected = share_of(passages)
        assert (score.n_covered, score.n_segments) == (expected.k, expected.n)
        assert (score.coverage, score.coverage_low) == (expected.value, expected.low)


def test_coverage_of_an_event_leaves_copies_out():
    beads = [
        *(bead("a", "b", (0,), (0,)), bead("a", "b", (1,), ()), bead("a", "b", (), (1,))),
        *(bead("a", "c", (0,), (0,)), bead("a", "c", (1,), (1,))),
        *(bead("b", "c", (0,), (0,)), bead("b", "c", (1,), ()), bead("b", "c", (), (1,))),
    ]
    copied = event_score(event("a", "b", "c"), [], beads, [Copy("e", "c", "a", "exact", 1.0)])
    assert (copied.n_covered, copied.n_segments, copied.coverage) == (2, 4, 0.5)
    apart = event_score(event("a", "b", "c"), [], beads, [])
    assert (apart.n_covered, apart.n_segments) == (5, 6)  # a-1 and c-1 now answer each other
    assert copied.coverage_low < 0.5 < copied.coverage_high


def test_an_event_of_one_article_has_no_score():
    score = event_score(event("a"), [finding("only_one", "a", None)], [], [])
    assert score == EventScore(
        "e", 1, 1, None, None, None, 0, 0, None, None, None, 0, 0, score.agreement_signature, score.coverage_signature
    )


def test_a_ring_of_copies_ends():
    ring = [Copy("e", "a", "b", "near", 1.0), Copy("e", "b", "a", "near", 1.0)]
    assert set(account_roots(["a", "b"], ring)) == {"a", "b"}


# --- a run ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A run over two accounts of one event and an article of another, translated by the fake engine."""
    folder, output = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("scores") / "out"
    texts = {
        "a.txt": ["Storm closes the port of Marseille", *STORM],
        "b.txt": ["La tempête ferme le port de Marseille", *TEMPETE],
        "c.txt": [
            "Choir wins a prize in Busan",
            "The choir of Busan won a prize on 4 July 2021.",
            "Forty people sang.",
        ],
    }
    for name, lines in texts.items():
        (folder / name).write_text("\n\n".join(lines), encoding="utf-8")
    config = folder.parent / "scores.yaml"
    config.write_text("translate:\n  engine: fake\n", encoding="utf-8")
    run(load_config(config), str(folder), output)
    return output


STORM = [
    "A storm closed the port of Marseille on 12 March 2024.",
    "The storm stopped 3,400 containers on the quays of the port.",
    "The damage to the port was put at 12 million euros.",
    "Director Anne Morel said the port would open again on 15 March 2024.",
]
TEMPETE = [
    "Les assureurs attendent encore les premières déclarations des entreprises du quartier.",
    "Les dégâts de la tempête au port de Marseille sont estimés à 15 millions d'euros.",
    "Sur les quais, 3 400 conteneurs ont été bloqués, selon la directrice du port, Anne Morel.",
    "Les pêcheurs demandent une aide de la région avant la fin du mois.",
    "Une tempête avait fermé le port de Marseille le 12 mars 2024.",
    "La mairie a ouvert deux gymnases pour les familles dont le toit a été emporté par le vent.",
]


def rows(output, name):
    return [json.loads(line) for line in (output / "data" / f"{name}.jsonl").read_text("utf-8").splitlines()]


def test_a_run_gives_every_share_an_interval_and_a_signature(done):
    pairs, events, articles = (rows(done, n) for n in ("pair_scores", "event_scores", "article_scores"))
    assert pairs and len(events) >= 1 and len(articles) == 3
    known = defaultdict(int)
    for kind, found in ((PairScore, pairs), (EventScore, events), (ArticleScore, articles)):
        for row in found:
            for name in ("agreement", "coverage", "coverage_a", "coverage_b", "fidelity"):
                if f"{name}_low" not in row:
                    continue
                value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
                assert (value is None) == (low is None) == (high is None)
                if value is not None:
                    known[kind.__name__, name] += 1
                    assert 0 <= low <= value <= high <= 1
            signatures = [v for k, v in row.items() if k.endswith("signature") and k[:4] not in ("chrf", "bleu")]
            assert signatures and all("wilson-0.95-clustered" in s for s in signatures)
    assert {n for _, n in known} == {"agreement", "coverage", "coverage_a", "coverage_b", "fidelity"}
    (shared,) = [e for e in events if e["n_articles"] == 2]
    assert shared["n_compared"] > shared["n_agree"] > 0  # 12 million against 15 million


def test_the_pages_show_them(done):
    summary = (done / "summary.md").read_text("utf-8")
    assert "| Agreement | Coverage |" in summary and "## Facts kept by each translation" in summary
    assert summary.count("95% interval") >= 2
    (page,) = [p for p in (done / "events").glob("*.html") if "Where the accounts differ" in p.read_text("utf-8")]
    text = page.read_text("utf-8")
    assert "<dt>Agreement</dt><dd>" in text and "<dt>Coverage</dt><dd>" in text
    assert "cluster:passage|interval:wilson-0.95-clustered" in text
    assert any("95% interval" in p.read_text("utf-8") for p in (done / "articles").glob("*.html"))
