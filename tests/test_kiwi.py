"""COMET-Kiwi: what is said where the package, the model or a part of it is missing, and that no pickle runs."""

import pickle
import sys

import pytest

from pipeline.config import load_config
from pipeline.engines.kiwi import KiwiEstimator
from pipeline.engines.registry import load_registry
from pipeline.engines.workshop import Workshop
from pipeline.errors import DependencyMissing, ModelCorrupt, ModelMissing, ModelUnsupported


@pytest.fixture
def folder(tmp_path):
    """A folder of the right shape, without weights worth the name."""
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "config.json").write_text("{}")
    (tmp_path / "hparams.yaml").write_text("class_identifier: unified_metric\ninput_segments: [mt, src]\n")
    (tmp_path / "checkpoints" / "model.ckpt").write_bytes(b"nothing")
    return tmp_path


@pytest.mark.parametrize("name", ["hparams.yaml", "checkpoints/model.ckpt", "encoder/config.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelMissing, match=name):
        KiwiEstimator(folder)


def test_a_missing_package_names_the_install_line(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "comet", None)
    with pytest.raises(DependencyMissing, match="unbabel-comet") as caught:
        KiwiEstimator(folder).estimate(["끝."], ["End."])
    assert "pip install --editable '.[kiwi]'" in str(caught.value)


def test_a_model_that_needs_references_is_refused(folder):
    (folder / "hparams.yaml").write_text("class_identifier: regression_metric\n")
    with pytest.raises(ModelUnsupported, match="needs references"):
        KiwiEstimator(folder)


@pytest.mark.parametrize("text", ["", "[]", "a: b", "!!python/object/apply:os.system ['true']", "{"])
def test_damaged_settings_are_refused(folder, text):
    (folder / "hparams.yaml").write_text(text)
    with pytest.raises(ModelCorrupt, match=r"hparams\.yaml"):
        KiwiEstimator(folder)


class Runs:
    def __reduce__(self):
        return (sys.exit, (3,))


@pytest.mark.parametrize("content", [b"nothing", pickle.dumps(Runs()), pickle.dumps({"state_dict": Runs()})])
def test_a_checkpoint_that_holds_more_than_weights_is_not_run(folder, content):
    pytest.importorskip("torch")
    (folder / "checkpoints" / "model.ckpt").write_bytes(content)
    with pytest.raises(ModelCorrupt, match="could run code"):
        KiwiEstimator(folder)._weights()


def test_the_signature_names_the_weights(folder):
    before = KiwiEstimator(folder).signature
    (folder / "checkpoints" / "model.ckpt").write_bytes(b"something else")
    assert before.startswith("comet-kiwi|unified_metric|sha256:")
    assert KiwiEstimator(folder).signature != before


def test_nothing_to_estimate_needs_no_model(folder):
    assert KiwiEstimator(folder).estimate([], []) == []


def test_the_configuration_names_the_folder(folder, tmp_path):
    path = tmp_path / "kiwi.yaml"
    path.write_text(f"translate:\n  quality_model: {folder}\n")
    judge = Workshop(load_config(path), load_registry(), tmp_path).judge()
    assert judge.signature.endswith(KiwiEstimator(folder).signature)
