import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from data.article import Article, Claim, Entity, Evidence, Span, Stance
from data.jsonl import read_jsonl, write_jsonl
from evaluation.__main__ import main
from evaluation.report import Report
from evaluation.score import intervals, score, tallies
from tests.articles import SMALL
from tests.data.strategies import articles, broken_texts, scores

GOLD = replace(SMALL, claims=(Claim("ظهر الخبر", "against", (Evidence(0, 30),)),))
PREDICTED = replace(
    GOLD,
    entities=(Entity(4, 15, "ORG", 0.9), Entity(19, 23, "LOC", 0.6)),
    stances=(Stance("favor", Span(0, 3), Span(4, 15), None, 0.8),),
    claims=(Claim("ظهر الخبر", "neutral", (), 0.5),),
)
ATTACK = Article("<script>window.hit = 1</script>", "قال <script>window.hit = 1</script> زيد", (Entity(4, 36, "ORG"),))


def report(pairs, training=None):
    gold, predicted = zip(*pairs)
    scores = {**score(gold, predicted), "intervals": intervals(tallies(pairs))}
    return Report.of("a system on articles", scores, pairs, training)


@pytest.fixture
def written(tmp_path):
    report([(GOLD, PREDICTED), (ATTACK, replace(ATTACK, entities=()))], [SMALL]).write(tmp_path)
    return tmp_path


def test_what_the_sections_say():
    sections = {section.title: section for section in report([(GOLD, PREDICTED)], [SMALL]).sections}
    assert sections["Scores"].table.loc["entities: nested spans (micro)"].to_list() == [
        "50.0",
        "50.0",
        "50.0",
        "50.0–50.0",
        "2",
    ]
    assert sections["Mistakes in entities"].note.startswith("Of 2 gold entities 1 are right.")
    assert sections["Mistakes in entities"].table.loc["GPE"].to_dict() == {
        "type": 1,
        "boundary": 0,
        "type and boundary": 0,
        "missed": 0,
        "spurious": 0,
    }
    assert sections["Types taken for one another"].table.reset_index().values.tolist() == [["GPE", "LOC", 1]]
    assert sections["Cues with the most mistakes, by stem"].table.loc["نفت", "wrong polarity"] == 1
    assert sections["Frames that break"].note.startswith("Of 1 gold frames 0 have the right cue")
    assert list(sections["Calibration of scores"].table.index) == ["entities", "stances", "claims"]
    assert all("<svg" in section.plot for section in sections.values() if section.title != "Frames that break")


def test_a_polarity_of_which_every_cue_is_missed_is_told():
    text = "أكد زيد ونفى عمرو"
    gold = Article("a", text, stances=(Stance("favor", Span(0, 3), Span(4, 7)), Stance("against", Span(8, 12))))
    (breaks,) = [s for s in report([(gold, replace(gold, stances=gold.stances[1:]))]).sections if "break" in s.title]
    assert breaks.table.loc["favor"].to_list() == [1, "0.0", "", ""]
    assert breaks.table.loc["against"].to_list() == [1, "100.0", "100.0", "100.0"]


def test_mistakes_are_told_where_gold_has_no_entities():
    gold = Article("a", "زار دمشق", ())
    (_, mistakes) = report([(gold, replace(gold, entities=(Entity(4, 8, "GPE"),)))]).sections
    assert mistakes.note.startswith("Of 0 gold entities 0 are right.") and mistakes.table.loc["GPE", "spurious"] == 1


def test_names_are_text_in_markdown_too(tmp_path):
    gold = Article("<b>*|x", "زار دمشق", (Entity(4, 8, "A|B\nC"),))
    report([(gold, replace(gold, entities=()))]).write(tmp_path)
    markdown = (tmp_path / "report.md").read_text("utf-8")
    assert "\n- &lt;b>\\*\\|x: 1 mistakes\n" in markdown and "\n| entities: A\\|B C | 0.0 |" in markdown


def test_the_hardest_articles_come_first():
    easy = replace(GOLD, id="easy", claims=None)
    hardest = report([(easy, replace(easy, entities=SMALL.entities[:1])), (GOLD, PREDICTED)]).hardest
    # GOLD: one entity of the wrong type, one cue of the wrong polarity, one wrong claim
    assert [(pair[0].id, mistakes) for pair, mistakes in hardest] == [("small-1", 3), ("easy", 1)]


def test_a_system_without_mistakes_has_no_hardest_articles(tmp_path):
    perfect = report([(GOLD, GOLD)])
    perfect.write(tmp_path)
    assert perfect.hardest == [] and "hardest" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_files_hold_the_same_tables(written):
    page, markdown = (written / "report.html").read_text("utf-8"), (written / "report.md").read_text("utf-8")
    assert "| entities: ORG | 100.0 | 50.0 | 66.7 |" in markdown
    assert re.search(r"<th>entities: ORG</th><td>100.0</td><td>50.0</td><td>66.7</td>", page)
    assert [a.id for a in read_jsonl(written / "hardest.jsonl")] == ["small-1", ATTACK.id]


def test_the_page_asks_nothing_of_the_network(written):
    page = (written / "report.html").read_text("utf-8")
    links = set(re.findall(r"(?:href|src)=\"(?!#)([^\"]*)\"", page)) | set(re.findall(r"url\((?!#)([^)]*)\)", page))
    assert links == set()


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
def test_a_browser_shows_the_page_right_to_left_within_its_width_and_runs_no_script_of_an_article(written, tmp_path):
    page = (written / "report.html").read_text("utf-8")
    probe = (
        "<script>document.title = [window.hit, getComputedStyle(document.querySelector('.pair .text')).direction,"
        "document.documentElement.scrollWidth <= innerWidth, document.querySelectorAll('.pair').length]</script>"
    )
    (tmp_path / "probe.html").write_text(page.replace("</body>", probe + "</body>"), encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += [f"--user-data-dir={tmp_path / 'browser'}", "--window-size=1200,900", "--dump-dom"]
    shown = subprocess.run([*command, (tmp_path / "probe.html").as_uri()], capture_output=True, text=True, timeout=120)
    assert re.search(r"<title>(.*?)</title>", shown.stdout)[1] == ",rtl,true,2"


ODD = Article(
    "\ud800",
    "قال $x$ و $\\frac$ ـً \x07 \ud83d.",
    (Entity(4, 7, "$a$"), Entity(10, 17, "$\\frac$"), Entity(18, 20, "\ud800"), Entity(21, 22, "\x07")),
    tuple(
        Stance("favor", Span(*places)) for places in ((0, 3), (4, 7), (10, 17), (18, 20), (20, 21), (21, 22), (23, 24))
    ),
)


def test_labels_and_cues_that_no_plot_can_set_are_drawn_as_they_are(tmp_path):
    other = [Entity(e.start, e.end, "GPE") for e in ODD.entities]
    report([(ODD, replace(ODD, entities=other, stances=())), (GOLD, PREDICTED)], [ODD]).write(tmp_path)
    assert "$\\frac$" in (tmp_path / "report.html").read_text("utf-8")
    assert len(list(read_jsonl(tmp_path / "hardest.jsonl"))) == 2


@given(articles(texts=broken_texts, scores=scores), articles(texts=broken_texts))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=10)
def test_a_report_of_any_article_is_written(tmp_path, gold, other):
    predicted = replace(gold, entities=(gold.entities or ())[:1], stances=None)
    other = replace(other, id=gold.id + "2")
    report([(gold, predicted), (other, other)], [other]).write(tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.rstrip().endswith("</html>")


def test_the_command_finds_what_a_run_was_trained_on(tmp_path, tiny_tagger, capsys):
    write_jsonl(tmp_path / "gold.jsonl", [replace(GOLD, claims=None)])
    tiny_tagger.save_pretrained(tmp_path / "run")
    (tmp_path / "run" / "run.yaml").write_text(f"train: [{tmp_path / 'gold.jsonl'}]\n")
    arguments = [str(tmp_path / "run"), str(tmp_path / "gold.jsonl"), "--report", str(tmp_path / "report")]
    other = Article("t", "دمشق", (Entity(0, 4, "LOC"),))
    write_jsonl(tmp_path / "other.jsonl", [other])
    for train, title in ((), "seen"), (("--train", str(tmp_path / "other.jsonl")), "seen with other types"):
        assert main([*arguments, *train]) == 0
        assert f"report is in {tmp_path / 'report'}" in capsys.readouterr().out.replace("\n", "")
        markdown = (tmp_path / "report" / "report.md").read_text("utf-8")
        assert ("## Recall of entities by whether training had their text" in markdown) == bool(train)
