"""Checkpoint folders, which may come from strangers: what is wrong with one is told before it is used.

Only safetensors are read, never pickles, and no code from the folder is run.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import PreTrainedTokenizerFast

from .folder import read_config, read_tokenizer
from .modeling import QawlModel
from .runner import CheckpointError


def load_checkpoint(folder: Path) -> tuple[QawlModel, PreTrainedTokenizerFast]:
    """The model and the tokenizer of a folder that ``save_pretrained`` wrote.

    Raises:
        CheckpointError: there is no such folder, or it holds no whole Qawl checkpoint.
    """
    if not (folder / "config.json").is_file():
        raise CheckpointError(folder, "holds no config.json; give a folder that python -m training wrote")
    try:
        config = read_config(folder)
        model, loading = QawlModel.from_pretrained(
            folder, config=config, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
        tokenizer = read_tokenizer(folder, config)
    except Exception as error:  # a strange file may break the libraries that read it anywhere
        reason = str(error) or type(error).__name__
        raise CheckpointError(folder, f"is not a whole Qawl checkpoint: {reason}; train or copy it again") from error
    wrong = {name: sorted(map(str, keys)) for name, keys in loading.items() if keys}
    broken = [name for name, weight in model.state_dict().items() if not torch.isfinite(weight).all()]
    if wrong or broken:
        found = wrong or f"weights that are no numbers in {', '.join(broken)}"
        raise CheckpointError(folder, f"is not a whole Qawl checkpoint: {found}; train or copy it again")
    return model, tokenizer
