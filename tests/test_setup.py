"""What `make setup` asks pip for; that it installs and compiles is what CI begins with."""

from __future__ import annotations

import importlib.util
import shlex
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("concord_setup", ROOT / "tools" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_only_what_is_used_of_llama_is_compiled_and_the_users_flags_win(setup, monkeypatch):
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_CUDA=ON -DLLAVA_BUILD=ON")
    monkeypatch.setattr(setup, "ROOT", Path("/home/a user/concord"))
    assert shlex.split(setup.lean_llama()["CMAKE_ARGS"]) == [
        "-DLLAVA_BUILD=OFF",
        "-DCMAKE_PROJECT_llama.cpp_INCLUDE=/home/a user/concord/tools/llama.cmake",
        "-DGGML_CUDA=ON",
        "-DLLAVA_BUILD=ON",
    ]
    assert (ROOT / "tools" / "llama.cmake").is_file()


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("CMake Error: CMAKE_C_COMPILER not set", "build-essential"),
        ("OSError: [Errno 28] No space left on device", "disk space"),
        ("ERROR: No matching distribution found for torch", "reaches PyPI"),
        ("", "Read the lines above"),
    ],
)
def test_a_failure_names_its_remedy(setup, output, said):
    assert said in setup.remedy(output)


@pytest.fixture
def machine(setup, tmp_path, monkeypatch):
    """A virtual environment in a folder of its own, and Python code in place of pip: by task."""
    (tmp_path / ".venv").mkdir()
    for name, path in (("VENV", ".venv"), ("LOG", ".venv/setup.log"), ("WHEELS", ".venv/wheels")):
        monkeypatch.setattr(setup, name, tmp_path / path)
    does = {"wheel": "print('made a wheel')", "install": "import sys; print('Collecting', sys.argv[1:])"}
    monkeypatch.setattr(setup, "pip_command", lambda task, arguments: [sys.executable, "-c", does[task], *arguments])
    return does


def test_the_compiler_works_beside_and_its_wheel_is_installed_last(setup, machine, capfd):
    machine["wheel"] = "import sys, time; time.sleep(1); open(sys.argv[3] + '/made.whl', 'w'); print('made a wheel')"
    with setup.compiling() as llama:
        assert setup.install(llama) == 0
        assert llama.poll() is None
        assert setup.finish(llama) == 0
        assert (setup.WHEELS / "made.whl").exists()
    assert not setup.WHEELS.exists()
    asked = [line for line in setup.LOG.read_text().splitlines() if line.startswith("Collecting")]
    assert ["torch" in asked[0], ".[hf,index,dev]" in asked[1], ".[gguf,hf,index,dev]" in asked[2]] == [True] * 3
    assert "made a wheel" in setup.LOG.read_text()
    assert "beside the next steps" in capfd.readouterr().out


def test_a_compiler_that_fails_ends_the_setup_at_the_next_step(setup, machine, capfd):
    machine["wheel"] = "print('CMake Error: no compiler'); raise SystemExit(1)"
    with setup.compiling() as llama:
        llama.wait()
        assert setup.install(llama) == 1
    told = capfd.readouterr()
    assert "no compiler" in told.err and "build-essential" in told.err
    assert "Concord and the rest" not in told.out
    assert "no compiler" in setup.LOG.read_text()


def until(holds):
    for _ in range(200):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it did not come about")


def runs(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells of processes like this")
def test_a_step_that_fails_stops_the_compiler(setup, machine, tmp_path):
    """Pip's children with it: what compiles is not pip."""
    told = tmp_path / "compiler"
    compiler = f"import os, pathlib, time; pathlib.Path({str(told)!r}).write_text(str(os.getpid())); time.sleep(600)"
    machine["wheel"] = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {compiler!r}])"
    machine["install"] = "print('No space left on device'); raise SystemExit(1)"
    with setup.compiling() as llama:
        until(lambda: told.exists() and told.read_text())
        assert setup.install(llama) == 1
    assert llama.poll() is not None
    until(lambda: not runs(int(told.read_text())))


def test_what_is_compiled_already_is_not_compiled_again(setup, machine):
    (setup.VENV / "lib" / "python3.11" / "site-packages" / "llama_cpp_python-0.3.16.dist-info").mkdir(parents=True)
    with setup.compiling() as llama:
        assert llama is None
        assert setup.finish(llama) == 0
