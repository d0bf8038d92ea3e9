import pytest

from data.article import Article
from data.leaks import find_leaks

LONG = " ".join(f"كلمة{i}" for i in range(40))


def article(id, text):
    return Article(id, text)


def test_the_same_text_in_two_splits_is_a_leak():
    (leak,) = find_leaks({"train": [article("a", LONG), article("b", LONG[::-1])], "test": [article("c", LONG)]})
    assert str(leak) == "train 'a' and test 'c' (100% the same)"


def test_articles_of_the_last_split_are_passed_through():
    texts = (article(id, text) for id, text in (("b", LONG), ("c", LONG[::-1]), ("d", LONG)))
    leaks = find_leaks({"test": [article("a", LONG)], "train": texts})
    assert [(leak.id, leak.other_id) for leak in leaks] == [("a", "b"), ("a", "d")]


def test_similarity_is_the_jaccard_index_of_word_runs():
    changed = LONG.replace("كلمة39", "أخرى")
    # 37 runs of four words on each side; the last word is in one of them: 36 shared of 38
    (leak,) = find_leaks({"train": [article("a", LONG)], "test": [article("b", changed)]})
    assert leak.similarity == pytest.approx(36 / 38)


def test_texts_that_are_just_similar_enough_are_found():
    # of 97 runs of four words the last 16 differ: 81 shared of 113, 72%
    texts = [[f"{n}كلمة{i}" for i in range(100)] for n in range(60)]
    changed = [words[:84] + [f"أخرى{word}" for word in words[84:]] for words in texts]
    splits = {
        name: [article(str(i), " ".join(words)) for i, words in enumerate(lists)]
        for name, lists in (("train", texts), ("test", changed))
    }
    leaks = find_leaks(splits)
    assert {round(leak.similarity, 3) for leak in leaks} == {0.717} and len(leaks) >= 55


def test_texts_that_differ_are_no_leak():
    other = " ".join(f"لفظ{i}" for i in range(40))
    assert find_leaks({"train": [article("a", LONG)], "test": [article("b", other)]}) == []


def test_repeats_within_a_split_are_no_leak():
    assert find_leaks({"train": [article("a", LONG), article("b", LONG)], "test": []}) == []


def test_stock_phrases_are_too_short_to_leak():
    assert find_leaks({"train": [article("a", "قال المصدر")], "test": [article("b", "قال المصدر")]}) == []
