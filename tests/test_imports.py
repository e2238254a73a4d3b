"""Imports run one way, and heavy packages load on first use."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "pipeline"
# Each layer may import from itself and from those above it in this list.
LAYERS = [
    {"errors"},
    {"records", "defects"},
    {"text", "digests"},
    {"alignment", "facts", "quality", "cleaning"},
    {"config"},
    {"engines", "readers", "depots", "store", "tables", "executors", "reporting", "reviews", "shelf"},
    {"stages"},
    {"runner", "explaining", "progress", "watching", "evaluation", "comparing"},
    {"commands"},
    {"cli"},
    {"__main__"},
]
# Reporting reads facts and records; the four pure packages may use one another only like this.
PURE = {
    "facts": {"facts"},
    "cleaning": {"cleaning"},
    "alignment": {"alignment", "facts"},
    "quality": {"quality", "facts"},
}
HEAVY = {
    "torch",
    "transformers",
    "ctranslate2",
    "llama_cpp",
    "ray",
    "spacy",
    "datasets",
    "trafilatura",
    "kiwipiepy",
    "sklearn",
}


def level(layer: str) -> int:
    return next(i for i, names in enumerate(LAYERS) if layer in names)


def imports(path: Path, top_only: bool) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = _top(tree) if top_only else ast.walk(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _top(tree: ast.Module):
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield from [node] if not isinstance(node, ast.Try | ast.If) else ast.walk(node)


FILES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for name in imports(path, top_only=False):
        parts = name.split(".")
        if parts[0] != "pipeline" or len(parts) < 2 or parts[1] == "__version__":
            continue
        assert level(parts[1]) <= level(own), f"{path} imports {name}"
        if own in PURE and level(parts[1]) == level(own):
            assert parts[1] in PURE[own], f"{path} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_packages_load_on_first_use(path):
    assert not {name.split(".")[0] for name in imports(path, top_only=True)} & HEAVY


def test_the_command_line_starts_without_heavy_packages():
    code = f"import sys, pipeline.cli, pipeline.runner; print(sorted({HEAVY!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_only_the_command_line_exits_or_prints():
    allowed = {"cli.py", "progress.py", "__main__.py"}
    for path in FILES:
        calls = [
            n.func.id
            for n in ast.walk(ast.parse(path.read_text()))
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        ]
        assert (
            path.name in allowed
            or path.parent.name == "commands"
            or path.name == "train.py"
            or not {"print", "exit", "quit"} & set(calls)
        ), path


def test_nothing_is_hidden_behind_asserts():
    for path in FILES:
        assert not [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Assert)], path
