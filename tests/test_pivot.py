"""Through a third language: two real models one after the other, planned where none does the pair by itself."""

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_marian import PAIRS, TO_KOREAN, tiny_marian, tiny_marian_en_ko  # noqa: F401 - the fixtures

from pipeline.config import load_config
from pipeline.engines.base import Hypothesis, Proposer, Request, Translator
from pipeline.engines.fake import FakeTranslator
from pipeline.engines.memory import MemoryEntry, TranslationMemory
from pipeline.engines.pivot import PivotTranslator, choose_via
from pipeline.engines.workshop import Workshop
from pipeline.errors import ConfigError, ModelMissing, ModelUnsupported
from pipeline.records import Translation, from_table
from pipeline.runner import run

KOREAN = dict(TO_KOREAN)
CHAIN = [(french, KOREAN[english]) for french, english in PAIRS if english in KOREAN]


class Leg(FakeTranslator):
    """A fake whose score and end can be set, and that counts what it is asked."""

    def __init__(self, name, score=-1.0, finish="stop"):
        self.name, self.score, self.finish, self.asked = name, score, finish, []

    @property
    def signature(self):
        return self.name

    def translate(self, texts, source, target):
        self.asked += texts
        return [Hypothesis(f"{self.name}({t})", self.score, 7, self.finish) for t in texts]


class Proposing(Leg):
    def propose(self, requests, source, target, n):
        return [[Hypothesis(f"{self.name}{i or ''}({r.text})", self.score, 7) for i in range(n)] for r in requests]


def texts(hypotheses):
    return [h.text for h in hypotheses]


class TestTranslator:
    def test_one_leg_after_the_other(self):
        pivot = PivotTranslator(Leg("a"), Leg("b"), "en")
        assert isinstance(pivot, Translator)
        assert isinstance(pivot, Proposer)
        assert texts(pivot.translate(["x", "y", "x"], "fr", "ko")) == ["b(a(x))", "b(a(y))", "b(a(x))"]
        assert pivot.translate([], "fr", "ko") == []
        assert pivot.signature == "pivot|via:en|a + b"

    @pytest.mark.parametrize(
        ("first", "second", "score", "finish"),
        [
            (("a", -1.0), ("b", -2.0), -2.0, "stop"),
            (("a", -3.0), ("b", -2.0), -3.0, "stop"),
            (("a", None), ("b", -2.0), None, "stop"),
            (("a", -1.0, "length"), ("b", -2.0), -2.0, "length"),
            (("a", -1.0), ("b", None, "length"), None, "length"),
        ],
    )
    def test_the_weaker_half_decides(self, first, second, score, finish):
        (made,) = PivotTranslator(Leg(*first), Leg(*second), "en").translate(["x"], "fr", "ko")
        assert (made.score, made.finish, made.from_memory) == (score, finish, False)

    def test_texts_between_go_through_the_memory(self, tmp_path):
        memory = TranslationMemory(tmp_path / "m.sqlite")
        first, second = Leg("a"), Leg("b")
        PivotTranslator(first, second, "en", memory=memory).translate(["x", "y"], "fr", "ko")
        assert {(e.pair, e.source, e.hypothesis.text, e.engine) for e in memory.entries()} == {
            ("fr-en", "x", "a(x)", "a"),
            ("fr-en", "y", "a(y)", "a"),
            ("en-ko", "a(x)", "b(a(x))", "b"),
            ("en-ko", "a(y)", "b(a(y))", "b"),
        }
        PivotTranslator(first, second, "en", memory=memory).translate(["x", "y", "z"], "fr", "ko")
        assert first.asked == ["x", "y", "z"]
        assert second.asked == ["a(x)", "a(y)", "a(z)"]
        memory.store([MemoryEntry("x", Hypothesis("corrected"), "review")], "fr-en", "")
        assert texts(PivotTranslator(first, second, "en", memory=memory).translate(["x"], "fr", "ko")) == [
            "b(corrected)"
        ]
        memory.close()

    @pytest.mark.parametrize(
        ("first", "second", "n", "expected"),
        [
            (Leg, Leg, 4, ["b(a(x))"]),
            (Proposing, Leg, 3, ["b(a(x))", "b(a1(x))", "b(a2(x))"]),
            (Leg, Proposing, 3, ["b(a(x))", "b1(a(x))", "b2(a(x))"]),
            (Proposing, Proposing, 4, ["b(a(x))", "b(a1(x))", "b1(a(x))", "b(a2(x))"]),
            (Proposing, Proposing, 1, ["b(a(x))"]),
        ],
    )
    def test_variants_of_either_leg(self, first, second, n, expected):
        pivot = PivotTranslator(first("a"), second("b"), "en")
        requests = [Request("x", (("pin", "form"),), "wrong"), Request("y")]
        found = pivot.propose(requests, "fr", "ko", n)
        assert texts(found[0]) == expected
        assert texts(found[1]) == [t.replace("x", "y") for t in expected]

    @given(st.lists(st.text(max_size=5), max_size=6), st.integers(1, 5))
    def test_proposals_are_distinct_and_begin_with_the_translation(self, inputs, n):
        pivot = PivotTranslator(Proposing("a"), Proposing("b"), "en")
        found = pivot.propose([Request(t) for t in inputs], "fr", "ko", n)
        assert [p[0] for p in found] == pivot.translate(inputs, "fr", "ko")
        assert all(1 <= len(set(texts(p))) == len(p) <= n for p in found)


@pytest.mark.parametrize(
    ("worth", "via"),
    [
        ({}, None),
        ({"en": None}, None),
        ({"de": 0.0}, "de"),
        ({"de": 0.0, "en": 0.0, "ca": 0.0}, "en"),
        ({"de": 0.0, "ca": 0.0}, "ca"),
        ({"en": 100.0, "de": 900.0, "es": None}, "de"),
    ],
)
def test_the_language_between(worth, via):
    assert choose_via(worth, worth.get) == via


@pytest.fixture
def home(tmp_path, tiny_marian, tiny_marian_en_ko, monkeypatch):  # noqa: F811
    """A cache folder in which exactly two models lie, and a registry that knows three."""
    models = tmp_path / "home" / "models"
    models.mkdir(parents=True)
    (models / "opus-fr-en").symlink_to(tiny_marian)
    (models / "opus-en-ko").symlink_to(tiny_marian_en_ko)
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "home"))
    entries = [
        f"opus-{pair}:\n  kind: marian\n  pairs: [{pair}]\n  licence: {licence}\n  default: {default}\n"
        f"  quality: {{{pair}: {{bleu: 30}}}}\n"
        for pair, licence, default in (
            ("fr-en", "MIT", "true"),
            ("en-ko", "Apache-2.0", "false"),
            ("fr-ko", "MIT", "false"),
        )
    ]
    (tmp_path / "models.yaml").write_text("".join(entries))
    return tmp_path


def workshop(home, translate="", target="ko"):
    path = home / "config.yaml"
    path.write_text(
        f"target: {target}\nmodels: {home / 'models.yaml'}\n"
        f"translate:\n  engine: ctranslate\n  compute_type: float32\n{translate}"
    )
    config = load_config(path)
    return config, Workshop.of(config, None, home / "out")


def test_a_pivot_is_planned_where_no_model_does_the_pair(home):
    _, shop = workshop(home)
    plan = shop.plan("fr", "ko")
    assert (plan.engine, plan.via, plan.model, plan.licence) == (
        "pivot",
        "en",
        "opus-fr-en + opus-en-ko",
        "MIT + Apache-2.0",
    )
    assert [leg.model for leg in plan.legs] == ["opus-fr-en", "opus-en-ko"]
    assert all(leg.signature in plan.signature for leg in plan.legs)
    assert shop.plan("fr", "en").via is None
    assert shop.signatures_in_use() == {plan.signature, *(leg.signature for leg in plan.legs)}
    translator = plan.load()
    assert plan.load() is translator
    assert translator.signature == plan.signature
    assert texts(translator.translate([french for french, _ in CHAIN], "fr", "ko")) == [korean for _, korean in CHAIN]


@pytest.mark.parametrize(
    ("translate", "error"),
    [
        ("  pivot: never\n", ModelMissing),
        ("  pivot: de\n", ModelMissing),
        ("  model: opus-fr-ko\n", ModelMissing),
        ("  pairs:\n    fr-ko: {pivot: ko}\n", ModelUnsupported),
        ("  pairs:\n    fr-ko: {pivot: de}\n", ModelMissing),
    ],
)
def test_no_pivot_is_planned(home, translate, error):
    _, shop = workshop(home, translate)
    with pytest.raises(error):
        shop.plan("fr", "ko")


def test_a_pair_without_a_way_is_missing(home):
    with pytest.raises(ModelMissing, match="No model on disk translates ko-fr"):
        workshop(home, target="fr")[1].plan("ko", "fr")


def test_a_direct_model_comes_before_a_pivot_unless_the_pair_asks_for_one(home, tiny_marian):  # noqa: F811
    (home / "home" / "models" / "opus-fr-ko").symlink_to(tiny_marian)
    assert workshop(home)[1].plan("fr", "ko").model == "opus-fr-ko"
    assert workshop(home, "  pairs:\n    fr-ko: {engine: ctranslate, pivot: en}\n")[1].plan("fr", "ko").via == "en"


def test_a_correction_of_a_leg_makes_the_way_another(home):
    _, shop = workshop(home)
    before = shop.plan("fr", "ko").signature
    french, english, other = PAIRS[0][0], "Nobody was hurt.", PAIRS[12][0]
    memory = shop.memory()
    memory.store([MemoryEntry(french, Hypothesis("irrelevant"), "review")], "ko-en", "")
    assert shop.plan("fr", "ko").signature == before
    memory.store([MemoryEntry(french, Hypothesis(english), "review")], "fr-en", "")
    plan = shop.plan("fr", "ko")
    assert plan.signature != before
    assert texts(plan.load().translate([french, other], "fr", "ko")) == [KOREAN[english]] * 2


def test_a_pivot_through_the_whole_pipeline(home):
    folder = home / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("\n\n".join(french for french, _ in CHAIN), encoding="utf-8")
    config, _ = workshop(home)
    results = run(config, str(folder), home / "out", until="report")
    notes = results[2].manifest.notes["fr-ko"]
    assert (notes["engine"], notes["model"]) == ("pivot", "opus-fr-en + opus-en-ko")
    table = pq.read_table(next((home / "out" / "stages").glob("translate-*/translations.parquet")))
    made = {t.text for t in from_table(table, Translation)}
    assert {korean for _, korean in CHAIN} <= made
    memory = TranslationMemory(home / "out" / "memory.sqlite", read_only=True)
    assert {pair for pair, *_ in memory.counts()} == {"fr-en", "en-ko", "fr-ko"}
    memory.close()
    page = (home / "out" / "run.html").read_text(encoding="utf-8")
    assert "opus-fr-en" in page
    assert "opus-en-ko" in page


@pytest.mark.parametrize("value", ["english", "EN", "'no'x", "true"])
def test_what_is_no_pivot(tmp_path, value):
    (tmp_path / "c.yaml").write_text(f"translate:\n  pivot: {value}\n")
    with pytest.raises(ConfigError, match=r"pivot|YAML"):
        load_config(tmp_path / "c.yaml")
