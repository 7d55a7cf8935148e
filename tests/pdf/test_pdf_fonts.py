"""Fonts: gathered once, seen alone, and asked about every character before printing."""

from pathlib import Path

import pytest
from lxml import html

from pdf import fonts
from pdf.fonts import Coverage
from pdf.types import RenderFailed

DOCUMENTS = Path(fonts.__file__).parent / "documents"


@pytest.fixture(scope="module")
def coverage(fonts_folder: Path) -> Coverage:
    return Coverage.of(fonts_folder)


@pytest.mark.parametrize(
    "name", ["黄䶮", "杨𬱖", "阿卜杜拉·麦麦提", "𡥀", "𪻐", "㛃𬭎", "欧阳，A-1"]
)
def test_names_of_real_people_are_covered(coverage: Coverage, name: str) -> None:
    assert coverage.missing(name) == ""


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("张\U000107f0", "\U000107f0"),
        ("a\u202eb", "\u202e"),
        ("a\x00", "\x00"),
        ("甲\u3164", "\u3164"),
    ],
)
def test_what_would_be_a_box_or_vanish_is_found(
    coverage: Coverage, text: str, character: str
) -> None:
    assert coverage.missing(text) == character


def test_refusal_names_person_field_and_character(coverage: Coverage) -> None:
    with pytest.raises(RenderFailed, match=r"第3行（张\U0001fae8）.*U\+1FAE8") as caught:
        coverage.check("answers.people.2.name", "张\U0001fae8", "第3行（张\U0001fae8）")
    failed = caught.value
    assert (failed.code, failed.path, failed.character) == (
        "missing_glyph",
        "answers.people.2.name",
        "\U0001fae8",
    )


@pytest.mark.parametrize("document", sorted(DOCUMENTS.glob("*.html")), ids=lambda path: path.name)
def test_printed_words_of_every_document_are_covered(coverage: Coverage, document: Path) -> None:
    page = html.document_fromstring(document.read_text(encoding="utf-8"))
    assert coverage.missing(page.text_content()) == ""


def test_fonts_are_gathered_from_their_packages(fonts_folder: Path, tmp_path: Path) -> None:
    sources = [fonts_folder, fonts.RARE_FOLDER]
    assert fonts.prepare_fonts(sources, tmp_path / "a") == ()
    assert fonts.prepare_fonts([], tmp_path / "a") == ()
    assert str(tmp_path / "a") in fonts.write_configuration(tmp_path / "a").read_text()


def test_missing_rare_fonts_are_told_and_missing_text_fonts_refused(
    fonts_folder: Path, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in fonts.REQUIRED:
        (source / name).symlink_to(fonts_folder / name)
    few = tmp_path / "few"
    assert fonts.prepare_fonts([source], few) == fonts.RARE
    if fonts.RARE_FOLDER.is_dir():
        assert str(fonts.RARE_FOLDER) in fonts.write_configuration(few).read_text()
        assert Coverage.of(few).missing("𡥀𪻐") == ""
    (source / fonts.TEXT_FACE).unlink()
    with pytest.raises(fonts.FontsMissing, match=fonts.TEXT_FACE):
        fonts.prepare_fonts([source], tmp_path / "none")
    with pytest.raises(fonts.FontsMissing):
        fonts.write_configuration(tmp_path)
