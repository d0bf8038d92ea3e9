"""The Qawl model: one pass of a BERT-like encoder, then a head for each layer of annotation.

Read top to bottom: pieces go through the encoder, the vectors of a word's pieces are averaged, and the heads read
words. ``entities`` and ``cues`` are ``TagHead``s; ``roles`` finds holder and target given a cue, from the same word
vectors, without a second pass of the encoder. ``claims`` reads windows that begin with a claim, and all their pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel, PreTrainedModel
from transformers.modeling_outputs import ModelOutput

from data.article import UNRELATED

from . import differences, eight_bit
from .claim_head import ClaimHead, claim_loss, pooled
from .config import QawlConfig
from .role_head import RoleHead, role_loss
from .tag_head import TagHead, tag_loss


@dataclass
class QawlOutput(ModelOutput):
    """What one forward pass gives; a head that the model lacks gives None.

    ``loss`` is the sum of ``losses``, by head, and both are there when labels were given. ``words`` is (batch, words, size),
    ``entities`` (batch, words, entity labels, 2), ``cues`` (batch, words, polarities, 2), ``claims`` (batch, claim labels).
    """

    loss: Tensor | None = None
    losses: dict[str, Tensor] | None = None
    words: Tensor | None = None
    entities: Tensor | None = None
    cues: Tensor | None = None
    claims: Tensor | None = None


class QawlModel(PreTrainedModel):
    """Entities, stance frames and stances to claims over one encoder."""

    config_class = QawlConfig
    base_model_prefix = "encoder"
    supports_gradient_checkpointing = True
    _supports_sdpa = True

    def __init__(self, config: QawlConfig, encoder: PreTrainedModel | None = None):
        super().__init__(config)
        self.encoder = encoder if encoder is not None else AutoModel.from_config(config.encoder)
        if getattr(self.encoder, "pooler", None) is not None:
            self.encoder.pooler = None
        size = config.encoder.hidden_size
        self.dropout = nn.Dropout(config.dropout)
        self.entities = TagHead(size=size, labels=len(config.entity_labels)) if config.entity_labels else None
        self.cues = TagHead(size=size, labels=len(config.stance_labels)) if config.stance_labels else None
        self.roles = (
            RoleHead(size=size, hidden=config.role_size, dropout=config.dropout) if config.stance_labels else None
        )
        labels = config.claim_labels
        self.claims = ClaimHead(size=size, labels=len(labels), dropout=config.dropout) if labels else None
        self.post_init()

    @classmethod
    def from_pretrained(cls, folder, *args, **kwargs):
        """As ``PreTrainedModel.from_pretrained``; weights that are stored in eight bits are read too, and those that are
        stored as differences from the ones in eight bits of the folder above."""
        if (Path(folder) / eight_bit.FILE).is_file():
            weights = eight_bit.load_eight_bit(folder)
        elif (Path(folder) / differences.FILE).is_file():
            weights = differences.load_differences(folder)
        else:
            return super().from_pretrained(folder, *args, **kwargs)
        config = kwargs.pop("config", None) or QawlConfig.from_pretrained(folder)
        return super().from_pretrained(None, *args, config=config, state_dict=weights, **kwargs)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        word_ids: Tensor,
        lengths: Tensor,
        token_type_ids: Tensor | None = None,
        entity_tags: Tensor | None = None,
        cue_tags: Tensor | None = None,
        frame_windows: Tensor | None = None,
        frame_cues: Tensor | None = None,
        frame_roles: Tensor | None = None,
        pairs: Tensor | None = None,
        pair_stances: Tensor | None = None,
        pair_shifts: Tensor | None = None,
    ) -> QawlOutput:
        """Encode a batch of windows and score their words.

        Args:
            input_ids, attention_mask: (batch, pieces), as the tokenizer gives them.
            word_ids: (batch, pieces) the word of each piece, counted in its window; -1 for special tokens and padding.
            lengths: (batch,) number of words in each window.
            token_type_ids: (batch, pieces) 1 for a text that is held against a claim, else 0.
            entity_tags, cue_tags: (batch, words, labels) gold tags, see ``tag_head``.
            frame_windows, frame_cues, frame_roles: (frames,), (frames, 2), (frames, 2, 2), see ``role_head``.
            pairs, pair_stances: (batch,) the pair of claim and text that each window belongs to, -1 for none; (pairs,)
                their labels, or (pairs, claim labels) the probabilities to learn.
            pair_shifts: (pairs, claim labels) what is added to the log-probabilities in the loss, see ``claim_loss``.
        """
        if token_type_ids is None:
            token_type_ids = torch.zeros_like(input_ids)
        pieces = self.encode(input_ids, attention_mask, token_type_ids)
        words = self.dropout(pool_words(pieces, word_ids, int(lengths.max())))
        output = QawlOutput(
            words=words,
            entities=self.entities(words) if self.entities is not None else None,
            cues=self.cues(words) if self.cues is not None else None,
            claims=self.claims(pieces, attention_mask, token_type_ids) if self.claims is not None else None,
        )
        losses = {}
        if entity_tags is not None and output.entities is not None:
            losses["entities"] = tag_loss(output.entities, entity_tags, nested=self.config.nested)
        if cue_tags is not None and output.cues is not None:
            losses["cues"] = tag_loss(output.cues, cue_tags, nested=False)
            if frame_cues is not None and len(frame_cues):
                roles = self.roles(words, lengths, frame_windows, frame_cues)
                losses["roles"] = self.config.role_weight * role_loss(roles, frame_roles)
        if pair_stances is not None and len(pair_stances) and output.claims is not None:
            held = pairs >= 0
            for name, scores in (("claims", output.claims), ("stock_claims", self.claims.stock_scores(pieces))):
                losses[name] = claim_loss(self.pooled_claims(scores[held], pairs[held]), pair_stances, pair_shifts)
        if losses:
            output.losses, output.loss = losses, torch.stack([*losses.values()]).sum()
        return output

    def encode(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Pieces → their vectors (batch, pieces, size); the base reads the types if it has any."""
        types = {"token_type_ids": token_type_ids} if getattr(self.config.encoder, "type_vocab_size", 0) > 1 else {}
        return self.encoder(input_ids=input_ids, attention_mask=attention_mask, **types).last_hidden_state

    def pooled_claims(self, scores: Tensor, pairs: Tensor) -> Tensor:
        """Probabilities (pairs, claim labels) from the scores of windows, see ``claim_head.pooled``."""
        labels = self.config.claim_labels
        return pooled(scores, pairs, labels.index(UNRELATED) if UNRELATED in labels else None)


def pool_words(pieces: Tensor, word_ids: Tensor, words: int) -> Tensor:
    """The mean of each word's piece vectors, (batch, words, size); zero for a word that has no piece.

    Args:
        pieces: (batch, pieces, size).
        word_ids: (batch, pieces), -1 for pieces that belong to no word.
    """
    batch, _, size = pieces.shape
    slot = torch.where(word_ids >= 0, word_ids, words)  # the last slot collects what belongs to no word
    sums = pieces.new_zeros(batch, words + 1, size).scatter_add_(1, slot[..., None].expand_as(pieces), pieces)
    counts = pieces.new_zeros(batch, words + 1).scatter_add_(1, slot, torch.ones_like(slot, dtype=pieces.dtype))
    return (sums / counts.clamp(min=1)[..., None])[:, :words]
