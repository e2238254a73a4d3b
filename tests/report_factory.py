"""Build runs in code for the tests of the report: three languages, a conflict, rejections, hostile content."""

from __future__ import annotations

import dataclasses
from typing import Any

from pipeline.records import (
    Anchor,
    Article,
    ArticleScore,
    Bead,
    Event,
    EventScore,
    Evidence,
    Fact,
    FidelityFinding,
    Finding,
    Mention,
    PairScore,
    Paragraph,
    Reason,
    Rejection,
    Relation,
    Segment,
    Side,
    Thread,
    Translation,
)
from pipeline.reporting import RunData

ZERO = (Anchor(0, 0),)
ENGINE = "gguf|small-instruct|greedy|v1"
HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)> \u202egnp.exe\u202c \"quoted\" & =1+1"
HOSTILE_ID = "../../x"


def article(
    identity: str, language: str | None, texts: list[str], *, source: str | None = None, **values: Any
) -> tuple[Article, list[Segment]]:
    """Build an article with one segment per text; the first is its title."""
    kinds = ["title"] + ["body"] * (len(texts) - 1)
    paragraphs, segments, start = [], [], 0
    for n, (kind, text) in enumerate(zip(kinds, texts, strict=True)):
        end = start + len(text)
        paragraphs.append(Paragraph(n, kind, text, start, end, ZERO))
        segments.append(
            Segment(
                f"{identity}-{n:04d}",
                identity,
                n,
                n,
                kind,
                text,
                start,
                end,
                (Anchor(0, start),),
                language or "und",
                0.99,
            )
        )
        start = end + 1
    fields: dict[str, Any] = {
        "name": identity,
        "path": f"{identity}.txt",
        "record": None,
        "published": None,
        "url": None,
        "title": texts[0],
        "confidence": 0.99,
        "encoding": "utf-8",
        "raw_sha256": "ab" * 32,
        "raw_chars": start,
        **values,
    }
    return Article(id=identity, source=source, language=language, paragraphs=tuple(paragraphs), **fields), segments


def translation(segment: Segment, text: str, quality: float | None, *findings: FidelityFinding) -> Translation:
    engine = "source" if segment.language == "en" else ENGINE
    return Translation(
        segment.id, segment.article_id, segment.language, "en", text, engine, None, quality, findings, False
    )


def fact(segment: Segment, kind: Any, surface: str, value: str, **values: Any) -> Fact:
    start = segment.text.index(surface)
    end = start + len(surface)
    fields: dict[str, Any] = {"low": None, "high": None, "unit": None, "role": None, "approximate": False, **values}
    identity = f"{segment.id}-{kind}-{start}"
    raw = segment.start + start
    return Fact(
        identity, segment.article_id, segment.id, kind, value, surface, start, end, raw, raw + len(surface), **fields
    )


def side(f: Fact) -> Side:
    return Side(f.article_id, f.segment_id, f.id, f.surface, f.value, f.start, f.end, f.raw_start, f.raw_end)


def mention(text: str, kind: Any, surface: str, value: str) -> Mention:
    start = text.index(surface)
    return Mention(kind, value, surface, start, start + len(surface))


FR = [
    "Le port de Havreville rouvre après la tempête",
    "Le port a rouvert le 12 mars 2024, a annoncé la capitainerie.",
    "Environ 3 400 conteneurs attendaient sur les quais.",
    "La directrice, Anne Morel, a parlé d’un « retour à la normale ».",
    "Les dégâts sont estimés à 12 millions d’euros.",
]
FR_EN = [
    "The port of Havreville reopens after the storm",
    "The port reopened on March 12, 2024, the harbour master's office announced.",
    "About 3,400 containers were waiting on the quays.",
    "The director, Anne Morel, spoke of a “return to normal”.",
    "The damage is estimated at 12 million euros.",
]
KO = [
    "아브르빌 항구, 폭풍 뒤 다시 문 열어",
    "항만 당국은 12일 항구를 다시 열었다고 밝혔다.",
    "부두에는 컨테이너 3천400개가 쌓여 있었다.",
    "피해액은 1천500만 유로로 추산된다.",
    "안 모렐 국장은 정상화를 언급했다.",
]
KO_EN = [
    "Havreville port reopens after storm",
    "The harbour authority said it reopened the port on the 12th.",
    "3,400 containers were piled on the pier.",
    "The damage is estimated at 15 million euros.",
    "Director An Morel mentioned the port.",
]
EN = [
    "Harbour town marks a century of its lighthouse",
    "The lighthouse of Havreville was lit for the first time on 3 May 1924.",
    "About 500 people came.",
]
SIGNATURE = "estimate|v1|settings"


def sample() -> RunData:
    """Build a run with one contested event in two languages, a quiet one, and a hostile one."""
    a, a_segments = article(
        "a1", "fr", FR, source="Le Quotidien", published="2024-03-13", url="https://example.org/a?x=1&y=2"
    )
    b, b_segments = article("b2", "ko", KO, source="항구신문", published="2024-03-12")
    c, c_segments = article("c3", "en", EN, source=None, published=None)
    h, h_segments = article(
        HOSTILE_ID,
        "en",
        [HOSTILE, "javascript:alert(1) " + HOSTILE, "</title></style><svg onload=alert(2)>"],
        source="<b>evil</b>",
        url="javascript:alert(1)",
        name="../../etc/passwd",
        path="..\\x\u202etxt.exe",
        published="not a date",
        record="<i>",
    )
    translations = [translation(s, t, 0.9) for s, t in zip(a_segments, FR_EN, strict=True)]
    translations += [
        translation(s, t, q) for s, t, q in zip(b_segments, KO_EN, [0.8, 0.7, 0.75, 0.62, 0.41], strict=True)
    ]
    lost = FidelityFinding("name", "missing", "정상화", None)
    translations[-1] = dataclasses.replace(translations[-1], findings=(lost,))
    translations += [translation(s, s.text, None) for s in c_segments + h_segments]
    facts = _facts(a_segments, b_segments, h_segments)
    title = "Port of Havreville reopens after storm"
    return RunData(
        run_name="sample",
        target="en",
        languages=("fr", "ko", "en"),
        articles=[a, b, c, h],
        segments=a_segments + b_segments + c_segments + h_segments,
        translations=translations,
        events=[
            Event("event-1", "thread-1", ("a1", "b2"), title, "2024-03-12", "Havreville", ("Anne Morel",), 0.93),
            Event("event-2", "thread-1", ("c3",), EN[0], "????-05-03", None, (), None),
            Event(HOSTILE_ID, "thread-2", (HOSTILE_ID,), HOSTILE, HOSTILE, HOSTILE, (HOSTILE,), None),
        ],
        threads=[Thread("thread-1", ("event-2", "event-1"), "Havreville"), Thread("thread-2", (HOSTILE_ID,), HOSTILE)],
        relations=_relations(),
        beads=_beads(),
        facts=list(facts.values()),
        findings=_findings(facts),
        pair_scores=[
            PairScore(
                "event-1",
                "a1",
                "b2",
                0.75,
                0.3,
                0.95,
                3,
                1,
                1,
                1,
                0.6,
                0.23,
                0.88,
                0.8,
                0.37,
                0.96,
                41.23,
                18.4,
                "agreement|x",
                "coverage|x",
                "chrF2|x",
                "BLEU|x",
            )
        ],
        event_scores=[
            EventScore("event-1", 2, 2, 0.75, 0.31, 0.95, 3, 4, 0.7, 0.39, 0.89, 7, 10, "agreement|y", "coverage|y"),
            EventScore("event-2", 1, 1, None, None, None, 0, 0, None, None, None, 0, 0, "agreement|y", "coverage|y"),
        ],
        article_scores=[
            ArticleScore("a1", 5, 5, 0.9, 1.0, 0.51, 1.0, 4, 4, 0, SIGNATURE),
            ArticleScore("b2", 5, 5, 0.656, 0.8, 0.38, 0.96, 5, 4, 1, SIGNATURE),
            ArticleScore("c3", 3, 0, None, None, None, None, 0, 0, 0, SIGNATURE),
        ],
        rejections=[
            Rejection(
                "a1:5", "ingest", "line", Reason.SHARE_BUTTONS, "A row of share buttons.", "a1", "Partager", 300, 308
            ),
            Rejection("x.png", "ingest", "file", Reason.NOT_TEXT, "Not a text file; remove it.", None, None),
            Rejection("<script>", "ingest", "file", Reason.BAD_ENCODING, HOSTILE, None, HOSTILE),
        ],
        manifests=_manifests(),
        models=[
            {
                "name": "small-instruct",
                "licence": "Apache-2.0",
                "source": "hub",
                "revision": "abc",
                "quality": {"fr-en": {"bleu": 32.1, "chrf": 61.6}, "ko-en": {"bleu": 10.7, "chrf": 40.7}},
                "evidence": "plain prompt, 100 sentences",
            }
        ],
    )


def _facts(a: list[Segment], b: list[Segment], h: list[Segment]) -> dict[str, Fact]:
    return {
        "date-a": fact(a[1], "date", "12 mars 2024", "2024-03-12"),
        "date-b": fact(b[1], "date", "12일", "2024-03-12"),
        "number-a": fact(a[2], "number", "3 400", "3400", unit="container"),
        "number-b": fact(b[2], "number", "3천400개", "3400", unit="container"),
        "money-a": fact(a[4], "money", "12 millions d’euros", "12000000", unit="EUR"),
        "money-b": fact(b[3], "money", "1천500만 유로", "15000000", unit="EUR"),
        "name-a": fact(a[3], "name", "Anne Morel", "an morel", role="person"),
        "name-b": fact(b[4], "name", "안 모렐", "an morel", role="person"),
        "quote-a": fact(a[3], "quote", "retour à la normale", "retour a la normale"),
        "hostile": fact(h[1], "name", "javascript:alert(1)", "<script>"),
    }


def _findings(facts: dict[str, Fact]) -> list[Finding]:
    def finding(
        identity: str, verdict: Any, kind: Any, a: str, b: str | None, importance: float, reason: str
    ) -> Finding:
        other = side(facts[b]) if b else None
        return Finding(identity, "event-1", verdict, kind, side(facts[a]), other, 0.9, importance, reason)

    hostile = Finding("f'\"><x", HOSTILE_ID, "only_one", "name", side(facts["hostile"]), None, 0.5, 0.1, HOSTILE)
    return [
        finding("f1", "conflict", "money", "money-a", "money-b", 0.9, "12 million euros against 15 million euros"),
        finding("f2", "agree", "date", "date-a", "date-b", 0.5, "both on 12 March 2024"),
        finding("f3", "agree", "number", "number-a", "number-b", 0.4, ""),
        finding("f4", "translation_artefact", "name", "name-a", "name-b", 0.6, "An Morel is a rendering of Anne Morel"),
        finding("f5", "only_one", "quote", "quote-a", None, 0.2, ""),
        hostile,
    ]


def _beads() -> list[Bead]:
    pairs: list[tuple[tuple[str, ...], tuple[str, ...], float | None]] = [
        (("a1-0000",), ("b2-0000",), 0.81),
        (("a1-0001",), ("b2-0001",), 0.77),
        (("a1-0002",), ("b2-0002",), 0.72),
        (("a1-0003",), (), None),
        (("a1-0004",), ("b2-0003", "b2-0004"), 0.44),
    ]
    return [Bead(f"bead-{n}", "event-1", "a1", "b2", a, b, s) for n, (a, b, s) in enumerate(pairs)]


def _relations() -> list[Relation]:
    def evidence(sign: int) -> tuple[Evidence, ...]:
        return (
            Evidence("title_similarity", 0.81 * sign, 1.9 * sign, "“Le port de Havreville” and “아브르빌 항구”"),
            Evidence("event_dates", 1.0, 1.2 * sign, "12 March 2024 in both"),
            Evidence("length", 0.4, -0.2, HOSTILE),
        )

    first, second = sorted(("a1", "b2"))
    return [
        Relation(first, second, "same_event", 0.93, 0.97, evidence(1)),
        Relation("a1", "c3", "same_thread", 0.21, 0.7, evidence(-1)),
        Relation("b2", "c3", "same_thread", 0.18, 0.6, evidence(-1)),
        Relation(HOSTILE_ID, "a1", "unrelated", 0.01, 0.01, evidence(-1)),
    ]


def _manifests() -> dict[str, dict[str, Any]]:
    def manifest(stage: str, counts: dict[str, dict[str, int]]) -> dict[str, Any]:
        return {
            "stage": stage,
            "version": "1",
            "key": f"key-{stage}",
            "inputs": ["in"],
            "config": {"languages": ["fr", "ko"]},
            "signatures": {"engine": ENGINE},
            "counts": counts,
            "seconds": 1.25,
            "files": [],
        }

    return {
        "align": manifest("align", {"article": {"in": 4, "out": 4, "rejected": 0}}),
        "translate": manifest("translate", {"segment": {"in": 16, "out": 16, "rejected": 0}}),
        "ingest": manifest(
            "ingest", {"file": {"in": 6, "out": 4, "rejected": 2}, "line": {"in": 30, "out": 29, "rejected": 1}}
        ),
    }


def empty() -> RunData:
    """Build a run in which nothing could be read."""
    return RunData(run_name="empty", target="en", languages=("fr", "ko", "en"))
