"""concord eval translate: what it prints, what it counts, what it says when the data are wrong."""

import json

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import InputError
from pipeline.evaluation.data import read_pair
from pipeline.evaluation.translate import facts_kept


def concord(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "fr.txt").write_text("Le pont a rouvert le 13 mai.\nDeux personnes ont péri.\nFin.\n", encoding="utf-8")
    (tmp_path / "en.txt").write_text("The bridge reopened on May 13.\nTwo people died.\nEnd.\n", encoding="utf-8")
    return tmp_path


def test_it_prints_what_it_promises(folder):
    kept = folder / "out.txt"
    result = concord(
        "eval", "translate", folder, "--pair", "fr-en", "--engine", "fake", "--limit", "2", "--keep", kept, "--json"
    )
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert {"bleu", "chrf", "chrf++", "fidelity", "seconds", "tokens_per_second", "engine", "signatures"} <= set(found)
    assert set(found["fidelity"]) == {"numbers_kept", "dates_kept", "names_kept"}
    assert found["n"] == 2
    assert len(kept.read_text(encoding="utf-8").splitlines()) == 2
    assert any("BLEU" in s for s in found["signatures"])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--pair", "fr"], 2, "not a language pair"),
        (["--pair", "fr-fr"], 2, "not a language pair"),
        (["--pair", "fr-en", "--engine", "magic"], 2, "Engines: auto"),
        (["--pair", "ko-en", "--engine", "fake"], 1, "ko.txt"),
        (["--pair", "fr-en", "--engine", "fake", "--limit", "0"], 2, "limit"),
    ],
)
def test_mistakes_get_a_message(folder, arguments, code, said):
    result = concord("eval", "translate", folder, *arguments)
    assert result.exit_code == code
    assert said in result.output


def test_texts_must_be_aligned(folder):
    (folder / "en.txt").write_text("One line.\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"3 lines, en\.txt 1"):
        read_pair(folder, "fr", "en")


@pytest.mark.parametrize(
    ("source", "target", "numbers", "dates"),
    [
        ("수출은 500억 달러였다.", "Exports were 50 billion dollars.", 1.0, None),
        ("수출은 500억 달러였다.", "Exports were 500 billion dollars.", 0.0, None),
        ("5월 10일에 열렸다.", "It was held on May 10.", None, 1.0),
        ("5월 10일에 열렸다.", "It was held on June 10.", None, 0.5),
        ("회의가 열렸다.", "A meeting was held.", None, None),
        ("", "", None, None),
    ],
)
def test_facts_are_counted_by_kind(source, target, numbers, dates):
    found = facts_kept([source], [target], "ko", "en")["fidelity"]
    assert (found["numbers_kept"], found["dates_kept"]) == (numbers, dates)


def test_no_lines_no_share():
    assert facts_kept([], [], "fr", "en")["flagged"] is None


def test_the_first_answer_is_one_hypothesis_as_it_comes():
    from pipeline.commands.common import without_care
    from pipeline.config import Config

    settings = without_care(Config.model_validate({"translate": {"beam_size": 2}})).translate
    assert (settings.hypotheses, settings.retries, settings.repair, settings.pin_facts) == (1, 0, False, False)
    assert settings.beam_size == 2
