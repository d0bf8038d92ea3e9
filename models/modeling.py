"""The Qawl model: one pass of a BERT-like encoder, then a head for each layer of annotation.

Read top to bottom: pieces go through the encoder, the vectors of a word's pieces are averaged, and the heads read
words. ``entities`` and ``cues`` are ``TagHead``s; ``roles`` finds holder and target given a cue, from the same word
vectors, without a second pass of the encoder.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import AutoModel, PreTrainedModel
from transformers.modeling_outputs import ModelOutput

from .config import QawlConfig
from .role_head import RoleHead, role_loss
from .tag_head import TagHead, tag_loss


@dataclass
class QawlOutput(ModelOutput):
    """What one forward pass gives; a head that the model lacks gives None.

    ``loss`` is the sum of the heads' losses and is there when labels were given. ``words`` is (batch, words, size),
    ``entities`` (batch, words, entity labels, 2), ``cues`` (batch, words, polarities, 2).
    """

    loss: Tensor | None = None
    words: Tensor | None = None
    entities: Tensor | None = None
    cues: Tensor | None = None


class QawlModel(PreTrainedModel):
    """Entities and stance frames over one encoder pass."""

    config_class = QawlConfig
    base_model_prefix = "encoder"
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
        self.post_init()

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        word_ids: Tensor,
        lengths: Tensor,
        entity_tags: Tensor | None = None,
        cue_tags: Tensor | None = None,
        frame_windows: Tensor | None = None,
        frame_cues: Tensor | None = None,
        frame_roles: Tensor | None = None,
    ) -> QawlOutput:
        """Encode a batch of windows and score their words.

        Args:
            input_ids, attention_mask: (batch, pieces), as the tokenizer gives them.
            word_ids: (batch, pieces) the word of each piece, counted in its window; -1 for special tokens and padding.
            lengths: (batch,) number of words in each window.
            entity_tags, cue_tags: (batch, words, labels) gold tags, see ``tag_head``.
            frame_windows, frame_cues, frame_roles: (frames,), (frames, 2), (frames, 2, 2), see ``role_head``.
        """
        pieces = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        words = self.dropout(pool_words(pieces, word_ids, int(lengths.max())))
        output = QawlOutput(
            words=words,
            entities=self.entities(words) if self.entities is not None else None,
            cues=self.cues(words) if self.cues is not None else None,
        )
        losses = []
        if entity_tags is not None and output.entities is not None:
            losses.append(tag_loss(output.entities, entity_tags, nested=self.config.nested))
        if cue_tags is not None and output.cues is not None:
            losses.append(tag_loss(output.cues, cue_tags, nested=False))
            if frame_cues is not None and len(frame_cues):
                roles = self.roles(words, lengths, frame_windows, frame_cues)
                losses.append(self.config.role_weight * role_loss(roles, frame_roles))
        if losses:
            output.loss = torch.stack(losses).sum()
        return output


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
