from itertools import islice
from pathlib import Path

from data.parquet import read_parquet
from models.runner import RELEASED
from models.tagger import Tagger

HEADLINES = Path(__file__).parents[2] / "data" / "headlines"


def test_the_released_headlines_tell_agreement_from_contradiction():
    tagger = Tagger.from_pretrained(RELEASED / "headlines", "fp32", "cpu")
    gold = [
        (claim.claim, article.text, claim.label)
        for article in islice(read_parquet(HEADLINES / "reworded-dev.parquet"), 20)
        for claim in article.claims
    ]
    found = tagger.stance_batch([pair[:2] for pair in gold])
    right = sum(stance.label == label for stance, (*_, label) in zip(found, gold, strict=True))
    assert len(gold) > 30 and right >= 0.8 * len(gold)
