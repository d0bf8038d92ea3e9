import pytest
import spacy
from spacy.tokens import Doc, DocBin

from models import spacy_component  # noqa: F401  registers the component
from models.runner import CheckpointError
from tests.articles import SMALL


@pytest.fixture
def nlp(tiny_tagger, tmp_path):
    tiny_tagger.save_pretrained(tmp_path)
    nlp = spacy.blank("ar")
    nlp.add_pipe("qawl", config={"checkpoint": str(tmp_path), "precision": "fp32"})
    return nlp


def test_a_document_has_what_the_tagger_finds(nlp, tiny_tagger):
    doc, article = nlp(SMALL.text), tiny_tagger.tag(SMALL.text)
    assert article.entities and article.stances
    assert [(e.text, e.label_) for e in doc.spans["entities"]] == [
        (e.of(SMALL.text), e.label) for e in article.entities
    ]
    assert [(s.label, s.cue.text) for s in doc._.stances] == [(s.label, s.cue.of(SMALL.text)) for s in article.stances]
    assert [s.holder and s.holder.text for s in doc._.stances] == [
        s.holder and s.holder.of(SMALL.text) for s in article.stances
    ]
    assert (doc._.article.entities, doc._.article.stances) == (article.entities, article.stances)


def test_outermost_entities_are_the_document_s(nlp):
    doc = nlp("زار وزير خارجية مصر مدينة حلب أمس " * 3)
    assert set(doc.ents) <= set(doc.spans["entities"])
    assert all(a.end <= b.start for a, b in zip(doc.ents, doc.ents[1:]))


def test_documents_in_a_pipe_keep_their_order(nlp):
    texts = [f"قال زيد {i} نعم" for i in range(150)] + ["", " "]
    docs = list(nlp.pipe(texts))
    assert [doc.text for doc in docs] == texts and [doc._.article.text for doc in docs] == texts


def test_documents_are_stored_and_copied(nlp):
    doc = nlp(SMALL.text)
    stored = next(DocBin(store_user_data=True, docs=[doc]).get_docs(nlp.vocab))
    for other in (doc.copy(), Doc(nlp.vocab).from_bytes(doc.to_bytes()), stored):
        assert other._.article == doc._.article
        assert [(s.label, s.cue.text) for s in other._.stances] == [(s.label, s.cue.text) for s in doc._.stances]
    assert nlp.make_doc(SMALL.text)._.stances is None


def test_documents_come_back_from_other_processes(nlp):
    (doc,) = nlp.pipe([SMALL.text], n_process=2)
    assert doc._.article == nlp(SMALL.text)._.article and doc._.stances


def test_a_missing_checkpoint_is_named():
    with pytest.raises(CheckpointError, match="nowhere: holds no config.json"):
        spacy.blank("ar").add_pipe("qawl", config={"checkpoint": "nowhere"})
