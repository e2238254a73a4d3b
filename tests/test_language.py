import pytest

from pipeline.engines.language import FastTextIdentifier
from pipeline.evaluation import evaluate_langid

OPEN, CLOSED = FastTextIdentifier(), FastTextIdentifier(("fr", "ko", "en"))


@pytest.mark.parametrize(
    ("text", "free", "closed"),
    [
        ("", None, None),
        ("12 345 %", None, None),
        ("Le ministre est arrivé hier soir à Paris.", "fr", "fr"),
        ("The minister arrived in Paris last night.", "en", "en"),
        ("장관은 어젯밤 파리에 도착했다.", "ko", "ko"),
        ("꽤 적당히.", "ko", "ko"),
        ("今日はとても良い天気ですね。散歩に行きましょう。", "ja", None),
        ("THE MINISTER ARRIVED IN PARIS LAST NIGHT", "en", "en"),
        ("한국바이오협회(KoreaBIO)와 JBA가 MOU를 체결했다.", "ko", "ko"),
    ],
)
def test_identify(text, free, closed):
    assert OPEN.identify([text])[0].language == free
    guess = CLOSED.identify([text])[0]
    assert guess.language == closed or closed is None
    assert 0 <= guess.confidence <= 1


def test_order_and_number_are_kept():
    texts = ["Bonjour à tous les amis", "", "안녕하세요 여러분", "Hello to all my friends"]
    assert [g.language for g in CLOSED.identify(texts)] == ["fr", None, "ko", "en"]


def test_short_sentences_are_told_apart_by_their_function_words():
    assert [g.language for g in CLOSED.identify(["It tears us apart.", "Il nous a quittés."])] == ["en", "fr"]


@pytest.mark.bench
@pytest.mark.parametrize("data", ["ntrex-dev", "flores-dev"])
def test_sentence_accuracy_keeps_its_floor(bench, data):
    result = evaluate_langid(bench / data, ("fr", "ko", "en"))
    assert result["accuracy"] >= 0.999
    assert result["n"] == 3021 if data == "ntrex-dev" else 2991
    assert min(result["by_language"].values()) >= 0.998
