"""The encoder-decoder engines, on tiny checkpoints that are built here."""

from __future__ import annotations

import dataclasses
import json
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_hub import REVISION, hub
from tiny_marian import (
    KOREAN,
    PAIRS,
    copy_checkpoint,
    random_texts,
    tiny_m2m100,
    tiny_madlad,
    tiny_marian,
    tiny_nllb,
)

from pipeline.engines.base import Hypothesis, Translator
from pipeline.engines.checkpoint import fetch_checkpoint, open_checkpoint
from pipeline.engines.codes import from_foreign, m2m100_codes, nllb_codes
from pipeline.engines.conversion import converted
from pipeline.engines.ctranslate import CTranslateTranslator
from pipeline.engines.pieces import Codec
from pipeline.engines.seq2seq import Decoded, Limits, batches, translate_texts
from pipeline.engines.transformers import TransformersTranslator
from pipeline.errors import ModelCorrupt, ModelError, ModelMissing, ModelUnsupported

__all__ = ["hub", "tiny_m2m100", "tiny_madlad", "tiny_marian", "tiny_nllb"]  # fixtures

SHORT = Limits(max_new_tokens=30)
SOURCES = [source for source, _ in PAIRS]
TARGETS = [target for _, target in PAIRS]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """At this size several threads of torch wait for one another more than they work."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.getbasetemp() / "converted"


@pytest.fixture(scope="session")
def ctranslate(tiny_marian, cache):
    return CTranslateTranslator(
        open_checkpoint(tiny_marian), cache_folder=cache, compute_type="float32", beam_size=1, device="cpu"
    )


@pytest.fixture(scope="session")
def reference(tiny_marian):
    return TransformersTranslator(open_checkpoint(tiny_marian), beam_size=1, device="cpu")


def both(folder, cache, beam_size, limits=SHORT):
    checkpoint = open_checkpoint(folder)
    return (
        CTranslateTranslator(
            checkpoint,
            cache_folder=cache,
            compute_type="float32",
            beam_size=beam_size,
            device="cpu",
            limits=limits,
        ),
        TransformersTranslator(checkpoint, beam_size=beam_size, device="cpu", limits=limits),
    )


def words(hypotheses):
    return [(h.text, h.tokens, h.finish) for h in hypotheses]


# --- the two runtimes agree -------------------------------------------------------------------------------------------


def test_engines_follow_the_protocol(ctranslate, reference):
    assert isinstance(ctranslate, Translator)
    assert isinstance(reference, Translator)


def test_greedy_marian_agrees_token_for_token_and_knows_its_pairs(ctranslate, reference):
    unseen = random_texts(np.random.default_rng(3), 15)
    ours, theirs = (engine.translate(SOURCES + unseen, "fr", "en") for engine in (ctranslate, reference))
    assert words(ours) == words(theirs)
    assert [h.text for h in ours[: len(PAIRS)]] == TARGETS
    assert [h.score for h in ours] == pytest.approx([h.score for h in theirs], abs=3e-4)
    assert all(h.score is not None and -0.1 < h.score <= 0 for h in ours[: len(PAIRS)])


@pytest.mark.parametrize("compute_type", ["float32", "int8"])
def test_beam_search_knows_the_pairs(tiny_marian, cache, compute_type):
    checkpoint = open_checkpoint(tiny_marian)
    engine = CTranslateTranslator(checkpoint, cache_folder=cache, compute_type=compute_type, device="cpu")
    found = [h.text for h in engine.translate(SOURCES, "fr", "en")]
    right = sum(a == b for a, b in zip(found, TARGETS, strict=True))
    assert right == len(PAIRS) if compute_type == "float32" else right >= 0.75 * len(PAIRS)


def test_beam_search_of_the_reference_knows_the_pairs(tiny_marian):
    engine = TransformersTranslator(open_checkpoint(tiny_marian), beam_size=4, device="cpu", batch_tokens=512)
    assert [h.text for h in engine.translate(SOURCES[:10], "fr", "en")] == TARGETS[:10]


@pytest.mark.parametrize(
    ("name", "source", "target"), [("tiny_m2m100", "fr", "ko"), ("tiny_nllb", "ko", "en"), ("tiny_madlad", "fr", "ko")]
)
def test_greedy_output_of_the_other_families_agrees(name, source, target, cache, request):
    texts = [*SOURCES[:8], *KOREAN, *random_texts(np.random.default_rng(1), 4)]
    ours, theirs = (e.translate(texts, source, target) for e in both(request.getfixturevalue(name), cache, 1))
    same = [(a, b) for a, b in zip(ours, theirs, strict=True) if words([a]) == words([b])]
    assert len(same) >= len(texts) - 1  # an untrained model may find two words equally probable to six digits
    assert [a.score for a, _ in same] == pytest.approx([b.score for _, b in same], abs=3e-4)
    assert len({h.text for h in ours}) > 3


@pytest.mark.parametrize("name", ["tiny_m2m100", "tiny_nllb", "tiny_madlad"])
def test_the_target_language_reaches_the_model(name, cache, request):
    engine, _ = both(request.getfixturevalue(name), cache, 1)
    english, korean = (engine.translate(SOURCES[:8], "fr", target) for target in ("en", "ko"))
    assert english != korean


def test_forced_language_is_what_transformers_itself_does(tiny_m2m100):
    import torch
    from transformers import M2M100ForConditionalGeneration, M2M100Tokenizer

    engine = TransformersTranslator(open_checkpoint(tiny_m2m100), beam_size=1, device="cpu", limits=SHORT)
    [ours] = engine.translate(SOURCES[:1], "fr", "ko")
    tokenizer = M2M100Tokenizer.from_pretrained(tiny_m2m100, src_lang="fr")
    model = M2M100ForConditionalGeneration.from_pretrained(tiny_m2m100).eval()
    with torch.inference_mode():
        ids = model.generate(
            **tokenizer(SOURCES[0], return_tensors="pt"),
            forced_bos_token_id=tokenizer.get_lang_id("ko"),
            num_beams=1,
            max_new_tokens=SHORT.max_new_tokens,
        )
    theirs = tokenizer.decode(ids[0], skip_special_tokens=True).replace("__ko__", "")
    assert ours.text == " ".join(theirs.split())


# --- pieces -----------------------------------------------------------------------------------------------------------


def ids_of(codec, text, source, target):
    codes = codec.checkpoint.codes(source, target)
    return [codec.vocabulary.source[piece] for piece in codec.encode(codec.prepare(text), *codes)]


TEXTS = [*SOURCES[:6], *KOREAN, "Ça coûte 1 234,5 €.", "🙂 oui", "œuvre «citée»", "日本語"]


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses:UserWarning")  # a package it never calls
def test_marian_pieces_are_those_of_its_own_tokenizer(tiny_marian):
    from transformers import MarianTokenizer

    theirs = MarianTokenizer.from_pretrained(tiny_marian)
    codec = Codec(open_checkpoint(tiny_marian))
    assert [ids_of(codec, t, "fr", "en") for t in TEXTS] == theirs(TEXTS)["input_ids"]
    for text in TARGETS[:6]:
        pieces = theirs.convert_ids_to_tokens(theirs(text_target=text)["input_ids"])
        assert codec.decode(pieces) == text


def test_m2m100_pieces_are_those_of_its_own_tokenizer(tiny_m2m100):
    from transformers import M2M100Tokenizer

    theirs = M2M100Tokenizer.from_pretrained(tiny_m2m100, src_lang="ko")
    codec = Codec(open_checkpoint(tiny_m2m100))
    assert [ids_of(codec, t, "ko", "en") for t in TEXTS] == theirs(TEXTS)["input_ids"]


def test_nllb_numbers_pieces_and_languages_as_fairseq_does(tiny_nllb):
    import sentencepiece

    model = sentencepiece.SentencePieceProcessor(model_file=str(tiny_nllb / "sentencepiece.bpe.model"))
    codec = Codec(open_checkpoint(tiny_nllb))
    size = model.get_piece_size()
    text = SOURCES[0]
    assert ids_of(codec, text, "fr", "ko") == [size + 1 + 2, *(i + 1 for i in model.encode(text)), 2]
    assert [codec.vocabulary.source[code] for code in ("ace_Arab", "eng_Latn", "<mask>")] == [
        size + 1,
        size + 2,
        size + 6,
    ]


def test_nllb_without_a_piece_model_reads_tokenizer_json(tiny_nllb, tmp_path, cache):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    folder = copy_checkpoint(tiny_nllb, tmp_path / "nllb")
    known = Codec(open_checkpoint(tiny_nllb)).vocabulary.source
    tokenizer = Tokenizer(
        models.BPE({p: i for p, i in known.items() if not re.fullmatch("[a-z]{3}_.*", p)}, [], unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["ace_Arab", "eng_Latn", "fra_Latn", "kor_Hang", "zul_Latn"])
    (folder / "sentencepiece.bpe.model").unlink()
    tokenizer.save(str(folder / "tokenizer.json"))
    codec = Codec(open_checkpoint(folder))
    row = codec.encode("un plan", "fra_Latn", "eng_Latn")
    assert (row[0], row[1], row[-1]) == ("fra_Latn", "▁", "</s>")
    assert codec.decode(row) == "un plan"


def test_madlad_keeps_what_is_not_in_its_vocabulary(tiny_madlad):
    codec = Codec(open_checkpoint(tiny_madlad))
    row = codec.encode("🙂", "", "<2en>")
    assert [piece for piece in row if piece.startswith("<")] == [
        "<2en>",
        "<0xF0>",
        "<0x9F>",
        "<0x99>",
        "<0x82>",
        "</s>",
    ]
    assert codec.decode(row) == "🙂"


MARKS = [
    "a </s> b",
    "a <unk><pad> b",
    ">>fra<< a",
    ">>a b<< c",
    "<2ko> a",
    "x<2ko>",
    "__ko__ a",
    "kor_Hang a",
    "<mask>",
]


@pytest.mark.parametrize("name", ["tiny_marian", "tiny_m2m100", "tiny_nllb", "tiny_madlad"])
@pytest.mark.parametrize("text", MARKS)
def test_marks_in_a_text_are_text(name, text, request):
    codec = Codec(open_checkpoint(request.getfixturevalue(name)))
    codes = codec.checkpoint.codes("fr", "en")
    plain, marked = (codec.encode(codec.prepare(t), *codes) for t in ("a b", text))
    special = {"</s>", "<pad>", "<mask>", *codec.checkpoint.targets.values()} - {""}
    assert [p for p in marked if p in special] == [p for p in plain if p in special]


# --- batches, order, length -------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(SOURCES) | st.text(max_size=20), max_size=8), st.randoms())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_neighbours_and_order_change_nothing(ctranslate, texts, shuffler):
    together = ctranslate.translate(texts, "fr", "en")
    assert together == [ctranslate.translate([text], "fr", "en")[0] for text in texts]
    order = list(range(len(texts)))
    shuffler.shuffle(order)
    assert ctranslate.translate([texts[i] for i in order], "fr", "en") == [together[i] for i in order]


@pytest.mark.parametrize("compute_type", ["float32", "int8"])
@pytest.mark.parametrize("beam_size", [1, 4])
def test_rows_of_any_precision_do_not_see_their_neighbours(tiny_m2m100, cache, compute_type, beam_size):
    engine = CTranslateTranslator(
        open_checkpoint(tiny_m2m100),
        cache_folder=cache,
        compute_type=compute_type,
        beam_size=beam_size,
        device="cpu",
        limits=SHORT,
    )
    texts = [*KOREAN, *random_texts(np.random.default_rng(11), 20)]
    together = engine.translate(texts, "fr", "en")
    assert together == [engine.translate([text], "fr", "en")[0] for text in texts]


def test_batching_the_reference_changes_nothing(tiny_marian, reference):
    texts = [*SOURCES[:12], *random_texts(np.random.default_rng(2), 6), ""]
    batched = TransformersTranslator(open_checkpoint(tiny_marian), beam_size=1, device="cpu", batch_tokens=300)
    assert batched.translate(texts, "fr", "en") == reference.translate(texts, "fr", "en")


@pytest.mark.parametrize("compute_type", ["float32", "int8"])
def test_threads_change_nothing(tiny_marian, cache, compute_type):
    texts = [*SOURCES[:10], *random_texts(np.random.default_rng(7), 10)]
    one, two = (
        CTranslateTranslator(
            open_checkpoint(tiny_marian), cache_folder=cache, compute_type=compute_type, threads=threads, device="cpu"
        )
        for threads in (1, 2)
    )
    assert one.translate(texts, "fr", "en") == two.translate(texts, "fr", "en")
    assert one.signature == two.signature


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Hypothesis("", tokens=0)),
        (" \n\t ", Hypothesis("", tokens=0)),
        ("\x00\x07\u200b", Hypothesis("", tokens=0)),
        ("🙂 — !", Hypothesis("🙂 — !", tokens=0)),
    ],
)
def test_texts_without_words_are_not_translated(ctranslate, reference, text, expected):
    for engine in (ctranslate, reference):
        assert engine.translate([text], "fr", "en") == [expected]


@pytest.mark.parametrize(
    "text", ["Le maire\x00 a\x1f signé", "\ud800 oui", "e\u0301", "日本語", "A" * 3000, "🙂 oui 🙂", "…1"]
)
def test_odd_texts_give_the_same_in_both(ctranslate, reference, text):
    ours, theirs = (engine.translate([text], "fr", "en") for engine in (ctranslate, reference))
    assert words(ours) == words(theirs)


def test_control_characters_are_not_seen_by_the_model(ctranslate):
    [plain, odd] = ctranslate.translate([SOURCES[0], SOURCES[0].replace(" ", "\x01 \u200b", 1)], "fr", "en")
    assert plain == odd


def test_five_thousand_words_are_translated_in_parts(tiny_marian, cache):
    text = " ".join(SOURCES * 21)
    assert len(text.split()) > 5000
    engine, _ = both(tiny_marian, cache, 1, Limits(max_input_tokens=32))
    [found] = engine.translate([text], "fr", "en")
    known = sum(found.text.count(target) for target in TARGETS)
    assert known > 300  # of 840 sentences; the rest shared its part with another, which so small a model never saw
    assert found.tokens is not None and found.tokens > 5000


def test_a_sentence_beyond_the_limit_is_cut_between_sentences(tiny_marian, cache):
    pair = f"{SOURCES[0]} {SOURCES[2]}"
    length = len(Codec(open_checkpoint(tiny_marian)).encode(SOURCES[2], "", ""))
    for engine in both(tiny_marian, cache, 1, Limits(max_input_tokens=length)):
        [found] = engine.translate([pair], "fr", "en")
        assert (found.text, found.finish) == (f"{TARGETS[0]} {TARGETS[2]}", "stop")


def rows_that_reach_the_model(folder, texts, limits):
    """Return what a decoding function is called with: pieces as text, and the token limit."""
    codec, calls = Codec(open_checkpoint(folder)), []

    def decode(rows, new_tokens):
        calls.append(([codec.decode(row) for row in rows], new_tokens))
        return [Decoded("x", -1.0, 2, 1, False) for _ in rows]

    return calls, translate_texts(codec, decode, texts, ("", ""), limits)


def test_long_texts_are_cut_near_their_middle(tiny_marian):
    text = " ".join(SOURCES[:1] * 6)
    half = len(Codec(open_checkpoint(tiny_marian)).encode(text, "", "")) * 2 // 3
    calls, [joined] = rows_that_reach_the_model(tiny_marian, [text], Limits(max_input_tokens=half))
    assert [rows for rows, _ in calls] == [[" ".join(SOURCES[:1] * 3)]]  # both halves are one row
    assert joined == Hypothesis("x x", score=-0.5, tokens=2)


def test_each_row_is_decoded_once_in_an_order_that_does_not_depend_on_hashes(tiny_marian):
    calls, found = rows_that_reach_the_model(tiny_marian, [*reversed(SOURCES), "", SOURCES[0]], Limits())
    codec = Codec(open_checkpoint(tiny_marian))
    rows = [(len(row), row) for text in SOURCES for row in [codec.encode(text, "", "")]]
    assert [text for texts, _ in calls for text in texts] == [codec.decode(row) for _, row in sorted(rows)]
    assert [limit for _, limit in calls] == sorted({Limits().new_tokens(length) for length, _ in rows})
    assert [h.text for h in found] == ["x"] * len(PAIRS) + ["", "x"]


def test_output_that_reaches_the_limit_says_so(tiny_marian, cache):
    for engine in both(tiny_marian, cache, 1, Limits(max_new_tokens=4)):
        [found] = engine.translate(SOURCES[:1], "fr", "en")
        assert (found.finish, found.tokens) == ("length", 4)


def test_no_ngram_is_repeated_where_that_is_forbidden(tiny_nllb, cache):
    free, strict = (both(tiny_nllb, cache, 1, Limits(30, no_repeat_ngram_size=n))[0] for n in (0, 1))
    repeated = free.translate(SOURCES[:6], "fr", "en")
    assert [h.text for h in repeated] != [h.text for h in strict.translate(SOURCES[:6], "fr", "en")]


@pytest.mark.parametrize(
    ("length", "ratio", "expected"), [(1, 2.0, 32), (8, 2.0, 32), (9, 2.0, 48), (200, 2.0, 400), (9, None, 400)]
)
def test_limit_grows_with_the_input(length, ratio, expected):
    assert Limits(length_ratio=ratio).new_tokens(length) == expected


@given(st.lists(st.integers(1, 30)).map(sorted), st.none() | st.integers(1, 100))
def test_batches_keep_all_rows_within_the_limit(lengths, most):
    rows = [("x",) * n for n in lengths]
    found = list(batches(rows, most))
    assert [row for batch in found for row in batch] == rows
    for batch in found:
        assert len(batch) == 1 or (most is not None and len(batch) * len(batch[-1]) <= most)


# --- what a checkpoint is ---------------------------------------------------------------------------------------------


def write_config(folder, **values):
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | values), encoding="utf-8")


def cut(path, keep):
    path.write_bytes(path.read_bytes()[:keep])


def pickled(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def sharded(folder):
    (folder / "model.safetensors").unlink()
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


DAMAGES = [
    (lambda f: (f / "config.json").unlink(), ModelMissing, "no config.json"),
    (lambda f: (f / "config.json").write_text("{oops"), ModelCorrupt, "config.json"),
    (lambda f: (f / "config.json").write_bytes(b"\xff\xfe\x00"), ModelCorrupt, "config.json"),
    (lambda f: (f / "config.json").write_text("[1]"), ModelCorrupt, "no JSON object"),
    (lambda f: write_config(f, model_type="llama"), ModelUnsupported, "'llama'"),
    (lambda f: write_config(f, model_type="t5"), ModelUnsupported, "language tags"),
    (lambda f: write_config(f, max_position_embeddings="x"), ModelCorrupt, "max_position_embeddings"),
    (lambda f: (f / "source.spm").unlink(), ModelMissing, "source.spm"),
    (pickled, ModelUnsupported, "pickle"),
    (lambda f: (f / "model.safetensors").rename(f / "tf_model.h5"), ModelUnsupported, "another format"),
    (lambda f: (f / "model.safetensors").unlink(), ModelMissing, "model.safetensors"),
    (sharded, ModelMissing, "model-00001-of-00002"),
    (lambda f: cut(f / "model.safetensors", 100_000), ModelCorrupt, "100,000 bytes"),
    (lambda f: cut(f / "model.safetensors", 5), ModelCorrupt, "damaged"),
    (lambda f: (f / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 60) + b"{}"), ModelCorrupt, "claims"),
    (lambda f: (f / "model.safetensors").write_bytes(b"\0" * 200), ModelCorrupt, "damaged"),
]


@pytest.mark.parametrize(("damage", "error", "says"), DAMAGES, ids=[says for *_, says in DAMAGES])
def test_damaged_checkpoints_are_refused_with_a_remedy(tiny_marian, tmp_path, damage, error, says):
    folder = copy_checkpoint(tiny_marian, tmp_path / "opus-mt-fr-en")
    damage(folder)
    with pytest.raises(error, match=re.escape(says)) as caught:
        open_checkpoint(folder)
    assert caught.value.remedy


def test_missing_folder(tmp_path):
    with pytest.raises(ModelMissing, match="no checkpoint folder"):
        open_checkpoint(tmp_path / "nowhere")


@pytest.mark.parametrize("engine", ["ctranslate", "transformers"])
def test_weights_that_lack_a_tensor_are_not_made_up(tiny_marian, tmp_path, engine):
    from safetensors.numpy import load_file, save_file

    folder = copy_checkpoint(tiny_marian, tmp_path / "opus-mt-fr-en")
    weights = load_file(folder / "model.safetensors")
    del weights["model.encoder.layers.1.fc1.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    ours, theirs = both(folder, tmp_path / "cache", 1)
    with pytest.raises(ModelCorrupt, match=r"encoder\.layers\.1\.fc1\.weight"):
        (ours if engine == "ctranslate" else theirs).translate(["oui"], "fr", "en")


def test_damaged_piece_model(tiny_marian, tmp_path, cache):
    folder = copy_checkpoint(tiny_marian, tmp_path / "opus-mt-fr-en")
    (folder / "source.spm").write_bytes(b"nothing")
    with pytest.raises(ModelCorrupt, match=r"source\.spm"):
        both(folder, cache, 1)[1].translate(["oui"], "fr", "en")


def test_vocabulary_without_its_marks(tiny_marian, tmp_path, cache):
    folder = copy_checkpoint(tiny_marian, tmp_path / "opus-mt-fr-en")
    (folder / "vocab.json").write_text('{"a": 0}')
    with pytest.raises(ModelCorrupt, match=r"vocab\.json"):
        both(folder, cache, 1)[0].translate(["oui"], "fr", "en")


@pytest.mark.parametrize(("source", "target"), [("ko", "en"), ("fr", "ko"), ("en", "en"), ("fr", "fr")])
def test_pairs_that_a_checkpoint_cannot_do(ctranslate, reference, source, target):
    for engine in (ctranslate, reference):
        with pytest.raises(ModelUnsupported, match="it reads fr and writes en"):
            engine.translate(["oui"], source, target)


def test_separate_vocabularies_are_left_to_the_reference(tiny_marian, tmp_path):
    folder = copy_checkpoint(tiny_marian, tmp_path / "opus-mt-fr-en")
    write_config(folder, share_encoder_decoder_embeddings=False)
    with pytest.raises(ModelUnsupported, match="separate vocabularies"):
        CTranslateTranslator(open_checkpoint(folder), cache_folder=tmp_path)


@pytest.mark.parametrize(
    ("folder_name", "names", "tags", "sources", "targets"),
    [
        ("opus-mt-ko-en", {}, [], {"ko": ""}, {"en": ""}),
        ("opus-mt-tc-big-fr-en", {}, [], {"fr": ""}, {"en": ""}),
        ("any", {"source_lang": "fra", "target_lang": "kor"}, [], {"fr": ""}, {"ko": ""}),
        (
            "any",
            {"source_lang": "en", "target_lang": "ROMANCE"},
            ["fra", "spa"],
            {"en": ""},
            {"fr": ">>fra<<", "es": ">>spa<<"},
        ),
        ("any", {"source_lang": "ROMANCE", "target_lang": "en"}, [], None, {"en": ""}),
        ("any", {"source_lang": "mul", "target_lang": "en"}, [], None, {"en": ""}),
    ],
)
def test_marian_languages(tiny_marian, tmp_path, folder_name, names, tags, sources, targets):
    folder = copy_checkpoint(tiny_marian, tmp_path / folder_name)
    (folder / "tokenizer_config.json").write_text(json.dumps(names), encoding="utf-8")
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    renamed = {f">>{tag}<<": vocabulary.pop(piece) for tag, piece in zip(tags, list(vocabulary)[9:], strict=False)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary | renamed), encoding="utf-8")
    found = open_checkpoint(folder)
    assert (found.sources, found.targets) == (sources, targets)
    if tags:
        assert Codec(found).encode("un", *found.codes("en", "fr"))[0] == ">>fra<<"


def test_marian_without_names_asks_for_them(tiny_marian, tmp_path):
    folder = copy_checkpoint(tiny_marian, tmp_path / "model")
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(ModelUnsupported, match="which languages"):
        open_checkpoint(folder)
    assert open_checkpoint(folder, pairs=("ko-en",)).codes("ko", "en") == ("", "")


def test_families_and_their_languages(tiny_marian, tiny_m2m100, tiny_nllb, tiny_madlad):
    found = [open_checkpoint(f) for f in (tiny_marian, tiny_m2m100, tiny_nllb, tiny_madlad)]
    assert [c.family for c in found] == ["marian", "m2m100", "nllb", "madlad"]
    assert [c.codes("fr", "en")[1] for c in found] == ["", "__en__", "eng_Latn", "<2en>"]
    assert [c.codes("fr", "en")[0] for c in found] == ["", "__fr__", "fra_Latn", ""]
    assert sorted(found[3].targets) == ["en", "fr", "ko"]
    assert [c.max_input for c in found] == [128, 256, 256, 512]


def test_language_tables_are_those_of_the_models():
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES as M2M100
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES as NLLB

    assert list(m2m100_codes()) == M2M100["m2m100"]  # the order gives the ids
    assert set(nllb_codes().values()) <= set(NLLB)
    assert len(set(nllb_codes().values())) == len(nllb_codes()) - 1  # Bokmål is both "no" and "nb"


@pytest.mark.parametrize(
    ("code", "expected"),
    [("fr", "fr"), ("fra", "fr"), ("fra_Latn", "fr"), ("fr_FR", "fr"), ("ara", "ar"), ("FRA", "fr"), ("xyz", "xyz")],
)
def test_foreign_codes(code, expected):
    assert from_foreign(code) == expected


# --- signatures -------------------------------------------------------------------------------------------------------


def test_signature_changes_with_what_changes_the_output(tiny_marian, tmp_path):
    checkpoint = open_checkpoint(tiny_marian)
    other = copy_checkpoint(tiny_marian, tmp_path / "opus-mt-fr-en")
    data = bytearray((other / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (other / "model.safetensors").write_bytes(data)

    def make(checkpoint=checkpoint, compute_type="int8", **settings):
        return CTranslateTranslator(
            checkpoint, cache_folder=tmp_path, device="cpu", compute_type=compute_type, **settings
        ).signature

    variants = [
        make(),
        make(compute_type="float32"),
        make(beam_size=2),
        make(max_new_tokens=99),
        make(limits=Limits(repetition_penalty=1.1)),
        make(batch_tokens=1000),
        make(checkpoint=open_checkpoint(other)),
        make(checkpoint=dataclasses.replace(checkpoint, revision=REVISION)),
        TransformersTranslator(checkpoint).signature,
        TransformersTranslator(checkpoint, beam_size=2).signature,
    ]
    assert len(set(variants)) == len(variants)
    assert make(compute_type="auto") == make(threads=7) == make()
    assert re.match(r"ctranslate\|[\d.]+\|marian:opus-mt-fr-en#[0-9a-f]{16}\|int8\|beam:4\|", make())


# --- conversions ------------------------------------------------------------------------------------------------------


def stamps(folder):
    return {p.name: (p.stat().st_ino, p.stat().st_mtime_ns) for p in folder.iterdir()}


def test_a_conversion_is_made_once(tiny_marian, tmp_path):
    checkpoint = open_checkpoint(tiny_marian)
    first = converted(checkpoint, tmp_path / "cache", "float32")
    before = stamps(first)
    assert converted(checkpoint, tmp_path / "cache", "float32") == first
    assert stamps(first) == before
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [first.name]
    assert converted(checkpoint, tmp_path / "cache", "int8") != first


@pytest.mark.parametrize(
    "damage",
    [
        lambda f: cut(f / "model.bin", 1000),
        lambda f: (f / "model.bin").write_bytes(b"\0" * (f / "model.bin").stat().st_size),
        lambda f: (f / "shared_vocabulary.json").unlink(),
        lambda f: (f / "concord-conversion.json").unlink(),
        lambda f: (f / "concord-conversion.json").write_text("{}"),
        lambda f: (f / "concord-conversion.json").write_text("[]"),
    ],
)
def test_a_damaged_conversion_is_made_again(tiny_marian, cache, tmp_path, damage):
    checkpoint = open_checkpoint(tiny_marian)
    good = converted(checkpoint, cache, "float32")
    folder = copy_checkpoint(good, tmp_path / good.name)
    damage(folder)
    assert converted(checkpoint, tmp_path, "float32") == folder
    assert (folder / "model.bin").read_bytes() == (good / "model.bin").read_bytes()


def test_what_a_killed_conversion_leaves_is_not_used(tiny_marian, cache, tmp_path):
    checkpoint = open_checkpoint(tiny_marian)
    leftover = tmp_path / ".converting-abc" / "model"
    leftover.mkdir(parents=True)
    (leftover / "model.bin").write_bytes(b"half")
    engine = CTranslateTranslator(checkpoint, cache_folder=tmp_path, compute_type="float32", beam_size=1, device="cpu")
    assert engine.translate(SOURCES[:1], "fr", "en")[0].text == TARGETS[0]
    assert (converted(checkpoint, tmp_path, "float32") / "model.bin").stat().st_size > 1000


WITHOUT = """
import sys
sys.modules["torch"] = sys.modules["transformers"] = None  # importing them raises ImportError
from pathlib import Path
from pipeline.engines.checkpoint import open_checkpoint
from pipeline.engines.ctranslate import CTranslateTranslator
from pipeline.errors import DependencyMissing
checkpoint = open_checkpoint(Path(sys.argv[1]))
engine = CTranslateTranslator(
    checkpoint, cache_folder=Path(sys.argv[2]), compute_type="float32", beam_size=1, device="cpu"
)
try:
    print(engine.translate([sys.argv[3]], "fr", "en")[0].text)
except DependencyMissing as error:
    print(error)
"""


def without_torch(folder, cache):
    command = [sys.executable, "-c", WITHOUT, str(folder), str(cache), SOURCES[0]]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_translating_needs_no_torch_once_converted(tiny_marian, cache, tmp_path):
    converted(open_checkpoint(tiny_marian), cache, "float32")
    assert without_torch(tiny_marian, cache) == TARGETS[0] + "\n"
    assert "pip install --editable '.[hf]'" in without_torch(tiny_marian, tmp_path)


# --- fetching ---------------------------------------------------------------------------------------------------------


def test_fetching_brings_what_is_needed_and_nothing_else(hub, tiny_marian, tmp_path):
    target = tmp_path / "models" / "opus"
    assert fetch_checkpoint("owner/model", REVISION, target) == target
    names = {p.name for p in target.iterdir()}
    assert names == {p.name for p in tiny_marian.iterdir()} | {"concord-checkpoint.json"}
    assert [p.name for p in target.parent.iterdir()] == ["opus"]
    found = open_checkpoint(target)
    assert (found.name, found.revision, found.digest) == ("owner/model", REVISION, open_checkpoint(tiny_marian).digest)


def test_a_broken_download_leaves_nothing(hub, tmp_path):
    hub.broken = frozenset({"model.safetensors"})
    with pytest.raises(ModelError, match="broke off"):
        fetch_checkpoint("owner/model", REVISION, tmp_path / "opus")
    assert list(tmp_path.iterdir()) == []


def test_repositories_without_weights_are_refused_before_the_download(hub, tmp_path):
    del hub.files["model.safetensors"], hub.files["pytorch_model.bin"]
    with pytest.raises(ModelUnsupported, match="no safetensors"):
        fetch_checkpoint("owner/model", REVISION, tmp_path / "opus")
    assert list(tmp_path.iterdir()) == []


def test_unknown_repositories(hub, tmp_path):
    with pytest.raises(ModelMissing, match="404"):
        fetch_checkpoint("owner/other", REVISION, tmp_path / "opus")


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "https://hub.invalid", None])
def test_without_a_network_fetching_fails_soon(monkeypatch, tmp_path, endpoint):
    if endpoint is None:  # an address that swallows packets: reserved for documentation
        endpoint = "http://192.0.2.1"
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    start = time.monotonic()
    with pytest.raises(ModelError, match="hub at") as caught:
        fetch_checkpoint("owner/model", REVISION, tmp_path / "opus")
    assert time.monotonic() - start < 10
    assert "network" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_hub_that_answers_a_byte_at_a_time_is_given_up(monkeypatch, tmp_path):
    server = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def drip():
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.0 200 OK\r\nX: ")
            while not done.wait(0.5):
                connection.sendall(b"x")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
    start = time.monotonic()
    with pytest.raises(ModelError, match="did not answer"):
        fetch_checkpoint("owner/model", REVISION, tmp_path / "opus")
    assert time.monotonic() - start < 10
    done.set()
    thread.join()
    server.close()


@pytest.mark.parametrize(
    ("repo", "revision", "says"),
    [
        ("model", REVISION, "owner/name"),
        ("../x/y", REVISION, "owner/name"),
        ("owner/model", "main", "not pinned"),
        ("owner/model", REVISION[:12], "not pinned"),
    ],
)
def test_only_pinned_repositories_are_fetched(repo, revision, says, tmp_path):
    with pytest.raises(ModelError) as caught:
        fetch_checkpoint(repo, revision, tmp_path / "opus")
    assert says in str(caught.value)


def test_fetching_overwrites_nothing(tmp_path):
    (tmp_path / "opus").mkdir()
    (tmp_path / "opus" / "mine").touch()
    with pytest.raises(ModelError, match="already there"):
        fetch_checkpoint("owner/model", REVISION, Path(tmp_path / "opus"))


class TestGraphicsCards:
    """What a GPU's faults lead to, without one: see ``test_gpu.py`` for the real thing."""

    def test_a_device_that_is_not_there_is_named_with_the_remedy(self, tiny_marian, cache):
        import torch

        if torch.cuda.is_available():
            pytest.skip("there is a GPU")
        checkpoint = open_checkpoint(tiny_marian)
        engines = (
            TransformersTranslator(checkpoint, device="cuda"),
            CTranslateTranslator(checkpoint, cache_folder=cache, device="cuda"),
        )
        for engine in engines:
            assert "|batch:4096" in engine.signature
            with pytest.raises(ModelError, match=r"runtime\.device to cpu"):
                engine.translate(SOURCES[:1], "fr", "en")

    def test_transformers_halves_what_does_not_fit(self, tiny_marian, monkeypatch):
        import torch

        engine = TransformersTranslator(open_checkpoint(tiny_marian), beam_size=1, device="cpu", batch_tokens=400)
        generate, sizes = engine._model.generate, []

        def small(inputs, **settings):
            sizes.append(len(inputs))
            if len(inputs) > 3:
                raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
            return generate(inputs, **settings)

        monkeypatch.setattr(engine._model, "generate", small)
        assert [h.text for h in engine.translate(SOURCES, "fr", "en")] == TARGETS
        assert max(sizes) > 3

        def full(inputs, **settings):
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")

        monkeypatch.setattr(engine._model, "generate", full)
        with pytest.raises(ModelError, match=r"too little free memory[\s\S]*smaller model"):
            engine.translate(SOURCES, "fr", "en")

    def test_ctranslate_halves_what_does_not_fit_and_names_what_is_missing(self, tiny_marian, cache, monkeypatch):
        engine = CTranslateTranslator(
            open_checkpoint(tiny_marian), cache_folder=cache, compute_type="float32", beam_size=1, device="cpu"
        )
        engine._translator  # noqa: B018 - loads on the CPU
        monkeypatch.setattr(engine, "_device", "cuda")
        start, sizes = engine._start, []

        def small(rows, *rest, tokens):
            sizes.append(tokens)
            if tokens > 100:
                raise RuntimeError("CUDA failed with error out of memory")
            return start(rows, *rest, tokens=tokens)

        monkeypatch.setattr(engine, "_start", small)
        assert [h.text for h in engine.translate(SOURCES, "fr", "en")] == TARGETS
        assert sizes[:7] == [4096, 2048, 1024, 512, 256, 128, 64]

        said = ""

        def failing(*rest, **settings):
            raise RuntimeError(said)

        monkeypatch.setattr(engine, "_start", failing)
        for message, match in (
            ("Library libcublas.so.12 is not found or cannot be loaded", r"libcublas\.so\.12[\s\S]*runtime\.device"),
            ("CUDA failed with error out of memory", "too little free memory"),
        ):
            said = message
            with pytest.raises(ModelError, match=match):
                engine.translate(SOURCES, "fr", "en")

    def test_given_translations_are_scored_in_batches_that_fit(self, tiny_marian, cache, monkeypatch):
        import torch

        checkpoint = open_checkpoint(tiny_marian)
        engine = CTranslateTranslator(
            checkpoint, cache_folder=cache, compute_type="float32", beam_size=1, device="cpu", batch_tokens=4096
        )
        expected = engine.score(SOURCES, TARGETS, "fr", "en")
        translator, sizes = engine._translator, []

        class Small:
            fits = 100

            def score_batch(self, *rows, max_batch_size, **settings):
                sizes.append(max_batch_size)
                if max_batch_size > self.fits:
                    raise RuntimeError("CUDA failed with error out of memory")
                return translator.score_batch(*rows, max_batch_size=max_batch_size, **settings)

        monkeypatch.setattr(engine, "_device", "cuda")
        monkeypatch.setattr(engine, "_translator", Small())
        assert engine.score(SOURCES, TARGETS, "fr", "en") == pytest.approx(expected, abs=1e-3)
        assert sizes == [4096, 2048, 1024, 512, 256, 128, 64]
        monkeypatch.setattr(Small, "fits", 1)
        with pytest.raises(ModelError, match=r"too little free memory"):
            engine.score(SOURCES, TARGETS, "fr", "en")

        reference = TransformersTranslator(checkpoint, beam_size=1, device="cpu")

        def full(*rows, **settings):
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")

        monkeypatch.setattr(reference._model, "forward", full)
        with pytest.raises(ModelError, match=r"too little free memory"):
            reference.score(SOURCES, TARGETS, "fr", "en")

    def test_a_fault_on_the_cpu_is_not_called_one_of_the_gpu(self, tiny_marian, cache, monkeypatch):
        engine = CTranslateTranslator(open_checkpoint(tiny_marian), cache_folder=cache, beam_size=1, device="cpu")

        class Failing:
            def score_batch(self, *rows, **settings):
                raise RuntimeError("out of memory")

        monkeypatch.setattr(engine, "_translator", Failing())
        with pytest.raises(RuntimeError, match=r"^out of memory$"):
            engine.score(SOURCES, TARGETS, "fr", "en")
