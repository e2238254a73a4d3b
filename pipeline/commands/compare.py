"""concord compare: what two articles agree on and where they differ, at once and without translating."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.common import ConfigOption, JsonOption, errors

if TYPE_CHECKING:
    from pipeline.comparing import Account, ArticleComparison
    from pipeline.records import Finding, Side

__all__ = ["compare_command"]

_HEADINGS = {
    "conflict": "They differ",
    "translation_artefact": "Only a translation differs",
    "agree": "They agree",
    "only_one": "Only one says",
}
_LONGEST = 160


def compare_command(
    first: Annotated[Path, typer.Argument(metavar="A", help="Article: .txt, .html, or a file of one record.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another article, in any configured language.")],
    published: Annotated[
        list[str] | None, typer.Option(help="Day of publication, YYYY-MM-DD: of A, and given twice of B too.")
    ] = None,
    languages: Annotated[str | None, typer.Option(help="Languages where they cannot be told: fr-en.")] = None,
    show: Annotated[int, typer.Option(help="Most findings shown of each verdict in the terminal.", min=1)] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two articles: what they agree on, where they differ, what only one of them says.

    Facts come from the original texts; nothing is translated. Offsets count the characters of the decoded files.
    """
    from pipeline.comparing import compare_files
    from pipeline.config import load_config
    from pipeline.engines.registry import load_registry
    from pipeline.engines.workshop import Workshop

    with errors():
        settings = load_config(config)
        workshop = Workshop(settings, load_registry(), Path())
        compared = compare_files(
            (first, second), settings, workshop, published=_days(published), languages=_languages(languages)
        )
        if as_json:
            print(json.dumps(_as_json(compared), ensure_ascii=False, indent=2))
        else:
            _print(compared, show)


def _days(named: list[str] | None) -> tuple[str | None, str | None]:
    from pipeline.errors import ConfigError

    days = [*(named or ()), None, None]
    if len(days) > 4:
        raise ConfigError("--published was given more than twice.", "Give it once for A and once for B.")
    return days[0], days[1]


def _languages(named: str | None) -> tuple[str | None, str | None]:
    from pipeline.errors import ConfigError

    if named is None:
        return None, None
    first, _, second = named.partition("-")
    if not (first.isalpha() and second.isalpha()):
        raise ConfigError(f"{named!r} does not name two languages.", "Write both codes, such as fr-en or en-en.")
    return first.lower(), second.lower()


# --- JSON -------------------------------------------------------------------------------------------------------------


def _as_json(compared: ArticleComparison) -> dict[str, Any]:
    score = compared.score
    return {
        "a": _account(compared.a),
        "b": _account(compared.b),
        "agreement": {
            "share": score.agreement,
            "interval": _interval(score.agreement_low, score.agreement_high),
            "agree": score.n_agree,
            "conflict": score.n_conflict,
            "only_one": score.n_only_one,
        },
        "coverage": {
            "a": score.coverage_a,
            "b": score.coverage_b,
            "intervals": {
                "a": _interval(score.coverage_a_low, score.coverage_a_high),
                "b": _interval(score.coverage_b_low, score.coverage_b_high),
            },
        },
        "findings": [_finding(f, compared) for f in compared.findings],
        "signature": compared.signature,
        "signatures": {"agreement": score.agreement_signature, "coverage": score.coverage_signature},
    }


def _interval(low: float | None, high: float | None) -> list[float] | None:
    return None if low is None or high is None else [low, high]


def _account(account: Account) -> dict[str, Any]:
    article = account.article
    return {
        "path": article.path,
        "language": article.language,
        "published": article.published,
        "title": article.title,
        "sentences": len(account.segments),
    }


def _finding(finding: Finding, compared: ArticleComparison) -> dict[str, Any]:
    sides: dict[str, Any] = {"a": None, "b": None}
    for side in (finding.a, finding.b):
        if side is not None:
            sides["a" if side.article_id == compared.a.article.id else "b"] = _side(side, compared)
    return {
        "verdict": finding.verdict,
        "kind": finding.kind,
        "probability": finding.probability,
        "importance": finding.importance,
        "reason": finding.reason,
        **sides,
        "id": finding.id,
    }


def _side(side: Side, compared: ArticleComparison) -> dict[str, Any]:
    segment = compared.segment(side.segment_id)
    return {
        "surface": side.surface,
        "value": side.value,
        "start": side.raw_start,
        "end": side.raw_end,
        "sentence": segment.text,
        "sentence_start": segment.start,
        "sentence_end": segment.end,
        "language": segment.language,
    }


# --- terminal ---------------------------------------------------------------------------------------------------------


def _print(compared: ArticleComparison, show: int) -> None:
    from pipeline.reporting.words import visible

    for letter, account in (("A", compared.a), ("B", compared.b)):
        article = account.article
        day = article.published or "day unknown"
        print(f"{letter}  {visible(article.path)}  {article.language}  {day}  {len(account.segments)} sentences")
    score = compared.score
    if score.agreement is not None:
        low, high = score.agreement_low or 0.0, score.agreement_high or 0.0
        print(f"\n{score.agreement:.0%} of the facts that can be compared agree ({low:.0%} to {high:.0%})")
    for verdict, heading in _HEADINGS.items():
        found = [f for f in compared.findings if f.verdict == verdict]
        if found:
            print(f"\n{heading} ({len(found)})")
            _print_findings(found[:show], compared)
            if len(found) > show:
                print(f"  ... and {len(found) - show} more (--show, or --json for all)")
    if not compared.findings:
        print("\nNothing to compare: no fact was found in either article.")


def _print_findings(findings: Sequence[Finding], compared: ArticleComparison) -> None:
    from pipeline.reporting.words import visible

    for finding in findings:
        quiet = finding.verdict in ("agree", "only_one")
        print(f"  {finding.kind}  {finding.probability:.2f}  {_short(visible(finding.reason))}")
        for side in (finding.a, finding.b):
            if side is None:
                continue
            letter = "A" if side.article_id == compared.a.article.id else "B"
            text = side.surface if quiet else compared.segment(side.segment_id).text
            print(f"    {letter} {side.raw_start}-{side.raw_end}  {_short(visible(text))}")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
