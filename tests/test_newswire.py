"""The generated news of the benchmarks: the same on every run, in three languages, around events, with facts."""

import json
from collections import Counter
from xml.etree import ElementTree

import pytest

from benchmarks.growth_plot import stages_plot
from benchmarks.newswire import PER_SHARD, Newswire, _particle
from pipeline.facts import parse


def test_the_same_corpus_is_written_again(tmp_path):
    for name in ("a", "b"):
        Newswire(PER_SHARD + 20).write(tmp_path / name)
    files = sorted((tmp_path / "a").iterdir())
    assert [len(f.read_text().splitlines()) for f in files] == [PER_SHARD, 20]
    assert [f.read_bytes() for f in files] == [(tmp_path / "b" / f.name).read_bytes() for f in files]
    records = [json.loads(line) for f in files for line in f.read_text().splitlines()]
    assert len({r["id"] for r in records}) == PER_SHARD + 20
    assert [r["published"] for r in records] == sorted(r["published"] for r in records)


def test_events_have_several_accounts_and_some_are_copies():
    wire = Newswire(600)
    accounts = Counter(wire.event.tolist())
    assert 2 < len(wire) / len(accounts) < 5
    texts = Counter(wire.article(i)["title"] + wire.article(i)["text"] for i in range(len(wire)))
    assert 3 < sum(n - 1 for n in texts.values()) < 60


@pytest.mark.parametrize(("language", "outlet"), [("en", "Global Wire"), ("fr", "Le Matin"), ("ko", "한빛일보")])
def test_facts_are_found_in_every_language(language, outlet):
    wire = Newswire(400)
    texts = [a["text"] for a in map(wire.article, range(len(wire))) if a["source"] == outlet]
    kinds = Counter(mention.kind for text in texts for mention in parse(text, language))
    assert min(kinds[kind] for kind in ("money", "date", "number")) >= len(texts) / 3


@pytest.mark.parametrize(
    ("word", "particles", "right"),
    [
        ("서울", ("은", "는"), "은"),
        ("파리", ("은", "는"), "는"),
        ("유로", ("으로", "로"), "로"),
        ("서울", ("으로", "로"), "로"),
    ],
)
def test_korean_particles_follow_the_last_sound(word, particles, right):
    assert _particle(word, *particles) == right


def test_a_brief_has_as_many_sentences_as_asked():
    whole, brief = Newswire(40), Newswire(40, most=2)
    assert (whole.event == brief.event).all()
    texts = [(whole.article(i)["text"], brief.article(i)["text"]) for i in range(40)]
    assert all("\n\n" in long and "\n\n" not in short and long.startswith(short) for long, short in texts)


def test_the_plot_shows_every_size_and_keeps_labels_apart():
    stage = {"cpu": 5.0, "peak_mb": 1024.0, "worker_mb": 512.0}
    results = [
        {"articles": n, "workers": 2, "stages": {"align": dict(stage), "score": dict(stage)}} for n in (100, 1000)
    ]
    root = ElementTree.fromstring(stages_plot(results))
    texts = [(t.text, float(t.attrib["y"])) for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [t for t, _ in texts].count("1,000") == 2
    memory = [(t, y) for t, y in texts if t in ("align 2", "score 2")]  # one process and two workers: 2 GB
    assert len({y for _, y in memory}) == 2
    assert abs(memory[0][1] - memory[1][1]) >= 12
