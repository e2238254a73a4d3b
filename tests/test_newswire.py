"""The generated news of the benchmarks: the same on every run, in three languages, around events, with facts."""

import json
import threading
from collections import Counter
from xml.etree import ElementTree

import pytest

from benchmarks.growth_plot import stages_plot
from benchmarks.losing import Losing
from benchmarks.newswire import PER_SHARD, Newswire, _particle
from benchmarks.settings_plot import settings_plot
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


_SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ([("local", 1)], ["one process"]),
        ([("local", 1), ("local", 2)], ["one process", "2 processes"]),
        ([("ray", 1), ("ray", 4), ("lossy", 2)], ["Ray, one actor", "Ray, 4 actors", "Ray, 2 actors, one lost"]),
    ],
)
def test_bars_are_as_long_as_the_stages_took(settings, names):
    results = [
        {"articles": 1000, "executor": e, "workers": w, "stages": {"align": {"seconds": k}, "score": {"seconds": 2.5}}}
        for k, (e, w) in enumerate(settings)  # the first setting has a stage that took no time
    ]
    root = ElementTree.fromstring(settings_plot(results))
    texts = [t.text for t in root.iter(f"{_SVG}text")]
    assert texts[0] == "Seconds of each stage for 1,000 articles" and texts[-len(names) :] == names
    bars = [float(r.attrib["width"]) for r in root.iter(f"{_SVG}rect")][1 : 1 + 3 * len(settings)]
    aligned, scored, whole = (bars[i * len(settings) :][: len(settings)] for i in range(3))
    assert aligned[0] == 0 and len(set(scored)) == 1
    assert [w - a for a, w in zip(aligned, whole, strict=True)] == pytest.approx(scored, abs=0.2)


class _Cluster:
    head_node = "head"

    def __init__(self):
        self.removed = []

    def list_all_nodes(self):
        return ["head", "other"]

    def remove_node(self, node, allow_graceful):
        self.removed.append((node, allow_graceful))


@pytest.mark.parametrize(
    ("stage", "total", "steps", "lost"),
    [("align", 10, [3, 1, 5], 4), ("align", 10, [3], None), ("score", 10, [9], None), ("align", None, [9], None)],
)
def test_a_machine_is_lost_once_and_only_in_the_stage_that_is_about_it(stage, total, steps, lost):
    cluster = _Cluster()
    losing = Losing(cluster, "align")
    losing.start(stage, total, "articles")
    for step in steps:
        losing.advance(step)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon and thread.name.startswith("Thread-"):
            thread.join(5)
    assert losing.lost == lost
    assert cluster.removed == ([("other", False)] if lost else [])
