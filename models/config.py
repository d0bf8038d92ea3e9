"""The configuration of a Qawl model: its encoder, its label sets and its sizes."""

from __future__ import annotations

from typing import Any

from transformers import AutoConfig, PreTrainedConfig


class QawlConfig(PreTrainedConfig):
    """Everything that is needed to build a ``QawlModel`` before its weights are loaded.

    Args:
        encoder: the configuration of the base encoder.
        entity_labels: entity types of the training corpus, in tag order; empty for a model without entities.
        nested: True when entities of different types may overlap, False for a flat corpus.
        punctuated: True when entities of the training corpus start or end with punctuation; otherwise, as for stances,
            punctuation at the edges of a predicted span is cut off.
        stance_labels: polarities of the training corpus, in tag order; empty for a model without stances.
        claim_labels: stances to a claim in the training corpus; empty for a model without claims.
        window: the most pieces that the encoder reads at once, special tokens included.
        overlap: the most pieces that a window repeats of the one before it.
        role_size: width of the head that finds holder and target.
        role_weight: weight of that head's loss, which is large beside the others because it chooses among all spans.
        temperatures: what the log odds of each layer's scores are divided by, so that a score is the share of such
            items that are right; 1 for a layer that is not named.
        dropout: probability of dropping a feature of a word before the heads.
    """

    model_type = "qawl"
    sub_configs = {"encoder": AutoConfig}

    def __init__(
        self,
        *,
        encoder: PreTrainedConfig | dict | None = None,
        entity_labels: list[str] | None = None,
        nested: bool = True,
        punctuated: bool = False,
        stance_labels: list[str] | None = None,
        claim_labels: list[str] | None = None,
        window: int = 256,
        overlap: int = 96,
        role_size: int = 256,
        role_weight: float = 0.1,
        temperatures: dict[str, float] | None = None,
        dropout: float = 0.1,
        **kwargs,
    ):
        if isinstance(encoder, dict):
            encoder = AutoConfig.for_model(**encoder)
        self.entity_labels = list(entity_labels or [])
        self.nested = nested
        self.punctuated = punctuated
        self.stance_labels = list(stance_labels or [])
        self.claim_labels = list(claim_labels or [])
        self.window = window
        self.overlap = overlap
        self.role_size = role_size
        self.role_weight = role_weight
        self.temperatures = dict(temperatures or {})
        self.dropout = dropout
        super().__init__(**kwargs)
        self.encoder = encoder  # last: the base class would reset the attention that an encoder has chosen

    def to_dict(self) -> dict[str, Any]:
        record = super().to_dict()
        if isinstance(record.get("encoder"), dict):
            record["encoder"].pop("_name_or_path", None)  # it may be a folder of the machine that trained it
        return record


# Without it transformers would warn of an unknown type when it loads a tokenizer.
AutoConfig.register(QawlConfig.model_type, QawlConfig, exist_ok=True)
