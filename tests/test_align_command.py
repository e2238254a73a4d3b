"""concord align: two documents at once, whatever they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app

EN = "The president met the minister on Monday. They spoke of trade and energy.\n\nIt rained all day in the capital.\n"
FR = (
    "Le président a rencontré le ministre lundi. Ils ont parlé de commerce et d'énergie.\n\n"
    "Il a plu toute la journée dans la capitale.\n"
)


@pytest.fixture
def texts(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "a.txt").write_text(EN, encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(FR.encode("cp1252"))
    return str(tmp_path / "a.txt"), str(tmp_path / "b.txt")


def align(*arguments: str):
    return CliRunner().invoke(app, ["align", *arguments])


def rows(output: str) -> list[list[str]]:
    return [line.split("\t") for line in output.splitlines()[1:] if "\t" in line]


def test_beads_as_a_table(texts: tuple[str, str]) -> None:
    result = align(*texts)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == "a\tb\tsimilarity\ttext_a\ttext_b"
    found = rows(result.stdout)
    assert [row[:2] for row in found] == [["0", "0"], ["1", "1"], ["2", "2"]]
    assert all(float(row[2]) > 0.5 for row in found)
    assert found[1][3:] == ["They spoke of trade and energy.", "Ils ont parlé de commerce et d'énergie."]


def test_beads_as_json_with_detected_languages(texts: tuple[str, str]) -> None:
    result = align(*texts, "--json")
    data = json.loads(result.stdout)
    assert (data["a"]["language"], data["b"]["language"]) == ("en", "fr")
    assert [(bead["a"], bead["b"]) for bead in data["beads"]] == [([0], [0]), ([1], [1]), ([2], [2])]
    assert data["a"]["sentences"][2] == "It rained all day in the capital."
    assert "parallel" in data["signature"]


def test_order_free_and_given_languages(texts: tuple[str, str]) -> None:
    Path(texts[1]).write_text("\n\n".join(reversed(FR.split("\n\n"))), encoding="utf-8")
    data = json.loads(align(*texts, "--order", "comparable", "--pair", "en-fr", "--json").stdout)
    assert [(bead["a"], bead["b"]) for bead in data["beads"]] == [([0], [1]), ([1], [2]), ([2], [0])]
    assert data["b"]["language"] == "fr"


def test_lines_are_sentences_where_asked(tmp_path: Path, texts: tuple[str, str]) -> None:
    Path(texts[0]).write_text("One. Two.\n\nThree\tfour.\r\n", encoding="utf-8")
    data = json.loads(align(texts[0], texts[0], "--lines", "--json").stdout)
    assert data["a"]["sentences"] == ["One. Two.", "", "Three\tfour."]
    table = align(texts[0], texts[0], "--lines")
    assert all(len(row) == 5 for row in rows(table.stdout))


@pytest.mark.parametrize("content", [b"", b"\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_document_leaves_the_other_alone(texts: tuple[str, str], content: bytes) -> None:
    Path(texts[1]).write_bytes(content)
    result = align(*texts)
    assert result.exit_code == 0
    assert [row[:2] for row in rows(result.stdout)] == [["0", ""], ["1", ""], ["2", ""]]
    assert "b.txt holds no sentence" in result.stderr
    both = align(texts[1], texts[1])
    assert both.exit_code == 0
    assert rows(both.stdout) == []


def test_a_document_a_hundred_times_longer(texts: tuple[str, str]) -> None:
    filler = "".join(f"Chapter {k} tells of the number {k * 7}. " for k in range(200))
    Path(texts[1]).write_text(filler + FR + filler, encoding="utf-8")
    for order in ("parallel", "comparable"):
        found = [row for row in rows(align(*texts, "--order", order).stdout) if row[0] and row[1]]
        assert [row[0] for row in found] == ["0", "1", "2"]
        assert "président" in found[0][4]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(64), "not text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "PNG"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_text_is_named(texts: tuple[str, str], content: bytes | None, message: str) -> None:
    target = Path(texts[1])
    target.unlink()
    if content is not None:
        target.write_bytes(content)
    for options in ([], ["--lines"]):
        result = align(*texts, *options)
        assert result.exit_code == 1
        assert str(target) in result.stderr
        assert "Traceback" not in result.output
    assert message in align(*texts).stderr


def test_a_folder_and_a_wrong_pair(tmp_path: Path, texts: tuple[str, str]) -> None:
    assert align(str(tmp_path), texts[1]).exit_code == 1
    assert align(*texts, "--pair", "english").exit_code == 2


def test_unrelated_texts_are_doubted(texts: tuple[str, str]) -> None:
    Path(texts[1]).write_text("La recette demande trois œufs. Mélangez la farine et le sucre. Servez froid.", "utf-8")
    assert "check that these are two texts on one matter" in align(*texts).stderr


def test_html_is_read_as_an_article(texts: tuple[str, str], tmp_path: Path) -> None:
    page = tmp_path / "b.html"
    page.write_text(
        f"<html><body><article><p>{FR.split(chr(10), maxsplit=1)[0]}</p></article></body></html>", encoding="utf-8"
    )
    found = [row for row in rows(align(texts[0], str(page)).stdout) if row[0] and row[1]]
    assert [row[:2] for row in found] == [["0", "0"], ["1", "1"]]
