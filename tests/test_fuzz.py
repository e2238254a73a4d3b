"""Replay what fuzzing has found: every input that once failed, and the inputs that fuzzing starts from."""

import hashlib
from pathlib import Path

import pytest

from fuzz.corpus import dictionary, starting_inputs
from fuzz.targets import make_targets

CRASHERS = Path(__file__).resolve().parent.parent / "fuzz" / "crashers"
FOUND = sorted(path for path in CRASHERS.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def targets():
    return make_targets()


@pytest.mark.parametrize("path", FOUND, ids=[f"{path.parent.name}/{path.name}" for path in FOUND])
@pytest.mark.timeout(120)
def test_what_failed_once_fails_no_more(targets, path):
    targets[path.parent.name](path.read_bytes())


def test_every_target_takes_what_it_starts_from(targets):
    for name, target in targets.items():
        inputs = list(starting_inputs(name))
        assert inputs, name
        for data in inputs:
            target(data)


def test_targets_fail_on_a_broken_promise(targets, monkeypatch):
    monkeypatch.setattr("fuzz.targets.split_sentences", lambda text, language: [(0, len(text) + 1)])
    with pytest.raises(AssertionError, match="sentences stand in order"):
        targets["text"](b"One. Two.")
    monkeypatch.setattr("fuzz.targets.read_tmx", lambda path: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        targets["tmx"](b"")


def test_the_dictionary_is_in_the_form_of_libfuzzer():
    lines = dictionary().splitlines()
    assert len(lines) > 50
    assert all(line[0] == line[-1] == '"' and line.isascii() for line in lines)
    assert len({hashlib.sha256(line.encode()).digest() for line in lines}) == len(lines)
