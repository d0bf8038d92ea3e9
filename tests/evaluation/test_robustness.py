import io

import pytest
from rich.console import Console

from data.article import Article, Entity
from data.noise import NOISES
from evaluation.robustness import losses, print_losses
from evaluation.score import MeasureError


class Speller:
    """A tagger that knows one word, with its hamza."""

    def stream(self, articles):
        for article in articles:
            place = article.text.find("أحمد")
            yield Article(article.id, article.text, (Entity(place, place + 4, "PERS"),) if place >= 0 else ())


GOLD = [Article(str(i), "قال أحمد نعم", (Entity(4, 8, "PERS"),)) for i in range(8)]


def test_the_loss_of_each_noise():
    found = {loss.noise: loss for loss in losses(Speller(), GOLD, ("entity_f1", "cue_f1"))}
    assert list(found) == ["", *NOISES]
    assert (found[""].score, str(found[""])) == (1.0, "100.0")
    assert str(found["alef without hamza"]) == "-100.0*"
    assert found["alef without hamza"].comparison.difference == -1.0
    assert str(found["ha for ta marbuta"]) == "+0.0"


def test_a_type_that_noise_makes_vanish_has_no_row_and_a_measure_that_is_none_is_named():
    gold = [Article("a", "قال أحمد نعم", ())]
    found = losses(Speller(), gold, ["entity_f1/PERS"])  # only what is found has the type
    assert "" in {loss.noise for loss in found} and "alef without hamza" not in {loss.noise for loss in found}
    with pytest.raises(MeasureError, match="--measures: cue-f1: not here; these articles have entity_f1, "):
        losses(Speller(), GOLD, ["cue-f1"])


def test_the_table_has_a_row_for_each_noise():
    stream = io.StringIO()
    print_losses(losses(Speller(), GOLD, ("entity_f1",)), Console(file=stream, width=100))
    assert all(noise in stream.getvalue() for noise in ("none", *NOISES))
