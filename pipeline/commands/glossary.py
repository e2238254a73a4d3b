"""concord glossary: check a glossary before a run uses it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands.common import ConfigOption, JsonOption, errors, print_result

__all__ = ["glossary_app"]

glossary_app = typer.Typer(no_args_is_help=True, help="Check a glossary before a run uses it.")


@glossary_app.callback()
def group() -> None:
    """Check a glossary before a run uses it."""


@glossary_app.command("check")
def glossary_check(
    file: Annotated[Path, typer.Argument(help="CSV file with the columns term, language, target, note.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a glossary file and print what is in it; every wrong line is named."""
    from pipeline.config import load_config
    from pipeline.engines.glossary import Glossary

    with errors():
        glossary = Glossary.load(file, load_config(config).target)
    pairs = Counter(f"{term.language or 'any'}-{term.target_language}" for term in glossary.terms)
    if as_json:
        rows: list[dict[str, Any]] = [
            {
                "term": t.term,
                "language": t.language,
                "target_language": t.target_language,
                "target": t.wanted,
                "also_accepted": list(t.accepted[1:]),
                "avoid": list(t.avoid),
                "note": t.note or None,
                "line": t.line,
            }
            for t in glossary.terms
        ]
        print_result({"signature": glossary.signature, "pairs": dict(sorted(pairs.items())), "terms": rows}, True)
        return
    print(f"{file}: {len(glossary.terms):,} terms, sound ({glossary.signature})")
    for term in glossary.terms:
        also = f" (also {', '.join(term.accepted[1:])})" if term.accepted[1:] else ""
        never = f"; not {', '.join(term.avoid)}" if term.avoid else ""
        print(f"  {term.language or 'any'}-{term.target_language}  {term.term} -> {term.wanted}{also}{never}")
