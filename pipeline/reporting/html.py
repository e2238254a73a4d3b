"""Render pages: templates with autoescape, style and script inlined, and a policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from pipeline.reporting.article_view import ArticleView
from pipeline.reporting.event_view import EventView
from pipeline.reporting.lookup import Lookup, article_label, article_page
from pipeline.reporting.overview import MAX_LISTED, MAX_MAPPED, Overview
from pipeline.reporting.plots import agreement_bar, article_map, contribution_bar, quality_strip
from pipeline.reporting.review_view import page_data, script_data
from pipeline.reporting.run_view import RunView
from pipeline.reporting.timeline import Dot, day_of, thread_plot
from pipeline.reporting.words import count, number, sentence_case, visible

__all__ = ["Pages", "open_pages"]

# Rows of the start page that stand in its source; more would keep a browser from answering within a second.
PAGE_ROWS = 40
SHOWN_THREADS = 12


@dataclass(frozen=True, slots=True)
class Pages:
    """Render the pages of one run."""

    environment: jinja2.Environment
    lookup: Lookup
    css: Markup
    js: Markup
    review_js: Markup

    def index(self, view: Overview, mapped: Sequence[tuple[str, int]]) -> str:
        """Render the start page; ``mapped`` names the articles and the number of their event."""
        signatures = sorted({s.signature for s in self.lookup.run.article_scores if s.signature})
        square = _map(self.lookup, mapped)
        return self._render(
            "index",
            view,
            here="index",
            js=self.js + self.review_js,
            review=page_data(self.lookup.run.run_name, ()),
            map=square,
            times=_times(view),
            page_rows=PAGE_ROWS,
            most_listed=MAX_LISTED,
            shown_threads=SHOWN_THREADS,
            rest=self._rest(view),
            signatures=signatures,
        )

    def all_events(self, view: Overview) -> str | None:
        """Render a plain list of events, ``None`` where the start page holds them all."""
        return self._render("all_events", view, here="all") if _is_long(view) else None

    def _rest(self, view: Overview) -> Markup:
        """Write the events beyond the first page as data that its script shows on demand."""
        cells: Any = getattr(self.environment.get_template("macros.html.j2").module, "event_cells")  # noqa: B009
        target = self.lookup.run.target
        return script_data(
            [
                {
                    "rank": n,
                    "search": e.search,
                    "languages": " ".join(code for code, _ in e.languages),
                    "accounts": e.n_accounts,
                    "conflicts": e.tally.n_conflict,
                    "date": e.sort_date,
                    "title": e.title.lower(),
                    "cells": str(cells(e, target)),
                }
                for n, e in enumerate(view.events[PAGE_ROWS:MAX_LISTED], PAGE_ROWS + 1)
            ]
        )

    def event(self, view: EventView) -> str:
        """Render the page of an event."""
        return self._reviewed("event", view)

    def article(self, view: ArticleView) -> str:
        """Render the page of an article."""
        return self._reviewed("article", view)

    def run(self, view: RunView, files: Sequence[tuple[str, str]]) -> str:
        """Render the page of the run; ``files`` names every data file with what it holds."""
        return self._render("run", view, here="run", files=files)

    def page(self, name: str, **values: Any) -> str:
        """Render a page that has no view of a run behind it."""
        return self._render(name, None, **values)

    def _reviewed(self, name: str, view: EventView | ArticleView) -> str:
        data = page_data(self.lookup.run.run_name, view)
        return self._render(name, view, root="../", js=self.review_js, review=data)

    def _render(self, name: str, view: object, *, js: str = "", root: str = "", **values: Any) -> str:
        template = self.environment.get_template(f"{name}.html.j2")
        policy = _policy(self.css, js)
        return template.render(view=view, css=self.css, js=js, csp=policy, root=root, **values) + "\n"


def open_pages(lookup: Lookup) -> Pages:
    """Load the templates for a run."""
    run = lookup.run
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pipeline.reporting", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sentence_case"] = sentence_case
    environment.globals.update(
        site=run.title,
        run_name=run.run_name,
        target=run.target,
        limits=run.limits,
        here="",
        alone=False,
        review="",
        count=count,
        number=number,
        agreement_bar=agreement_bar,
        contribution_bar=contribution_bar,
        quality_strip=quality_strip,
    )
    return Pages(
        environment, lookup, Markup(_asset("report.css")), Markup(_asset("index.js")), Markup(_asset("review.js"))
    )


def _asset(name: str) -> str:
    text = resources.files("pipeline.reporting").joinpath("templates").joinpath(name).read_text(encoding="utf-8")
    return "\n" + text  # a line break after the tag keeps the page's source readable


def _is_long(view: Overview) -> bool:
    """Say whether the start page cannot hold everything."""
    return len(view.events) > PAGE_ROWS or len(view.threads) > SHOWN_THREADS


def _finalize(value: Any) -> Any:
    """Make hidden and reordering characters visible in everything that a template prints."""
    if isinstance(value, Markup):
        return Markup(visible(str(value)))
    return visible(value) if isinstance(value, str) else value


def _policy(css: str, js: str) -> str:
    script = f"script-src {_digest(js)}" if js else "script-src 'none'"
    return f"default-src 'none'; style-src {_digest(css)}; {script}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _times(view: Overview) -> Markup:
    rows = []
    for thread in view.threads[:SHOWN_THREADS]:
        dated = [(e, day) for e in thread.events if (day := day_of(e.iso))]
        rows.append((thread.title, [Dot(e.page, e.title, day, e.n_accounts, e.state) for e, day in dated]))
    return thread_plot(rows)


def _map(lookup: Lookup, grouped: Sequence[tuple[str, int]]) -> Markup:
    """Draw the similarity map of the articles, grouped by event; nothing where there are too few or too many."""
    if not 2 < len(grouped) <= MAX_MAPPED or not len(lookup.run.relations):
        return Markup("")
    position = {article: n for n, (article, _) in enumerate(grouped)}
    probabilities = {}
    for relation in lookup.run.relations:
        if relation.article_a in position and relation.article_b in position:
            i, j = sorted((position[relation.article_a], position[relation.article_b]))
            probabilities[(i, j)] = relation.probability
    name = partial(_map_name, lookup)
    return article_map([(name(a), article_page(a), n) for a, n in grouped], probabilities)


def _map_name(lookup: Lookup, article_id: str) -> str:
    article = lookup.articles[article_id]
    return f"{article_label(article)} ({article.language or '?'})"
