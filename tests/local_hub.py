"""A model hub on this machine, at ``HF_ENDPOINT``: one repository, ``owner/model``, with the files of a tiny Marian."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from tiny_marian import tiny_marian

__all__ = ["REVISION", "hub", "tiny_marian"]

REVISION = "0123456789abcdef0123456789abcdef01234567"


class _Hub(BaseHTTPRequestHandler):
    """Serve one checkpoint folder the way the model hub does, at ``owner/model``."""

    files: ClassVar[dict[str, bytes]] = {}
    broken: ClassVar[frozenset[str]] = frozenset()

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, body):
        path = self.path.split("?")[0]
        if path.startswith("/api/models/owner/model/tree/"):
            entries = [{"type": "file", "path": n, "size": len(d), "oid": "0" * 40} for n, d in self.files.items()]
            return self._send(200, json.dumps(entries).encode(), body)
        if path.startswith("/api/models/owner/model"):
            siblings = [{"rfilename": name} for name in self.files]
            return self._send(
                200, json.dumps({"id": "owner/model", "sha": REVISION, "siblings": siblings}).encode(), body
            )
        name = path.removeprefix(f"/owner/model/resolve/{REVISION}/")
        if name in self.files and name not in self.broken:
            return self._send(200, self.files[name], body)
        return self._send(404, b"{}", body)

    def _send(self, status, data, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", '"0123"')
        self.send_header("X-Repo-Commit", REVISION)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub(tiny_marian, monkeypatch):
    handler = type("Handler", (_Hub,), {"files": {p.name: p.read_bytes() for p in tiny_marian.iterdir()}})
    handler.files |= {"README.md": b"x", "pytorch_model.bin": b"pickle", "run.py": b"code"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()
