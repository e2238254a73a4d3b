"""Models whose terms restrict their use: shown, refused until somebody accepts them, by fetching and loading alike."""

from __future__ import annotations

import json

import pytest
import yaml
from local_hub import REVISION, hub
from test_cli import concord
from tiny_marian import copy_checkpoint, tiny_marian

from pipeline.config import load_config
from pipeline.engines.fetch import fetch_model
from pipeline.engines.registry import load_registry
from pipeline.engines.workshop import Workshop
from pipeline.errors import ConfigError, LicenceNotAccepted, ModelMissing

__all__ = ["hub", "tiny_marian"]  # fixtures

ENTRY = {
    "kind": "marian",
    "pairs": ["fr-en"],
    "licence": "CC-BY-NC-4.0",
    "restriction": "Non-commercial use only.",
    "terms": "https://example.org/terms",
    "sources": [{"hub": "owner/model", "revision": REVISION}],
    "quality": {"fr-en": {"bleu": 40}},
}
FREE = {k: v for k, v in ENTRY.items() if k not in ("restriction", "terms")} | {"licence": "MIT"}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Write a registry and a configuration that uses it, and return a way to run commands with them."""

    def write(translate=None, **entries):
        models, config = tmp_path / "models.yaml", tmp_path / "c.yaml"
        models.write_text(yaml.safe_dump(entries))
        config.write_text(yaml.safe_dump({"models": str(models), "translate": translate or {}}))
        monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "home"))
        return config

    return write


def workshop(config, tmp_path):
    return Workshop.of(load_config(config), None, tmp_path / "out")


def test_fetching_is_refused_and_says_what_and_why(hub, place, tmp_path):
    config = place(restricted=ENTRY)
    result = concord("models", "fetch", "restricted", "-c", config)
    assert result.exit_code == 1
    for said in ("CC-BY-NC-4.0", "Non-commercial use only.", "https://example.org/terms"):
        assert said in result.output
    assert "concord models fetch restricted --accept-license restricted" in result.output
    assert not (tmp_path / "home").exists()
    registry = load_registry(load_config(config).models)
    with pytest.raises(LicenceNotAccepted, match="Non-commercial"):
        fetch_model(registry, registry.entries[0])


def test_an_acceptance_is_recorded_beside_the_model(hub, place, tmp_path):
    config = place(restricted=ENTRY)
    result = concord("models", "fetch", "restricted", "--accept-license", "restricted", "-c", config)
    assert (result.exit_code, "is on disk (CC-BY-NC-4.0)" in result.output) == (0, True)
    record = json.loads((tmp_path / "home" / "models" / "restricted.licence.json").read_text())
    assert record["licence"] == "CC-BY-NC-4.0"
    assert record["restriction"] == "Non-commercial use only."
    assert len(record["accepted"]) == len("2024-05-10")
    assert concord("models", "fetch", "restricted", "-c", config).exit_code == 0  # asked once
    assert "is sound" not in concord("models", "verify", "-c", config).output
    assert workshop(config, tmp_path).plan("fr", "en").model == "restricted"


def test_a_model_put_in_place_by_hand_is_not_loaded_without_it(tiny_marian, place, tmp_path):
    config = place({"model": "restricted"}, restricted=ENTRY)
    (tmp_path / "home" / "models").mkdir(parents=True)
    copy_checkpoint(tiny_marian, tmp_path / "home" / "models" / "restricted")
    with pytest.raises(LicenceNotAccepted, match="--accept-license restricted"):
        workshop(config, tmp_path).plan("fr", "en")
    result = concord("models", "fetch", "restricted", "--accept-license", "restricted", "-c", config)
    assert result.exit_code == 0  # no network is asked: the model is there
    assert workshop(config, tmp_path).plan("fr", "en").licence == "CC-BY-NC-4.0"


def test_auto_takes_another_model_or_says_what_stands_in_the_way(tiny_marian, place, tmp_path):
    config = place(restricted=ENTRY, free=FREE | {"quality": {}})
    models = tmp_path / "home" / "models"
    models.mkdir(parents=True)
    copy_checkpoint(tiny_marian, models / "restricted")
    with pytest.raises(LicenceNotAccepted, match=r"restricted comes under CC-BY-NC-4\.0"):
        workshop(config, tmp_path).plan("fr", "en")
    with pytest.raises(ModelMissing, match="ko-en"):
        workshop(config, tmp_path).plan("ko", "en")
    copy_checkpoint(tiny_marian, models / "free")
    assert workshop(config, tmp_path).plan("fr", "en").model == "free"
    shop = workshop(config, tmp_path)
    shop.registry.accept(shop.registry.get("restricted"))
    assert shop.plan("fr", "en").model == "restricted"  # the higher BLEU


@pytest.mark.parametrize("change", [{"licence": "CC-BY-NC-ND-4.0"}, {"restriction": "Research only."}])
def test_other_terms_are_asked_for_again(place, tmp_path, change):
    registry = load_registry(load_config(place(restricted=ENTRY)).models)
    registry.accept(registry.entries[0])
    assert registry.accepted(registry.entries[0])
    changed = load_registry(load_config(place(restricted=ENTRY | change)).models)
    assert not changed.accepted(changed.entries[0])


@pytest.mark.parametrize("text", ["", "[]", "{", '{"licence": "CC-BY-NC-4.0"}', "null"])
def test_a_damaged_record_is_none(place, tmp_path, text):
    registry = load_registry(load_config(place(restricted=ENTRY)).models)
    registry.folder.mkdir(parents=True)
    (registry.folder / "restricted.licence.json").write_text(text)
    assert not registry.accepted(registry.entries[0])


def test_free_models_need_nothing(hub, place, tmp_path):
    config = place(free=FREE)
    assert concord("models", "fetch", "free", "-c", config).exit_code == 0
    assert not (tmp_path / "home" / "models" / "free.licence.json").exists()


def test_accepting_for_another_model_is_a_mistake(place):
    config = place(restricted=ENTRY, free=FREE)
    result = concord("models", "fetch", "free", "--accept-license", "restricted", "-c", config)
    assert (result.exit_code, "not among the models to fetch" in result.output) == (2, True)
    assert concord("models", "fetch", "free", "--accept-license", "nope", "-c", config).exit_code == 1


def test_several_restricted_models_are_refused_together(place):
    config = place(one=ENTRY, two=ENTRY | {"restriction": "Research only."})
    result = concord("models", "fetch", "one", "two", "-c", config)
    assert result.exit_code == 1
    assert "Research only." in result.output
    assert "--accept-license one --accept-license two" in result.output


def test_the_list_shows_licences_and_restrictions(place):
    config = place(restricted=ENTRY, free=FREE)
    output = concord("models", "list", "-c", config).output
    assert "CC-BY-NC-4.0" in output
    assert "restricted: Non-commercial use only. (fetch it with --accept-license restricted" in output
    rows = {row["name"]: row for row in json.loads(concord("models", "list", "--json", "-c", config).output)}
    assert rows["restricted"]["accepted"] is False
    assert (rows["free"]["restriction"], rows["free"]["accepted"]) == (None, True)
    assert rows["restricted"]["revision"] == REVISION


def test_an_unknown_key_of_an_entry_is_named(place):
    with pytest.raises(ConfigError, match="unknown key 'license'"):
        load_registry(load_config(place(wrong=FREE | {"license": "MIT"})).models)
