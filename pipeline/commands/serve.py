"""concord serve: show a run's folder on this computer only, for reading only."""

from __future__ import annotations

import os
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from urllib.parse import unquote, urlsplit

import typer

from pipeline.commands.common import RUN_FOLDER, errors
from pipeline.errors import InputError

__all__ = ["make_server", "serve_command"]

HOST = "127.0.0.1"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv; charset=utf-8",
    ".tsv": "text/tab-separated-values; charset=utf-8",
    ".tmx": "application/xml",
    ".xlf": "application/xliff+xml",
    ".log": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
}
# What a browser may see: the report. The memory, the stages and hidden files stay on disk.
_PLACES = ("events", "articles", "data", "exports")


class _Handler(SimpleHTTPRequestHandler):
    """Answer GET and HEAD with files of the report; everything else is refused."""

    server_version = "concord"
    sys_version = ""

    def send_head(self) -> Any:
        """Open a file of the report, and nothing else.

        A name that another site gave this address is refused: it could read the pages otherwise (DNS rebinding).
        """
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0].lower()
        if host not in (HOST, "localhost"):
            self.send_error(HTTPStatus.FORBIDDEN)
            return None
        path = self._file()
        if path is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        stream = path.open("rb")
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", _TYPES[path.suffix.lower()])
        self.send_header("Content-Length", str(os.fstat(stream.fileno()).st_size))
        self.end_headers()
        return stream

    def _file(self) -> Path | None:
        root = Path(self.directory).resolve()
        try:
            parts = [p for p in unquote(urlsplit(self.path).path, errors="strict").split("/") if p]
            if not parts:
                parts = ["index.html"]
            hidden = any(p.startswith(".") or "\\" in p or "\0" in p for p in parts)
            if hidden or (len(parts) > 1 and parts[0] not in _PLACES):
                return None
            path = root.joinpath(*parts).resolve()
            inside = path.is_relative_to(root) and path.is_file()
        except (ValueError, OSError):
            return None
        return path if inside and path.suffix.lower() in _TYPES else None

    def end_headers(self) -> None:
        """Add what keeps other sites from using the pages, and a browser from guessing types or keeping old ones."""
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def list_directory(self, path: str | os.PathLike[str]) -> Any:
        """Refuse to list a folder."""
        return None

    def copyfile(self, source: Any, outputfile: BinaryIO | Any) -> None:
        """Send a file; a browser that goes away in the middle is nothing to report."""
        try:
            super().copyfile(source, outputfile)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing about single requests."""


def make_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of a run's report on 127.0.0.1; port 0 takes a free one.

    Raises:
        InputError: the folder holds no report, or the port is taken.
    """
    if not (folder / "index.html").is_file():
        raise InputError(f"{folder} holds no report.", "Name the output folder of a finished run.")
    try:
        return ThreadingHTTPServer((HOST, port), partial(_Handler, directory=str(folder)))
    except (OSError, OverflowError) as error:
        raise InputError(f"The port {port} cannot be used: {error}.", "Choose another with --port, 0 for any.") from (
            error
        )


def serve_command(
    folder: Annotated[Path, typer.Argument(help="Output folder of a run.")] = RUN_FOLDER,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8765,
) -> None:
    """Serve the report of a run on this computer only, for reading only, until Ctrl-C.

    The report also opens straight from the file system. A browser keeps decisions made here apart from those.
    """
    with errors():
        server = make_server(folder, port)
        print(f"http://{HOST}:{server.server_port}/  (Ctrl-C stops)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")
        finally:
            server.server_close()
