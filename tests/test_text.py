import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Anchor, raw_span
from pipeline.text import MAX_SENTENCE_CHARS, fingerprint, normalise, slice_offsets, split_sentences, tidy

PIECES = [
    *"ab.é한글 1\n\r",
    "\u0301",
    "\u200b",
    "\u00a0",
    "\u202e",
    "\ufeff",
    "\x07",
    "\u1112\u1161\u11ab",
    "\u2028",
]
ODD = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=60).map("".join)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("20\u202f000\u00a0€", "20 000 €"),
        ("e\u0301te\u0301", "été"),
        ("\u1112\u1161\u11ab글", "한글"),
        ("ze\u200bro\u00adwidth\ufeff", "zerowidth"),
        ("\u202edrawkcab\u202c", "drawkcab"),
        ("bell\x07", "bell"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("\u200b", ""),
    ],
)
def test_normalise(raw, text):
    assert normalise(raw).text == text


@given(ODD)
def test_normalise_is_idempotent_and_leads_back(raw):
    normal = normalise(raw)
    assert normalise(normal.text).text == normal.text
    assert unicodedata.is_normalized("NFC", normal.text)
    spans = [raw_span(normal.offsets, i, i + 1) for i in range(len(normal.text))]
    for (start, end), character in zip(spans, normal.text, strict=True):
        assert 0 <= start < end <= len(raw)
        assert character in normalise(raw[start:end]).text
    assert [s for s, _ in spans] == sorted(s for s, _ in spans)


@given(ODD, st.data())
def test_slices_keep_their_offsets(raw, data):
    normal = normalise(raw)
    if not normal.text:
        return
    start = data.draw(st.integers(0, len(normal.text) - 1))
    end = data.draw(st.integers(start + 1, len(normal.text)))
    offsets = slice_offsets(normal.offsets, start, end)
    assert offsets[0].text == 0
    for i in range(start, end):
        found, whole = raw_span(offsets, i - start, i - start + 1), raw_span(normal.offsets, i, i + 1)
        # A slice that ends inside a cluster (a letter with two marks) no longer knows how long the cluster is.
        assert found == whole or (i == end - 1 and found[0] == whole[0] < found[1] <= whole[1])


def test_an_empty_span_stays_empty():
    assert raw_span((Anchor(0, 7),), 3, 3) == (10, 10)


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("en", "", []),
        ("en", "   ", []),
        ("en", "Mr. Kim of Foo Co., Ltd. left. He ran.", ["Mr. Kim of Foo Co., Ltd. left.", "He ran."]),
        ("fr", "M. Dupont est là. MM. A. Lee et B. Kim aussi.", ["M. Dupont est là.", "MM. A. Lee et B. Kim aussi."]),
        ("fr", "« Non. Jamais », dit-il. Il part.", ["« Non. Jamais », dit-il.", "Il part."]),
        ("ko", "그는 갔다. 3.5% 늘었다.", ["그는 갔다.", "3.5% 늘었다."]),
        ("ko", "“좋다”고 말했다. 끝.", ["“좋다”고 말했다.", "끝."]),
        ("xx", "One. Two.", ["One.", "Two."]),
        ("en", "first line\nsecond line", ["first line", "second line"]),
    ],
)
def test_split(language, text, sentences):
    assert [text[a:b] for a, b in split_sentences(text, language)] == sentences


@given(ODD, st.sampled_from(["fr", "ko", "en"]))
def test_split_loses_nothing(raw, language):
    text = normalise(raw).text
    spans = split_sentences(text, language)
    assert all(a < b for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in itertools.pairwise(spans))
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())


def test_a_text_without_end_is_cut():
    text = "word " * 5000
    spans = split_sentences(text, "en")
    assert max(b - a for a, b in spans) <= MAX_SENTENCE_CHARS
    assert " ".join(text[a:b] for a, b in spans).split() == text.split()


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2009", "\u3000", "\u0085", "\u2028", "\u1680"])
def test_no_white_space_behind_an_initial_ends_the_process(space):
    text = f"He met J{space}. Next one."
    assert [text[a:b] for a, b in split_sentences(text, "en")] == [f"He met J{space}.", "Next one."]


@pytest.mark.timeout(60)
def test_a_line_of_abbreviations_takes_no_square():
    """A quarter of a million characters took twelve minutes."""
    spans = split_sentences("Mr. " * 60_000, "fr")
    assert all(b - a <= MAX_SENTENCE_CHARS for a, b in spans)
    assert sum(b - a for a, b in spans) > 4 * 59_000
    assert split_sentences(f"M. {' ' * 900} Dupont rit. Il part.", "fr")[0][0] == 0


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("piece", "n"), [("“", 400_000), ("Oui. ", 60_000), ("mot ", 60_000), ("a", 60_000)])
def test_a_line_without_end_is_cut_at_sentences_and_takes_no_square(piece, n):
    text = piece * n
    spans = split_sentences(text, "fr")
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())
    if piece == "Oui. ":
        assert {text[a:b] for a, b in spans} == {"Oui."}


def test_fingerprint_separates_its_parts():
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint("a") == fingerprint("a")
    assert len(fingerprint("\ud800")) == 16


def test_tidy():
    assert tidy(" a\n b\u00a0c ") == "a b c"
