"""Word lists: found through what is put between, in time linear in the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.messaging.text.words import Hit, WordList, fold
from tests.support.patience import calls

WORDS = WordList(["测试违禁", "违禁词甲", "BadWord", "é词", "※"])


@pytest.mark.parametrize(
    "text",
    [
        "测试违禁",
        "测 试 违\u3000禁",
        "测\u200b试\u200d违\ufeff禁",
        "测\ufe0f试\u034f违\u3164禁",
        "测*试.违-禁",
        "测·试·违·禁",
        "测\u0301试违禁",
        "测\n试\r\n违禁",
    ],
)
def test_found_through_what_is_put_between(text: str) -> None:
    (hit,) = WORDS.find(f"您好{text}再见")
    assert hit == Hit("测试违禁", 2, 2 + len(text))


@pytest.mark.parametrize(
    "text", ["badword", "BAD WORD", "ＢａｄＷｏｒｄ", "𝐁𝐚𝐝𝐖𝐨𝐫𝐝", "b.a.d-w_o/r|d"]
)
def test_found_in_any_width_and_case(text: str) -> None:
    (hit,) = WORDS.find(text)
    assert (hit.word, hit.start, hit.end) == ("BadWord", 0, len(text))


def test_words_may_overlap() -> None:
    assert [hit.word for hit in WORDS.find("测试违禁词甲")] == ["测试违禁", "违禁词甲"]


def test_a_word_does_not_reach_over_the_end_of_a_sentence() -> None:
    assert WORDS.find("这是测试。违禁") == []


def test_an_empty_list_finds_nothing() -> None:
    """Nor does a word of which nothing is left: it would be found everywhere."""
    assert WordList([]).find("测试违禁") == []
    assert WordList([" ", "\u200b"]).find("测试违禁") == []


@given(st.text(max_size=80), st.text(max_size=20))
def test_a_word_of_the_text_is_found(text: str, word: str) -> None:
    """Whatever characters, the hit holds the word, and places lie within the text."""
    found = WordList([word]).find(text + word)
    if fold(word)[0]:
        assert any(fold(word)[0] in fold((text + word)[hit.start : hit.end])[0] for hit in found)
    assert all(0 <= hit.start < hit.end <= len(text + word) for hit in found)


def test_work_grows_with_the_text_alone() -> None:
    """Ten times the text is ten times the work, also for what makes naive search go back."""
    words = WordList(["甲" * 200 + "乙", "甲" * 100 + "丙"])

    def work(size: int) -> int:
        return calls(lambda: words.find("甲" * size))

    assert work(20_000) <= 10.1 * work(2_000)
