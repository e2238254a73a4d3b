"""Words, marks, plots and grades: golden tables with degenerate rows."""

from __future__ import annotations

import dataclasses
import re

import lxml.etree
import pytest
import report_factory as factory
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Side
from pipeline.reporting.article_view import safe_url
from pipeline.reporting.lookup import article_title, build_lookup
from pipeline.reporting.markdown import escape
from pipeline.reporting.marks import Mark, locate, marked
from pipeline.reporting.model import Limits
from pipeline.reporting.plots import agreement_bar, article_map, contribution_bar, quality_strip
from pipeline.reporting.trust import article_grade, pair_trust
from pipeline.reporting.words import (
    count,
    grade,
    human_date,
    human_value,
    joined,
    language_name,
    number,
    percent,
    safe_name,
    visible,
)


@pytest.mark.parametrize("identity", ["a1", "event-1", "0123456789abcdef", "x_y"])
def test_plain_ids_are_their_own_file_names(identity: str) -> None:
    assert safe_name(identity) == identity


@pytest.mark.parametrize(
    "identity",
    ["../../x", "/etc/passwd", "..", ".", "", "con", "nul", "A1", "a b", "x" * 300, "한국", "a\x00b", "a.html"],
)
def test_other_ids_become_safe_file_names(identity: str) -> None:
    name = safe_name(identity)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*-[0-9a-f]{16}", name) and len(name) <= 64


@given(st.text(), st.text())
def test_different_ids_never_share_a_file_name_even_where_case_is_ignored(one: str, two: str) -> None:
    assert (safe_name(one).lower() == safe_name(two).lower()) == (one == two)


@given(st.text())
def test_a_safe_name_cannot_be_claimed_by_another_id(identity: str) -> None:
    name = safe_name(identity)
    assert name == identity or safe_name(name) != name


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-05-10", "10 May 2024"),
        ("2024-05-10T09:30", "10 May 2024"),
        ("2024-05", "May 2024"),
        ("2024", "2024"),
        ("????-05-10", "10 May (year unknown)"),
        ("????-??-26", "day 26 of an unknown month"),
        ("2024-??-26", "day 26 of an unknown month, 2024"),
        ("????-??-??", "unknown"),
        ("2024-13-01", "day 1 of an unknown month, 2024"),
        ("yesterday", "yesterday"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_dates(value: str | None, expected: str) -> None:
    assert human_date(value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "unit", "expected"),
    [
        ("number", "35000", "person", "35,000 person"),
        ("money", "1200000000", "KRW", "1,200,000,000 KRW"),
        ("percent", "12.50", None, "12.5%"),
        ("number", "27-24", None, "27-24"),
        ("number", "1E+3", None, "1,000"),
        ("number", "NaN", None, "NaN"),
        ("date", "????-05-10", None, "10 May (year unknown)"),
        ("name", "an morel", None, None),
        ("quote", "x", None, None),
    ],
)
def test_values(kind: str, value: str, unit: str | None, expected: str | None) -> None:
    assert human_value(kind, value, unit) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "unknown"), (0.0, "0%"), (1.0, "100%"), (0.999, "99%"), (0.001, "1%"), (0.5, "50%"), (0.954, "95%")],
)
def test_percent_never_rounds_to_all_or_nothing(value: float | None, expected: str) -> None:
    assert percent(value) == expected


def test_small_words() -> None:
    assert [count(n, "event") for n in (0, 1, 1204)] == ["no events", "1 event", "1,204 events"]
    assert [joined(w) for w in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert (number(None), number(0.125, 1)) == ("unknown", "0.1")
    assert [language_name(c) for c in ("fr", "ko", "zz-not", None)] == [
        "French",
        "Korean",
        "zz-not",
        "unknown language",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "unknown"), (0.75, "good"), (0.7499, "fair"), (0.55, "fair"), (0.0, "rough"), (1.0, "good")],
)
def test_grades_include_their_lower_limit(value: float | None, expected: str) -> None:
    assert grade(value, (0.75, 0.55)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain 한국어 é\n\t", "plain 한국어 é\n\t"),
        ("a\u202eb", "a[U+202E]b"),
        ("a\x00\x1b[31m", "a[U+0000][U+001B][31m"),
        ("\ud800", "[U+D800]"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_hidden_characters_become_visible(text: str, expected: str) -> None:
    assert visible(text) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("http://example.org", "http://example.org"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("ftp://example.org/x", None),
        ("//example.org", None),
        ("https://", None),
        ("https://exa\nmple.org", None),
        ("http://[", None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_pass(url: str | None, expected: str | None) -> None:
    assert safe_url(url) == expected


def test_marks_escape_and_stay_apart() -> None:
    marks = [
        Mark(0, 3, "agree"),
        Mark(2, 5, "conflict", 'a"b'),
        Mark(4, 4, "agree"),
        Mark(3, 99, "agree"),
        Mark(-1, 1, "agree"),
    ]
    assert marked("<b>&x", marks) == '&lt;b<mark class="conflict" title="a&#34;b">&gt;&amp;x</mark>'


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(-3, 33), st.integers(-3, 33)), max_size=6))
def test_marking_changes_no_character(text: str, spans: list[tuple[int, int]]) -> None:
    shown = marked(text, [Mark(a, b, "agree") for a, b in spans])
    plain = re.sub(r"</?mark[^>]*>", "", str(shown))
    assert type(shown)(plain).unescape() == visible(text)


def side(surface: str, value: str) -> Side:
    return Side("a", "s", None, surface, value, 0, len(surface), 0, len(surface))


@pytest.mark.parametrize(
    ("kind", "surface", "value", "text", "expected"),
    [
        ("number", "3천400개", "3400", "There were 3,400 boxes.", "3,400"),
        ("number", "3천400개", "3400", "There were 3 boxes.", None),
        ("number", "12일", "2024-03-12", "on the 12th", "12"),
        ("name", "Morel", "morel", "MORELIA and Morel", "Morel"),
        ("name", "정상화", "x", "정상화를 말했다", "정상화"),
        ("number", "2", "2", "in 2024", None),
        ("name", "Anne", "anne", "", None),
        ("name", "", "", "text", None),
    ],
)
def test_facts_are_found_in_the_translation(
    kind: str, surface: str, value: str, text: str, expected: str | None
) -> None:
    span = locate(side(surface, value), kind, text, ())
    assert (text[slice(*span)] if span else None) == expected


def test_a_parsed_mention_comes_before_the_surface() -> None:
    text = "12 people and 12 million euros"
    mention = factory.mention(text, "money", "12 million euros", "12000000")
    span = locate(side("12 millions d’euros", "12000000"), "money", text, [mention])
    assert span and text[slice(*span)] == "12 million euros"


def test_a_name_is_found_by_its_sound() -> None:
    text = "Kim Min-su met Oh Youngju."
    mentions = [factory.mention(text, "name", n, n.lower()) for n in ("Kim Min-su", "Oh Youngju")]
    span = locate(side("오영주", "o yeongju"), "name", text, mentions)
    assert span and text[slice(*span)] == "Oh Youngju"
    assert locate(side("박지성", "bak jiseong"), "name", text, mentions) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# not a heading", "\\# not a heading"),
        ("- no list", "\\- no list"),
        ("1. no list", "1\\. no list"),
        ("2024 was", "2024 was"),
        ("[a](b) *c* _d_ `e` |", "\\[a\\](b) \\*c\\* \\_d\\_ \\`e\\` \\|"),
        ("<script>&", "&lt;script&gt;&amp;"),
        ("http://x.org www.x.org", "http\\://x.org www\\.x.org"),
        ("two\nlines", "two lines"),
        ("", ""),
    ],
)
def test_markdown_escape(text: str, expected: str) -> None:
    assert escape(text) == expected


def test_trust_takes_the_worst_figure_and_says_why() -> None:
    trust = {t.source: t for t in pair_trust(build_lookup(factory.sample()))}
    assert {k: t.grade for k, t in trust.items()} == {"fr": "good", "ko": "rough"}
    assert "80% of 5 facts (figures, dates, names) kept" in trust["ko"].reasons
    assert any(r.startswith("published for small-instruct: BLEU 10.7, chrF 40.7") for r in trust["ko"].reasons)


def test_trust_without_any_figure_is_not_measured() -> None:
    run = factory.sample()
    bare = [dataclasses.replace(t, quality=None) for t in run.translations]
    run = dataclasses.replace(run, translations=bare, article_scores=[], models=[{"name": "m", "quality": "fine"}])
    assert {t.grade for t in pair_trust(build_lookup(run))} == {"unknown"}
    assert article_grade(None, None, Limits()) == "unknown"


def test_an_article_is_graded_by_its_own_figures_and_no_better_than_its_pair() -> None:
    trust = {t.source: t for t in pair_trust(build_lookup(factory.sample()))}
    score = next(s for s in factory.sample().article_scores if s.quality is not None)
    high = dataclasses.replace(score, quality=0.99, fidelity=1.0)
    low = dataclasses.replace(score, quality=0.01, fidelity=1.0)
    none = dataclasses.replace(score, quality=None, fidelity=None)
    graded = [article_grade(s, trust[pair], Limits()) for s in (high, low, none, None) for pair in ("fr", "ko")]
    assert graded == ["good", "rough", "rough", "rough", "good", "rough", "good", "rough"]
    assert article_grade(high, None, Limits()) == "good"


def test_trust_takes_only_the_models_that_the_engine_names() -> None:
    run = factory.sample()
    other = {"name": "other", "quality": {"fr-en": {"bleu": 1.0}}}
    trust = pair_trust(build_lookup(dataclasses.replace(run, models=[*run.models, other])))
    assert not any("other" in reason for t in trust for reason in t.reasons)


@pytest.mark.parametrize(
    "svg",
    [
        agreement_bar(1, 2, 3),
        quality_strip([0.0, 0.5, 1.0, 1.7, -0.2], (0.7, 0.5)),
        contribution_bar(-2.0, 1.0),
        contribution_bar(0.0, 0.0),
        article_map([("<a>&", "articles/a.html", 0), ("b" * 90, "articles/b.html", 0)], {(0, 1): 0.5}),
    ],
)
def test_plots_are_well_formed_and_named(svg: str) -> None:
    root = lxml.etree.fromstring(str(svg))
    links = root.xpath("//*[local-name() = 'a']")  # what can be followed must not be hidden in an image
    assert root.get("role") == ("group" if links else "img") and root.get("aria-label")
    sizes = [float(v) for v in root.xpath("//@width | //@height")]
    assert all(v >= 0 for v in sizes)


def test_plots_without_data_are_empty() -> None:
    assert agreement_bar(0, 0, 0) == "" and quality_strip([], (0.7, 0.5)) == ""


def test_an_article_without_a_title_is_called_by_how_it_begins() -> None:
    texts = ["Le port a rouvert " + "très " * 60 + "tard.", "Suite."]
    article, segments = factory.article("n", "fr", texts)
    article = dataclasses.replace(article, title=None)
    segments = [dataclasses.replace(s, kind="body") for s in segments]
    translations = [factory.translation(segments[0], "The port reopened.", None)]
    run = dataclasses.replace(factory.empty(), articles=[article], segments=segments, translations=translations)
    title = article_title(build_lookup(run), article)
    assert title.text.startswith("Le port a rouvert très") and title.text.endswith("très…") and len(title.text) <= 161
    assert (title.language, title.translation) == ("fr", "The port reopened.")
    bare = article_title(build_lookup(dataclasses.replace(run, segments=[], translations=[])), article)
    assert (bare.text, bare.language) == ("n", None)
