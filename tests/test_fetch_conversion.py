"""Pickled weights on the hub become safetensors when they are fetched, or are refused; what came stays as it was."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import shutil
import zipfile

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from local_hub import REVISION, hub
from tiny_marian import PAIRS, copy_checkpoint, tiny_marian

from pipeline.engines.checkpoint import fetch_checkpoint, open_checkpoint
from pipeline.engines.ctranslate import CTranslateTranslator
from pipeline.engines.fetch import fetch_model
from pipeline.engines.hub import read_marker
from pipeline.engines.pickled import check_pickle, convert_pickles
from pipeline.engines.pieces import Codec
from pipeline.engines.registry import load_registry
from pipeline.errors import ModelCorrupt, ModelError, ModelUnsupported

__all__ = ["hub", "tiny_marian"]  # fixtures

OTHER = "fedcba9876543210fedcba9876543210fedcba98"


def weights_of(folder, **settings):
    """Return the file that PyTorch makes of a checkpoint's weights, shared ones under all their names."""
    import torch
    from safetensors.torch import load_file

    state = load_file(folder / "model.safetensors")
    shared = state["model.shared.weight"]
    state |= {f"model.{side}.embed_tokens.weight": shared for side in ("encoder", "decoder")}
    buffer = io.BytesIO()
    torch.save(state, buffer, **settings)
    return buffer.getvalue()


@pytest.fixture(scope="module", params=[True, False], ids=["zip", "legacy"])
def pickled(tiny_marian, request):
    """Weights in the format of today's PyTorch, and in the one that the first OPUS-MT uploads have."""
    return weights_of(tiny_marian, _use_new_zipfile_serialization=request.param)


class Evil:
    def __init__(self, call, argument):
        self._call = (call, (argument,))

    def __reduce__(self):
        return self._call


def malicious(marker, protocol=2, kind="zip"):
    """Return a weight file that would make a file when unpickled."""
    payload = pickle.dumps({"model.shared.weight": Evil(os.system, f"touch {marker}")}, protocol=protocol)
    if kind == "legacy":
        return b"".join(pickle.dumps(part, protocol=2) for part in (0x1950A86A20F9469CFC6C, 1001, {})) + payload
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", payload)
        archive.writestr("archive/version", "3\n")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["zip", "legacy"])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_malicious_pickle_is_refused_and_not_run(tmp_path, protocol, kind):
    file, marker = tmp_path / "pytorch_model.bin", tmp_path / "ran"
    file.write_bytes(malicious(marker, protocol, kind))
    with pytest.raises(ModelUnsupported, match=r"pytorch_model.bin is a pickle that imports (posix.system|something)"):
        check_pickle(file)
    assert not marker.exists()


def test_code_hidden_in_front_of_an_archive_is_found(tmp_path):
    """PyTorch goes by the first bytes, zip readers by the last: a file can be both."""
    file, marker = tmp_path / "pytorch_model.bin", tmp_path / "ran"
    harmless = io.BytesIO()
    with zipfile.ZipFile(harmless, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}, protocol=2))
    file.write_bytes(malicious(marker, kind="legacy") + harmless.getvalue())
    with pytest.raises(ModelUnsupported, match=r"posix.system"):
        check_pickle(file)


@pytest.mark.parametrize("data", [b"", b"pickle", b"PK\x03\x04", b"\x80\x02.", b"<html>404</html>"])
def test_what_is_no_weight_file(tmp_path, data):
    (tmp_path / "pytorch_model.bin").write_bytes(data)
    with pytest.raises(ModelCorrupt, match="no weight file of PyTorch"):
        check_pickle(tmp_path / "pytorch_model.bin")


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda b: b"\x80\x02" + b))
def test_any_bytes_are_judged_without_a_traceback(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("p") / "pytorch_model.bin"
    file.write_bytes(data)
    try:
        check_pickle(file)
    except ModelError as error:
        assert str(file) in str(error) or file.name in str(error)


def test_weights_of_both_formats_pass(tmp_path, pickled):
    (tmp_path / "pytorch_model.bin").write_bytes(pickled)
    check_pickle(tmp_path / "pytorch_model.bin")


def test_conversion_keeps_every_weight(tiny_marian, tmp_path, pickled):
    from safetensors.torch import load_file

    folder = copy_checkpoint(tiny_marian, tmp_path / "opus-mt-fr-en")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickled)
    before = {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix != ".bin"}
    assert convert_pickles(folder) == ["pytorch_model.bin"]
    after = {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "model.safetensors"}
    assert after == before  # nothing else is touched, nothing is left over
    ours, theirs = (load_file(f / "model.safetensors") for f in (folder, tiny_marian))
    assert all(bool((ours[name] == theirs[name]).all()) for name in ours)


def test_weights_that_lack_a_tensor_are_not_converted(tiny_marian, tmp_path):
    import torch

    folder = copy_checkpoint(tiny_marian, tmp_path / "opus-mt-fr-en")
    (folder / "model.safetensors").unlink()
    state = torch.load(io.BytesIO(weights_of(tiny_marian)), weights_only=True)
    del state["model.encoder.layers.1.fc1.weight"]
    torch.save(state, folder / "pytorch_model.bin")
    with pytest.raises(ModelCorrupt, match=r"encoder\.layers\.1\.fc1\.weight"):
        convert_pickles(folder)


# --- fetching ---------------------------------------------------------------------------------------------------------


def test_fetched_pickles_translate_and_say_what_they_were(hub, tiny_marian, tmp_path, pickled):
    del hub.files["model.safetensors"]
    hub.files["pytorch_model.bin"] = pickled
    target = fetch_checkpoint("owner/model", REVISION, tmp_path / "opus")
    note = read_marker(target)
    assert note["converted"] == {"pytorch_model.bin": hashlib.sha256(pickled).hexdigest()}
    assert set(note["files"]) == {p.name for p in target.iterdir()} - {"concord-checkpoint.json"}
    assert "pytorch_model.bin" not in note["files"]
    checkpoint = open_checkpoint(target)
    assert (checkpoint.revision, checkpoint.digest) == (REVISION, note["digest"])
    engine = CTranslateTranslator(checkpoint, cache_folder=tmp_path / "c", compute_type="float32", device="cpu")
    assert [h.text for h in engine.translate([PAIRS[0][0]], "fr", "en")] == [PAIRS[0][1]]


def test_a_malicious_repository_leaves_nothing(hub, tmp_path):
    del hub.files["model.safetensors"]
    hub.files["pytorch_model.bin"] = malicious(tmp_path / "ran")
    with pytest.raises(ModelUnsupported, match=r"posix.system"):
        fetch_checkpoint("owner/model", REVISION, tmp_path / "opus")
    assert list(tmp_path.iterdir()) == []


def test_safetensors_are_preferred_to_pickles(hub, tmp_path):
    hub.files["pytorch_model.bin"] = malicious(tmp_path / "ran")
    target = fetch_checkpoint("owner/model", REVISION, tmp_path / "opus")
    assert "converted" not in read_marker(target)
    assert not list(target.glob("*.bin"))


# --- what came, stays -------------------------------------------------------------------------------------------------


@pytest.fixture
def registry(tmp_path):
    def make(revision):
        source = {"hub": "owner/model"} | ({"revision": revision} if revision else {})
        entry = {"kind": "marian", "pairs": ["fr-en"], "licence": "MIT", "sources": [source]}
        (tmp_path / "models.yaml").write_text(yaml.safe_dump({"opus": entry}))
        return load_registry(str(tmp_path / "models.yaml"), tmp_path / "home")

    return make


def damage(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["model.safetensors", "source.spm", "vocab.json"])
def test_a_changed_file_is_found_when_loading_and_repaired(hub, registry, name):
    known = registry(REVISION)
    [entry] = known.entries
    path = fetch_model(known, entry)
    assert known.sound(entry)
    damage(path / name)
    with pytest.raises(ModelCorrupt, match="not those that were fetched"):
        open_checkpoint(path)
    with pytest.raises(ModelCorrupt, match=rf"{name} is missing, or not the file that was fetched"):
        known.verify(entry)
    fetch_model(known, entry)
    known.verify(entry)


def test_another_pin_fetches_anew(hub, registry):
    known = registry(REVISION)
    fetch_model(known, known.entries[0])
    moved = registry(OTHER)
    with pytest.raises(ModelCorrupt, match=rf"was fetched at {REVISION}, but the registry pins {OTHER}"):
        moved.verify(moved.entries[0])
    assert not moved.sound(moved.entries[0])


def test_without_a_pin_the_first_commit_is_trusted_and_kept(hub, registry, monkeypatch):
    known = registry(None)
    [entry] = known.entries
    path = fetch_model(known, entry)
    note = read_marker(path)
    assert (note["revision"], note["pinned"]) == (REVISION, False)
    damage(path / "model.safetensors")
    fetch_model(known, entry)  # the same commit, the same bytes
    assert read_marker(path)["files"] == note["files"]
    damage(path / "model.safetensors")
    hub.files["vocab.json"] += b" "
    with pytest.raises(ModelCorrupt, match=r"vocab\.json of owner/model is not the file that came the first time"):
        fetch_model(known, entry)
    assert path.is_dir()  # what was there is not thrown away for something worse
    shutil.rmtree(path)
    fetch_model(known, entry)  # a person removed it: first use again


def test_a_folder_put_in_place_by_hand_is_as_good(tiny_marian, registry):
    known = registry(REVISION)
    [entry] = known.entries
    known.folder.mkdir(parents=True)
    copy_checkpoint(tiny_marian, known.path(entry))
    known.verify(entry)
    assert known.sound(entry)


def test_the_vocabulary_of_the_other_side_is_refused(tiny_marian, tmp_path):
    folder = copy_checkpoint(tiny_marian, tmp_path / "opus-mt-tc-big-ko-en")
    ids = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    kept = {p: i for p, i in ids.items() if p in ("</s>", "<unk>", "<pad>") or i % 4 == 0}
    (folder / "vocab.json").write_text(json.dumps(kept), encoding="utf-8")
    with pytest.raises(ModelUnsupported, match=r"holds only \d+ of the \d+ pieces of its source tokenizer"):
        _ = Codec(open_checkpoint(folder)).vocabulary
