"""Judgements that are remembered: the same as those worked out, once each, and never another judge's."""

import pytest

from pipeline.engines.embedding import UniversalEncoder
from pipeline.engines.judging import Judge
from pipeline.engines.memory import TranslationMemory
from pipeline.engines.memory_judge import RememberingJudge, judge_key
from pipeline.engines.memory_work import sweep

SOURCES = ["Il a payé 500 euros le 3 mai.", "La réunion a eu lieu à Lyon.", "Il a payé 500 euros le 3 mai.", ""]
TARGETS = ["He paid 50 euros on May 3.", "The meeting took place in Lyon.", "He paid 50 euros on May 3.", ""]
SCORES = [-0.25, None, -0.25, None]


class Counting(Judge):
    """Count what is worked out."""

    worked_out = 0

    def judge(self, sources, hypotheses, source_language, target_language, scores=None, **more):
        type(self).worked_out += len(sources)
        return super().judge(sources, hypotheses, source_language, target_language, scores, **more)


@pytest.fixture
def judge():
    Counting.worked_out = 0
    return Counting(UniversalEncoder(1))


@pytest.fixture
def memory(tmp_path):
    store = TranslationMemory(tmp_path / "memory.sqlite")
    yield store
    store.close()


def test_what_is_remembered_is_what_was_worked_out_and_equal_pairs_are_judged_once(judge, memory):
    direct = judge.judge(SOURCES, TARGETS, "fr", "en", SCORES)
    Counting.worked_out = 0
    cold = RememberingJudge(judge, memory).judge(SOURCES, TARGETS, SCORES, "fr", "en")
    assert Counting.worked_out == 3
    warm = RememberingJudge(judge, memory).judge(SOURCES, TARGETS, SCORES, "fr", "en")
    assert Counting.worked_out == 3
    assert cold == warm
    assert [(v.quality, v.fidelity) for v in warm] == [(j.quality, j.fidelity) for j in direct]
    assert warm[0].fidelity.findings  # the amount is wrong, and that is remembered


def test_another_score_translation_or_pair_is_judged_anew(judge, memory):
    RememberingJudge(judge, memory).judge(SOURCES[:1], TARGETS[:1], SCORES[:1], "fr", "en")
    for sources, targets, scores, target in (
        (SOURCES[:1], TARGETS[:1], [-0.26], "en"),
        (SOURCES[:1], TARGETS[1:2], SCORES[:1], "en"),
        (SOURCES[:1], TARGETS[:1], SCORES[:1], "ko"),
    ):
        before = Counting.worked_out
        RememberingJudge(judge, memory).judge(sources, targets, scores, "fr", target)
        assert Counting.worked_out == before + 1


def test_a_stored_judgement_that_cannot_be_read_is_worked_out_again(judge, memory):
    good = RememberingJudge(judge, memory).judge(SOURCES, TARGETS, SCORES, "fr", "en")
    memory._connection.execute("UPDATE judgements SET judgement = '[1, 2'")
    assert RememberingJudge(judge, memory).judge(SOURCES, TARGETS, SCORES, "fr", "en") == good
    assert Counting.worked_out == 6


def test_without_a_memory_nothing_is_kept(judge):
    found = RememberingJudge(judge, None).judge(SOURCES, TARGETS, SCORES, "fr", "en")
    assert RememberingJudge(judge, None).judge(SOURCES, TARGETS, SCORES, "fr", "en") == found
    assert Counting.worked_out == 6


def test_a_sweep_drops_the_judgements_of_other_judges_only(judge, memory):
    RememberingJudge(judge, memory).judge(SOURCES, TARGETS, SCORES, "fr", "en")
    memory.store_judgements({"key": "[0.5, 0, 0, []]"}, "another judge")
    sweep(memory, {"fake"}, judge=judge_key(judge), dry_run=True)
    assert memory.judgements({"key"}, "another judge")
    sweep(memory, {"fake"}, judge=judge_key(judge))
    assert not memory.judgements({"key"}, "another judge")
    before = Counting.worked_out
    RememberingJudge(judge, memory).judge(SOURCES, TARGETS, SCORES, "fr", "en")
    assert Counting.worked_out == before
