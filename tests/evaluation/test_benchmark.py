import io

import pytest
from rich.console import Console

from data.article import Article
from data.words import words
from evaluation.benchmark import Measure, compared, flops, print_comparison, print_growth
from models.graphs import openvino_has_bf16

ARTICLES = [Article(str(i), f"قال زيد {i} إنه وصل إلى دمشق. ونفت الوزارة الخبر.") for i in range(12)]


@pytest.fixture
def checkpoint(tiny_tagger, tmp_path):
    tiny_tagger.save_pretrained(tmp_path / "checkpoint")
    return tmp_path / "checkpoint"


def test_each_way_is_measured_on_the_same_words(checkpoint):
    ways = ["fp32", "int8", "stock-8", *(["openvino-bf16", "openvino-int8"] if openvino_has_bf16() else [])]
    found = compared(checkpoint, ARTICLES, ways, repeats=1)
    assert list(found) == ways
    for name, measure in found.items():
        assert measure.name == name and measure.words == sum(len(words(a.text)) for a in ARTICLES)
        assert measure.seconds > 0 and measure.startup > 0 and measure.memory > 10


def test_the_work_is_that_of_the_encoders_matrices(checkpoint, tiny_tagger):
    config = tiny_tagger.config.encoder
    d, f = config.hidden_size, config.intermediate_size
    pieces = len(tiny_tagger.tokenizer(ARTICLES[0].text).input_ids)
    # four d x d matrices and two d x f in a layer, each weight one multiplication and one addition
    assert flops(checkpoint, ARTICLES[:1]) == pieces * config.num_hidden_layers * (8 * d * d + 4 * d * f)


def test_a_way_that_fails_says_why(checkpoint):
    with pytest.raises(RuntimeError, match="precision: 'fp64' is unknown"):
        compared(checkpoint, ARTICLES, ["fp64"], repeats=1)


def test_ratios_are_to_the_best_of_the_stock_pipeline():
    found = {
        name: Measure(name, 1000, seconds, 1.0, 100.0)
        for name, seconds in (("fp32", 1.0), ("bf16", 0.5), ("stock-1", 5.0), ("stock-8", 2.0))
    }
    stream = io.StringIO()
    print_comparison(found, 5e9, {"fp32": 1e11, "bf16": 2e11}, Console(file=stream, width=120))
    rows = {
        line.split("│")[1].strip(): [c.strip() for c in line.split("│")[2:-1]]
        for line in stream.getvalue().splitlines()
        if "│" in line
    }
    assert rows["fp32"] == ["1,000", "2.00", "1.0", "100", "5%"]
    assert rows["bf16"][:2] == ["2,000", "4.00"] and rows["bf16"][-1] == "5%"
    print_growth([("8 articles", found["fp32"])], Console(file=stream, width=120))
    assert "8 articles" in stream.getvalue()
