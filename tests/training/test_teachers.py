import json
import math
from dataclasses import replace

import pytest
import torch

from data.article import Article, Claim, Evidence
from data.jsonl import write_jsonl
from models.config import QawlConfig
from models.modeling import QawlModel
from models.tagger import Tagger
from models.torch_runner import TorchRunner
from tests.articles import SMALL
from training.checks import check_articles, load_articles
from training.config import ConfigError, RunConfig
from training.features import Collator, build_features
from training.run import build_trainer, training_arguments
from training.teachers import read_teachers, with_taught

HELD = Article("held", "قال زيد نعم.", claims=(Claim("قال نعم", "against"), Claim("قال لا", "favor")))
AGAINST, FAVOR = 1, 0  # among the tiny tagger's labels


def rows_of(tagger):
    return build_features([SMALL, HELD], tagger.runner.model.config, tagger.windower)


def teacher(tagger, folder, bias=0.0):
    """The tagger's folder, all of its claims made likelier to be denied."""
    with torch.no_grad():
        tagger.runner.model.claims.score.bias[AGAINST] += bias
    tagger.save_pretrained(folder)
    return str(folder)


def test_pairs_are_taught_the_mean_of_the_teachers_beside_their_label(tiny_tagger, tmp_path):
    rows, model = rows_of(tiny_tagger), tiny_tagger.runner.model.eval()
    teachers, said = [], []
    for bias in (0.5, 2.0):
        teachers.append(teacher(tiny_tagger, tmp_path / str(bias), bias))
        batch = Collator(model.config, tiny_tagger.tokenizer)(rows.to_list()[-2:])
        batch.pop("ids")
        said.append(model(**batch).claims.softmax(-1))
    mean = (said[0] + said[1]) / 2
    assert said[1][0, AGAINST] > said[0][0, AGAINST] + 0.05
    read = read_teachers(teachers, model, tiny_tagger.tokenizer)
    taught = with_taught(rows, read, tiny_tagger.tokenizer, 0.25)["taught"]
    assert taught[:-2] == [None] * (len(rows) - 2)  # the windows of the other article, which is held against no claim
    labels = torch.eye(4)[[AGAINST, FAVOR]]
    assert torch.allclose(torch.tensor(taught[-2:]), 0.25 * mean + 0.75 * labels, atol=0.01)


def test_a_batch_has_what_is_taught_in_the_place_of_labels(tiny_tagger, tmp_path):
    model = tiny_tagger.runner.model.eval()
    named = teacher(tiny_tagger, tmp_path / "teacher")
    read = read_teachers([named], model, tiny_tagger.tokenizer)
    taught = with_taught(rows_of(tiny_tagger), read, tiny_tagger.tokenizer, 1.0)
    batch = Collator(model.config, tiny_tagger.tokenizer)(list(taught)[-2:])
    batch.pop("ids")
    said = batch["pair_stances"]
    assert said.shape == (2, 4) and torch.allclose(said.sum(-1), torch.ones(2), atol=1e-5)
    output = model(**batch)
    expected = -(said * output.claims.log_softmax(-1)).sum(-1).mean() * 2 / 16  # two pairs of sixteen
    assert torch.isclose(output.losses["claims"], expected, atol=1e-5)


def test_what_is_no_teacher_of_the_run_is_named(tiny_tagger, tmp_path):
    model, tokenizer = tiny_tagger.runner.model, tiny_tagger.tokenizer
    with pytest.raises(ConfigError, match="teachers: runs/none is not the folder of a checkpoint; train it first"):
        read_teachers(["runs/none"], model, tokenizer)
    named = teacher(tiny_tagger, tmp_path / "teacher")
    fewer = QawlModel(QawlConfig(encoder=model.config.encoder, claim_labels=["favor", "against"]))
    with pytest.raises(ConfigError, match="has the claim labels .*'unrelated'.*, this run has .*'against'.; name"):
        read_teachers([named], fewer, tokenizer)
    tokenizer.add_tokens(["قول"])
    with pytest.raises(ConfigError, match="reads other pieces than this run's base"):
        read_teachers([named], model, tokenizer)


RIGHT = [
    Article(f"{label}-{number}", f"{verb} الوزير الخبر {number}.", claims=(Claim("الخبر صحيح", label),))
    for label, verb in (("favor", "أكد"), ("against", "نفى"))
    for number in range(8)
]
OTHER = {"favor": "against", "against": "favor"}
WRONG = [
    replace(article, claims=tuple(replace(claim, label=OTHER[claim.label]) for claim in article.claims))
    for article in RIGHT
]


def accuracy(folder):
    return json.loads((folder / "metrics.json").read_text())["dev"]["claims"]["accuracy"]


@pytest.fixture
def knowing(run):
    """The folder of a run that has learnt which verb affirms."""
    code, folder = run(shown=RIGHT, held=RIGHT, epochs=30, metric="claim_accuracy")
    assert code == 0 and accuracy(folder) == 1.0
    return folder


def test_a_run_learns_what_its_teacher_says_where_labels_say_the_opposite(run, knowing, tmp_path):
    taught = {"teachers": str(knowing), "teacher_weight": 1.0, "output": str(tmp_path / "taught")}
    code, folder = run(shown=WRONG, held=RIGHT, epochs=30, metric="claim_accuracy", **taught)
    assert code == 0 and accuracy(folder) == 1.0


def test_of_unlabelled_pairs_only_what_the_teacher_says_is_learnt(run, knowing, tmp_path):
    few = [Article(f"few-{side}", "قيل ذلك.", claims=(Claim("الخبر صحيح", side),)) for side in OTHER]
    write_jsonl(tmp_path / "more.jsonl", WRONG)
    code, folder = run(
        allow_leaks=True,
        shown=few,
        held=RIGHT,
        epochs=30,
        metric="claim_accuracy",
        teachers=str(knowing),
        teacher_weight=0.0,
        unlabelled=str(tmp_path / "more.jsonl"),
        output=str(tmp_path / "taught"),
    )
    assert code == 0 and accuracy(folder) == 1.0
    origin = json.loads((folder / "provenance.json").read_text())["articles"]
    assert (origin["train"]["count"], origin["unlabelled"]["count"]) == (2, 16)


def test_of_unlabelled_articles_nothing_is_read_but_text_and_claims(tiny_tagger, tiny_base, tmp_path):
    """No entities and stances, a stance to the claim that train lacks, evidence, or how often each stance is there."""
    labels = ["against", "favor"]
    encoder = tiny_tagger.runner.model.config.encoder
    model = QawlModel(QawlConfig(encoder=encoder, claim_labels=labels, window=72, overlap=24))
    Tagger(TorchRunner(model, "fp32"), tiny_tagger.tokenizer).save_pretrained(tmp_path / "teacher")
    shown = [
        Article(f"{side}-{n}", "قال زيد نعم.", claims=(Claim("قال نعم", side),))
        for side, count in (("favor", 59), ("against", 19))
        for n in range(count)
    ]
    evidence = (Evidence(0, len(SMALL.text)),)
    claims = (Claim("قال نعم", "neutral", evidence), Claim("قال لا", "against", evidence))
    for name, articles in (("shown", shown), ("dev", shown[:1]), ("more", [replace(SMALL, claims=claims)] * 60)):
        write_jsonl(tmp_path / f"{name}.jsonl", articles)
    values = {
        "output": str(tmp_path / "run"),
        "base": str(tiny_base),
        "train": str(tmp_path / "shown.jsonl"),
        "dev": str(tmp_path / "dev.jsonl"),
        "unlabelled": str(tmp_path / "more.jsonl"),
        "teachers": str(tmp_path / "teacher"),
        "window": 72,
        "overlap": 24,
        "logit_adjustment": 1.0,
        "allow_leaks": True,
    }
    config = RunConfig.of(values, "run.yaml")
    articles = load_articles(config)
    surveys = check_articles(config, articles)
    rows = build_trainer(config, training_arguments(config), articles, surveys["train"]).train_dataset
    assert len(rows) == 78 + 2 * 60 and rows["entities"] == rows["frames"] == [None] * 198
    assert all(0.001 < said[0] < 0.999 for said in rows["taught"][78:])
    counted, unknown = pytest.approx([math.log(20 / 60), 0.0]), [0.0, 0.0]
    assert rows["shifts"] == [counted] * 78 + [counted, unknown] * 60


def test_what_teachers_cannot_label_is_refused(run, tmp_path, capsys):
    write_jsonl(tmp_path / "more.jsonl", [SMALL])
    assert run(shown=RIGHT, held=RIGHT, unlabelled=str(tmp_path / "more.jsonl"))[0] == 1
    shown = capsys.readouterr().err
    assert "unlabelled: only teachers say anything of these pairs; name some" in shown
    assert "unlabelled: no article has claims; give each those that teachers shall hold it against" in shown


def test_unlabelled_texts_are_compared_with_those_of_dev(run, tmp_path, capsys):
    same = Article("same", " ".join(f"قال الوفد {n} إنه لم يوافق." for n in range(20)))
    write_jsonl(tmp_path / "more.jsonl", [replace(same, id="other", claims=(Claim("وافق الوفد", "favor"),))])
    held = [replace(same, claims=(Claim("وافق الوفد", "against"),))]
    assert run(shown=RIGHT, held=held, teachers="runs/a", unlabelled=str(tmp_path / "more.jsonl"))[0] == 1
    assert "near-duplicates across splits: dev 'same' and train 'other' (100% the same)" in capsys.readouterr().err
