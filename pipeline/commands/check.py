"""concord check: compare any line-aligned text with its translation."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.common import JsonOption, errors
from pipeline.errors import InputError

if TYPE_CHECKING:
    from pipeline.quality.fidelity import Fidelity

__all__ = ["check_command"]

STDIN = "-"


def check_command(
    source: Annotated[str, typer.Argument(help="Text, one sentence per line; - reads standard input.")],
    target: Annotated[str, typer.Argument(help="Its translation, line by line; - reads standard input.")],
    pair: Annotated[str, typer.Option("--pair", help="Languages of source and target, such as ko-en.")],
    fail: Annotated[
        bool, typer.Option("--fail-on-findings", help="Exit with 1 where anything is found, for checks in scripts.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare a text with its translation, line by line: numbers, dates, money, names, broken output.

    With --json one line of JSON per line of text, then one with the summary.
    """
    from pipeline.evaluation.check import check_lines, summarise
    from pipeline.evaluation.data import language_pair

    with errors():
        language_pair(pair)
        if source == target == STDIN:
            raise InputError("Both texts cannot come from standard input.", "Name a file for one of them.")
        sources, targets = _read(source), _read(target)
        if len(sources) != len(targets):
            raise InputError(
                f"{source} has {len(sources):,} lines and {target} has {len(targets):,}.",
                "Give both texts the same number of lines, each translation on the line of its source.",
            )
        checked = []
        for number, fidelity in enumerate(check_lines(sources, targets, pair), 1):
            checked.append(fidelity)
            if as_json:
                print(json.dumps({"line": number, "findings": _findings(fidelity)}, ensure_ascii=False))
            elif fidelity.findings:
                _print_line(number, sources[number - 1], targets[number - 1], fidelity)
        summary = summarise(checked, pair)
        _print_summary(summary, as_json)
    if fail and summary["flagged"]:
        raise typer.Exit(1)


def _read(name: str) -> list[str]:
    """Read a text of any common encoding and line ending; only a line feed or its kin ends a line."""
    from pipeline.cleaning.encodings import Undecodable, decode

    try:
        data = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}.", "Check the path.") from error
    if not data:
        return []
    decoded = decode(data)
    if isinstance(decoded, Undecodable):
        raise InputError(f"{name} cannot be read: {decoded.detail}.", "Give a plain text file in UTF-8.")
    if decoded.encoding not in ("utf-8", "utf-8-sig"):
        print(f"concord: {name} was read as {decoded.encoding}.", file=sys.stderr)
    lines = decoded.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _findings(fidelity: Fidelity) -> list[dict[str, Any]]:
    return [{"kind": f.kind, "source": f.source, "target": f.target, "verdict": f.verdict} for f in fidelity.findings]


def _print_line(number: int, source: str, target: str, fidelity: Fidelity) -> None:
    print(f"line {number}")
    print(f"  source  {source}")
    print(f"  target  {target}")
    for finding in fidelity.findings:
        sides = " -> ".join(_short(side) for side in (finding.source, finding.target) if side is not None)
        print(f"  {finding.kind} {finding.verdict}: {sides}")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _print_summary(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"summary": summary}, ensure_ascii=False))
        return
    share = summary["share_flagged"]
    print(f"{summary['flagged']:,} of {summary['lines']:,} lines flagged" + (f" ({share:.1%})" if share else ""))
    for what in ("by_kind", "by_verdict"):
        if summary[what]:
            print("  " + _counts(summary[what]))


def _counts(counts: dict[str, int]) -> str:
    ordered: Sequence[tuple[str, int]] = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count:,}" for name, count in ordered)
