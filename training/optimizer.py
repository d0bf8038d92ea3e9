"""AdamW with its own learning rates for encoder layers and heads."""

from __future__ import annotations

import re

import torch
from transformers import TrainingArguments

from models.modeling import QawlModel

_LAYER = re.compile(r"encoder\..*?layers?\.(\d+)\.")


def build_optimizer(
    model: QawlModel, args: TrainingArguments, *, head_learning_rate: float, layer_decay: float
) -> torch.optim.AdamW:
    """Group the parameters by depth; biases and layer norms get no weight decay.

    The heads learn at ``head_learning_rate``, the encoder's top layer at ``args.learning_rate``, each layer below at
    ``layer_decay`` times the one above and the embeddings below the first (Howard and Ruder, ULMFiT, 2018, section 3.2;
    as applied to BERT by Zhang et al., 2021, "Revisiting Few-sample BERT Fine-tuning", section 5).
    """
    layers = model.config.encoder.num_hidden_layers
    groups: dict[tuple[float, float], list] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.startswith("encoder."):
            match = _LAYER.match(name)
            depth = layers - 1 - int(match[1]) if match else layers
            rate = args.learning_rate * layer_decay**depth
        else:
            rate = head_learning_rate
        decay = args.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": p, "lr": rate, "weight_decay": decay} for (rate, decay), p in groups.items()],
        betas=(args.adam_beta1, args.adam_beta2),
        eps=args.adam_epsilon,
        fused=True,
    )
