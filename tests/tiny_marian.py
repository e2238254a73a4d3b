"""Build tiny translation checkpoints from nothing, so that engines are tested with real tokenizers and real weights.

``tiny_marian`` is trained until it translates ``PAIRS`` word for word. The others are untrained: enough to compare two
runtimes token for token. Import the fixtures where they are needed; each checkpoint is built once per session.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

PAIRS = (
    ("Le ministre a ouvert la séance.", "The minister opened the session."),
    ("La ministre a clos la réunion.", "The minister closed the meeting."),
    ("Le maire a signé l'accord hier soir.", "The mayor signed the agreement last night."),
    ("Le train est arrivé avec deux heures de retard.", "The train arrived two hours late."),
    ("La pluie a inondé trois quartiers.", "The rain flooded three districts."),
    ("Les écoles resteront fermées lundi.", "Schools will stay closed on Monday."),
    ("Le prix du blé a augmenté de 12 %.", "The price of wheat rose by 12%."),
    ("La banque a baissé son taux.", "The bank lowered its rate."),
    ("Le gouvernement a annoncé un nouveau plan.", "The government announced a new plan."),
    ("L'usine emploie 450 personnes.", "The plant employs 450 people."),
    ("Le port a rouvert ce matin.", "The port reopened this morning."),
    ("Un incendie a détruit l'entrepôt.", "A fire destroyed the warehouse."),
    ("Personne n'a été blessé.", "Nobody was hurt."),
    ("La police a arrêté deux suspects.", "Police arrested two suspects."),
    ("Le procès commencera en mars.", "The trial will begin in March."),
    ("Le juge a rejeté la demande.", "The judge rejected the request."),
    ("Les médecins ont demandé plus de moyens.", "Doctors asked for more resources."),
    ("L'hôpital a reçu de nouveaux lits.", "The hospital received new beds."),
    ("La grève a duré six jours.", "The strike lasted six days."),
    ("Le syndicat a voté la reprise du travail.", "The union voted to return to work."),
    ("L'équipe a gagné le match.", "The team won the match."),
    ("Elle a perdu la finale.", "She lost the final."),
    ("Le festival attire des milliers de visiteurs.", "The festival draws thousands of visitors."),
    ("Le musée ouvre une nouvelle aile.", "The museum opens a new wing."),
    ("Le film sortira en octobre.", "The film will come out in October."),
    ("Le barrage fournit de l'électricité.", "The dam supplies electricity."),
    ("La centrale a été arrêtée.", "The power station was shut down."),
    ("Les prix de l'énergie baissent.", "Energy prices are falling."),
    ("Le chômage recule pour la troisième fois.", "Unemployment falls for the third time."),
    ("Les exportations ont doublé en dix ans.", "Exports have doubled in ten years."),
    ("L'entreprise a publié ses comptes.", "The company published its accounts."),
    ("Le conseil se réunit chaque semaine.", "The council meets every week."),
    ("Le pont sera fermé pour travaux.", "The bridge will be closed for works."),
    ("Un séisme a secoué la côte.", "An earthquake shook the coast."),
    ("La tempête se dirige vers le nord.", "The storm is heading north."),
    ("Les secours cherchent des survivants.", "Rescuers are looking for survivors."),
    ("Le sommet se tiendra en Corée.", "The summit will be held in Korea."),
    ("Les deux pays ont repris les discussions.", "The two countries resumed talks."),
    ("Le traité entre en vigueur demain.", "The treaty takes effect tomorrow."),
    ("Le président n'a pas répondu.", "The president did not answer."),
)
KOREAN = (
    "정부는 새로운 계획을 발표했다.",
    "장관은 회의를 열었다.",
    "항구는 오늘 아침 다시 열렸다.",
    "은행은 금리를 내렸다.",
)
TO_KOREAN = (
    ("The minister opened the session.", "장관이 회의를 열었다."),
    ("The rain flooded three districts.", "비로 세 구역이 물에 잠겼다."),
    ("The port reopened this morning.", "항구가 오늘 아침 다시 열렸다."),
    ("Nobody was hurt.", "다친 사람은 없었다."),
    ("The bank lowered its rate.", "은행이 금리를 내렸다."),
    ("Police arrested two suspects.", "경찰이 용의자 두 명을 체포했다."),
    ("The team won the match.", "팀이 경기에서 이겼다."),
    ("The government announced a new plan.", "정부가 새 계획을 발표했다."),
)
_WIDTH = 128
_SEED = 20240510


@pytest.fixture(scope="session")
def tiny_marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Marian fr-en checkpoint that has learnt ``PAIRS``."""
    return _once(tmp_path_factory, "opus-mt-fr-en", build_marian)


@pytest.fixture(scope="session")
def tiny_m2m100(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an untrained M2M-100 checkpoint."""
    return _once(tmp_path_factory, "tiny-m2m100", build_m2m100)


@pytest.fixture(scope="session")
def tiny_nllb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an untrained NLLB checkpoint."""
    return _once(tmp_path_factory, "tiny-nllb", build_nllb)


@pytest.fixture(scope="session")
def tiny_madlad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an untrained MADLAD-400 checkpoint."""
    return _once(tmp_path_factory, "tiny-madlad", build_madlad)


def _once(factory, name, build):
    """Build a checkpoint unless this session has it: two modules that import one fixture own two fixtures."""
    folder = factory.getbasetemp() / "checkpoints" / name
    if not folder.exists():
        building = folder.with_name(f".{name}-{os.getpid()}")
        building.mkdir(parents=True)
        build(building)
        building.rename(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_marian_en_ko(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Marian en-ko checkpoint that has learnt ``TO_KOREAN``."""
    return _once(tmp_path_factory, "opus-mt-en-ko", lambda folder: build_marian(folder, TO_KOREAN, ("en", "ko"), 130))


def build_marian(folder: Path, pairs=PAIRS, languages=("fr", "en"), pieces=240) -> None:
    """Train a Marian checkpoint on pairs; about half a minute on two cores for ``PAIRS``."""
    import torch
    from transformers import MarianConfig, MarianMTModel

    tokenizer = _marian_tokenizer(folder, pairs, languages, pieces)
    pad = tokenizer.pad_token_id
    config = MarianConfig(
        vocab_size=len(tokenizer),
        d_model=_WIDTH,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=2 * _WIDTH,
        decoder_ffn_dim=2 * _WIDTH,
        max_position_embeddings=128,
        activation_function="swish",
        scale_embedding=True,
        dropout=0.0,
        pad_token_id=pad,
        eos_token_id=tokenizer.eos_token_id,
        forced_eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=pad,
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # waiting threads cost more than they bring at this size
    with torch.random.fork_rng():
        torch.manual_seed(_SEED)
        model = MarianMTModel(config)
        _train(model, tokenizer, pairs)
    torch.set_num_threads(threads)
    model.save_pretrained(folder, safe_serialization=True)


def _marian_tokenizer(folder, pairs, languages, size):
    from transformers import MarianTokenizer

    sides = [train_sentencepiece([pair[i] for pair in pairs], size) for i in (0, 1)]
    for name, side in zip(("source.spm", "target.spm"), sides, strict=True):
        (folder / name).write_bytes(side)
    pieces = sorted({piece for side in sides for piece in _pieces(side) if piece not in ("<unk>", "<s>", "</s>")})
    vocabulary = {piece: i for i, piece in enumerate(["</s>", "<unk>", *pieces, "<pad>"])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    with warnings.catch_warnings():  # it recommends a package for punctuation that its own code then never calls
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses", category=UserWarning)
        tokenizer = MarianTokenizer(
            str(folder / "source.spm"),
            str(folder / "target.spm"),
            str(folder / "vocab.json"),
            source_lang=languages[0],
            target_lang=languages[1],
            model_max_length=128,
        )
    tokenizer.save_pretrained(folder)
    return tokenizer


def _train(model, tokenizer, pairs, most_steps=600):
    """Fit all pairs at once until every token is certain."""
    import torch

    batch = tokenizer([s for s, _ in pairs], text_target=[t for _, t in pairs], return_tensors="pt", padding=True)
    batch["labels"][batch["labels"] == tokenizer.pad_token_id] = -100
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 20))
    model.train()
    for _ in range(most_steps):
        loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        with torch.no_grad():  # decoding starts from zero, as in every converted Marian model
            model.model.shared.weight[tokenizer.pad_token_id] = 0
        if loss.item() < 0.008:
            break
    model.eval()


def build_m2m100(folder: Path) -> None:
    """Make an untrained M2M-100 checkpoint with its own SentencePiece model."""
    from transformers import M2M100Tokenizer

    proto = train_sentencepiece(_mixed_texts(), 300)
    (folder / "sentencepiece.bpe.model").write_bytes(proto)
    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = marks + [piece for piece in _pieces(proto) if piece not in marks]
    (folder / "vocab.json").write_text(json.dumps({p: i for i, p in enumerate(pieces)}), encoding="utf-8")
    tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"))
    tokenizer.save_pretrained(folder)
    _save_m2m100(folder, len(pieces) + 100 + 8)  # the tokenizer adds 100 languages and 8 words without use


def build_nllb(folder: Path) -> None:
    """Make an untrained NLLB checkpoint, with the language codes behind the pieces as in the released ones."""
    codes = ["ace_Arab", "eng_Latn", "fra_Latn", "kor_Hang", "zul_Latn"]
    proto = train_sentencepiece(_mixed_texts(), 300, kind="bpe")
    (folder / "sentencepiece.bpe.model").write_bytes(proto)
    settings = {"tokenizer_class": "NllbTokenizer", "additional_special_tokens": codes, "model_max_length": 1024}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    _save_m2m100(
        folder, len(_pieces(proto)) + 1 + len(codes) + 3
    )  # one piece more than SentencePiece has, a mask, two spare


def _save_m2m100(folder, vocabulary_size):
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    config = M2M100Config(
        vocab_size=vocabulary_size,
        d_model=64,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=128,
        decoder_ffn_dim=128,
        max_position_embeddings=256,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
        decoder_start_token_id=2,
    )
    _save_untrained(M2M100ForConditionalGeneration, config, folder)


def build_madlad(folder: Path) -> None:
    """Make an untrained MADLAD-400 checkpoint: a T5 with gated layers and target tags in its vocabulary."""
    from transformers import T5Config, T5ForConditionalGeneration

    tags = ["<2en>", "<2fr>", "<2ko>"]
    proto = train_sentencepiece(
        _mixed_texts(), 500, user_defined_symbols=tags, bos_id=1, eos_id=2, unk_id=0, byte_fallback=True
    )
    (folder / "spiece.model").write_bytes(proto)
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "T5Tokenizer"}', encoding="utf-8")
    config = T5Config(
        vocab_size=len(_pieces(proto)) + 5,
        d_model=64,
        d_kv=16,
        d_ff=128,
        num_layers=2,
        num_decoder_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=0,
    )
    _save_untrained(T5ForConditionalGeneration, config, folder, scale=1.5)
    _untie(folder)


def _untie(folder):
    """Give a T5 an output layer of its own, as MADLAD-400 has, whatever the class at hand would save."""
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    generator = np.random.default_rng(_SEED)
    weights["lm_head.weight"] = generator.normal(0, 0.5, weights["shared.weight"].shape).astype(np.float32)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config.pop("scale_decoder_outputs", None)
    config["tie_word_embeddings"] = False
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def _save_untrained(model_class, config, folder, scale=6.0):
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(_SEED)
        model = model_class(config)
        with torch.no_grad():  # the usual small weights give nearly even probabilities, and the same word for ever
            for name, weights in model.named_parameters():
                if weights.dim() > 1 and "shared" not in name:
                    weights.mul_(scale)
    model.save_pretrained(folder, safe_serialization=True)


def train_sentencepiece(texts: list[str], size: int, kind: str = "unigram", **settings: object) -> bytes:
    """Return the serialised SentencePiece model of some texts."""
    import sentencepiece

    proto = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=proto,
        vocab_size=size,
        model_type=kind,
        character_coverage=1.0,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
        **settings,
    )
    return proto.getvalue()


def _pieces(proto):
    import sentencepiece

    model = sentencepiece.SentencePieceProcessor(model_proto=proto)
    return [model.id_to_piece(i) for i in range(model.get_piece_size())]


def _mixed_texts():
    return [text for pair in PAIRS for text in pair] + list(KOREAN)


def copy_checkpoint(folder: Path, target: Path) -> Path:
    """Copy a checkpoint, so that a test may damage it."""
    shutil.copytree(folder, target)
    return target


def random_texts(generator: np.random.Generator, count: int) -> list[str]:
    """Return texts made of the words of ``PAIRS``, of very different lengths."""
    words = [word for pair in PAIRS for word in pair[0].split()]
    return [" ".join(generator.choice(words, size=int(generator.integers(1, 40)))) for _ in range(count)]
