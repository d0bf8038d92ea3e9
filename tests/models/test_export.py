import pytest
import torch
from transformers import AutoTokenizer, pipeline

from models.base import load_base
from models.export import main, stock_claims, stock_entities
from models.tag_head import flat_logits
from models.tagger import Tagger
from models.windows import collate
from tests.articles import SMALL


@pytest.fixture
def checkpoint(tiny_tagger, tmp_path):
    tiny_tagger.save_pretrained(tmp_path / "checkpoint")
    return tmp_path / "checkpoint"


def test_the_stock_model_scores_words_as_ours_does(tiny_tagger):
    _, windows = tiny_tagger.windower.windows(SMALL.text)
    batch = {k: torch.from_numpy(v) for k, v in collate(windows, tiny_tagger.tokenizer).items()}
    with torch.inference_mode():
        ours = flat_logits(tiny_tagger.runner.model.eval()(**batch).entities)[0]
        pieces = stock_entities(tiny_tagger.runner.model)(batch["input_ids"], batch["attention_mask"]).logits[0]
    words = batch["word_ids"][0]
    theirs = torch.stack([pieces[words == word].mean(0) for word in range(int(words.max()) + 1)])
    assert torch.allclose(ours, theirs, atol=1e-4)


def test_transformers_loads_it_without_this_project(checkpoint, tmp_path, capsys):
    assert main([str(checkpoint), str(tmp_path / "stock"), "--to", "stock"]) == 0
    assert "holds the checkpoint as stock" in capsys.readouterr().out
    tags = pipeline("token-classification", str(tmp_path / "stock/entities"), aggregation_strategy="average")
    found = tags(SMALL.text)
    assert {tag["entity_group"] for tag in found} <= {"GPE", "ORG", "PERS"} and found
    assert all(SMALL.text[tag["start"] : tag["end"]].strip() for tag in found)
    judge = pipeline("text-classification", str(tmp_path / "stock/claims"), top_k=None)
    held = judge({"text": "ظهر الخبر", "text_pair": SMALL.text})
    assert {score["label"] for score in held} == {"favor", "against", "neutral", "unrelated"}
    assert sum(score["score"] for score in held) == pytest.approx(1.0, abs=1e-3)
    assert not any(path.suffix == ".bin" for path in (tmp_path / "stock").rglob("*"))


def test_the_stock_tokenizer_joins_claim_and_text_as_ours_does(checkpoint, tmp_path, tiny_tagger):
    assert main([str(checkpoint), str(tmp_path / "stock"), "--to", "stock"]) == 0
    text = "ظهر الخبر في دمشق"
    theirs = AutoTokenizer.from_pretrained(tmp_path / "stock/claims")("خبر", text)
    _, windows = tiny_tagger.windower.windows(text, "خبر")
    ours = collate(windows, tiny_tagger.tokenizer)
    assert theirs.input_ids == ours["input_ids"][0].tolist()
    assert theirs.token_type_ids == ours["token_type_ids"][0].tolist()


def test_the_stock_classifier_of_claims_scores_what_the_head_learnt_off_the_first_piece(tiny_tagger):
    model = tiny_tagger.runner.model.eval()
    _, windows = tiny_tagger.windower.windows(SMALL.text, "ظهر الخبر")
    batch = {k: torch.from_numpy(v) for k, v in collate(windows, tiny_tagger.tokenizer).items()}
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    with torch.inference_mode():
        ours = model.claims.stock_scores(model.encode(**inputs))
        assert torch.allclose(stock_claims(model)(**inputs).logits, ours, atol=1e-5)


def test_eight_bits_are_a_checkpoint_of_a_quarter(checkpoint, tmp_path):
    (checkpoint / "README.md").write_text("card\n")
    assert main([str(checkpoint), str(tmp_path / "small"), "--to", "int8"]) == 0
    weights = [
        path.stat().st_size
        for path in (checkpoint / "model.safetensors", tmp_path / "small" / "model.int8.safetensors")
    ]
    assert weights[1] < 0.4 * weights[0]
    assert (tmp_path / "small" / "README.md").read_text() == "card\n"
    assert Tagger.from_pretrained(tmp_path / "small").tag(SMALL.text).stances is not None


@pytest.fixture
def judge(checkpoint, tiny_tagger, tmp_path):
    """A checkpoint near the other one, with no layer but claims."""
    model = tiny_tagger.runner.model
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.001 * torch.randn_like(weight))
    model.config.claim_labels = ["against", "favor", "neutral", "unrelated"]
    model.entities = model.cues = model.roles = None
    model.config.entity_labels = model.config.stance_labels = []
    tiny_tagger.save_pretrained(tmp_path / "judge")
    return tmp_path / "judge"


@pytest.mark.parametrize(
    "form, precision, apart", [("int8", "fp32", 0.03), ("onnx", "fp32", 1e-3), ("openvino", "auto", 0.03)]
)
def test_another_checkpoint_holds_texts_against_claims(checkpoint, judge, tmp_path, form, precision, apart):
    for name, claims in (("tags", []), ("both", ["--claims", str(judge)])):
        assert main([str(checkpoint), str(tmp_path / name), "--to", form, *claims]) == 0
    tags, both = (Tagger.from_pretrained(tmp_path / name, precision) for name in ("tags", "both"))
    assert both.claim_labels == ["against", "favor", "neutral", "unrelated"]
    pair, alone = ("ظهر الخبر", SMALL.text), Tagger.from_pretrained(judge, "fp32")
    found, wanted = (each._probabilities([pair])[0] for each in (both.judge or both, alone))
    assert found == pytest.approx(wanted, abs=apart)
    found = both.stance(*pair)
    article = both.tag_articles([SMALL.without_annotation()], ["ظهر الخبر"])[0]
    assert article.claims == (found,) and article.entities == tags.tag(SMALL.text).entities != ()


def test_a_judges_own_judge_and_its_card_are_taken(checkpoint, judge, tmp_path):
    (judge / "README.md").write_text("claims\n")
    for name, claims in (("both", judge), ("again", tmp_path / "both")):
        assert main([str(checkpoint), str(tmp_path / name), "--to", "int8", "--claims", str(claims)]) == 0
        assert (tmp_path / name / "claims" / "README.md").read_text() == "claims\n"
    scores = [Tagger.from_pretrained(tmp_path / name, "fp32").stance("خبر", SMALL.text) for name in ("both", "again")]
    assert scores[0].label == scores[1].label and abs(scores[0].score - scores[1].score) < 0.01


def test_a_judge_is_found_from_inside_its_folder(checkpoint, judge, tmp_path, monkeypatch):
    assert main([str(checkpoint), str(tmp_path / "both"), "--to", "int8", "--claims", str(judge)]) == 0
    monkeypatch.chdir(tmp_path / "both" / "claims")
    assert Tagger.from_pretrained(".").claim_labels == ["against", "favor", "neutral", "unrelated"]


def test_of_a_judge_in_eight_bits_only_the_differences_are_kept(checkpoint, judge, tmp_path):
    out = tmp_path / "both"
    (checkpoint / "README.md").write_text("tags\n")
    (judge / "README.md").write_text("claims\n")
    assert main([str(checkpoint), str(out), "--to", "int8", "--claims", str(judge)]) == 0
    assert {path.name for path in (out / "claims").iterdir()} == {"config.json", "differences.safetensors", "README.md"}
    card = (out / "README.md").read_text()
    assert card == "tags\n\n## Stances to claims\n\nThe model in `claims` reads them; see its card.\n"
    again = Tagger.from_pretrained(out, "fp32")
    again.save_pretrained(tmp_path / "again")
    for folder in (out / "claims", tmp_path / "again" / "claims"):
        weights = Tagger.from_pretrained(folder, "fp32").runner.model.state_dict()
        assert all(torch.equal(weights[name], weight) for name, weight in again.judge.runner.model.state_dict().items())


def test_a_checkpoint_in_the_folder_of_another_is_what_sets_it_apart(checkpoint, judge, tmp_path, capsys):
    above = tmp_path / "above"
    assert main([str(judge), str(above / "judge"), "--to", "differences"]) == 1
    assert "above: holds no checkpoint in eight bits; write one there with --to int8 first" in capsys.readouterr().err
    assert not above.exists()
    assert main([str(checkpoint), str(above), "--to", "int8"]) == 0
    assert main([str(judge), str(above / "judge"), "--to", "differences"]) == 0
    assert {path.name for path in (above / "judge").iterdir()} == {"config.json", "differences.safetensors"}
    kept, whole = (Tagger.from_pretrained(folder, "fp32") for folder in (above / "judge", judge))
    pair = ("ظهر الخبر", SMALL.text)
    assert kept._probabilities([pair])[0] == pytest.approx(whole._probabilities([pair])[0], abs=0.03)
    encoder, tokenizer = load_base(str(above / "judge"))
    assert torch.equal(
        encoder.embeddings.word_embeddings.weight, kept.runner.model.encoder.embeddings.word_embeddings.weight
    )
    assert tokenizer.get_vocab() == whole.tokenizer.get_vocab()


def test_bits_are_those_of_differences(checkpoint, judge, tmp_path, capsys):
    sizes = []
    for bits in ("2", "4"):
        out = tmp_path / bits
        assert main([str(checkpoint), str(out), "--to", "int8", "--claims", str(judge), "--bits", bits]) == 0
        sizes.append((out / "claims" / "differences.safetensors").stat().st_size)
    assert sizes[0] < sizes[1]
    assert main([str(checkpoint), str(tmp_path / "x"), "--to", "int8", "--bits", "4"]) == 1
    assert "has no claims in a model of their own, which --bits is for; leave it out" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([str(checkpoint), str(tmp_path / "x"), "--to", "stock", "--bits", "4"])
    assert "--bits goes with --to int8 or differences; leave it out" in capsys.readouterr().err


def test_two_models_are_not_kept_as_differences(checkpoint, judge, tmp_path, capsys):
    assert main([str(checkpoint), str(tmp_path / "above"), "--to", "int8"]) == 0
    both = [str(checkpoint), str(tmp_path / "above" / "both"), "--to", "differences", "--claims", str(judge)]
    assert main(both) == 1
    assert "there are two models; give their folder claims, or use --to int8" in capsys.readouterr().err
    assert not (tmp_path / "above" / "both").exists()


def test_a_stock_classifier_of_claims_is_the_judges(checkpoint, judge, tmp_path):
    assert main([str(checkpoint), str(tmp_path / "stock"), "--to", "stock", "--claims", str(judge)]) == 0
    held = pipeline("text-classification", str(tmp_path / "stock/claims"))({"text": "خبر", "text_pair": SMALL.text})
    scores = stock_claims(Tagger.from_pretrained(judge, "fp32").runner.model)(
        **AutoTokenizer.from_pretrained(tmp_path / "stock/claims")("خبر", SMALL.text, return_tensors="pt")
    ).logits.softmax(-1)
    assert held["score"] == pytest.approx(scores.max().item(), abs=1e-4)


def test_a_judge_without_claims_is_refused(checkpoint, tiny_tagger, tmp_path, capsys):
    tiny_tagger.config.claim_labels = []
    tiny_tagger.runner.model.claims = None
    tiny_tagger.save_pretrained(tmp_path / "tags")
    assert main([str(checkpoint), str(tmp_path / "x"), "--to", "int8", "--claims", str(tmp_path / "tags")]) == 1
    assert "tags: has no claims head; train on articles with claims, or leave --claims out" in capsys.readouterr().err


def test_mistakes_are_errors(checkpoint, tmp_path, capsys):
    assert main([str(tmp_path / "nowhere"), str(tmp_path / "x"), "--to", "int8"]) == 1
    assert "nowhere: holds no config.json" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main([str(checkpoint), str(tmp_path / "file" / "x"), "--to", "int8"]) == 1
    assert "Not a directory; name another folder" in capsys.readouterr().err
    assert main([str(checkpoint), str(tmp_path / "onnx"), "--to", "onnx"]) == 0
    assert main([str(tmp_path / "onnx"), str(tmp_path / "x"), "--to", "int8"]) == 1
    assert "onnx: holds graphs, which have no other form" in capsys.readouterr().err
    assert main([str(checkpoint), str(checkpoint), "--to", "int8"]) == 1
    assert "checkpoint: holds something already; remove it, or name another folder" in capsys.readouterr().err
