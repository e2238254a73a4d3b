"""concord diff: say what changed between two runs, for a terminal, as JSON and as a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.common import JsonOption, errors

if TYPE_CHECKING:
    from pipeline.reporting.diff import RunDiff

__all__ = ["diff_command"]


def diff_command(
    before: Annotated[Path, typer.Argument(help="Output folder of the first run.")],
    after: Annotated[Path, typer.Argument(help="Output folder of the second run.")],
    *,
    as_json: JsonOption = False,
    html: Annotated[Path | None, typer.Option(help="Also write a page that stands alone.")] = None,
    most: Annotated[int, typer.Option(min=0, help="Changes of each kind that are printed.")] = 10,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 where anything changed.")] = False,
) -> None:
    """Compare two runs: events, memberships, translations and findings that changed.

    Use it to review a change of model or configuration: run twice into two folders, and compare them.
    """
    from pipeline.reporting.diff import compare_runs, read_run
    from pipeline.reporting.diff_page import diff_page
    from pipeline.store import write_atomic

    with errors():
        first, second = read_run(before), read_run(after)
        diff = compare_runs(first, second)
        targets = sorted({t.target_language for t in second.translations}) or ["en"]
        if html is not None:
            write_atomic(html, diff_page(diff, targets[0]).encode("utf-8", "replace"))
    if as_json:
        print(json.dumps(diff.as_dict(), ensure_ascii=False, indent=2))
    else:
        _print(diff, most)
        if html is not None:
            print(f"Wrote {html}.")
    if exit_code and diff:
        raise typer.Exit(1)


def _print(diff: RunDiff, most: int) -> None:
    from pipeline.reporting.words import VERDICT_WORDS, number, visible

    print(f"{diff.name_before} -> {diff.name_after}")
    for name, (before, after) in diff.totals.items():
        print(f"  {name:<13} {before:>8,} -> {after:>8,}")
    if not diff:
        print("Nothing changed.")
    lines: dict[str, list[str]] = {
        "articles": [f"+ {a}" for a in diff.articles_new] + [f"- {a}" for a in diff.articles_gone],
        "events": [
            f"{event.change:<8} {event.title}"
            + (f"  (joined: {'; '.join(event.joined)})" if event.joined and event.change == "changed" else "")
            + (f"  (left: {'; '.join(event.left)})" if event.left and event.change == "changed" else "")
            for event in diff.events
        ],
        "findings": [
            f"{VERDICT_WORDS.get(f.before or '', 'not found')} -> {VERDICT_WORDS.get(f.after or '', 'not found')}: "
            f"{f.kind} {f.a}{f' / {f.b}' if f.b else ''}"
            for f in diff.findings
        ],
        "translations": [
            f"{t.article}, {t.segment_id}: quality {number(t.quality_before)} -> {number(t.quality_after)}\n"
            f"      - {t.before or ''}\n      + {t.after or ''}"
            for t in diff.translations
        ],
    }
    for name, found in lines.items():
        if found:
            print(f"{name}: {len(found):,} changed")
            for line in found[:most]:
                print(f"  {visible(line)}")
            if len(found) > most:
                print(f"  and {len(found) - most:,} more; --json lists all")
