import json
from dataclasses import replace

import pytest
import torch

from data.article import Article, Claim
from models.config import QawlConfig
from models.modeling import QawlModel
from tests.articles import SMALL
from training.config import ConfigError
from training.features import Collator, build_features
from training.teachers import with_taught

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
    taught = with_taught(rows, model, tiny_tagger.tokenizer, teachers, 0.25)["taught"]
    assert taught[:-2] == [None] * (len(rows) - 2)  # the windows of the other article, which is held against no claim
    labels = torch.eye(4)[[AGAINST, FAVOR]]
    assert torch.allclose(torch.tensor(taught[-2:]), 0.25 * mean + 0.75 * labels, atol=0.01)


def test_a_batch_has_what_is_taught_in_the_place_of_labels(tiny_tagger, tmp_path):
    model = tiny_tagger.runner.model.eval()
    named = teacher(tiny_tagger, tmp_path / "teacher")
    taught = with_taught(rows_of(tiny_tagger), model, tiny_tagger.tokenizer, [named], 1.0)
    batch = Collator(model.config, tiny_tagger.tokenizer)(list(taught)[-2:])
    batch.pop("ids")
    said = batch["pair_stances"]
    assert said.shape == (2, 4) and torch.allclose(said.sum(-1), torch.ones(2), atol=1e-5)
    output = model(**batch)
    expected = -(said * output.claims.log_softmax(-1)).sum(-1).mean() * 2 / 16  # two pairs of sixteen
    assert torch.isclose(output.losses["claims"], expected, atol=1e-5)


def test_what_is_no_teacher_of_the_run_is_named(tiny_tagger, tmp_path):
    rows, model, tokenizer = rows_of(tiny_tagger), tiny_tagger.runner.model, tiny_tagger.tokenizer
    with pytest.raises(ConfigError, match="teachers: runs/none is not the folder of a checkpoint; train it first"):
        with_taught(rows, model, tokenizer, ["runs/none"], 0.5)
    named = teacher(tiny_tagger, tmp_path / "teacher")
    fewer = QawlModel(QawlConfig(encoder=model.config.encoder, claim_labels=["favor", "against"]))
    with pytest.raises(ConfigError, match="has the claim labels .*'unrelated'.*, this run has .*'against'.; name"):
        with_taught(rows, fewer, tokenizer, [named], 0.5)
    tokenizer.add_tokens(["قول"])
    with pytest.raises(ConfigError, match="reads other pieces than this run's base"):
        with_taught(rows, model, tokenizer, [named], 0.5)


def test_a_run_learns_what_its_teacher_says_where_labels_say_the_opposite(run, tmp_path, tiny_base):
    right = [
        Article(f"{label}-{number}", f"{verb} الوزير الخبر {number}.", claims=(Claim("الخبر صحيح", label),))
        for label, verb in (("favor", "أكد"), ("against", "نفى"))
        for number in range(8)
    ]
    other = {"favor": "against", "against": "favor"}
    wrong = [
        replace(article, claims=tuple(replace(claim, label=other[claim.label]) for claim in article.claims))
        for article in right
    ]
    code, first = run(shown=right, held=right, epochs=30, metric="claim_accuracy")
    assert code == 0 and json.loads((first / "metrics.json").read_text())["dev"]["claims"]["accuracy"] == 1.0
    taught = {"teachers": str(first), "teacher_weight": 1.0, "output": str(tmp_path / "taught")}
    code, second = run(shown=wrong, held=right, epochs=30, metric="claim_accuracy", **taught)
    assert code == 0 and json.loads((second / "metrics.json").read_text())["dev"]["claims"]["accuracy"] == 1.0
