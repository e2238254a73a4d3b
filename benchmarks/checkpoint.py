"""Make a Marian checkpoint of OPUS-MT's size with random weights and a real SentencePiece model of the seeds."""

from __future__ import annotations

import io
import json
from pathlib import Path

from benchmarks.common import SEEDS

__all__ = ["make_marian"]

_VOCABULARY = 65_001
_SEED = 20240510
_SCALE = 4.0
"""The usual small weights give nearly even probabilities, so that the last digit decides on the word."""


def make_marian(folder: Path) -> Path:
    """Write the checkpoint: 6 + 6 layers, 512 wide, 8 heads, 2048 in the middle, 65,001 pieces; 300 MB."""
    import torch
    from transformers import MarianConfig, MarianMTModel

    folder.mkdir(parents=True)
    proto = _pieces_of_the_seeds()
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(proto)
    (folder / "vocab.json").write_text(json.dumps(_vocabulary(proto)), encoding="utf-8")
    settings = {"source_lang": "fr", "target_lang": "en", "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    config = MarianConfig(
        vocab_size=_VOCABULARY,
        d_model=512,
        encoder_layers=6,
        decoder_layers=6,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
        encoder_ffn_dim=2048,
        decoder_ffn_dim=2048,
        max_position_embeddings=512,
        activation_function="swish",
        scale_embedding=True,
        dropout=0.0,
        pad_token_id=_VOCABULARY - 1,
        eos_token_id=0,
        forced_eos_token_id=None,
        decoder_start_token_id=_VOCABULARY - 1,
    )
    with torch.random.fork_rng():
        torch.manual_seed(_SEED)
        model = MarianMTModel(config)
        with torch.no_grad():
            for name, weights in model.named_parameters():
                if weights.dim() > 1 and "shared" not in name and "embed" not in name:
                    weights.mul_(_SCALE)
            model.model.shared.weight[_VOCABULARY - 1] = 0  # decoding starts from zero, as in every Marian model
    model.save_pretrained(folder)
    return folder


def _pieces_of_the_seeds() -> bytes:
    import sentencepiece

    lines = [line for file in sorted(SEEDS.glob("*.txt")) for line in file.read_text(encoding="utf-8").splitlines()]
    proto = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line for line in lines if line.strip()),
        model_writer=proto,
        vocab_size=8000,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
    )
    return proto.getvalue()


def _vocabulary(proto: bytes) -> dict[str, int]:
    """Number the pieces, and fill up to the size of OPUS-MT's vocabularies with pieces that no text has."""
    import sentencepiece

    model = sentencepiece.SentencePieceProcessor(model_proto=proto)
    pieces = [model.id_to_piece(i) for i in range(model.get_piece_size())]
    known = ["</s>", "<unk>", *(piece for piece in pieces if piece not in ("<unk>", "<s>", "</s>"))]
    known += [f"\u2581unused{i}" for i in range(_VOCABULARY - 1 - len(known))]
    return {piece: i for i, piece in enumerate([*known, "<pad>"])}
