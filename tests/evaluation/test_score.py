import io
import json
from dataclasses import replace

from rich.console import Console

from data.article import Claim
from evaluation.score import headlines, intervals, score, tallies
from evaluation.table import print_scores
from tests.articles import SMALL


def test_every_layer_of_gold_is_scored():
    result = score([SMALL], [SMALL])
    assert set(result) == {"articles", "entities", "flat_entities", "stances"}
    metrics = headlines(tallies([(SMALL, SMALL)]))
    assert metrics["entity_f1"] == metrics["flat_entity_f1"] == metrics["cue_f1"] == metrics["graph_f1"] == 1.0
    assert json.loads(json.dumps(result)) == result


def test_a_layer_that_gold_lacks_is_left_out():
    result = score([replace(SMALL, stances=None)], [SMALL])
    assert set(result) == {"articles", "entities", "flat_entities"}
    assert not any(key.startswith("cue") for key in tallies([(replace(SMALL, stances=None), SMALL)]))


def test_nested_gold_has_no_flat_scores():
    nested = replace(SMALL, entities=(*SMALL.entities, replace(SMALL.entities[0], label="OCC")))
    assert "flat_entities" not in score([nested], [nested])


def test_claims_have_their_own_headlines():
    gold = replace(SMALL, entities=None, stances=None, claims=(Claim("خبر", "against"),))
    metrics = headlines(tallies([(gold, gold)]))
    assert metrics == {"claim_accuracy": 1.0, "claim_macro_f1": 1.0}
    stream = io.StringIO()
    print_scores(score([gold], [gold]), "t", Console(file=stream, width=120))
    assert "claims: macro-F1" in stream.getvalue() and "claims: against" in stream.getvalue()


def test_the_table_shows_percent():
    stream = io.StringIO()
    print_scores(score([SMALL], [replace(SMALL, entities=SMALL.entities[:1])]), "t", Console(file=stream, width=120))
    (line,) = [line for line in stream.getvalue().splitlines() if "nested spans (micro)" in line]
    assert [cell.strip() for cell in line.strip("│").split("│")][1:] == ["100.0", "50.0", "66.7", "2"]


def test_every_score_has_an_interval_around_it():
    other = replace(SMALL, id="small-2", claims=(Claim("خبر", "against"),))
    pairs = [(SMALL, SMALL), (other, replace(other, entities=other.entities[:1], stances=(), claims=()))]
    found = tallies(pairs)
    ranges = intervals(found)
    assert ranges.keys() == found.keys() >= {"entity_f1", "entity_f1/GPE", "cue_f1/against", "claim_f1/against"}
    assert all(low <= found[name].f1 <= high for name, (low, high) in ranges.items())
    # one of two articles has its GPE: none, one or both of a sample's
    assert ranges["entity_f1/GPE"] == (0.0, 1.0)
    stream = io.StringIO()
    result = {**score(*zip(*pairs)), "intervals": ranges}
    print_scores(result, "t", Console(file=stream, width=120))
    assert "0.0–100.0" in stream.getvalue()
