"""By which words records are found, and what narrows a search down."""

import pytest

from app.core.search import words_of


def words(**given: object) -> set[str]:
    kept = words_of(**{"number": "", "texts": (), "names": (), **given})  # type: ignore[arg-type]
    return {word.strip("'") for word in kept.split(" ")} - {""}


def test_a_number_is_found_by_its_ends() -> None:
    assert words(number="QX-2026-00015") == {
        *("qx-2026-00015", "2026-00015", "00015", "15"),
        *("qx", "qx-2026"),
    }


def test_an_official_number_among_the_texts_is_found_whole() -> None:
    """The search box takes it for the number of a ticket, and looks for it as one."""
    assert "'ldlxx-xq-2026-0012'" in words_of(
        number="XQ-2026-00001", texts=["LDLXX-XQ-2026-0012", "移动"], names=()
    )


def test_a_text_is_found_by_pairs_of_signs() -> None:
    assert words(texts=["零工驿站", "A b"]) == {"零工", "工驿", "驿站", "ab"}


def test_a_name_is_found_by_a_sign_and_whole_and_is_no_text() -> None:
    assert words(names=["吴光芳"]) == {"*吴", "*光", "*芳", "*吴光", "*光芳", "*吴光芳"}


def test_names_stand_behind_each_tag_too() -> None:
    """One sign alone does not: so many have it that the tag helps as much beside it."""
    tags = words(names=["吴光芳"], tags=["@9", "#4"]) - words(names=["吴光芳"])
    assert tags == {
        *("@9", "@9*吴光", "@9*光芳", "@9*吴光芳"),
        *("#4", "#4*吴光", "#4*光芳", "#4*吴光芳"),
    }


@pytest.mark.parametrize("name", ["O'Neil", "a\\b"])
def test_signs_that_postgresql_writes_otherwise_are_escaped(name: str) -> None:
    assert "''" in words_of(number="", texts=[name], names=()) or "\\\\" in words_of(
        number="", texts=[name], names=()
    )
