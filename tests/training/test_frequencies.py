import math

import pytest

from data.article import Article, Claim
from tests.articles import SMALL
from training.features import Collator, build_features
from training.frequencies import OFTEN, with_shifts

LABELS = ["against", "favor", "neutral", "unrelated"]


def held(claim, label, count):
    return [Article(f"{claim}-{label}-{n}", "قال زيد نعم.", claims=(Claim(claim, label),)) for n in range(count)]


@pytest.fixture
def rows(tiny_tagger):
    often = [*held("قال نعم", "favor", 39), *held("قال نعم", "against", 9), *held("قال نعم", "neutral", 20)]
    seldom = [*held("قال لا", "against", 3), *held("زيد قال", "favor", 1)]
    tiny_tagger.runner.model.config.claim_labels = LABELS
    return build_features([SMALL, *often, *seldom], tiny_tagger.runner.model.config, tiny_tagger.windower)


def test_the_rarer_side_of_a_claim_is_shifted_by_how_rare_it_is(rows):
    shifts = with_shifts(rows, rows, LABELS, 0.5)["shifts"]
    assert shifts[0] is None  # a window of the other article, which is held against no claim
    assert len(shifts) == 1 + 68 + 4
    for shift in shifts[1:69]:
        assert shift == pytest.approx([0.5 * math.log(10 / 40), 0.0, 0.0, 0.0])


def test_claims_of_few_texts_are_counted_together(rows):
    assert OFTEN > 4
    for shift in with_shifts(rows, rows, LABELS, 1.0)["shifts"][69:]:
        assert shift == pytest.approx([0.0, math.log(2 / 4), 0.0, 0.0])


def test_a_side_that_nobody_takes_can_be_shifted(tiny_tagger):
    tiny_tagger.runner.model.config.claim_labels = LABELS
    rows = build_features(
        held("قال نعم", "favor", OFTEN - 1) + held("قال نعم", "unrelated", 1),
        tiny_tagger.runner.model.config,
        tiny_tagger.windower,
    )
    shift = with_shifts(rows, rows, LABELS, 1.0)["shifts"][0]
    assert shift == pytest.approx([math.log(1 / OFTEN), 0.0, 0.0, 0.0])


def test_only_labelled_rows_are_counted(rows):
    shifts = with_shifts(rows, rows.select(range(69, 73)), LABELS, 1.0)["shifts"]
    assert shifts[1] == shifts[72] == pytest.approx([0.0, math.log(2 / 4), 0.0, 0.0])


def test_a_batch_of_two_passes_has_the_shifts_twice(rows, tiny_tagger):
    shifted = with_shifts(rows, rows, LABELS, 1.0)
    batch = Collator(tiny_tagger.runner.model.config, tiny_tagger.tokenizer, twice=True)(
        shifted.select([0, 1, 70]).to_list()
    )
    assert batch["pair_shifts"].tolist() == [
        pytest.approx(shift) for shift in [shifted[1]["shifts"], shifted[70]["shifts"]] * 2
    ]
    assert "pair_shifts" not in Collator(tiny_tagger.runner.model.config, tiny_tagger.tokenizer)(rows.to_list())
