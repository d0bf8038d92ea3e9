"""What several tests share: a tiny base encoder on disk, a tiny model, and the folder of public corpora."""

import string

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from data.corpora import corpora_folder
from models.base import load_base
from models.config import QawlConfig
from models.modeling import QawlModel
from models.tagger import Tagger
from models.torch_runner import TorchRunner

ARABIC = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory):
    """A folder with a one-layer BERT and a WordPiece tokenizer that reads letters."""
    folder = tmp_path_factory.mktemp("tiny-base")
    letters = ARABIC + string.ascii_letters + string.digits + "،.؟!:«»()#_%-"
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *("##" + letter for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {name + "_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep")}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=128, **special).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def tiny_tagger(tiny_base):
    """An untrained tagger with all heads; it tags much and at random."""
    torch.manual_seed(0)
    encoder, tokenizer = load_base(str(tiny_base))
    config = QawlConfig(
        encoder=encoder.config,
        entity_labels=["GPE", "ORG", "PERS"],
        stance_labels=["against", "favor", "neutral"],
        claim_labels=["favor", "against", "neutral", "unrelated"],
        window=72,
        overlap=24,
    )
    model = QawlModel(config, encoder)
    for head in (model.entities, model.cues):
        torch.nn.init.normal_(head.score.weight, std=1.0)
        torch.nn.init.zeros_(head.bias)
    torch.nn.init.normal_(model.claims.score.weight, std=1.0)
    return Tagger(TorchRunner(model, "fp32"), tokenizer)


@pytest.fixture(scope="session")
def corpora():
    """The folder of public corpora, which are not part of this project."""
    folder = corpora_folder()
    if not folder.is_dir():
        pytest.skip(f"the public corpora are not in {folder}; set QAWL_CORPORA to where they are")
    return folder
