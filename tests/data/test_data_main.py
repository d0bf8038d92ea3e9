import json
import subprocess
import sys
from pathlib import Path

import pytest

from data.__main__ import main

ROOT = Path(__file__).parents[2]
GOOD = {"id": "a", "text": "زار زيد دمشق.", "entities": [{"start": 4, "end": 7, "label": "PERS"}]}
FAULTY = {"id": "a", "text": "زار زيد", "entities": [{"start": 4, "end": 6, "label": "PERSON"}]}


@pytest.fixture
def file(tmp_path):
    def write(name, *records):
        path = tmp_path / name
        path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records))
        return str(path)

    return write


def test_validate_is_silent_on_good_files_and_returns_0(file, capsys):
    assert main(["validate", file("a.jsonl", GOOD), file("b.txt", "### b\nزار [PERS زيد]")]) == 0
    out, err = capsys.readouterr()
    assert out == "" and err == "2 records, 0 faults\n"


def test_validate_prints_every_fault_of_every_file_and_returns_1(file, capsys):
    path, other = file("a.jsonl", GOOD, "{", FAULTY), file("b.txt", "### b\n[A x\n\n### c\nx")
    assert main(["validate", path, other, "--types", "PERS,GPE"]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"{path}:2: is not JSON (Expecting property name enclosed in double quotes at column 2); "
        "write one object a line",
        f"{path}: record 'a', entities[0]: «زي» (4..6) splits a word; cover whole words, with their attached clitics",
        f"{path}: record 'a', entities[0].label: 'PERSON' is not an entity type; use one of PERS, GPE",
        f"{path}: record 'a', id: an earlier record has the same id; make ids unique",
        f"{other}:2: [A is never closed; add ]",
    ]
    assert err == "5 records, 5 faults\n"


def test_validate_names_half_a_character(file, tmp_path):
    half = {"id": "a", "text": "زار \ud800", "entities": [{"start": 4, "end": 5, "label": "PERS"}]}
    path = file("a.jsonl", half, FAULTY)
    run = subprocess.run([sys.executable, "-m", "data", "validate", path], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1 and run.stderr == "2 records, 5 faults\n"
    assert "\\ud800" in run.stdout and "Traceback" not in run.stderr


def test_validate_knows_the_format_by_name(file, capsys):
    assert main(["validate", "--from", "wojood", file("a.txt", "زيد B-PERS")]) == 0


def test_a_file_that_cannot_be_read_is_a_fault_and_the_others_are_still_checked(file, tmp_path, capsys):
    assert main(["validate", str(tmp_path / "none.jsonl"), "a.xml", file("a.jsonl", FAULTY)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{tmp_path}/none.jsonl: cannot be read (No such file or directory); check the path"
    assert lines[1].startswith("a.xml: is of no known format; name one of jsonl (.jsonl), ") and len(lines) == 4


def test_convert_there_and_back(file, tmp_path, capsys):
    source = file("a.jsonl", GOOD)
    assert main(["convert", source, str(tmp_path / "a.txt")]) == 0
    assert (tmp_path / "a.txt").read_text() == "### a\n### layers: entities\nزار [PERS زيد] دمشق.\n"
    assert main(["convert", str(tmp_path / "a.txt"), str(tmp_path / "b.jsonl")]) == 0
    assert json.loads((tmp_path / "b.jsonl").read_text()) == GOOD
    assert capsys.readouterr().err == f"{tmp_path}/a.txt: 1 articles\n{tmp_path}/b.jsonl: 1 articles\n"


def test_convert_refuses_what_the_format_cannot_hold_until_it_is_dropped(file, tmp_path, capsys):
    source, target = file("a.jsonl", GOOD | {"meta": {"x": 1}}), tmp_path / "a.conll"
    assert main(["convert", source, str(target)]) == 1
    assert (
        capsys.readouterr().err == f"{source}: record 'a', meta: cannot be held by columns; drop it with --drop meta\n"
    )
    assert not target.exists()
    assert main(["convert", source, str(target), "--drop", "meta,stances", "--tokenize"]) == 0
    assert target.read_text() == "زار\tO\nزيد\tB-PERS\nدمشق\tO\n.\tO\n\n"


def test_convert_writes_nothing_while_a_record_is_broken_unless_it_is_skipped(file, tmp_path, capsys):
    source, target = file("a.jsonl", "{}", GOOD), tmp_path / "a.txt"
    assert main(["convert", source, str(target)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{source}:1: record '?', id: is missing or not a non-empty string; add a unique \"id\" string",
        f"{target} is not written; mend the records, or leave them out with --skip",
    ]
    assert not target.exists()
    assert main(["convert", source, str(target), "--skip"]) == 0 and target.exists()


def test_convert_names_an_unknown_ending_and_an_unwritable_target(file, tmp_path, capsys):
    source = file("a.jsonl", GOOD)
    assert main(["convert", source, "a.xml"]) == 1
    assert main(["convert", source, str(tmp_path / "no" / "a.txt")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("a.xml: is of no known format; name one of jsonl")
    assert lines[1] == f"{tmp_path}/no/a.txt: cannot be written (No such file or directory); check the path"


def test_stats_prints_tables(file, capsys):
    assert main(["stats", file("a.jsonl", GOOD, GOOD | {"text": "زار [/x] دمشق", "stances": []})]) == 0
    out = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if "│" in line]
    assert ["articles", "2"] in rows and ["with stances annotated", "1"] in rows
    assert ["PERS", "2", "100.0%", "2", "0", "زيد"] in rows and ["1", "2"] in rows
    assert "Cues" not in out and "Claims" not in out


def test_an_unknown_part_is_refused_with_the_known_ones(file, capsys):
    with pytest.raises(SystemExit):
        main(["convert", "a.jsonl", "b.jsonl", "--drop", "mete"])
    assert "unknown part mete; use meta, scores, entities, stances, claims" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["validate"], ["convert"], ["stats"]])
def test_help_teaches_by_example(command, capsys):
    with pytest.raises(SystemExit) as exit:
        main([*command, "--help"])
    assert exit.value.code == 0 and "python -m data " in capsys.readouterr().out


def test_the_module_runs_and_exits_with_the_code(file):
    path = file("a.jsonl", FAULTY)
    run = subprocess.run([sys.executable, "-m", "data", "validate", path], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1 and len(run.stdout.splitlines()) == 2 and run.stderr == "1 records, 2 faults\n"


def test_the_data_package_imports_nothing_heavy():
    code = "import sys, data.__main__; print(sorted({'torch', 'transformers', 'numpy', 'datasets'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "[]\n"


def test_agree_prints_scores_and_disagreements(file, capsys):
    other = {**GOOD, "entities": [{"start": 4, "end": 7, "label": "ORG"}]}
    assert main(["agree", file("a.jsonl", GOOD), file("b.jsonl", other)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "articles: 1",
        "entities F1: 0.000",
        "entities kappa: 0.429",
        "a\tentity type\tPERS «زيد»\tORG «زيد»",
    ]


def test_agree_writes_no_formula_into_a_spreadsheet(file, capsys):
    first = {**GOOD, "id": "=1+1"}
    assert main(["agree", file("a.jsonl", first), file("b.jsonl", {**first, "entities": []})]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "'=1+1\tentity\tPERS «زيد»\t«»"


def test_agree_counts_articles_that_the_other_lacks(file, capsys):
    other = {**GOOD, "id": "z"}
    assert main(["agree", file("a.jsonl", GOOD, other), file("b.jsonl", GOOD)]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["articles: 1", "only in the first, not compared: 1"]
    assert main(["agree", file("a.jsonl", GOOD), file("b.jsonl", other)]) == 1
    assert capsys.readouterr().err.startswith("the two have no article in common; give two annotations")


def test_the_public_corpora_are_listed(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("QAWL_CORPORA", str(tmp_path))
    (tmp_path / "ans").mkdir()
    (tmp_path / "ans" / "dev.csv").write_text("")
    assert main(["corpora"]) == 0
    listed = capsys.readouterr().out
    assert "licence: Apache-2.0\n  splits: train, dev, test\n  labels: agree → favor, favor" in listed
    assert f"  {tmp_path}/ans: dev\n" in listed
    assert "wikiann-ar\n" in listed and "  hub: unimelb-nlp/wikiann ar\n" in listed
