"""concord eval events and concord train events on small labelled data: real cleaning, detection, encoder and model."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app

FIRE = "A fire destroyed the Hartwell warehouse in Banstead on 12 March 2021, and 1,340 residents left their homes."
VOTE = "Voters in Turkmenistan chose a new parliament on 15 December 2013, with 283 candidates for 125 seats."
STORM = "Storm Odalys cut the power of 52,000 households in Brest on 3 February 2019, the operator said."
TRIAL = "The jury found Paul Okafor guilty of fraud on 8 June 2022 after a trial of nine weeks in Leeds."
MORE = ("Officials confirmed the figures on the same day.", "Further details are to be published later, they said.")


def write_lines(path: Path) -> Path:
    """Write four topics of one event each, three articles an event."""
    records = [
        {"id": f"{topic}-{n}", "topic": topic, "event": topic, "sentences": [text, *MORE[:n]]}
        for topic, text in (("1", FIRE), ("2", VOTE), ("3", STORM), ("4", TRIAL))
        for n in range(3)
    ]
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


def write_newsroom(folder: Path, named: str = "02") -> Path:
    (folder / "articles").mkdir(parents=True)
    texts = {"01": FIRE, "02": FIRE, "03": VOTE}
    for name, text in texts.items():
        (folder / "articles" / f"{name}.txt").write_text("\n".join([text, *MORE]), encoding="utf-8")
    meta = [{"id": name, "lang": "en", "published": f"2021-03-1{name[1]}"} for name in texts]
    (folder / "meta.jsonl").write_text("".join(json.dumps(m) + "\n" for m in meta), encoding="utf-8")
    events = {"E1": {"articles": ["01", named]}, "E2": {"articles": ["03"]}}
    (folder / "gold.json").write_text(json.dumps({"events": events, "threads": {"T1": ["E1"]}}), encoding="utf-8")
    return folder


def run(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_json_lines_with_the_packaged_model(tmp_path: Path) -> None:
    result = run("eval", "events", str(write_lines(tmp_path / "news.jsonl")), "--json")
    assert result["b3"] == result["pairwise"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert (result["v_measure"], result["n_articles"], result["n_events"], result["n_predicted"]) == (1.0, 12, 4, 4)
    assert "events-1|" in str(result["signature"])


def test_cross_validation_trains_on_other_topics_and_says_so(tmp_path: Path) -> None:
    result = run("eval", "events", str(write_lines(tmp_path / "news.jsonl")), "--cross-validate", "--json")
    assert result["n_articles"] == 12
    assert "events-cv|folds:4" in str(result["signature"])
    assert "data:" not in str(result["signature"])


def test_newsroom_folder_with_and_without_dates(tmp_path: Path) -> None:
    folder = write_newsroom(tmp_path / "room")
    dated = run("eval", "events", str(folder), "--json")
    undated = run("eval", "events", str(folder), "--ignore-published", "--json")
    assert dated["n_predicted"] == undated["n_predicted"] == 2
    assert "published:given" in str(dated["signature"])
    assert "published:read in texts" in str(undated["signature"])


def test_training_gives_the_same_file_twice_and_the_model_reads_it(tmp_path: Path) -> None:
    from pipeline.alignment.model import model_from_json

    data, room = write_lines(tmp_path / "news.jsonl"), write_newsroom(tmp_path / "room")
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file in files:
        run("train", "events", str(data), str(room), "--out", str(file), "--json")
    assert files[0].read_bytes() == files[1].read_bytes()
    model = model_from_json(json.loads(files[0].read_text(encoding="utf-8")))
    assert re.search(r"data:newsroom:[\d.]+\+topics:[\d.]+\|", model.signature)


@pytest.mark.parametrize("kind", ["nothing", "no json", "no field", "unknown article", "one topic"])
def test_bad_data_is_named_with_a_remedy(tmp_path: Path, kind: str) -> None:
    path, options = tmp_path / "data", []
    if kind == "no json":
        path.write_text("{", encoding="utf-8")
    elif kind == "no field":
        path.write_text('{"id": "1"}\n', encoding="utf-8")
    elif kind == "unknown article":
        write_newsroom(path, named="07")
    elif kind == "one topic":
        path.write_text('{"id": "1", "topic": "1", "event": "1", "sentences": ["Fire."]}\n', encoding="utf-8")
        options = ["--cross-validate"]
    result = CliRunner().invoke(app, ["eval", "events", str(path), *options])
    assert result.exit_code == 1
    assert "\n  " in result.stderr
    if kind != "one topic":
        assert str(path) in result.stderr
