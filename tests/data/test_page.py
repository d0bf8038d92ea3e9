import io
import re
from dataclasses import replace
from html import unescape

from hypothesis import given

from data.article import Article, Claim, Entity, Evidence
from data.page import Page
from tests.articles import SMALL
from tests.data.strategies import articles


def render(*articles):
    stream = io.StringIO()
    with Page(stream, "عنوان <b>") as page:
        for article in articles:
            page.add(article)
    return stream.getvalue()


def test_a_page_reads_right_to_left():
    page = render(SMALL)
    assert '<html lang="ar" dir="rtl">' in page and page.endswith("</html>\n")


def test_entities_nest():
    page = render(Article("a", "وزارة صحة دمشق", (Entity(0, 14, "ORG"), Entity(10, 14, "GPE"))))
    inner = '<span class="entity" style="--hue: 190">دمشق<b>GPE</b></span>'
    assert re.search(f'<span class="entity" style="--hue: [0-9]+">وزارة صحة {inner}<b>ORG</b></span>', page)


def test_entities_that_cross_end_where_they_end():
    page = render(Article("a", "زار زيد دمشق", (Entity(0, 7, "ORG"), Entity(4, 12, "PERS"))))
    text = re.sub(r' style="--hue: [0-9]+"', "", page[page.index('<div class="text">') + 18 : page.index("</div>")])
    span = '<span class="entity">'
    assert text == f"{span}زار {span}زيد</span><b>ORG</b></span>{span} دمشق<b>PERS</b></span>"


def test_a_cue_in_evidence_keeps_its_own_polarity():
    page = render(replace(SMALL, claims=(Claim("ظهر الخبر", "favor", (Evidence(0, 30),)),)))
    assert '<span class="cue against evidence shows-favor" data-parts="evidence-0 cue-0">نفت</span>' in page


def test_each_frame_says_who_by_which_cue_what_and_polarity():
    page = render(SMALL)
    frame = page[page.index('<div class="frame against"') :]
    shown = [part for part in re.sub(r"<[^>]+>", "\n", frame).split("\n") if part.strip()]
    assert shown[:7] == ["معارض", "مَن", "وزارة الصحة", "القرينة", "نفت", "ماذا", "الخبر"]


def test_parts_of_a_frame_are_marked_in_the_text():
    page = render(SMALL)
    assert '<span class="cue against" data-parts="cue-0">نفت</span>' in page
    assert 'data-parts="holder-0">وزارة الصحة</span>' in page


def test_text_is_shown_not_run():
    page = render(replace(SMALL, text="<script>alert(1)</script>", entities=(), stances=(), meta={"k": "<i>"}))
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<i>" not in page and "<title>عنوان &lt;b&gt;</title>" in page


def test_an_article_without_layers_is_only_text():
    page = render(SMALL.without_annotation())
    assert 'class="entity"' not in page and 'class="frame ' not in page and SMALL.text in page


def test_a_claim_shows_its_stance_and_marks_its_evidence():
    claim = Claim("ظهر <الخبر>", "against", (Evidence(0, 30, 0.9),), 0.8)
    page = render(replace(SMALL, entities=None, stances=None, claims=(claim,)))
    assert f'<span class="evidence shows-against" data-parts="evidence-0">{SMALL.text}</span>' in page
    card = page[page.index('class="frame claim against"') :]
    assert "ظهر &lt;الخبر&gt;" in card and SMALL.text in card and "معارض" in card


@given(articles())
def test_the_text_of_any_article_is_whole(article):
    page = render(article)
    body = page[page.index('<div class="text">') + len('<div class="text">') : page.index('<div class="frames">')]
    body = re.sub(r"<b>[^<]*</b>", "", body.rstrip().removesuffix("</div>"))
    assert unescape(re.sub(r"<[^>]+>", "", body)).replace("\r", "\n") == article.text.replace("\r", "\n")
