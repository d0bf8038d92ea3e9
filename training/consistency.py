"""R-Drop: two passes of one batch, each with its own dropout, should say the same (Liang et al., NeurIPS 2021)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from models.modeling import QawlModel, QawlOutput
from models.tag_head import IGNORE, flat_logits, with_outside


def divergence(model: QawlModel, output: QawlOutput, inputs: dict[str, Tensor]) -> Tensor:
    """The mean of the Kullback-Leibler divergences both ways (section 2.1, equation 2), summed over the heads.

    Tags diverge as they are trained: summed over the labels of a word, averaged over the words that have tags; claims
    are averaged over pairs. Holder and target are left out: they are distributions over spans.

    Args:
        output: of one pass over a batch whose second half repeats the first.
        inputs: the arguments of the pass; a head without gold in them adds nothing.
    """
    parts = [output.loss.new_zeros(())]
    for name, tags, nested in (("entities", "entity_tags", model.config.nested), ("cues", "cue_tags", False)):
        if tags in inputs and getattr(output, name) is not None:
            known = inputs[tags].chunk(2)[0][..., 0] != IGNORE
            if known.any():
                logits = with_outside if nested else flat_logits
                sides = [logits(half[known].float()).log_softmax(-1) for half in getattr(output, name).chunk(2)]
                parts.append(_symmetric(*sides).flatten(1).sum(-1).mean())
    pairs = inputs.get("pairs")
    if pairs is not None and output.claims is not None and (pairs >= 0).any():
        probabilities = model.pooled_claims(output.claims[pairs >= 0], pairs[pairs >= 0])
        sides = [half.clamp(min=1e-6).log() for half in probabilities.chunk(2)]
        parts.append(_symmetric(*sides).sum(-1).mean())
    return torch.stack(parts).sum()


def _symmetric(first: Tensor, second: Tensor) -> Tensor:
    """The mean of KL(first, second) and KL(second, first) of log-probabilities, term by term."""
    both = F.kl_div(first, second, log_target=True, reduction="none")
    return (both + F.kl_div(second, first, log_target=True, reduction="none")) / 2
