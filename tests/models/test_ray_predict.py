import json
import os
import pickle
import signal
import time
from pathlib import Path

import pytest
import torch

pytest.importorskip("ray", reason="Ray Data, the extra ray, is not installed")

from ray.cluster_utils import Cluster

import models.ray_predict
from data.article import Article
from data.jsonl import to_line
from models.predict import main
from models.ray_predict import Chunks, Worker
from models.tagger import Tagger

MANY = [Article(str(i), f"قال زيد {i} إنه وصل إلى دمشق. ونفت الوزارة الخبر {'حقا ' * (i % 7)}.") for i in range(500)]
CLAIM = "وصل زيد"


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No cluster but the test's own, no token in the home folder, and one thread here as in a worker."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_worker_niceness", "0")  # on a busy machine, as fast as the other tests
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def checkpoint(tiny_tagger, tmp_path):
    folder = tmp_path / "checkpoint"
    tiny_tagger.save_pretrained(folder)
    return str(folder)


@pytest.fixture
def many(tmp_path):
    path = tmp_path / "many.jsonl"
    lines = [to_line(article) for article in MANY]
    path.write_text("".join([*lines[:90], "{\n", *lines[90:]]), encoding="utf-8")
    return str(path)


class Mortal(Worker):
    """Notes, beside the checkpoint, which process takes the chunk of article 200; the first that does is killed."""

    def __init__(self, checkpoint, precision, claims):
        super().__init__(checkpoint, precision, claims)
        self.takers = Path(checkpoint, "takers")

    def __call__(self, rows):
        articles, *_ = pickle.loads(rows["chunk"][0].as_py())
        if "200" in [article.id for article in articles]:
            first = not self.takers.exists()
            with open(self.takers, "a") as stream:
                stream.write(f"{os.getpid()}\n")
            if first:
                self.die()
        return super().__call__(rows)

    def die(self):
        os.kill(os.getpid(), signal.SIGKILL)


class MortalMachine(Mortal):
    """As ``Mortal``, but all of its machine goes: Ray's process there, which started this one."""

    def die(self):
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)  # Ray ends what it had started


def faults(output):
    return [json.loads(line) for line in Path(f"{output}.faults.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_worker_that_is_killed_meanwhile_changes_nothing(checkpoint, many, tmp_path, monkeypatch, capsys):
    whole, output = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    assert main([many, "--checkpoint", checkpoint, "-o", str(whole)]) == 1
    monkeypatch.setattr(models.ray_predict, "Worker", Mortal)
    assert main([many, "--checkpoint", checkpoint, "-o", str(output), "--ray", "2"]) == 1
    killed, heir = Path(checkpoint, "takers").read_text().split()
    assert killed != heir
    assert output.read_bytes() == whole.read_bytes()
    assert faults(output) == faults(whole) and [(f["file"], f["line"]) for f in faults(output)] == [(many, 91)]
    assert "1 broken inputs were passed over" in capsys.readouterr().err


def test_a_machine_that_is_lost_meanwhile_changes_nothing(checkpoint, many, tmp_path, monkeypatch):
    whole, output = tmp_path / "whole.parquet", tmp_path / "out.parquet"
    assert main([many, "--checkpoint", checkpoint, "-o", str(whole), "--claim", CLAIM]) == 1
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        for _ in range(2):
            cluster.add_node(num_cpus=1)
        monkeypatch.setenv("RAY_ADDRESS", cluster.address)
        monkeypatch.setattr(models.ray_predict, "Worker", MortalMachine)
        assert main([many, "--checkpoint", checkpoint, "-o", str(output), "--claim", CLAIM, "--ray", "2"]) == 1
    finally:
        cluster.shutdown()
    assert len(Path(checkpoint, "takers").read_text().split()) == 2
    assert output.read_bytes() == whole.read_bytes() and faults(output) == faults(whole)


def test_chunks_go_on_after_what_is_done_and_name_what_is_broken(many):
    [task] = Chunks([many, "none.txt"], 480).get_read_tasks(1)
    rows = [pickle.loads(table["chunk"][0].as_py()) for table in task()]
    assert [article.id for articles, *_ in rows for article in articles] == [str(i) for i in range(480, 500)]
    [(_, found, _, _)] = rows
    assert [(file, line) for file, line, _ in found] == [(many, 91), ("none.txt", None)]


def test_chunks_for_parquet_leave_out_what_it_cannot_hold_and_count_without_it(tmp_path):
    texts = ["خبر", "خبر \ud800", "خبر آخر", "خبر ثالث"]
    path = tmp_path / "half.jsonl"
    path.write_text("".join(to_line(Article(str(i), text)) for i, text in enumerate(texts)), encoding="utf-8")
    [task] = Chunks([str(path)], 1, parquet=True).get_read_tasks(1)
    [(articles, found, _, _)] = [pickle.loads(table["chunk"][0].as_py()) for table in task()]
    assert [article.id for article in articles] == ["2", "3"]
    assert [(file, problem[:28]) for file, _, problem in found] == [("article '1'", "record: has half a character")]


def test_what_is_broken_is_told_apart_from_what_is_written_untagged(monkeypatch):
    class Rows:
        def map_batches(self, worker, **_):
            return self

        def iter_rows(self):
            broken, failed = ("a.jsonl", 3, "is no JSON"), ("article '7'", None, "could not be tagged")
            yield {"chunk": pickle.dumps(([Article("7", "خبر")], [broken], [failed], None))}

    monkeypatch.setattr(models.ray_predict.ray.data, "read_datasource", lambda *_, **__: Rows())
    told = []
    tagged = models.ray_predict.tag(
        ["a.jsonl"],
        done=0,
        checkpoint="runs/news",
        precision="fp32",
        claims=None,
        workers=1,
        parquet=False,
        on_fault=lambda error: told.append(("broken", str(error))),
        on_untagged=lambda error: told.append(("untagged", str(error))),
    )
    assert [article.id for article in tagged] == ["7"]
    assert told == [("broken", "a.jsonl:3: is no JSON"), ("untagged", "article '7': could not be tagged")]


def test_an_article_that_the_model_cannot_bear_is_given_back_untagged_and_named(checkpoint, many, monkeypatch):
    scored = Tagger._scored

    def fragile(tagger, articles, claims):
        if any(article.id == "7" for article in articles):
            raise RuntimeError("boom")
        return scored(tagger, articles, claims)

    monkeypatch.setattr(Tagger, "_scored", fragile)
    [task] = Chunks([many], 0).get_read_tasks(1)
    [row] = Worker(checkpoint, "fp32", None)(next(task()))["chunk"]
    articles, found, failed, _ = pickle.loads(row.as_py())
    assert [article.id for article in articles] == [str(i) for i in range(32)]
    assert [article.id for article in articles if article.entities is None] == ["7"]
    assert found == []
    assert failed == [("article '7'", None, "could not be tagged (RuntimeError('boom')); it is written untagged")]


def test_a_claim_that_cannot_be_judged_is_an_error(checkpoint, many, tmp_path, capsys):
    arguments = [many, "--checkpoint", checkpoint, "-o", str(tmp_path / "out.jsonl"), "--ray", "2"]
    assert main([*arguments, "--claim", " "]) == 2
    assert "error: claim: ' ' has no words; give a sentence" in capsys.readouterr().err


def test_a_cluster_that_is_not_there_is_an_error(checkpoint, many, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    assert main([many, "--checkpoint", checkpoint, "-o", str(tmp_path / "out.jsonl"), "--ray", "2"]) == 2
    errors = capsys.readouterr().err
    assert "error: cluster 'auto': " in errors and "start it by ray start --head, or unset RAY_ADDRESS" in errors


@pytest.mark.parametrize(
    "arguments, problem",
    [
        (["--ray", "0", "-o", "out.jsonl"], "--ray: 0 workers tag nothing; give 1 or more"),
        (["--ray", "2"], "--ray needs -o: Ray writes messages of its own to standard output"),
    ],
)
def test_what_ray_cannot_do_is_a_usage_error(checkpoint, many, capsys, arguments, problem):
    with pytest.raises(SystemExit):
        main([many, "--checkpoint", checkpoint, *arguments])
    assert problem in capsys.readouterr().err
