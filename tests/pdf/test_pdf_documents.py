"""附件2 on paper: its words, its three modes, its pages, and rare names as real glyphs."""

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps, ImageStat

from pdf import fonts
from pdf.client import PdfClient, RenderFailed
from tests.pdf.support import LONG, RARE_NAMES

LABELS = (
    *("附件2", "编号", "子系统名称", "申请部门", "申请日期", "联系人姓名", "联系人电话"),
    *("申请内容", "申请类别", "姓名", "身份证号", "联系方式", "岗位角色名称", "具体要求"),
    *("申请部门意见", "部门负责人签字：", "所在单位意见", "分管领导签字/盖章："),
    *("账户管理员办理结果", "业务权限管理员办理结果", "说明："),
)
HEADER = "具体要求"
BOXES = ("部门负责人签字", "分管领导签字", "办理结果由同级账户管理员")
ROWS = (1, 2, 5, *range(8, 31), 45, 60)
DPI = 200

MakeForm = Callable[..., dict[str, Any]]


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page without the line ends that layout put in."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return ["".join(text.split()) for text in pages]


@pytest.fixture(scope="module")
def final(client: PdfClient, operator_form: str, make_form: MakeForm) -> bytes:
    return client.render(operator_form, make_form(len(RARE_NAMES)), mode="final")


def test_final_form_has_every_label_and_value(final: bytes) -> None:
    (page,) = pages_of(final)
    for label in LABELS:
        assert "".join(label.split()) in page, label
    for value in (
        "恩施州劳动力资源信息平台操作员账户权限申请表",
        "QX-CZY-2026-00012",
        "第3次提交",
        "校验码：8F3A-91C2",
        "扫码核验",
        "演示数据",
        "第1页共1页",
        "零工驿站子系统",
        "2026年9月8日",
        "情况属实，同意申报。",
        "2026年11月22日",
        "账户已创建。",
        "岗位权限已分配。",
        "相同的子系统用户才能共用一张表，否则请另表填写。",
        "办理结果由同级账户管理员和权限管理员实施后填写并通知联系人。",
        *RARE_NAMES,
    ):
        assert value in page, value
    assert "草稿" not in page


def test_title_comes_from_the_region(
    client: PdfClient, operator_form: str, make_form: MakeForm
) -> None:
    pdf = client.render(operator_form, make_form(title="某市某某平台操作员申请表"), mode="final")
    assert "某市某某平台操作员申请表" in pages_of(pdf)[0]
    assert "恩施" not in pages_of(pdf)[0]


def test_draft_wears_the_watermark_on_every_page_and_no_seal(
    client: PdfClient, operator_form: str, make_form: MakeForm
) -> None:
    pages = pages_of(client.render(operator_form, make_form(30), mode="draft"))
    assert len(pages) > 1
    assert all("草稿" in page for page in pages)
    assert not any("样章" in page for page in pages)


def test_draft_needs_no_decision_yet(
    client: PdfClient, operator_form: str, make_form: MakeForm
) -> None:
    data = make_form(boxes={}, answers={}, number="", check_code="", verify_url="", demo=False)
    (page,) = pages_of(client.render(operator_form, data, mode="draft"))
    assert "扫码核验" not in page
    assert "演示数据" not in page


def test_paper_for_ink_has_empty_boxes(
    client: PdfClient, operator_form: str, make_form: MakeForm
) -> None:
    """One paper carries one kind of signature: nothing signed on screen is printed on it."""
    (page,) = pages_of(client.render(operator_form, make_form(), mode="wet"))
    assert "QX-CZY-2026-00012" in page
    assert page.count("年月日") == 4
    for printed in ("同意", "2026年11月", "样章", "草稿"):
        assert printed not in page


def test_name_stands_in_where_nothing_was_drawn(
    client: PdfClient, operator_form: str, make_form: MakeForm
) -> None:
    data = make_form()
    data["boxes"]["leader_approval"] |= {"name": "彭秀英", "signature": ""}
    data["boxes"]["account_execution"] |= {"name": "谭丽华"}
    (page,) = pages_of(client.render(operator_form, data, mode="final"))
    assert "分管领导签字/盖章：彭秀英" in page
    assert "谭丽华" not in page


def test_real_seal_is_never_drawn(
    client: PdfClient, operator_form: str, make_form: MakeForm
) -> None:
    with pytest.raises(RenderFailed) as caught:
        client.render(operator_form, make_form(seal_text="恩施州人社局"), mode="final")
    assert caught.value.code == "bad_seal"


def test_pages_are_whole(client: PdfClient, operator_form: str, make_form: MakeForm) -> None:
    """Header on each page, no row cut, boxes and notes together with at least one row."""

    def render(rows: int) -> bytes:
        return client.render(operator_form, make_form(rows, wordy=True), mode="final")

    with ThreadPoolExecutor(2) as pool:
        printed = dict(zip(ROWS, pool.map(render, ROWS), strict=True))
    for rows, pdf in printed.items():
        pages = pages_of(pdf)
        numbers = [f"42289919900101{number:04d}" for number in range(1, rows + 1)]
        places = [
            [place for place, page in enumerate(pages) if number in page] for number in numbers
        ]
        assert all(len(place) == 1 for place in places), rows
        assert places == sorted(places), rows
        assert {place for (place,) in places} == set(range(len(pages))), rows
        assert all(HEADER in page for page in pages), rows
        assert sum(page.count("".join(LONG.split())) for page in pages) == sum(
            number % 7 == 3 for number in range(1, rows + 1)
        ), rows
        for words in BOXES:
            assert [words in page for page in pages] == [False] * (len(pages) - 1) + [True], rows
        assert all(f"第{n}页共{len(pages)}页" in page for n, page in enumerate(pages, 1)), rows


@pytest.mark.parametrize("rows", [1, 9, 25])
def test_long_opinions_stay_inside_their_boxes(
    client: PdfClient, operator_form: str, make_form: MakeForm, rows: int
) -> None:
    opinion = "情况属实，同意按申请内容办理，并请按规定保管账户。" * 12
    data = make_form(rows)
    for one in data["boxes"].values():
        one["opinion"] = opinion
    pages = pages_of(client.render(operator_form, data, mode="final"))
    assert pages[-1].count(opinion) == 4
    assert f"42289919900101{rows:04d}" in pages[-1]
    assert BOXES[0] in pages[-1]


def test_missing_glyph_names_person_and_character(
    client: PdfClient, operator_form: str, make_form: MakeForm
) -> None:
    data = make_form(3, names=("甲", "乙", "丙\U000107f0"))
    with pytest.raises(RenderFailed, match="第2行（丙") as caught:
        client.render(operator_form, data, mode="draft")
    assert caught.value.code == "missing_glyph"
    assert caught.value.path == "answers.people.1.name"
    assert caught.value.character == "\U000107f0"


# --- rare names, seen by three independent programs -------------------------------------------

READERS = {
    "poppler": ["pdftoppm", "-r", str(DPI), "-png", "-singlefile", "in.pdf", "out"],
    "mupdf": ["mutool", "draw", "-q", "-r", str(DPI), "-o", "out.png", "in.pdf", "1"],
    "ghostscript": [
        *("gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pnggray", f"-r{DPI}"),
        *("-dTextAlphaBits=4", "-dLastPage=1", "-sOutputFile=out.png", "in.pdf"),
    ],
}
# Ghostscript draws them well, but its text device cannot write characters beyond 16 bits.
TEXTS = {
    "poppler": ["pdftotext", "in.pdf", "out.txt"],
    "mupdf": ["mutool", "draw", "-q", "-F", "text", "-o", "out.txt", "in.pdf"],
}
RARE_CHARACTERS = "䶮𬱖麦𡥀𪻐"


@pytest.mark.parametrize("reader", TEXTS)
def test_rare_names_can_be_copied_out(final: bytes, tmp_path: Path, reader: str) -> None:
    (tmp_path / "in.pdf").write_bytes(final)
    subprocess.run(TEXTS[reader], cwd=tmp_path, check=True, capture_output=True)
    text = "".join((tmp_path / "out.txt").read_text(encoding="utf-8").split())
    for character in "".join(RARE_NAMES):
        assert character in text, character


@pytest.mark.parametrize("reader", READERS)
def test_rare_names_are_drawn_as_their_glyphs(
    final: bytes, fonts_folder: Path, tmp_path: Path, reader: str
) -> None:
    """What the reader draws at the place of the character looks like the glyph of the font.

    A blank, a box or another character is refused: each glyph must look more like itself than
    like any of the others.
    """
    (tmp_path / "in.pdf").write_bytes(final)
    subprocess.run(READERS[reader], cwd=tmp_path, check=True, capture_output=True)
    with Image.open(tmp_path / "out.png") as opened:
        page = opened.convert("L")
    glyphs = {character: glyph(fonts_folder, character) for character in RARE_CHARACTERS}
    places = character_places(final)
    for character in RARE_CHARACTERS:
        drawn = normal(page.crop(places[character]))
        likeness = {other: difference(drawn, picture) for other, picture in glyphs.items()}
        others = [value for other, value in likeness.items() if other != character]
        assert likeness[character] < min(45, 0.7 * min(others)), (character, likeness)


def character_places(pdf: bytes) -> dict[str, tuple[int, int, int, int]]:
    """Where each rare character stands on the first page, in pixels."""
    found: dict[str, tuple[int, int, int, int]] = {}
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        height = page.get_height()
        text = page.get_textpage()
        units = [
            pypdfium2.raw.FPDFText_GetUnicode(text.raw, index)
            for index in range(text.count_chars())
        ]
        for index, unit in enumerate(units):
            character = chr(unit)
            if 0xD800 <= unit < 0xDC00:  # pdfium counts UTF-16 units
                pair = bytes.fromhex(f"{unit:04x}{units[index + 1]:04x}")
                character = pair.decode("utf-16-be")
            if character in RARE_CHARACTERS and character not in found:
                left, bottom, right, top = text.get_charbox(index)
                found[character] = tuple(  # type: ignore[assignment]
                    round(value * DPI / 72)
                    for value in (
                        left - 0.4,
                        height - top - 0.4,
                        right + 0.4,
                        height - bottom + 0.4,
                    )
                )
    return found


def glyph(folder: Path, character: str) -> Image.Image:
    faces = [folder / fonts.TEXT_FACE, *(folder / name for name in fonts.RARE)]
    faces += [fonts.RARE_FOLDER / name for name in fonts.RARE]
    for path in faces:
        if path.is_file() and ord(character) in fonts.covered(path):
            picture = Image.new("L", (160, 160), 255)
            font = ImageFont.truetype(str(path), 100)
            ImageDraw.Draw(picture).text((30, 20), character, fill=0, font=font)
            return normal(picture)
    raise AssertionError(character)


def normal(picture: Image.Image) -> Image.Image:
    """The ink alone, blurred to one small size."""
    ink = ImageOps.invert(picture).point(lambda value: 255 if value > 110 else 0).getbbox()
    assert ink, "nothing is drawn"
    return picture.crop(ink).resize((24, 24), Image.Resampling.BOX)


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(ImageStat.Stat(ImageChops.difference(one, other)).mean[0])
