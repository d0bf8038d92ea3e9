import json
import multiprocessing

import pytest

from data.article import Article
from data.parquet import read_parquet
from models import output as module
from models.output import Output, OutputError

ARTICLES = [Article(str(i), f"خبر {i}") for i in range(7)]
RUN = {"inputs": ["a"], "precision": "fp32"}


@pytest.fixture(autouse=True)
def chunks_of_two(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 2)


def write(path, articles, resume=False, finish=True, run=RUN):
    with Output(path, run, resume=resume) as output:
        for article in articles[output.done :]:
            output.write(article)
        if finish:
            output.finish()
        return output.done


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_the_file_has_its_name_when_it_is_whole(tmp_path, ending):
    path = tmp_path / f"out.{ending}"
    write(path, ARTICLES[:5], finish=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"out.{ending}.partial", f"out.{ending}.partial.json"]
    assert write(path, ARTICLES, resume=True) == 7
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, f"{path.name}.run.json"]
    if ending == "parquet":
        assert list(read_parquet(path)) == ARTICLES


@pytest.mark.parametrize(("lines", "kept"), [(0, 0), (1, 0), (2, 2), (5, 4)])
def test_whole_chunks_are_kept_and_half_a_line_is_not(tmp_path, lines, kept):
    path = tmp_path / "out.jsonl"
    write(path, ARTICLES[:lines], finish=False)
    with open(f"{path}.partial", "a") as stream:
        stream.write('{"id": "half')
    with Output(path, RUN, resume=True) as output:
        assert output.done == kept
    write(path, ARTICLES, resume=True)
    write(tmp_path / "whole.jsonl", ARTICLES)
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_what_a_stopped_run_left_is_not_overwritten_unasked(tmp_path):
    write(tmp_path / "out.jsonl", ARTICLES[:3], finish=False)
    with pytest.raises(OutputError, match="out.jsonl.partial: is what a stopped run left; go on with it by --resume"):
        Output(tmp_path / "out.jsonl", RUN, resume=False)


def test_another_run_is_not_gone_on_with(tmp_path):
    write(tmp_path / "out.jsonl", ARTICLES[:3], finish=False)
    with pytest.raises(OutputError, match=r"is of a run with another precision \('fp32', now 'bf16'\); remove it"):
        Output(tmp_path / "out.jsonl", RUN | {"precision": "bf16"}, resume=True)


def test_a_finished_output_is_left_alone_when_it_is_gone_on_with(tmp_path):
    write(tmp_path / "out.jsonl", ARTICLES)
    with Output(tmp_path / "out.jsonl", RUN, resume=True) as output:
        assert output.finished


def test_a_finished_output_of_another_run_is_not_taken_for_this_one(tmp_path):
    write(tmp_path / "out.jsonl", ARTICLES)
    with pytest.raises(
        OutputError, match=r"out.jsonl: is of a run with another precision \('fp32', now 'bf16'\); remove"
    ):
        Output(tmp_path / "out.jsonl", RUN | {"precision": "bf16"}, resume=True)
    (tmp_path / "out.jsonl.run.json").unlink()
    with pytest.raises(OutputError, match="out.jsonl: out.jsonl.run.json does not tell which run it is of"):
        Output(tmp_path / "out.jsonl", RUN, resume=True)


def test_what_another_run_left_half_written_does_not_claim_the_whole_output(tmp_path):
    other = RUN | {"precision": "bf16"}
    write(tmp_path / "out.jsonl", ARTICLES)
    write(tmp_path / "out.jsonl", ARTICLES, finish=False, run=other)
    (tmp_path / "out.jsonl.partial").unlink()
    with pytest.raises(OutputError, match="out.jsonl: is of a run with another precision"):
        Output(tmp_path / "out.jsonl", other, resume=True)
    assert Output(tmp_path / "out.jsonl", RUN, resume=True).finished


def test_an_old_output_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "out.jsonl"
    write(path, ARTICLES[:1])
    before = path.read_bytes()
    write(path, ARTICLES, finish=False)
    assert path.read_bytes() == before
    write(path, ARTICLES, resume=True)
    assert len(path.read_text().splitlines()) == 7


def _hold(path, ready, done):
    with Output(path, RUN, resume=False):
        ready.set()
        done.wait()


def test_two_runs_do_not_write_one_output(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    arguments = (tmp_path / "out.jsonl", ready, done)
    holder = context.Process(target=_hold, args=arguments, daemon=True)
    holder.start()
    try:
        while not ready.wait(1):
            assert holder.is_alive()
        with pytest.raises(
            OutputError, match="out.jsonl: is being written by another run; wait for it or name another"
        ):
            Output(tmp_path / "out.jsonl", RUN, resume=True)
    finally:
        done.set()
        holder.join()
    assert json.loads((tmp_path / "out.jsonl.partial.json").read_text()) == RUN


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(OutputError, match="out.csv: is neither .jsonl nor .parquet; name it so"):
        Output(tmp_path / "out.csv", RUN, resume=False)
