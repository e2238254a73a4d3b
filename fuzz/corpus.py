"""What fuzzing starts from: the seed articles in the form that each target reads, and words worth inserting."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path

__all__ = ["dictionary", "starting_inputs"]

_SEEDS = Path(__file__).resolve().parent.parent / "seeds"
_LINES = {
    "fr": (
        "Le 26 mars, quelque 1 234,5 milliards d'euros, soit 3 %, « ont été versés », selon le ministre Jean Dupont.",
        "Entre 10 et 12 personnes seraient mortes lundi dernier à 14h30, d'après Mme Ahn Duk-geun.",
    ),
    "ko": (
        "안덕근 산업통상자원부 장관은 지난 13일 “3만 5천 명에게 100조원을 지원하겠다”고 밝혔다.",
        "오는 2024년 5월 10일 오전 9시 30분부터 약 12.5%(1억2천만 달러) 감소할 전망이다.",
    ),
    "en": (
        "Minister Ahn Duk-geun said on Friday that 35,000 people would get $1.2 billion, or 3.5 percent.",
        "Between ten and twelve of the 20 ministers, the Yonhap agency reported, met on May 10, 2024 at 2:30 p.m.",
    ),
}
_WORDS = (
    *(
        "억",
        "만",
        "조",
        "천",
        "백",
        "명",
        "원",
        "달러",
        "퍼센트",
        "약",
        "여 ",
        "년",
        "월",
        "일",
        "지난 13일",
        "오는",
        "장관",
        "씨",
    ),
    *(
        "milliards",
        "millions",
        "euros",
        "%",
        "le 26",
        "lundi",
        "er",
        "selon",
        "M.",
        "«",
        "»",
        "\u00a0",
        "\u202f",
        "virgule",
    ),
    *(
        "billion",
        "trillion",
        "percent",
        "$",
        "€",
        "May ",
        "2024-05-10",
        "p.m.",
        "Mr. ",
        "“",
        "”",
        "half a ",
        "twenty-one",
    ),
    *(
        "1,234.5",
        "1 234,5",
        "10~12",
        "①",
        "½",
        "１２",
        "\u0301",
        "\u1161",
        "\u200b",
        "\ufeff",
        "\n\n",
        "\r\n",
        "9" * 40,
    ),
    *(
        '"text": "',
        "[[[[",
        '""',
        ";",
        "\t",
        "null",
        "1e999",
        "\\ud800",
        "&#x41;",
        "<!ENTITY",
        "<![CDATA[",
        "<seg>",
        "<tu>",
    ),
    *(
        'xml:lang="',
        "srclang",
        "source",
        "target",
        "pair",
        "language",
        "*anchor",
        "&a ",
        "!!python/object:",
        "translate:",
        "? ",
    ),
)
_TMX = (
    '<?xml version="1.0"?><tmx version="1.4"><header srclang="fr"/><body><tu tuid="1"><tuv xml:lang="fr"><seg>Un '
    '<bpt i="1">x</bpt><hi>mot</hi></seg></tuv><tuv xml:lang="en"><seg>A word</seg></tuv></tu></body></tmx>'
)
_CONFIG = (
    "target: en\nlanguages: [fr, ko, en]\ntranslate:\n  engine: fake\n  pairs: {ko-en: {pivot: fr}}\n"
    "align: {memory: 1.5}\n"
)
_REVIEW: dict[str, object] = {
    "kind": "translation",
    "verdict": "correct",
    "correction": "The minister came.",
    "subject": {
        "source": "Le ministre est venu.",
        "target": "The ministry came.",
        "pair": "fr-en",
        "segment": "a-s000",
    },
    "reviewer": "A",
    "time": "2024-05-10T09:15:00Z",
}


_PAGE = "".join(f"<p>{line}</p>" for line in (*_LINES["fr"], *_LINES["en"]))
_FILES = {
    "html": f'<html lang="fr"><head><title>T</title></head><body><article><h1>T</h1>{_PAGE}</article></body></html>',
    "csv": 'id;title;text\n1;T;"Un ""mot"" dans\nla phrase du ministre."\n2;;x\n',
    "sidecar": '{"file": "a.txt", "id": "a", "title": "T", "published": "2024-05-10", "language": "fr", "url": null}\n',
    "tmx": _TMX,
    "table": 'pair,source,target\nfr-en,"Le ""mot""",The word\nko-en,가,a\n',
    "config": _CONFIG,
    "glossary": "term,language,target,note\nministre de la Santé,fr,Minister of Health|Minister,\n장관,ko,minister,\n",
    "reviews": json.dumps(_REVIEW) + "\n",
}


def starting_inputs(target: str) -> Iterator[bytes]:
    """Yield a few inputs of the kind that a target reads."""
    kind, _, language = target.partition("-")
    articles = [path.read_text(encoding="utf-8") for path in sorted(_SEEDS.glob("*.txt"))]
    records = [
        {"id": str(n), "title": text.split("\n")[0], "text": text[100:400], "date": "2024-05-10"}
        for n, text in enumerate(articles[:2])
    ]
    if kind in ("txt", "text"):
        yield from (text[100:600].encode() for text in articles)
    elif kind == "facts":
        yield from map(str.encode, _LINES[language])
    elif kind == "check":
        for name in ("fr", "ko"):
            yield from (f"{a}\n{b}".encode() for a, b in zip(_LINES[name], _LINES["en"], strict=True))
    elif kind in ("jsonl", "gz"):
        lines = "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()
        yield gzip.compress(lines, mtime=0) if kind == "gz" else lines
    elif kind == "json":
        yield json.dumps({"articles": records}, ensure_ascii=False).encode()
    elif kind == "parquet":
        yield _parquet(records)
    else:
        yield _FILES[kind].encode()


def _parquet(records: list[dict[str, str]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records[:2]), sink, compression="none")
    return sink.getvalue()


def dictionary() -> str:
    """Return the words in libFuzzer's format."""
    return "".join('"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"\n' for word in _WORDS)
