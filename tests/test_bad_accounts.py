"""Bad input through score stage and report: one article, twenty, none with facts, clashing dates, hostile names."""

import json
import re
from pathlib import Path

import lxml.html
import pytest

from pipeline.config import load_config
from pipeline.engines.workshop import Workshop
from pipeline.executors import LocalExecutor
from pipeline.readers.inventory import take_inventory
from pipeline.records import (
    Anchor,
    Article,
    Bead,
    Copy,
    Event,
    Paragraph,
    Rejection,
    Relation,
    Segment,
    Thread,
    Translation,
)
from pipeline.runner import Quiet
from pipeline.stages import report, score
from pipeline.stages.base import StageContext
from pipeline.store import Manifest, Store

ZERO = (Anchor(0, 0),)
TOKEN = "A" + "a" * 9_999
HOSTILE = [
    f"Chairman Ole {TOKEN} <script>alert('x')</script> of <b>Krag & Sons</b> said 12 ships were lost on 3 March 2024.",
    'Mayor \u202eneslO aK\u202c \u200fBerg\u200e counted "><img src=x onerror=alert(2)> 40 homes in </td></p> Bergen.',
    "=cmd|'/c calc'!A1 Ltd paid 5 million euros to [Lars](javascript:alert(3)) \x00\x07 Holm.",
]


def article(name: str, texts: list[str], language: str = "en") -> tuple[Article, list[Segment]]:
    segments, start = [], 0
    for n, text in enumerate(texts):
        kind = "body" if n else "title"
        segments.append(
            Segment(f"{name}-{n}", name, n, n, kind, text, start, start + len(text), (Anchor(0, start),), language, 1.0)
        )
        start += len(text) + 1
    paragraphs = tuple(Paragraph(s.index, s.kind, s.text, s.start, s.end, ZERO) for s in segments)
    fields = ("2024-03-13", None, texts[0] if texts else None, language, 1.0, "utf-8", "ab" * 32, start)
    return Article(name, name, f"{name}.txt", None, f"Source {name}", *fields, paragraphs), segments


def scored(
    output: Path, accounts: dict[str, list[str]], copies: list[Copy] | None = None, aligned: str = ""
) -> dict[str, list[dict]]:
    """Score and report one event of these articles, sentence aligned with sentence, and return the tables.

    ``aligned`` names the one article that the others are aligned with; by default all are.
    """
    config_file = output.with_suffix(".yaml")
    config_file.write_text("translate:\n  engine: fake\n", encoding="utf-8")
    config = load_config(config_file)
    made = {name: article(name, texts, "fr" if name.startswith("fr") else "en") for name, texts in accounts.items()}
    segments = [s for _, own in made.values() for s in own]
    ids = tuple(sorted(made))
    beads = []
    for i, a in enumerate(ids):
        for b in ids[i + 1 :]:
            if aligned not in ("", a, b):
                continue
            n, m = len(accounts[a]), len(accounts[b])
            for k in range(max(n, m)):
                sides = ((f"{a}-{k}",) if k < n else (), (f"{b}-{k}",) if k < m else ())
                beads.append(Bead(f"{a}{b}{k}", "e", a, b, *sides, 0.8 if k < min(n, m) else None))
    tables = {
        "ingest": {},
        "detect": {"articles": (Article, [a for a, _ in made.values()]), "segments": (Segment, segments)},
        "translate": {
            "translations": (
                Translation,
                [
                    Translation(
                        s.id, s.article_id, s.language, "en", s.text, "source" if s.language == "en" else "fake", None,
                        None, (), False,
                    )
                    for s in segments
                ],
            )
        },
        "align": {
            "events": (Event, [Event("e", "t", ids, accounts[ids[0]][0], None, None, (), None)]),
            "threads": (Thread, [Thread("t", ("e",), "T")]),
            "relations": (Relation, []),
            "copies": (Copy, copies or []),
            "beads": (Bead, beads),
        },
    }  # fmt: skip
    store, manifests = Store(output), {}
    for stage, found in tables.items():
        manifests[stage] = store.commit(_manifest(stage), {**found, "rejections": (Rejection, [])})
    source = output.with_name("unread.txt")  # a run has an input; these stages do not look at it
    source.write_text("Unread.", encoding="utf-8")
    context = StageContext(
        config=config,
        inventory=take_inventory(str(source)),
        output=output,
        basis="b",
        key="k",
        store=store,
        workshop=Workshop.of(config, None, output),
        executor=LocalExecutor(workers=1),
        progress=Quiet(),
        manifests=manifests,
    )
    done = score.STAGE.run(context)
    manifests["score"] = store.commit(
        _manifest("score"),
        {"rejections": (Rejection, [])}
        | {name: (kind, done.tables[name]) for name, kind in score.STAGE.tables.items()},
    )
    report.STAGE.run(context)
    names = ("findings", "event_scores", "pair_scores", "matrix", "omissions", "ledger", "facts")
    return {n: [json.loads(x) for x in (output / "data" / f"{n}.jsonl").read_text("utf-8").splitlines()] for n in names}


def _manifest(stage: str) -> Manifest:
    return Manifest(
        stage=stage,
        version="1",
        key="k",
        inputs=(),
        config={},
        signatures={},
        counts={},
        seconds=0.0,
        finished="",
        files={},
    )


def page(output: Path) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring((output / "events" / "e.html").read_bytes())


def test_an_event_of_one_article(tmp_path):
    found = scored(tmp_path / "out", {"a": ["Storm", "The storm of 3 March 2024 sank 12 ships."]})
    (event,) = found["event_scores"]
    assert (event["n_accounts"], event["agreement"], event["coverage"]) == (1, None, None)
    assert found["pair_scores"] == found["findings"] == found["matrix"] == found["omissions"] == []
    assert {e["value"] for e in found["ledger"]} >= {"2024-03-03", "12"}
    text = page(tmp_path / "out").text_content()
    assert "What some accounts leave out" not in text and "Agreement" not in text


def test_an_event_of_twenty_articles_of_which_one_differs_and_two_are_copies(tmp_path):
    lines = [
        "Storm sinks ships",
        "The storm of 3 March 2024 sank 12 ships off Bergen.",
        "Damage came to 5 million euros.",
    ]
    accounts = {f"x{i:02d}": list(lines) for i in range(20)}
    accounts["x07"][1] = lines[1].replace("12 ships", "21 ships")
    accounts["x09"] = lines[:2]
    copies = [Copy("e", "x01", "x00", "exact", 1.0), Copy("e", "x02", "x01", "near", 0.9)]
    found = scored(tmp_path / "out", accounts, copies)
    (event,) = found["event_scores"]
    assert (event["n_articles"], event["n_accounts"]) == (20, 18)
    assert 0 < event["agreement"] < 1 and event["agreement_low"] < event["agreement"] < event["agreement_high"]
    assert event["n_compared"] - event["n_agree"] == 1  # one fact, though 19 pairs report it
    assert len(found["pair_scores"]) == 190 and sum(p["n_conflict"] for p in found["pair_scores"]) == 19
    money = [o for o in found["omissions"] if o["kind"] == "money" and o["by"] == "source" and o["omitted"]]
    assert [o["name"] for o in money] == ["Source x09"]
    document = page(tmp_path / "out")
    rows = document.xpath("//section[@aria-labelledby='omissions']//tbody/tr")
    assert any("5 million" in r.text_content() and r.xpath("./td[last()]/text()") == ["Source x09"] for r in rows)


def test_articles_without_facts(tmp_path):
    found = scored(tmp_path / "out", {"a": ["Calm", "Nothing was said."], "b": ["Calm", "Nothing was heard."]})
    (event,) = found["event_scores"]
    assert (event["agreement"], event["agreement_low"], event["n_compared"], event["coverage"]) == (None, None, 0, 1.0)
    assert found["facts"] == found["findings"] == found["ledger"] == []
    text = page(tmp_path / "out").text_content()
    assert "unknown: no fact could be compared" in text and "No conflict was found." in text


def test_an_article_without_sentences(tmp_path):
    found = scored(tmp_path / "out", {"a": ["Storm", "It sank 12 ships."], "b": []})
    (pair,) = found["pair_scores"]
    assert (pair["coverage_a"], pair["coverage_b"], pair["agreement"]) == (0.0, None, None)
    assert "unknown of B" in page(tmp_path / "out").text_content()


def test_contradictory_dates_inside_one_article_take_no_side(tmp_path):
    accounts = {
        "a": [
            "Fire in Bergen",
            "The fire broke out on 3 March 2024.",
            "The fire broke out on 4 March 2024, police said.",
        ],
        "b": ["Fire in Bergen", "The fire broke out on 4 March 2024.", "Nobody was hurt."],
    }
    found = scored(tmp_path / "out", accounts)
    assert [f for f in found["findings"] if f["verdict"] == "conflict"] == []
    days = {(e["article_id"], e["value"]): e["n_accounts"] for e in found["ledger"] if e["kind"] == "date"}
    assert days == {("a", "2024-03-03"): 1, ("a", "2024-03-04"): 2, ("b", "2024-03-04"): 2}
    text = page(tmp_path / "out").text_content()
    assert "3 March 2024" in text and "4 March 2024" in text


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    output = tmp_path_factory.mktemp("hostile") / "out"
    calm = [
        re.sub(r"<[^>]*>|[\x00-\x1f\u200e\u200f\u202a-\u202e]", "", t).replace("12", "15").replace(TOKEN, "Aa")
        for t in HOSTILE
    ]
    return output, scored(output, {"a": HOSTILE, "fr-b": calm})


def test_hostile_names_stay_text(hostile):
    output, found = hostile
    assert found["findings"] and len(found["event_scores"]) == 1
    for path in sorted(output.rglob("*.html")):
        document = lxml.html.document_fromstring(path.read_bytes())
        assert not document.xpath("//main//script | //main//img | //main//b[contains(., 'Krag')]"), path
        assert not document.xpath("//a[starts-with(@href, 'javascript:')]"), path
    for path in [*output.rglob("*.html"), *output.rglob("*.md")]:
        assert not re.search("[\x00\x07\u200e\u200f\u202a-\u202e]", path.read_text("utf-8")), path
    for path in output.rglob("*.md"):
        assert not re.search(r"<script|(?<!\\)\]\(javascript:", path.read_text("utf-8")), path


def test_hostile_names_in_the_tables_for_spreadsheets(hostile):
    output, _ = hostile
    import csv

    for name in ("matrix", "omissions", "ledger", "findings"):
        lines = list(csv.reader((output / "exports" / f"{name}.csv").read_text("utf-8-sig").splitlines(keepends=True)))
        assert len(lines) > 1 and len({len(line) for line in lines}) == 1, name
        assert not any(cell.lstrip().startswith(("=", "+", "@", "-")) for line in lines for cell in line), name


def test_in_a_large_event_only_aligned_articles_are_compared(tmp_path):
    accounts = {f"a{n:02d}": ["Fire at the port", f"The fire of 3 March hurt {n + 20} people."] for n in range(26)}
    tables = scored(tmp_path / "large", accounts, aligned="a00")
    pairs = [(p["article_a"], p["article_b"]) for p in tables["pair_scores"]]
    assert pairs == [("a00", f"a{n:02d}") for n in range(1, 26)]
    assert {f["verdict"] for f in tables["findings"]} == {"conflict", "agree"}
    few = scored(tmp_path / "few", dict(list(accounts.items())[:4]), aligned="a00")
    assert len(few["pair_scores"]) == 6
