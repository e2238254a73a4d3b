"""The shipped configurations and the shipped registry: they load, fit together, and fail with the next step."""

from __future__ import annotations

import re
import socket
import time

import pytest
from test_cli import concord

from pipeline.config import configs_folder, load_config, profile_path
from pipeline.engines.gguf import Prompt
from pipeline.engines.registry import load_registry
from pipeline.engines.workshop import Workshop
from pipeline.errors import ConfigError, ModelMissing

CONFIGS = sorted(path for path in configs_folder().glob("*.yaml") if path.stem != "models")
PROFILES = ("offline", "fast", "best")
ENTRIES = load_registry().entries


@pytest.fixture
def unreachable(monkeypatch):
    """Let the hub be an address of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_loads_and_names_known_models(path):
    config = load_config(path)
    registry = load_registry(config.models)
    for name in config.translate.named_models:
        registry.get(name)
    for pair, chosen in config.translate.pairs.items():
        entry = registry.get(chosen.model)
        assert entry.translates(pair)
        assert (chosen.engine == "gguf") == (entry.kind == "gguf")


def test_the_profiles_cover_every_pair_of_their_target():
    assert {path.stem for path in CONFIGS} == {"default", *PROFILES}
    for name in PROFILES[1:]:
        config = load_config(profile_path(name))
        wanted = {f"{source}-{config.target}" for source in config.languages if source != config.target}
        assert set(config.translate.pairs) == wanted
    assert load_config(profile_path("offline")).translate.model == load_registry().default.name


def test_the_best_profile_takes_the_highest_published_bleu():
    for pair, chosen in load_config(profile_path("best")).translate.pairs.items():
        assert chosen.model == max(ENTRIES, key=lambda e: e.bleu(pair) if e.translates(pair) else -1.0).name


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_entries_are_pinned_licensed_and_complete(entry):
    assert entry.licence
    assert entry.description
    assert bool(entry.quality) == bool(entry.evidence)  # a figure has a source
    hubs = [source for source in entry.sources if "hub" in source]
    if not entry.default:  # its SHA-256 is the pin
        assert all(re.fullmatch("[0-9a-f]{40}", source["revision"]) for source in hubs)
    if entry.kind == "gguf":
        assert re.fullmatch("[0-9a-f]{64}", entry.sha256)
        assert entry.size > 10**9
        assert entry.file == hubs[0]["file"]
        assert entry.default or entry.prompt
    if re.search(r"NC|Gemma|Tencent", entry.licence):
        assert entry.restriction
        assert entry.terms.startswith("https://")
    else:
        assert entry.restriction is None


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.prompt], ids=lambda entry: entry.name)
def test_prompts_are_templates_of_the_engine(entry):
    prompt = Prompt(**entry.prompt)
    assert set(re.findall(r"\{(\w+)\}", prompt.prefix)) <= {"source", "target", "source_code", "target_code"}
    assert "{target}" in prompt.prefix
    assert "{" not in prompt.suffix
    assert prompt.stop
    assert all(isinstance(stop, str) for stop in prompt.stop)
    assert not re.search(r"\n |  ", prompt.prefix)  # a folded YAML line leaves no indentation


def test_an_unknown_profile_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"(?s)no profile 'quick'.*best, default, fast, offline"):
        profile_path("quick")
    result = concord("models", "list", "--profile", "../secret")
    assert (result.exit_code, "no profile" in result.output) == (2, True)
    result = concord("models", "fetch", "--profile", "fast", "-c", CONFIGS[0])
    assert (result.exit_code, "Give one of them" in result.output) == (2, True)


def test_a_profile_lists_its_models_only():
    output = concord("models", "list", "--profile", "fast").output
    assert re.findall(r"^(\S+)  \[", output, re.MULTILINE) == ["opus-mt-fr-en", "opus-mt-ko-en"]
    assert concord("models", "list").output.count("quality:") == len(ENTRIES)


@pytest.mark.parametrize("profile", ["fast", "best"])
def test_running_a_profile_without_its_models_names_the_command(tmp_path, two_articles, profile):
    result = concord(
        *("run", "-i", two_articles, "-o", tmp_path / "out", "-c", profile_path(profile), "-q"),
        CONCORD_HOME=str(tmp_path / "home"),
    )
    assert result.exit_code == 1
    models = " ".join(load_config(profile_path(profile)).translate.named_models)
    assert f"Run: concord models fetch {models}" in result.output


def test_a_missing_model_by_name_is_one_command(tmp_path):
    config = load_config(profile_path("fast"))
    with pytest.raises(ModelMissing, match="concord models fetch opus-mt-fr-en opus-mt-ko-en"):
        Workshop.of(config, tmp_path, tmp_path / "out").plan("ko", "en")


def test_fetching_a_profile_without_a_network_says_what_is_missing_and_what_works(tmp_path, unreachable):
    begun = time.monotonic()
    result = concord("models", "fetch", "--profile", "fast", CONCORD_HOME=str(tmp_path / "home"))
    assert time.monotonic() - begun < 10
    assert result.exit_code == 1
    assert "Still missing: opus-mt-fr-en, opus-mt-ko-en." in result.output
    assert "No model is on disk yet" in result.output
    assert result.output.count("cannot be used") == 1  # one refusal, not one for each model


def test_what_still_works_is_named(unreachable, embedded_model):
    result = concord("models", "fetch", "--profile", "fast")
    assert result.exit_code == 1
    assert "fr-en with qwen2.5-coder-1.5b-instruct-q4_k_m" in result.output


def test_the_offline_profile_needs_no_network(unreachable, embedded_model):
    result = concord("models", "fetch", "--profile", "offline")
    assert (result.exit_code, "is on disk" in result.output) == (0, True)
    assert concord("models", "fetch", "--profile", "offline", "--quiet-if-present").output == ""
