"""The command line as people meet it: help, exit codes, messages, never a traceback."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from pipeline.cli import app

COMMANDS = [
    [],
    ["run"],
    ["status"],
    ["config"],
    ["models"],
    ["models", "list"],
    ["models", "fetch"],
    ["models", "verify"],
    ["memory"],
    ["memory", "stats"],
    ["memory", "export"],
    ["memory", "import"],
    ["memory", "correct"],
    ["memory", "gc"],
    ["glossary"],
    ["glossary", "check"],
    ["eval"],
    ["eval", "langid"],
    ["eval", "translate"],
    ["eval", "qe"],
    ["train"],
    ["train", "quality"],
    ["eval", "rendering"],
    ["eval", "check"],
    ["check"],
    ["align"],
    ["eval", "sentences"],
    ["eval", "documents"],
]


def concord(*arguments, **environment):
    result = CliRunner().invoke(app, [str(a) for a in arguments], env=environment)
    assert "Traceback" not in result.output
    return result


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(command):
    result = concord(*command, "--help")
    assert result.exit_code == 0
    lines = [line.strip() for line in result.output.splitlines() if line.strip()]
    assert lines[0].startswith("Usage: ")
    assert len(lines[1]) > 20
    assert lines[1][0].isupper()


def test_version():
    assert concord("--version").output.startswith("concord 0.")


def test_config_prints_all_defaults_and_its_schema(fake_config):
    assert "engine: fake" in concord("config", "-c", fake_config).output
    assert json.loads(concord("config", "--schema").output)["title"] == "Config"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "-i", "{tmp}/absent"], 1, "does not exist"),
        (["run", "-i", "{tmp}/empty"], 1, "holds no articles"),
        (["run", "-c", "{tmp}/absent.yaml"], 2, "cannot be read"),
        (["run", "-c", "{tmp}/bad.yaml"], 2, "Did you mean 'target'"),
        (["status", "-c", "{tmp}/bad.yaml"], 2, "Did you mean 'target'"),
        (["run", "--until", "nowhere"], 2, "nowhere"),
        (["run", "--nonsense"], 2, "nonsense"),
        (["models", "fetch", "unknown"], 1, "Known models"),
        (["models", "verify", "unknown"], 1, "Known models"),
        (["eval", "langid", "{tmp}/empty"], 1, "holds none of fr.txt"),
        (["eval", "nothing"], 2, "nothing"),
    ],
)
def test_mistakes_get_a_message_and_an_exit_code(tmp_path, arguments, code, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.yaml").write_text("targt: en")
    result = concord(*[a.replace("{tmp}", str(tmp_path)) for a in arguments])
    assert result.exit_code == code
    assert said in result.output


def test_models_are_listed_with_their_licence():
    rows = json.loads(concord("models", "list", "--json").output)
    assert {"name", "licence", "quality", "on_disk", "pairs"} <= set(rows[0])
    assert "Apache-2.0" in concord("models", "list").output


def test_langid_prints_what_it_promises(tmp_path):
    (tmp_path / "fr.txt").write_text("Le pont a rouvert jeudi.\nDeux personnes ont péri.\n")
    (tmp_path / "ko.txt").write_text("다리가 목요일에 다시 열렸다.\n")
    result = json.loads(concord("eval", "langid", tmp_path, "--json").output)
    assert result["accuracy"] == 1.0
    assert result["by_language"] == {"fr": 1.0, "ko": 1.0}
    assert result["n"] == 3
    assert "lid.176" in result["signature"]


def test_a_missing_model_stops_the_run_before_anything_is_translated(tmp_path, two_articles):
    result = concord("run", "-i", two_articles, "-o", tmp_path / "out", "-q", CONCORD_HOME=str(tmp_path / "home"))
    assert result.exit_code == 1
    assert "No model on disk translates" in result.output
    assert "concord models fetch" in result.output
    assert (
        concord("status", "-i", two_articles, "-o", tmp_path / "out", CONCORD_HOME=str(tmp_path / "home")).exit_code
        == 0
    )


def test_an_unexpected_error_is_no_traceback_either(tmp_path, two_articles, fake_config, monkeypatch):
    import pipeline.runner

    def explode(*_, **__):
        raise RuntimeError("boom")

    monkeypatch.setattr(pipeline.runner, "run", explode)
    result = concord("run", "-i", two_articles, "-o", tmp_path / "out", "-c", fake_config)
    assert result.exit_code == 70
    assert "boom" in result.output
    assert "CONCORD_DEBUG" in result.output


def test_the_module_runs_too():
    output = subprocess.run(
        [sys.executable, "-m", "pipeline", "--version"],
        capture_output=True,
        text=True,
        check=True,
        env=dict(os.environ),
    ).stdout
    assert output.startswith("concord")
