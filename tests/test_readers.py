"""Readers: the inventory, every format, sidecars, and what cannot be read."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cleaning.article import CleaningSettings, parse_item
from pipeline.errors import InputError
from pipeline.readers import hub, rows
from pipeline.readers.inventory import take_inventory
from pipeline.readers.items import RawItem, iter_items
from pipeline.readers.settings import Columns, ReaderSettings
from pipeline.readers.sidecar import Metadata, read_sidecars
from pipeline.records import Reason, Rejection

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench"
TEXT = "The council said on Thursday that the bridge would stay closed until spring, a month later than planned."
KOREAN = "시는 13일 새 도서관을 내년 3월에 연다고 밝혔다. 예산은 120억원이다."


def read(root: Path | str, **kwargs) -> tuple[list[RawItem], list[Rejection]]:
    everything = list(iter_items(take_inventory(root), ReaderSettings(**kwargs)))
    items = [item for item in everything if isinstance(item, RawItem)]
    return items, [item for item in everything if isinstance(item, Rejection)]


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


# --- inventory --------------------------------------------------------------------------------------------------------


def test_inventory_lists_what_holds_articles(tmp_path):
    write(
        tmp_path,
        b_dot_txt=TEXT,
        a__z_dot_html="<html></html>",
        a__b_dot_md=TEXT,
        README_dot_md="notes",
        LICENSE="legal",
        sources_dot_jsonl="",
        _dot_hidden_dot_txt=TEXT,
        _dot_git__x_dot_txt=TEXT,
        photo_dot_png=b"\x89PNG",
    )
    inventory = take_inventory(tmp_path)
    assert [(e.path, e.format) for e in inventory.files] == [
        ("a/b.md", "text"),
        ("a/z.html", "html"),
        ("b.txt", "text"),
        ("photo.png", "unknown"),
    ]
    assert inventory.read(inventory.files[2]) == TEXT.encode()
    _, rejections = read(tmp_path)
    assert [(r.item_id, r.reason, r.unit) for r in rejections] == [("photo.png", Reason.UNKNOWN_FORMAT, "file")]


def test_inventory_of_one_file(tmp_path):
    write(tmp_path, a_dot_txt=TEXT, b_dot_txt=TEXT)
    items, rejections = read(tmp_path / "a.txt")
    assert [(i.path, i.name, i.record, i.data) for i in items] == [("a.txt", "a", None, TEXT.encode())]
    assert rejections == []


def test_digest_follows_content_names_and_sidecars_but_not_place(tmp_path):
    one = write(tmp_path / "one", a_dot_txt=TEXT, s__b_dot_txt=KOREAN)
    shutil.copytree(one, tmp_path / "two")
    digests = [take_inventory(tmp_path / name).digest for name in ("one", "two")]
    assert digests[0] == digests[1]
    seen = {digests[0]}
    for change in (
        lambda: (one / "a.txt").write_text(TEXT + "!"),
        lambda: (one / "a.txt").rename(one / "c.txt"),
        lambda: (one / "sources.jsonl").write_text('{"file": "c.txt"}\n'),
        lambda: (one / "d.txt").write_text(""),
        lambda: (one / "e.txt").symlink_to("nowhere"),
    ):
        change()
        seen.add(take_inventory(one).digest)
    assert len(seen) == 6


@pytest.mark.parametrize("what", ["missing", "empty", "only notes", "only images"])
def test_input_without_articles(tmp_path, what):
    if what == "only notes":
        write(tmp_path, README_dot_txt="notes", _dot_x_dot_txt=TEXT)
    if what == "only images":
        write(tmp_path, x_dot_png=b"\x89PNG")
    with pytest.raises(InputError) as error:
        take_inventory(tmp_path / "nothing" if what == "missing" else tmp_path)
    assert error.value.remedy


def test_what_cannot_be_read_is_reported(tmp_path):
    folder = write(tmp_path / "in", a_dot_txt=TEXT)
    write(tmp_path, outside_dot_txt=TEXT)
    (folder / "dangling.txt").symlink_to("nowhere.txt")
    (folder / "leaves.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "inside.txt").symlink_to("a.txt")
    os.mkfifo(folder / "pipe.txt")
    (folder / "folder.txt").mkdir()
    items, rejections = read(folder)
    assert [i.path for i in items] == ["a.txt", "inside.txt"]
    assert [(r.item_id, r.reason, r.unit) for r in rejections] == [
        (name, Reason.UNREADABLE, "file") for name in ("dangling.txt", "leaves.txt", "loop.txt", "pipe.txt")
    ]
    assert str(tmp_path) not in "".join(r.detail for r in rejections)


_AS_NOBODY = """
import os, sys
from pipeline.readers.inventory import take_inventory
from pipeline.readers.items import iter_items
from pipeline.readers.settings import ReaderSettings
os.setegid(65534); os.seteuid(65534)
for item in iter_items(take_inventory(sys.argv[1]), ReaderSettings()):
    print(type(item).__name__, getattr(item, "item_id", None) or item.path, getattr(item, "detail", ""))
"""


def test_file_and_folder_without_permission():
    repository = Path(__file__).resolve().parents[1]
    folder = Path(tempfile.mkdtemp())
    try:
        write(folder, a_dot_txt=TEXT, b_dot_txt=TEXT, c__d_dot_txt=TEXT)
        folder.chmod(0o755)
        (folder / "b.txt").chmod(0)
        (folder / "c").chmod(0)
        # Root reads everything; as root the check is made under another user.
        script = _AS_NOBODY if os.geteuid() == 0 else _AS_NOBODY.replace("os.setegid(65534); os.seteuid(65534)", "")
        run = subprocess.run(
            [sys.executable, "-c", script, str(folder)], cwd=repository, capture_output=True, text=True, check=False
        )
        assert run.stdout.splitlines() == [
            "RawItem a.txt ",
            "Rejection b.txt cannot be read: permission denied",
            "Rejection c cannot be read: permission denied",
        ], run.stderr
    finally:
        (folder / "c").chmod(0o755)
        shutil.rmtree(folder)


def test_file_that_changes_after_the_inventory(tmp_path):
    write(tmp_path, a_dot_txt=b"x" * 5_000_000)
    inventory = take_inventory(tmp_path)
    assert inventory.cache == {}
    (tmp_path / "a.txt").write_bytes(b"y" * 5_000_000)
    with pytest.raises(InputError, match="changed"):
        list(iter_items(inventory, ReaderSettings()))


# --- bad files, down to the rejection ---------------------------------------------------------------------------------

BAD = {
    "empty.txt": (b"", Reason.EMPTY),
    "spaces.txt": (b"  \n \t \n", Reason.EMPTY),
    "image.txt": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200), Reason.NOT_TEXT),
    "line.txt": (b"word " * 4_000_000, Reason.TOO_LARGE),
    "notext.csv": (b"name,age\nKim,3\nLee,4\n", Reason.MISSING_TEXT),
    "notext.jsonl": (b'{"name": "Kim"}\n{"name": "Lee"}\n', Reason.MISSING_TEXT),
    "broken.parquet": (b"PAR1 this is not it", Reason.UNREADABLE),
    "empty.parquet": (b"", Reason.UNREADABLE),
    "broken.json": (b'{"text": ', Reason.BAD_RECORD),
    "broken.jsonl.gz": (gzip.compress(b'{"text": "x"}\n' * 9)[:20], Reason.UNREADABLE),
    "nogzip.csv.gz": (b"text\nhello\n", Reason.UNREADABLE),
    "header.csv": (b"text,title\n", Reason.EMPTY),
    "empty.csv": (b"", Reason.EMPTY),
    "empty.jsonl": (b"\n\n", Reason.EMPTY),
    "empty.json": (b"[]", Reason.EMPTY),
    "number.json": (b"3", Reason.BAD_RECORD),
}
FINE = {
    "latin.txt": "Le maire a annoncé jeudi que l'école rouvrirait à la rentrée, à Nîmes.".encode("latin-1"),
    "utf16.txt": KOREAN.encode("utf-16"),
    "cut.txt": (KOREAN + "끝").encode()[:-1],
}


def test_bad_files_are_rejected_and_the_rest_goes_on(tmp_path):
    for name, (content, _) in BAD.items():
        (tmp_path / name).write_bytes(content)
    for name, content in FINE.items():
        (tmp_path / name).write_bytes(content)
    items, rejections = read(tmp_path)
    parsed = [parse_item(item, CleaningSettings()) for item in items]
    rejections += [r for result in parsed if result.article is None for r in result.rejections]
    named = {r.item_id.split(":")[0]: r.reason for r in rejections}
    assert named == {name: reason for name, (_, reason) in BAD.items()}
    assert sorted(result.article.path for result in parsed if result.article) == sorted(FINE)
    missing = [r.detail for r in rejections if r.reason is Reason.MISSING_TEXT]
    assert all("name" in detail and "ingest.text_column" in detail for detail in missing)
    assert len(missing) == 2


# --- records ----------------------------------------------------------------------------------------------------------

RECORDS = [
    {
        "id": "k1",
        "text": KOREAN,
        "title": "도서관",
        "source": "한빛",
        "published": "2024-05-10",
        "url": "u",
        "lang": "ko",
    },
    {"id": "e1", "text": TEXT, "title": None, "source": None, "published": None, "url": None, "lang": None},
]


def _write_records(folder: Path, kind: str) -> Path:
    path = folder / f"c.{kind}"
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)
    if kind in ("jsonl", "ndjson"):
        path.write_text("\n" + lines, encoding="utf-8")
    elif kind == "jsonl.gz":
        path.write_bytes(gzip.compress(lines.encode()))
    elif kind == "json":
        path.write_text(json.dumps({"count": 2, "articles": RECORDS}), encoding="utf-8")
    elif kind in ("csv", "tsv", "csv.gz"):
        mark = "\t" if kind == "tsv" else ";"
        cells = [list(RECORDS[0]), *([str(v or "") for v in record.values()] for record in RECORDS)]
        text = "".join(mark.join(f'"{c}"' for c in row) + "\r\n" for row in cells)
        path.write_bytes(gzip.compress(text.encode()) if kind == "csv.gz" else text.encode("utf-8-sig"))
    else:
        pq.write_table(pa.Table.from_pylist(RECORDS), path)
    return path


@pytest.mark.parametrize("kind", ["jsonl", "ndjson", "jsonl.gz", "json", "csv", "tsv", "csv.gz", "parquet", "dataset"])
def test_every_format_gives_the_same_records(tmp_path, kind):
    if kind == "dataset":
        import datasets

        datasets.Dataset.from_list(RECORDS).save_to_disk(str(tmp_path / "c"))
    else:
        _write_records(tmp_path, kind)
    items, rejections = read(tmp_path)
    assert rejections == []
    assert [(i.record, i.name, i.text, i.title, i.source, i.published, i.url, i.language) for i in items] == [
        ("k1", "k1", KOREAN, "도서관", "한빛", "2024-05-10", "u", "ko"),
        ("e1", "e1", TEXT, None, None, None, None, None),
    ]
    path = {"dataset": "c"}.get(kind, f"c.{kind}")
    assert {i.path for i in items} == {path}
    assert {parse_item(i, CleaningSettings()).article.record for i in items} == {"k1", "e1"}


def test_dataset_dict_and_dataset_as_root(tmp_path):
    import datasets

    data = datasets.Dataset.from_list(RECORDS)
    datasets.DatasetDict({"train": data, "test": data.select([1])}).save_to_disk(str(tmp_path / "d"))
    items, rejections = read(tmp_path / "d")
    assert rejections == []
    assert [(i.path, i.record) for i in items] == [("test", "e1"), ("train", "k1"), ("train", "e1")]
    items, _ = read(tmp_path / "d" / "test")
    assert [(i.path, i.record) for i in items] == [(".", "e1")]


def test_dataset_with_lost_or_broken_files(tmp_path):
    import datasets

    datasets.Dataset.from_list(RECORDS).save_to_disk(str(tmp_path / "a"))
    datasets.Dataset.from_list(RECORDS).save_to_disk(str(tmp_path / "b"))
    next((tmp_path / "a").glob("*.arrow")).write_bytes(b"nonsense")
    (tmp_path / "b" / "state.json").write_text("{")
    items, rejections = read(tmp_path)
    assert items == []
    assert [(r.item_id, r.reason) for r in rejections] == [("a", Reason.UNREADABLE), ("b", Reason.UNREADABLE)]


def test_broken_records_are_named_and_the_rest_goes_on(tmp_path):
    lines = [
        json.dumps({"text": TEXT, "id": 7}),
        '{"text": ',
        "[1, 2]",
        '{"id": "no text"}',
        '{"text": 3}',
        '{"text": null, "id": "none"}',
        '{"text": ["One sentence.", "Another."], "id": "list"}',
        '{"text": "' + "x" * 3000 + '"}',
        "[" * 100_000,
        json.dumps({"text": KOREAN}),
    ]
    write(tmp_path, c_dot_jsonl="\n".join(lines).encode() + b"\n" + b'{"text": "\xff\xfe\x00\x01"}\n')
    items, rejections = read(tmp_path, max_record_bytes=200_000)
    assert [(i.record, i.text) for i in items if i.record and not i.record.startswith("text-")] == [
        ("7", TEXT),
        ("none", ""),
        ("list", "One sentence.\nAnother."),
    ]
    assert [(r.item_id, r.reason) for r in rejections] == [
        ("c.jsonl:2", Reason.BAD_RECORD),
        ("c.jsonl:3", Reason.BAD_RECORD),
        ("c.jsonl:4", Reason.MISSING_TEXT),
        ("c.jsonl:5", Reason.BAD_RECORD),
        ("c.jsonl:9", Reason.BAD_RECORD),
        ("c.jsonl:11", Reason.BAD_RECORD),
    ] or rejections[-1].reason in (Reason.NOT_TEXT, Reason.BAD_ENCODING)
    short, more = read(tmp_path, max_record_bytes=2000)
    assert ("c.jsonl:8", Reason.TOO_LARGE) in [(r.item_id, r.reason) for r in more]
    assert len(short) == len(items) - 1


def test_records_without_an_id_keep_theirs_when_others_come_and_go(tmp_path):
    def names(texts):
        write(tmp_path, c_dot_jsonl="".join(json.dumps({"text": t}) + "\n" for t in texts))
        return {i.text: i.record for i in read(tmp_path)[0]}

    before = names([TEXT, KOREAN])
    after = names(["Something new.", KOREAN, "More.", TEXT])
    assert before[TEXT] == after[TEXT]
    assert before[KOREAN] == after[KOREAN]


def test_records_of_one_name_are_told_apart(tmp_path):
    rows_ = [
        {"id": "a", "text": TEXT},
        {"id": "a", "text": TEXT},
        {"id": "a.2", "text": TEXT},
        {"text": TEXT},
        {"text": TEXT},
    ]
    write(tmp_path, c_dot_jsonl="".join(json.dumps(r) + "\n" for r in rows_))
    items, rejections = read(tmp_path)
    articles = [parse_item(item, CleaningSettings()).article for item in items]
    assert rejections == []
    assert len({article.id for article in articles}) == len(articles) == 5
    assert [item.record for item in items][:3] == ["a", "a.2", "a.2.2"]
    assert items[3].name == "c-4"


def test_named_columns(tmp_path):
    write(tmp_path, c_dot_csv="Headline,Story,Nr\nA title,The story,9\n")
    columns = Columns(text=("story",), title=("Headline",), id=("nr",))
    items, _ = read(tmp_path, columns=columns)
    assert [(i.text, i.title, i.record) for i in items] == [("The story", "A title", "9")]


def test_parquet_with_dates_and_broken_pages(tmp_path):
    import datetime

    table = pa.table({"text": [TEXT] * 3000, "date": [datetime.date(2024, 5, 10)] * 3000})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=1000, use_dictionary=False, compression="none")
    items, _ = read(tmp_path)
    assert {i.published for i in items} == {"2024-05-10"}
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    start = len(data) // 2
    data[start : start + 200] = b"\xff" * 200
    (tmp_path / "a.parquet").write_bytes(data)
    items, rejections = read(tmp_path)
    assert [(r.item_id, r.reason) for r in rejections] in ([("a.parquet", Reason.UNREADABLE)], [])
    assert len(items) >= 1000


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv(data: bytes, limit: int = 10_000_000) -> list[rows.Row | rows.Fault]:
    import io

    return list(rows.csv_rows(io.BytesIO(data), rows.sniff(data[:1000]), limit))


@pytest.mark.parametrize(
    ("data", "values"),
    [
        ("text,n\na,1\n", [{"text": "a", "n": "1"}]),
        ("text;n\na,b;1\n", [{"text": "a,b", "n": "1"}]),
        ('text,n\n"a, ""b""\nc",1\nd,2', [{"text": 'a, "b"\nc', "n": "1"}, {"text": "d", "n": "2"}]),
        ('text,n\na 5" disk,1\nb,2\n', [{"text": 'a 5" disk', "n": "1"}, {"text": "b", "n": "2"}]),
        ("text\nonly\n", [{"text": "only"}]),
        ("text,n\n,\n", [{"text": "", "n": ""}]),
        ('text,n\n"",""\n', [{"text": "", "n": ""}]),
        ("text,n\n\n a ,1\n", [{"text": " a ", "n": "1"}]),
        ('"text","n"\r\n"a","1"\r\n', [{"text": "a", "n": "1"}]),
        ("text\tn\na\t1\n", [{"text": "a", "n": "1"}]),
    ],
)
def test_csv(data, values):
    assert [row.values for row in _csv(data.encode())] == values


@pytest.mark.parametrize("codec", ["cp949", "utf-16", "utf-8-sig", "utf-16-le"])
def test_csv_in_other_encodings(codec):
    data = f'text,n\n{KOREAN},1\n"{KOREAN}\n둘",2\n'.encode(codec)
    assert [row.values["text"] for row in _csv(data)] == [KOREAN, f"{KOREAN}\n둘"]


def test_csv_faults_leave_the_rest():
    result = _csv(b"text,n\na,1\nb,2,3\nc\nd,4\n")
    assert [r.values["text"] if isinstance(r, rows.Row) else r.reason for r in result] == [
        "a",
        Reason.BAD_RECORD,
        Reason.BAD_RECORD,
        "d",
    ]
    assert [r.number for r in result] == [2, 3, 4, 5]
    (row, fault) = _csv(b'text,n\na,1\n"never closed,2\nmore\n')
    assert isinstance(row, rows.Row)
    assert (fault.number, fault.reason) == (3, Reason.BAD_RECORD)


def test_csv_field_longer_than_the_standard_parser_takes():
    long = ("word " * 60_000).strip()
    assert len(_csv(f'text,n\n"{long}",1\n'.encode())[0].values["text"]) == len(long)


_CELL = st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from('",;\n '), max_size=20)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=6))
def test_quoted_csv_round_trips(pairs):
    body = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in pair) + "\n" for pair in pairs)
    data = ("text,n\n" + body).encode()
    import io

    result = list(rows.csv_rows(io.BytesIO(data), "utf-8", 10_000))
    assert [(row.values["text"], row.values["n"]) for row in result] == pairs


def test_streams_do_not_hold_the_corpus(tmp_path):
    line = json.dumps({"text": TEXT * 100}) + "\n"
    with (tmp_path / "c.jsonl").open("w") as stream:
        for _ in range(6000):
            stream.write(line)
    size = (tmp_path / "c.jsonl").stat().st_size
    assert size > 50_000_000
    inventory = take_inventory(tmp_path)
    tracemalloc.start()
    count = sum(1 for _ in iter_items(inventory, ReaderSettings()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 6000
    assert peak < size / 10


# --- sidecars ---------------------------------------------------------------------------------------------------------


def test_sources_sidecar(tmp_path):
    sources = [
        {
            "file": "a.txt",
            "source": "Planet",
            "published": "10 May 2024",
            "url": "http://x",
            "title": "T",
            "language": "en",
        },
        {"file": "nobody.txt", "source": "X"},
        {"file": "b.txt", "source": 3, "published": "soon", "publised": "2024-01-01"},
        {"source": "no file"},
    ]
    text = "\n".join(json.dumps(line) for line in sources) + "\nnot json\n[1]\n"
    write(tmp_path, a_dot_txt=TEXT, b_dot_txt=TEXT, s__c_dot_txt=TEXT, sources_dot_jsonl=text)
    write(tmp_path, s__sources_dot_jsonl=json.dumps({"file": "c.txt", "source": "Below"}))
    metadata, faults = read_sidecars(take_inventory(tmp_path))
    assert metadata["a.txt"] == Metadata("T", "Planet", "2024-05-10", "http://x", "en")
    assert metadata["b.txt"] == Metadata()
    assert metadata["s/c.txt"].source == "Below"
    assert [(f.item_id, f.unit) for f in faults] == [(f"sources.jsonl:{n}", "line") for n in (2, 3, 3, 3, 4, 5, 6)]
    assert any("publised" in f.detail for f in faults)
    items, rejections = read(tmp_path)
    assert items[0].source == "Planet"
    assert len(rejections) == 7


def test_sidecar_of_a_corpus_gives_defaults_to_its_records(tmp_path):
    write(tmp_path, sources_dot_jsonl='{"file": "c.jsonl", "source": "Planet", "published": "2024-05-10"}')
    write(tmp_path, c_dot_jsonl='{"text": "a"}\n{"text": "b", "source": "Own", "date": "2020-01-01"}\n')
    items, _ = read(tmp_path)
    assert [(i.source, i.published) for i in items] == [("Planet", "2024-05-10"), ("Own", "2020-01-01")]


def test_meta_sidecar_in_the_root_or_above(tmp_path):
    meta = '{"id": "03", "lang": "fr", "published": "2025-09-19", "source": "Le Fil"}\n{"id": "99", "lang": "en"}\n'
    write(tmp_path, meta_dot_jsonl=meta, articles__03_dot_txt=TEXT)
    for root, path, faults in [(tmp_path, "articles/03.txt", 1), (tmp_path / "articles", "03.txt", 0)]:
        metadata, rejections = read_sidecars(take_inventory(root))
        assert metadata[path] == Metadata(None, "Le Fil", "2025-09-19", None, "fr")
        assert len(rejections) == faults
    single, _ = read(tmp_path / "articles" / "03.txt")
    assert single[0].source == "Le Fil"


def test_meta_sidecar_with_two_files_of_one_name(tmp_path):
    write(tmp_path, meta_dot_jsonl='{"id": "03", "source": "X"}\n', fr__03_dot_txt=TEXT, ko__03_dot_txt=KOREAN)
    metadata, faults = read_sidecars(take_inventory(tmp_path))
    assert metadata == {}
    assert "fr/03.txt, ko/03.txt" in faults[0].detail


def test_sources_win_over_meta(tmp_path):
    write(tmp_path, meta_dot_jsonl='{"id": "a", "source": "Meta", "lang": "fr"}\n', a_dot_txt=TEXT)
    write(tmp_path, sources_dot_jsonl='{"file": "a.txt", "source": "Sources", "language": null}\n')
    metadata, _ = read_sidecars(take_inventory(tmp_path))
    assert (metadata["a.txt"].source, metadata["a.txt"].language) == ("Sources", "fr")


@pytest.mark.bench
def test_newsroom():
    if not BENCH.is_dir():
        pytest.skip("no evaluation data")
    items, rejections = read(BENCH / "newsroom-dev" / "articles")
    assert len(items) == 18
    assert rejections == []
    assert all(item.source and item.published and item.language for item in items)


# --- hub --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("hf://owner/name", hub.Address("owner/name", None, "train")),
        ("hf://owner/name:test", hub.Address("owner/name", None, "test")),
        ("hf://name@v1.0:train[:10]", hub.Address("name", "v1.0", "train[:10]")),
        (str(Path("hf://owner/name:test")), hub.Address("owner/name", None, "test")),
    ],
)
def test_hub_address(text, address):
    assert hub.is_address(text)
    assert hub.parse_address(text) == address


def test_bad_hub_address():
    with pytest.raises(InputError, match="address"):
        take_inventory("hf://")


def test_hub_without_network_fails_soon_and_says_what_to_do():
    script = (
        "from pipeline.readers.inventory import take_inventory\n"
        "from pipeline.errors import InputError\n"
        "try:\n    take_inventory('hf://nobody/nothing')\n"
        "except InputError as error:\n    print(error)\n"
    )
    # An endpoint that refuses connections stands for a machine without network.
    environment = {**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9"}
    for extra in ({}, {"HF_HUB_OFFLINE": "1"}):
        run = subprocess.run(
            [sys.executable, "-c", script],
            cwd=Path(__file__).resolve().parents[1],
            env=environment | extra,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "hf://nobody/nothing:train cannot be loaded" in run.stdout, run.stderr
        assert "save_to_disk" in run.stdout
        assert "Retrying" not in run.stderr
