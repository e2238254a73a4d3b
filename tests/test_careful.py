"""Careful translation: when more is tried, what is chosen, what is mended. Scripted hypotheses, the real judge."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engines.base import Hypothesis, Proposer, Translator
from pipeline.engines.careful import Care, CarefulTranslator
from pipeline.engines.embedding import UniversalEncoder
from pipeline.engines.glossary import Glossary
from pipeline.engines.judging import Judge
from pipeline.engines.pinning import pinner

SOURCE = "수출은 500억 달러를 기록했다고 16일 밝혔다."
RIGHT = "Exports reached 50 billion dollars, it said on the 16th."
TENFOLD = "Exports reached 500 billion dollars, it said on the 16th."
OTHER = "The weather will be fine tomorrow in most of the country."


class Scripted:
    """Give scripted hypotheses: the first list, then one for each complaint."""

    signature = "scripted"

    def __init__(self, firsts, retries=()):
        self.firsts, self.retries = firsts, list(retries)
        self.asked = []

    def propose(self, requests, source, target, n):
        self.asked += [(request, n) for request in requests]
        return [self._give(request, n) for request in requests]

    def _give(self, request, n):
        texts = [self.retries.pop(0)] if request.complaint else self.firsts[:n]
        return [Hypothesis(text, score=-0.5, tokens=9) for text in texts]


class Scoring(Scripted):
    """Find the source more probable the more the hypothesis says what it is told to like."""

    def __init__(self, firsts, likes):
        super().__init__(firsts)
        self.likes = likes

    def score(self, sources, hypotheses, source, target):
        return [-1.0 if text == self.likes else -4.0 for text in sources]


@pytest.fixture(scope="module")
def judge():
    return Judge(UniversalEncoder(1))


def careful(proposer, judge, pins=None, glossary=None, **care):
    return CarefulTranslator(proposer, judge, Care(**{"good_enough": 0.0, "repair": False} | care), pins, glossary)


def test_it_keeps_the_protocols(judge):
    assert isinstance(Scripted([]), Proposer)
    assert isinstance(careful(Scripted([RIGHT]), judge), Translator)


def test_a_sound_first_hypothesis_is_kept_and_nothing_else_is_asked(judge):
    proposer = Scripted([RIGHT, OTHER])
    assert careful(proposer, judge).translate([SOURCE], "ko", "en")[0].text == RIGHT
    assert [n for _, n in proposer.asked] == [1]


def test_more_is_tried_only_where_the_first_fails_or_scores_low(judge):
    proposer = Scripted([TENFOLD, RIGHT])
    found = careful(proposer, judge, hypotheses=5).translate([SOURCE], "ko", "en")[0]
    assert (found.text, found.tried) == (RIGHT, 2)
    assert [n for _, n in proposer.asked] == [1, 5]
    proposer = Scripted([RIGHT, OTHER])
    assert careful(proposer, judge, hypotheses=3, good_enough=1.0).translate([SOURCE], "ko", "en")[0].text == RIGHT
    assert [n for _, n in proposer.asked] == [1, 3]


def test_the_budget_is_kept(judge):
    proposer = Scripted([TENFOLD, RIGHT], retries=[TENFOLD])
    found = careful(proposer, judge, hypotheses=1, retries=0).translate([SOURCE], "ko", "en")[0]
    assert (found.text, found.tried, len(proposer.asked)) == (TENFOLD, 1, 1)


def test_a_long_text_gets_one_hypothesis_and_its_retries(judge):
    long = " ".join([SOURCE] * 2)
    asked = []
    for longest in (len(long) - 1, len(long)):
        proposer = Scripted([TENFOLD, RIGHT], retries=[TENFOLD, TENFOLD])
        found = careful(proposer, judge, hypotheses=3, retries=1, longest=longest).translate([long], "ko", "en")[0]
        asked.append(len(proposer.asked))
        assert found.text
    assert asked[0] == 2
    assert asked[1] > 2


def test_a_retry_names_the_broken_fact_and_counts_only_if_it_mends_it(judge):
    proposer = Scripted([TENFOLD], retries=[RIGHT])
    translator = careful(proposer, judge, pinner(None), hypotheses=1, retries=1)
    assert translator.translate([SOURCE], "ko", "en")[0].text == RIGHT
    request, n = proposer.asked[-1]
    assert n == 1
    assert "500억 달러" in request.complaint
    assert dict(request.pins)["500억 달러"] in ("50 billion dollars", "$50 billion")
    assert all(surface != "16일" for surface, _ in request.pins)
    no_better = "Exports amounted to 500 billion dollars, it said on the 16th."
    for answer in (OTHER, no_better, RIGHT + " " + OTHER):
        proposer = Scripted([TENFOLD], retries=[answer])
        assert careful(proposer, judge, hypotheses=1, retries=1).translate([SOURCE], "ko", "en")[0].text == TENFOLD


def test_what_is_certain_is_repaired(judge):
    found = careful(Scripted([TENFOLD]), judge, hypotheses=1, retries=0, repair=True).translate([SOURCE], "ko", "en")[0]
    assert found.text == RIGHT
    assert found.repairs
    assert "500" in found.repairs[0]
    assert "50" in found.repairs[0].split("->")[1]


def test_hypotheses_are_read_backwards_where_the_engine_can(judge):
    other_way = "It said on the 16th that exports had reached 50 billion dollars."
    for liked in (RIGHT, other_way):
        proposer = Scoring([RIGHT, other_way, OTHER], liked)
        found = careful(proposer, judge, hypotheses=3, good_enough=1.0, reverse=2).translate([SOURCE], "ko", "en")[0]
        assert found.text == liked
    proposer = Scoring([RIGHT, OTHER], OTHER)  # what is not among the best two is not read at all
    assert (
        careful(proposer, judge, hypotheses=2, good_enough=1.0, reverse=0).translate([SOURCE], "ko", "en")[0].text
        == RIGHT
    )


def test_the_glossary_is_pinned_checked_and_mended(judge, tmp_path):
    file = tmp_path / "terms.csv"
    file.write_text("term,language,target,avoid\n수출,ko,outbound shipments,exports\n", encoding="utf-8")
    glossary = Glossary.load(file)
    proposer = Scripted([RIGHT])
    translator = careful(proposer, judge, pinner(glossary), glossary, hypotheses=1, retries=0, repair=True)
    found = translator.translate([SOURCE], "ko", "en")[0]
    assert ("수출", "outbound shipments") in proposer.asked[0][0].pins
    assert found.text.lower().startswith("outbound shipments")
    assert found.repairs


@pytest.mark.parametrize("broken", ["", SOURCE, RIGHT + " " + RIGHT + " " + RIGHT + " " + RIGHT, "Exports", OTHER])
def test_broken_output_is_never_preferred(judge, broken):
    for order in ([broken, RIGHT], [RIGHT, broken]):
        found = careful(Scripted(order, retries=[broken]), judge, good_enough=1.0).translate([SOURCE], "ko", "en")[0]
        assert found.text == RIGHT


@given(st.lists(st.sampled_from([SOURCE, "회의는 서울에서 열렸다.", "", "😀", "1"]), max_size=6))
@settings(max_examples=25, deadline=None)
def test_the_result_does_not_depend_on_the_batch(texts):
    translator = careful(Scripted([TENFOLD, RIGHT, OTHER]), _JUDGE, good_enough=0.6, retries=0)
    together = translator.translate(texts, "ko", "en")
    assert together == [translator.translate([text], "ko", "en")[0] for text in texts]


_JUDGE = Judge(UniversalEncoder(1))


def test_the_signature_names_what_decides(judge):
    one, two = (careful(Scripted([]), judge, hypotheses=n).signature for n in (4, 5))
    assert one != two
    assert "scripted" in one
    assert judge.signature in one


def test_the_one_that_says_the_same_is_chosen_though_nothing_is_broken(judge):
    source, right = "경찰은 사고 원인을 조사하고 있다.", "Police are investigating the cause of the accident."
    for wrong in ("Workers are repairing the roof of the school.", "Police are directing the traffic."):
        proposer = Scripted([wrong, right])
        found = careful(proposer, judge, good_enough=1.0, retries=0).translate([source], "ko", "en")[0]
        assert found.text == right


class Guessing:
    def words(self, text, source, target):
        return (("수출", "exports"), ("500억", "wrong"))


def test_hints_join_the_pins_of_the_first_hypothesis_only(judge):
    proposer = Scripted([TENFOLD, RIGHT])
    translator = CarefulTranslator(
        proposer, judge, Care(hypotheses=4, good_enough=0.0, retries=0), pinner(None), hints=Guessing()
    )
    assert translator.translate([SOURCE], "ko", "en")[0].text == RIGHT
    (first, one), (second, rest) = proposer.asked
    assert (one, rest) == (1, 3)
    assert ("수출", "exports") in first.pins
    assert ("500억", "wrong") not in first.pins  # what is pinned is not guessed at
    assert ("수출", "exports") not in second.pins


class ByText(Scripted):
    """Translate what it was told; anything else badly."""

    def __init__(self, known, otherwise):
        super().__init__([])
        self.known, self.otherwise = known, otherwise

    def _give(self, request, n):
        return [Hypothesis(self.known.get(request.text, self.otherwise), score=-0.5, tokens=9)]


FIRST, SECOND = "경찰은 월요일 용의자 9명을 체포했다고 밝혔다.", "재판은 5월 3일 서울에서 열릴 예정이다."
FIRST_EN = "Police said on Monday that they had arrested nine suspects."
SECOND_EN = "The trial is to be held in Seoul on May 3."


def test_several_sentences_are_also_translated_each_alone(judge):
    """The whole drops the second sentence's date; sentence by sentence nothing is lost."""
    whole = "Police said on Monday that they had arrested nine suspects, and there will be a trial in Seoul."
    proposer = ByText({f"{FIRST} {SECOND}": whole, FIRST: FIRST_EN, SECOND: SECOND_EN}, OTHER)
    found = careful(proposer, judge, retries=0).translate([f"{FIRST} {SECOND}"], "ko", "en")[0]
    assert found.text == f"{FIRST_EN} {SECOND_EN}"
    assert [request.text for request, _ in proposer.asked][-2:] == [FIRST, SECOND]


def test_what_stays_broken_is_translated_clause_by_clause(judge):
    text = "경찰은 월요일 용의자 9명을 체포했다고 밝혔지만 재판은 5월 3일 서울에서 열릴 예정이다."
    left, right = "경찰은 월요일 용의자 9명을 체포했다고 밝혔지만", "재판은 5월 3일 서울에서 열릴 예정이다."
    whole = "Police said on Monday that they had arrested nine suspects, but there will be a trial in Seoul."
    known = {left: FIRST_EN, right: SECOND_EN}
    proposer = ByText(known, whole)
    assert careful(proposer, judge, hypotheses=1).translate([text], "ko", "en")[0].text == f"{FIRST_EN} {SECOND_EN}"
    worse = ByText({left: OTHER, right: OTHER}, whole)
    assert careful(worse, judge, hypotheses=1).translate([text], "ko", "en")[0].text == whole
    assert careful(ByText(known, whole), judge, hypotheses=1, retries=0).translate([text], "ko", "en")[0].text == whole
