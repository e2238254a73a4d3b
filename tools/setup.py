"""Set Concord up: virtual environment, dependencies, embedded model. What `make setup` runs.

Uses the standard library only, because it runs before anything is installed. Does nothing where nothing has changed;
safe to interrupt and to repeat. A step that fails says why and what to do.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "concord-setup.json"
LOG = VENV / "setup.log"
WHEELS = VENV / "wheels"
LLAMA = "llama.cpp, compiled for this machine (3 to 5 minutes the first time)"
EXTRAS = "hf,index,dev"  # and gguf, which is compiled
LAST_LINES = 15
WAIT_SECONDS = 20

Process = subprocess.Popen[Any]


def main() -> int:
    """Bring the environment and the model up to date; return the exit code."""
    if sys.version_info < (3, 10):
        return fail("Python 3.10 or newer is needed, this is " + sys.version.split()[0], "Run: make PYTHON=python3.11")
    wanted = state()
    if STAMP.exists() and json.loads(STAMP.read_text()) == wanted and PYTHON.exists():
        return fetch()
    print("Setting Concord up. This takes a few minutes the first time and is skipped afterwards.", flush=True)
    if not PYTHON.exists():
        print("[1/4] virtual environment in .venv", flush=True)
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    with compiling() as llama:
        code = install(llama)
        fetched = 0 if code else fetch()  # while the compiler works
        code = code or finish(llama)
    if not code:
        STAMP.write_text(json.dumps(wanted))
    return code or fetched


def fetch() -> int:
    """Fetch the embedded model unless it is there; return the exit code."""
    command = [str(PYTHON), "-m", "pipeline", "models", "fetch", "--quiet-if-present"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def state() -> dict[str, str]:
    """Return what the installed environment depends on."""
    names = ("pyproject.toml", "constraints.txt", "tools/setup.py")
    digest = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in names)).hexdigest()
    return {"files": digest, "python": sys.version.split()[0], "folder": str(ROOT)}


@contextmanager
def compiling() -> Iterator[Process | None]:
    """Compile llama.cpp into a wheel beside the other steps; nothing where it is installed already."""
    if any(VENV.glob("lib*/python*/site-packages/llama_cpp_python-*.dist-info")):
        yield None
        return
    print(f"[2/4] {LLAMA}, beside the next steps", flush=True)
    shutil.rmtree(WHEELS, ignore_errors=True)
    WHEELS.mkdir()
    with (WHEELS / "output.log").open("w") as output:
        process = subprocess.Popen(
            pip_command("wheel", ["--no-deps", "--wheel-dir", str(WHEELS), "llama-cpp-python"]),
            cwd=ROOT,
            env=lean_llama(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # pip's compilers end with it
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        with LOG.open("a") as log:
            log.write((WHEELS / "output.log").read_text(errors="replace"))
        shutil.rmtree(WHEELS, ignore_errors=True)


def install(llama: Process | None) -> int:
    """Install everything but what is being compiled; a compiler that fails ends it at the next step."""
    index = ["--extra-index-url", os.environ["TORCH_INDEX"]] if os.environ.get("TORCH_INDEX") else []
    steps = [
        ("[3/4] PyTorch (set TORCH_INDEX to a CPU wheel index to avoid the large CUDA build)", [*index, "torch"]),
        ("[4/4] Concord and the rest", ["--editable", f".[{EXTRAS}]"]),
    ]
    for title, arguments in steps:
        print(title, flush=True)
        if pip(arguments):
            return 1
        if llama is not None and llama.poll():
            return finish(llama)  # which says why
    return 0


def finish(llama: Process | None) -> int:
    """Wait for the compiler, install what it made, and what it was made for."""
    begun = time.monotonic()
    while llama is not None and llama.poll() is None:
        try:
            llama.wait(WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"    {time.monotonic() - begun:4.0f} s  waiting for the compiler", flush=True)
    if llama is not None and llama.returncode:
        return told((WHEELS / "output.log").read_text(errors="replace").splitlines())
    return pip(["--find-links", str(WHEELS), "--editable", f".[gguf,{EXTRAS}]"])


def pip_command(task: str, arguments: list[str]) -> list[str]:
    """Return a command of pip under the pinned versions."""
    command = [str(PYTHON), "-m", "pip", task, "--disable-pip-version-check", "--progress-bar", "off"]
    if sys.version_info >= (3, 11):  # several of the pinned versions have no wheel for 3.10
        command += ["--constraint", "constraints.txt"]
    return command + arguments


def pip(arguments: list[str]) -> int:
    """Let pip install, showing one line per package; keep its whole output in the log."""
    begun, lines = time.monotonic(), []
    command, env = pip_command("install", arguments), lean_llama()
    with (
        LOG.open("a") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            lines.append(line.rstrip())
            show(line, time.monotonic() - begun)
    return told(lines) if process.returncode else 0


def told(lines: list[str]) -> int:
    """Print the end of the output of pip, which failed, and what would help; return an exit code."""
    print("\n".join(line for line in lines[-LAST_LINES:] if not line.startswith("WARNING")), file=sys.stderr)
    return fail(f"pip failed (all of its output: {LOG})", remedy("\n".join(lines)))


def lean_llama() -> dict[str, str]:
    """Return the environment in which only what Concord uses of llama.cpp is compiled: no images, no tools.

    What a user has set for the compiler (``CMAKE_ARGS``, for a GPU say) comes last and wins.
    """
    tools = shlex.quote(f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={ROOT / 'tools' / 'llama.cmake'}")
    return {**os.environ, "CMAKE_ARGS": f"-DLLAVA_BUILD=OFF {tools} {os.environ.get('CMAKE_ARGS', '')}".strip()}


def show(line: str, seconds: float) -> None:
    """Print the lines of pip's output that say what it is doing."""
    words = line.split()
    if line.startswith(("Collecting ", "Building wheel", "Installing collected")) or "Preparing metadata" in line:
        print(f"    {seconds:4.0f} s  {' '.join(words[:3])[:100]}", flush=True)


def remedy(output: str) -> str:
    """Guess what would help from pip's output."""
    if "CMAKE" in output.upper() or "compiler" in output:
        return "A C and C++ compiler is needed: install gcc, g++ and make (Debian: apt-get install build-essential)."
    if "No space left" in output:
        return "Free some disk space (3 GB are needed) and run 'make setup' again."
    if "No matching distribution" in output or "connection" in output.lower():
        return "Check that this machine reaches PyPI (proxy? PIP_INDEX_URL?) and run 'make setup' again."
    return "Read the lines above, mend what they name, and run 'make setup' again."


def fail(message: str, hint: str) -> int:
    """Print an error with its remedy and return an exit code."""
    print(f"setup: {message}\n  {hint}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
