"""Write the report as Markdown, for a terminal, an editor or a pull request. Pure; all text of articles is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from pipeline.reporting.article_view import ArticleView
from pipeline.reporting.event_view import EventView
from pipeline.reporting.findings_view import Group, Statement
from pipeline.reporting.overview import MAX_LISTED, Overview
from pipeline.reporting.words import UNKNOWN, count, sentence_case, visible

__all__ = ["article_markdown", "escape", "event_markdown", "summary_markdown"]

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
# What opens a list, heading or rule only at the start of a line, and what readers turn into links by themselves.
_OPENING = re.compile(r"^([-+=#]|\d{1,9}(?=[.)]))")
_AUTOLINK = re.compile(r"(:)(?=//)|(?<=www)(\.)|(?<=mailto)(:)", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")


def escape(text: str) -> str:
    """Write text so that Markdown readers take none of it for markup, a link or HTML; the result is one line."""
    line = " ".join(visible(text).split())
    line = _SPECIAL.sub(r"\\\1", line)
    if ":" in line or "www" in line.lower():
        line = _AUTOLINK.sub(lambda found: "\\" + found.group(), line)
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    opening = _OPENING.match(line)
    if not opening:
        return line
    at = opening.end() if opening.group().isdigit() else 0
    return f"{line[:at]}\\{line[at:]}"


def _marked(text: Markup) -> str:
    """Turn escaped HTML with marks into Markdown with bold marks."""
    pieces = re.split(r"<mark[^>]*>(.*?)</mark>", str(text), flags=re.DOTALL)
    plain = [escape(Markup(_TAGS.sub("", piece)).unescape()) for piece in pieces]
    spaced = _respaced(pieces, plain)
    return "".join(f"**{piece}**" if n % 2 and piece else piece for n, piece in enumerate(spaced))


def _respaced(pieces: Sequence[str], plain: Sequence[str]) -> list[str]:
    """Give back the spaces between pieces that escaping trimmed."""
    bare = [_TAGS.sub("", piece) for piece in pieces]
    return [
        (" " if b[:1].isspace() and n % 2 == 0 else "") + p + (" " if b[-1:].isspace() and p and n % 2 == 0 else "")
        for n, (b, p) in enumerate(zip(bare, plain, strict=True))
    ]


def summary_markdown(view: Overview) -> str:
    """Write the summary of a run."""
    lines = [f"# {escape(view.title)}: {escape(view.run_name)}", "", escape(view.lead), ""]
    if view.standing:
        lines += [f"**{escape(view.standing)}**", ""]
    if view.trust:
        lines += ["## How far to trust the translation", ""]
        for t in view.trust:
            lines.append(f"- **{escape(t.name)}: {escape(t.words)}.** {escape(t.advice)}")
            lines += [f"  - {escape(reason)}" for reason in t.reasons]
        lines.append("")
    if view.differences:
        lines += ["## Where the accounts differ", ""]
        for d in view.differences:
            said = "; ".join(_said(s) for s in d.group.statements)
            lines.append(f"- {escape(d.group.kind)}: {said} ([{escape(d.event_title)}]({_md(d.event_page)}))")
        lines.append("")
    if view.events:
        lines += ["## Events", ""]
        lines += _table(
            ["Event", "Date", "Languages", "Accounts", "Comparison", "Agreement", "Coverage"],
            [
                [
                    f"[{escape(e.title)}]({_md(e.page)})",
                    escape(e.date),
                    escape(", ".join(name for _, name in e.languages)),
                    escape("; ".join(e.sources) + (f" ({e.independence})" if e.independence else "")),
                    escape(e.tally.words),
                    escape(e.agreement),
                    escape(e.coverage),
                ]
                for e in view.events[:MAX_LISTED]
            ],
        )
        lines += _more(len(view.events), "event")
    if view.translations:
        lines += ["## Facts kept by each translation", ""]
        lines += _table(
            ["Article", "Language", "Facts kept", "95 % interval"],
            [
                [f"[{escape(a.title)}]({_md(a.page)})", escape(a.language_name), escape(a.fidelity), escape(a.interval)]
                for a in view.translations
            ],
        )
        if view.hidden_translations:
            more = sentence_case(count(view.hidden_translations, "more translation"))
            lines += [f"{more} in `data/article_scores.jsonl`.", ""]
    for thread in view.threads[:MAX_LISTED]:
        lines += [f"## Thread: {escape(thread.title)}", ""]
        lines += [f"- {escape(e.date)}: [{escape(e.title)}]({_md(e.page)})" for e in thread.events]
        lines.append("")
    lines += _more(len(view.threads), "thread")
    if view.n_rejected:
        lines += [f"{sentence_case(count(view.n_rejected, 'piece'))} of the input left out: see `run.html`.", ""]
    return _page(lines)


def _more(total: int, noun: str) -> list[str]:
    """Say how many of a list are left out, and where they are."""
    hidden = total - MAX_LISTED
    return [f"{sentence_case(count(hidden, f'more {noun}'))} in `all-events.html`.", ""] if hidden > 0 else []


def _said(statement: Statement) -> str:
    value = f" ({escape(statement.value)})" if statement.value else ""
    return f"“{escape(statement.surface)}”{value} ({escape(statement.label)}, {escape(statement.language_name)})"


def event_markdown(view: EventView) -> str:
    """Write the page of an event."""
    lines = [f"# {escape(view.title)}", "", escape(view.meta), "", f"**{escape(view.tally.words)}.**", ""]
    figures = [(name, words) for name, words in (("Agreement", view.agreement), ("Coverage", view.coverage)) if words]
    lines += [*(f"- {name}: {escape(words)}" for name, words in figures), ""] if figures else []
    lines += ["## Accounts", ""]
    if view.independence:
        lines += [f"{escape(sentence_case(view.independence))}.", ""]
    lines += _table(
        ["", "Source", "Article", "Language", "Published", "Translation"],
        [
            [
                a.letter,
                escape(a.label + (f" ({a.descent})" if a.descent else "")),
                f"[{escape(a.translated_title or a.title)}](../{_md(a.page)})",
                escape(a.language_name),
                escape(a.published),
                escape(a.grade_words),
            ]
            for a in view.accounts
        ],
    )
    for verdict, heading in (
        ("conflict", "Where the accounts differ"),
        ("translation_artefact", "Differences made by the translation"),
        ("agree", "Facts on which the accounts agree"),
    ):
        groups = [g for g in view.groups if g.verdict == verdict]
        if groups:
            lines += [f"## {heading}", "", *_groups(groups)]
    if view.dismissed:
        lines += ["## Dismissed by a reviewer", "", *_groups(view.dismissed)]
    lines += _passages(view)
    if view.why:
        lines += ["## Why these articles are one event", ""]
        for w in view.why:
            lines.append(f"- {w.a.letter} and {w.b.letter}: {escape(w.words)} (probability {w.probability})")
            lines += [
                f"  - {escape(e.feature.replace('_', ' '))} ({e.contribution:+.2f}): {escape(e.detail)}"
                for e in w.evidence
            ]
        lines.append("")
    if view.near:
        lines += ["## Closest articles outside this event", ""]
        lines += [
            f"- [{escape(n.title)}](../{_md(n.page)}): {escape(n.kind)}, probability {n.probability}" for n in view.near
        ]
        lines.append("")
    return _page(lines)


def _groups(groups: Sequence[Group]) -> list[str]:
    lines = []
    for g in groups:
        lines.append(f"- **{escape(g.kind)}**" + (f": {escape(' '.join(g.reasons[:2]))}" if g.reasons else ""))
        if g.review and g.review.words:
            lines.append(f"  - {escape(g.review.words)}")
        for s in g.statements:
            link = f"[{escape(s.label)}, {escape(s.language_name)}](../{s.page}#{s.anchor})"
            lines.append(f"  - {link}: {_marked(s.sentence)}")
            if s.translation is not None:
                lines.append(f"    - {_marked(s.translation)}")
    return [*lines, ""]


def _passages(view: EventView) -> list[str]:
    lines: list[str] = []
    for pair in view.pairs:
        if pair.passages:
            lines += [f"## Aligned passages: {pair.a.letter} and {pair.b.letter}", ""]
            rows = [
                [
                    "<br>".join(_both(s.text, s.translation) for s in p.left),
                    "<br>".join(_both(s.text, s.translation) for s in p.right),
                    p.similarity,
                ]
                for p in pair.passages
            ]
            lines += _table([escape(pair.a.label), escape(pair.b.label), "Similarity"], rows)
    return lines


def _both(text: str, translation: str | None) -> str:
    return escape(text) + (f"<br>*{escape(translation)}*" if translation and translation.strip() else "")


def article_markdown(view: ArticleView) -> str:
    """Write the page of an article."""
    lines = [f"# {escape(view.title)}", ""]
    if view.translated_title:
        lines += [f"*{escape(view.translated_title)}*", ""]
    source = "source unknown" if view.source == UNKNOWN else view.source
    date = "date unknown" if view.published == UNKNOWN else view.published
    lines += [f"{sentence_case(escape(source))}; {escape(date)}; {escape(view.language_name)}", ""]
    lines += [f"- Part of the event [{escape(title)}](../{_md(page)})" for page, title in view.events]
    if view.translated:
        reasons = f" ({escape('; '.join(view.reasons))})" if view.reasons else ""
        lines += [f"- Translation: {escape(view.grade_words)}{reasons}"]
    lines.append("")
    if view.rows:
        header = ["", "Source", "Translation", "Flags"] if view.translated else ["", "Text"]
        rows = []
        for r in view.rows:
            translation = r.status if r.translation is None else _marked(r.translation)
            cells = [str(r.number), _marked(r.source)]
            rows.append(
                [*cells, translation, escape("; ".join([*r.flags, *(f"mended: {m}" for m in r.mended)]))]
                if view.translated
                else cells
            )
        lines += _table(header, rows)
    if view.removed:
        lines += ["## Left out as not part of the article", ""]
        lines += [f"- {escape(r.reason)}: {escape(r.text) or UNKNOWN}" for r in view.removed]
        lines.append("")
    lines += ["## Where this text comes from", ""]
    lines += [f"- {escape(name)}: {escape(value)}" for name, value in view.provenance]
    return _page(lines)


def _md(page: str) -> str:
    """Point at the Markdown twin of a page."""
    return page.removesuffix(".html") + ".md"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _page(lines: Sequence[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"
