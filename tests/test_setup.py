"""What `make setup` asks pip for; that it installs and compiles is what CI begins with."""

from __future__ import annotations

import importlib.util
import shlex
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
