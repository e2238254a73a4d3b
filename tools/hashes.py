"""Write or check constraints-hashes.txt: the versions of constraints.txt with the SHA-256 of their wheels.

    python tools/hashes.py            write it, for the platform and Python that this runs on
    python tools/hashes.py --check    say whether it names the same versions as constraints.txt

pip compares what it downloads with these hashes (pip install --require-hashes --no-deps -r constraints-hashes.txt).
Two packages are left out, because what is installed is not a file of PyPI with one hash: torch (a build of PyTorch's
own index where TORCH_INDEX is set) and llama-cpp-python (compiled here from its sources).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS, HASHES = ROOT / "constraints.txt", ROOT / "constraints-hashes.txt"
LEFT_OUT = ("torch", "llama-cpp-python")


def main() -> int:
    """Write the file, or check it; return the exit code."""
    pins = pinned(PINS.read_text(encoding="utf-8"))
    wanted = {name: version for name, version in pins.items() if name not in LEFT_OUT}
    if "--check" in sys.argv:
        return check(wanted)
    found = resolved(wanted)
    lines = [f"{name}=={version} --hash=sha256:{found[name]}\n" for name, version in sorted(wanted.items())]
    tag = f"{sys.platform}, Python {sys.version_info[0]}.{sys.version_info[1]}"
    HASHES.write_text(f"# Made by tools/hashes.py for {tag}; {' and '.join(LEFT_OUT)} are left out.\n" + "".join(lines))
    print(f"Wrote {len(lines)} packages to {HASHES.name}.")
    return 0


def pinned(text: str) -> dict[str, str]:
    """Return versions by normalised name."""
    rows = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)
    return {normal(name): version for name, version in rows}


def check(wanted: dict[str, str]) -> int:
    """Compare the file's versions with those that are pinned."""
    held = pinned(HASHES.read_text(encoding="utf-8"))
    wrong = sorted(name for name in wanted.keys() | held.keys() if wanted.get(name) != held.get(name))
    if wrong:
        print(f"{HASHES.name} is out of date: {', '.join(wrong)}\n  Run: python tools/hashes.py", file=sys.stderr)
    return int(bool(wrong))


def resolved(wanted: dict[str, str]) -> dict[str, str]:
    """Ask pip which files it would install, and return their SHA-256 by name."""
    with tempfile.TemporaryDirectory() as folder:
        listed, report = Path(folder) / "wanted.txt", Path(folder) / "report.json"
        listed.write_text("".join(f"{name}=={version}\n" for name, version in wanted.items()))
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet"]
        command += ["--prefer-binary", "--report", str(report), "-r", str(listed)]
        subprocess.run(command, check=True)
        items = json.loads(report.read_text(encoding="utf-8"))["install"]
    hashes = [item["download_info"]["archive_info"]["hashes"]["sha256"] for item in items]
    return dict(zip([normal(item["metadata"]["name"]) for item in items], hashes, strict=True))


def normal(name: str) -> str:
    """Bring a package's name to its one form."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
