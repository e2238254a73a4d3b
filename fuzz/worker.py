"""One fuzzing process: python -m fuzz.worker TARGET FOUND guided|blind [options of libFuzzer].

Started by ``python -m fuzz``.
"""

from __future__ import annotations

import hashlib
import os
import sys
import traceback
from pathlib import Path

import atheris


def main() -> None:
    """Fuzz until libFuzzer ends the process; every kind of failure is kept once, and fuzzing goes on."""
    name, found, mode, *options = sys.argv[1:]
    os.environ["CONCORD_DEBUG"] = "1"  # a defect must come out, not be put aside
    # libFuzzer wants to see some coverage, so blindly only the targets themselves are instrumented.
    with atheris.instrument_imports(include=["pipeline"] if mode == "guided" else ["fuzz.targets"]):
        from fuzz.corpus import starting_inputs
        from fuzz.targets import make_targets
    target = make_targets()[name]
    known: set[str] = set()
    for start in starting_inputs(name):  # what is loaded on first use must not count as a hang
        target(start)

    def one(data: bytes) -> None:
        try:
            target(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we are looking for
            kind = _kind(error)
            if kind not in known:
                known.add(kind)
                (Path(found) / f"{name}-{hashlib.sha256(kind.encode()).hexdigest()[:12]}").write_bytes(data)
                print(f"FOUND {name}: {kind}", file=sys.stderr, flush=True)

    atheris.Setup([name, *options], one)
    atheris.Fuzz()


def _kind(error: Exception) -> str:
    """Name a failure by its type and the last place of ours that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/pipeline/" in f.filename] or list(frames)
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    promise = f" ({error})" if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__} at {place}{promise}"


if __name__ == "__main__":
    main()
