import gc
import json
import signal
import tracemalloc
from dataclasses import replace
from itertools import islice

import pytest

from data.article import Article
from data.jsonl import write_jsonl
from data.yaml_text import read_yaml, to_yaml
from tests.training.corpus import ARTICLES
from tests.training.test_checkpoints import killed
from training import features
from training.features import build_features, stream_features
from training.stream import Stream
from training.trainer import QawlTrainer


@pytest.fixture
def stream(tmp_path):
    """A stream of a file for each of some groups of articles."""

    def write(*parts):
        paths = [str(tmp_path / f"{number}.jsonl") for number in range(len(parts))]
        for path, part in zip(paths, parts):
            write_jsonl(path, part)
        return Stream(paths, [len(part) for part in parts])

    return write


@pytest.fixture
def run_streamed(run):
    """``run`` with a stream and a number of steps in place of epochs."""

    def start(steps, training_changes=(), **changes):
        training = {"max_steps": steps, **dict(training_changes)}
        return run(epochs=None, streaming=True, training_changes=training, **changes)

    return start


def test_a_stream_is_read_anew_each_time(stream):
    articles = stream(ARTICLES[:4], ARTICLES[4:6])
    assert len(articles) == 6 and list(articles) == list(articles) == ARTICLES[:6]


def test_sources_are_spread_evenly_over_a_pass(stream):
    # places of the first source's four: 1/8 3/8 5/8 7/8, of the second's two: 1/4 3/4
    mixed = stream(ARTICLES[:4], ARTICLES[4:6]).mixed()
    assert [ARTICLES.index(article) for article in mixed] == [0, 4, 1, 2, 5, 3]


def test_rows_of_a_stream_are_those_of_a_dataset_pass_after_pass(stream, tiny_tagger, monkeypatch):
    monkeypatch.setattr(features, "BUFFER", 1)
    config = tiny_tagger.runner.model.config
    whole = build_features(ARTICLES, config, tiny_tagger.windower)
    rows = stream_features(stream(ARTICLES), config, tiny_tagger.windower, seed=1)
    assert list(islice(rows, 30)) == [*whole, *whole, *whole.select(range(6))]


def test_rows_are_drawn_from_a_buffer_by_the_seed(stream, tiny_tagger, monkeypatch):
    monkeypatch.setattr(features, "BUFFER", 4)

    def drawn(seed):
        rows = stream_features(stream(ARTICLES), tiny_tagger.runner.model.config, tiny_tagger.windower, seed)
        return [row["id"] for row in islice(rows, 12)]

    order = [article.id for article in ARTICLES]
    assert drawn(1) == drawn(1) != drawn(2)
    assert all(order.index(id) < place + 4 for place, id in enumerate(drawn(1)))


def test_a_streamed_run_learns_what_it_is_shown(run_streamed, capsys):
    code, folder = run_streamed(120)
    assert code == 0
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["dev"]["entities"]["micro"]["f1"] == metrics["dev"]["stances"]["graph"]["f1"] == 1.0
    assert metrics["training"]["articles"] == 12 and metrics["training"]["steps"] == 120
    assert [entry["step"] for entry in metrics["training"]["history"]] == list(range(12, 121, 12))


def test_a_streamed_run_knows_of_its_articles_what_another_does(run, run_streamed, tmp_path):
    _, folder = run()
    _, streamed = run_streamed(2, output=str(tmp_path / "streamed"))
    for name in ("config.json", "provenance.json"):
        assert json.loads((streamed / name).read_text()) == json.loads((folder / name).read_text())


def test_a_killed_streamed_run_goes_on_and_ends_with_the_same_weights(run_streamed, tmp_path):
    """Twelve articles in batches of four: step 8 is in the third pass, after a checkpoint at the end of the second."""
    changes = {"eval_steps": 3, "load_best_model_at_end": False}  # the last weights, not those of a checkpoint
    _, undisturbed = run_streamed(12, changes)
    config = read_yaml(tmp_path / "run.yaml")
    config["output"] = str(tmp_path / "killed")
    (tmp_path / "killed.yaml").write_text(to_yaml(config))
    ended = killed(tmp_path / "killed.yaml", "training_step", 8)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert (tmp_path / "killed" / "checkpoints" / "checkpoint-6").is_dir()
    code, folder = run_streamed(12, changes, output=str(tmp_path / "killed"))
    assert code == 0
    assert (folder / "model.safetensors").read_bytes() == (undisturbed / "model.safetensors").read_bytes()
    metrics = [json.loads((f / "metrics.json").read_text()) for f in (folder, undisturbed)]
    assert metrics[0] == metrics[1]


def test_a_streamed_run_holds_no_articles(run_streamed, tmp_path, monkeypatch):
    """Of 512 articles with 64 KiB of meta each, 32 MiB, only dev's six, the one at hand and the next are alive."""
    monkeypatch.setattr(features, "BUFFER", 16)
    alive, step = [], QawlTrainer.training_step

    def living():
        return sum(type(thing) is Article for thing in gc.get_objects())

    def watched(trainer, *args, **kwargs):
        if trainer.state.global_step % 25 == 0:
            alive.append(living())
        return step(trainer, *args, **kwargs)

    monkeypatch.setattr(QawlTrainer, "training_step", watched)

    def peak(size, name):
        shown = (replace(ARTICLES[i % 12], id=str(i), meta={"page": "-" * 2**16}) for i in range(size))
        write_jsonl(tmp_path / "shown.jsonl", shown)
        before = living()
        alive.clear()
        tracemalloc.start()
        code, _ = run_streamed(200, train=[str(tmp_path / "shown.jsonl")], output=str(tmp_path / name))
        traced = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert code == 0 and len(alive) == 8 and max(alive) <= before + 8
        return traced

    assert peak(512, "many") - peak(12, "few") < 2**20


def test_a_leak_into_a_stream_stops_the_run(run_streamed, capsys):
    long = Article("long", " ".join(f"كلمة{i}" for i in range(40)), (), ())
    code, _ = run_streamed(3, shown=[*ARTICLES, long], held=[*ARTICLES[:2], long])
    assert code == 1
    assert "1 near-duplicates across splits: dev 'long' and train 'long' (100% the same)" in capsys.readouterr().err


def test_every_source_that_cannot_be_streamed_is_named(run_streamed, tmp_path, capsys):
    (tmp_path / "broken.jsonl").write_text("{\n")
    assert run_streamed(3, train=["nowhere.jsonl", str(tmp_path / "broken.jsonl")])[0] == 1
    lines = capsys.readouterr().err.splitlines()
    assert "train: nowhere.jsonl: cannot be read" in lines[0] and "broken.jsonl:1: is not JSON" in lines[1]


def test_what_a_stream_cannot_do_is_named_all_at_once(run, capsys):
    changes = {"eval_strategy": "epoch", "train_sampling_strategy": "group_by_length"}
    options = {"teachers": ["runs/a"], "unlabelled": ["b.jsonl"], "logit_adjustment": 0.5, "batch_pieces": 64}
    assert run(streaming=True, fraction=0.5, **options, training_changes=changes)[0] == 1
    lines = capsys.readouterr().err.splitlines()
    named = ["fraction", "training.max_steps", "training.num_train_epochs", "training.eval_strategy"]
    assert [line.split(": ")[1] for line in lines] == [
        *named,
        "teachers",
        "unlabelled",
        "logit_adjustment",
        "batch_pieces",
        "training.train_sampling_strategy",
    ]
    assert lines[1] == "error: training.max_steps: a stream has no epochs; give the number of steps"
