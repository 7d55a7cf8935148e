"""The walker: values are text, pictures are checked, and the language stays small."""

import base64
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from PIL import Image

from pdf.template import MAX_ROWS, fill
from pdf.types import RenderFailed


def filled(template: str, data: dict[str, Any]) -> str:
    return fill(f"<html><body>{template}</body></html>", data).html


def test_what_forms_keep_and_paper_has_no_place_for_refuses_nothing() -> None:
    """Tabs of a sheet that was pasted, joiners between letters."""
    seen: list[str] = []

    def note(_path: str, text: str, _owner: str) -> None:
        seen.append(text)

    page = fill("<html><p>{a}</p></html>", {"a": "村\t乡\u200d镇\r\n县"}, check=note)
    assert seen == ["村 乡镇\n县"]
    assert "村 乡镇" in page.html


def failure(template: str, data: dict[str, Any]) -> RenderFailed:
    with pytest.raises(RenderFailed) as caught:
        filled(template, data)
    return caught.value


def png(width: int = 4, height: int = 4, kind: str = "PNG") -> str:
    out = BytesIO()
    Image.new("RGB", (width, height)).save(out, kind)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs")))


@given(PRINTABLE, PRINTABLE)
def test_any_value_comes_out_as_the_same_text(first: str, second: str) -> None:
    """Whatever is typed is one text node: no markup, no placeholder, no expression."""
    page = html.document_fromstring(
        filled('<p id="a" data-field="a"></p><p id="b">{b}</p>', {"a": first, "b": second})
    )
    assert [element.text_content() for element in page.find("body")] == [first, second]
    assert not page.xpath("//p//*")


@pytest.mark.parametrize("value", ["<img src=file:///etc/passwd>", "{secret}", "{{ 7*7 }}", "{0}"])
def test_markup_and_placeholders_in_values_stay_text(value: str) -> None:
    page = html.document_fromstring(filled("<p>{a}</p>", {"a": value, "secret": "geheim"}))
    assert page.find("body/p").text_content() == value


def test_placeholders_reach_no_attribute() -> None:
    """There is no way from a placeholder to attributes of Python objects."""
    assert failure("<p>{a.__class__}</p>", {"a": "x"}).code == "missing_value"
    assert "{a[0]}{a!r}{}" in filled("<p>{a[0]}{a!r}{}</p>", {"a": "x"})


def test_absent_value_is_an_error_unless_it_may_be_absent() -> None:
    assert failure("<p>{a.b}</p>", {"a": {}}).code == "missing_value"
    assert "<p></p>" in filled("<p>{a.b?}</p>", {"a": {}})


def test_rows_see_their_own_values_first() -> None:
    rows = [{"name": "甲"}, {"name": "乙", "place": "县"}]
    page = filled(
        '<ul><li data-repeat="people">{name}{place}</li></ul>', {"people": rows, "place": "州"}
    )
    assert "<ul><li>甲州</li><li>乙县</li></ul>" in page


def test_conditions_are_joined_and_negated() -> None:
    template = '<b data-if="a !b">1</b><b data-if="!a">2</b><b data-if="c.d">3</b>'
    assert "<body><b>1</b></body>" in filled(template, {"a": True, "b": ""})


def test_conditions_may_name_another_or_a_word() -> None:
    template = '<b data-if="a|b !c|d">1</b><b data-if="c=停用">2</b><b data-if="!c=解除">3</b>'
    assert "<body><b>1</b><b>2</b><b>3</b></body>" in filled(
        template, {"b": 1, "c": "停用", "d": 1}
    )
    assert "<body></body>" in filled(template, {"c": "解除"})
    assert "<body><b>3</b></body>" in filled(template, {})


def test_text_after_a_removed_element_stays() -> None:
    assert "<p>前后</p>" in filled('<p>前<b data-if="no">x</b>后</p>', {})


@pytest.mark.parametrize(
    ("given_date", "printed"),
    [
        ("2026-09-08", "2026 年 9 月 8 日"),
        ("2026年11月21日", "2026 年 11 月 21 日"),
        ("", "    年  月  日"),
        (None, "    年  月  日"),
    ],
)
def test_dates_are_spaced_and_room_is_left_for_none(given_date: str | None, printed: str) -> None:
    page = html.document_fromstring(filled('<p data-date="on"></p>', {"on": given_date}))
    assert page.find("body/p").text_content() == printed


def test_title_breaks_before_the_name_of_the_form() -> None:
    page = filled('<h1 data-field="t" data-break="申请"></h1>', {"t": "平台申请表"})
    assert "<h1>平台<br>申请表</h1>" in page


def test_too_many_rows_are_refused() -> None:
    template = '<p data-repeat="rows">{n}</p>'
    assert filled(template, {"rows": [{"n": 1}] * MAX_ROWS}).count("<p>") == MAX_ROWS
    assert failure(template, {"rows": [{"n": 1}] * (MAX_ROWS + 1)}).code == "too_many_rows"


@pytest.mark.parametrize("rows", ["text", 5, None, {"a": 1}, ["x"]])
def test_rows_of_another_shape_are_refused(rows: object) -> None:
    assert failure('<p data-repeat="rows">{n}</p>', {"rows": rows}).code == "bad_data"


@pytest.mark.parametrize("tag", ["script", "style", "link", "base", "iframe", "object", "embed"])
def test_elements_that_load_or_run_are_refused(tag: str) -> None:
    assert failure(f"<div><{tag}></{tag}></div>", {}).code == "bad_template"


def test_signature_becomes_a_picture_of_ours() -> None:
    page = fill('<html><img data-image="s"></html>', {"s": png()})
    assert [asset.mime for asset in page.assets.values()] == ["image/png"]
    assert "data:" not in page.html


@pytest.mark.parametrize(
    "value",
    [
        "http://127.0.0.1/x.png",
        "file:///etc/passwd",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png;base64,!!!!",
        "data:image/png;base64,aGFsbG8=",
        png(kind="JPEG"),
        png(3000, 1),
        png()[:-40],
        ["data:image/png"],
    ],
)
def test_anything_but_a_sane_png_is_no_signature(value: object) -> None:
    assert failure('<img data-image="s">', {"s": value}).code == "bad_image"


def test_absent_signature_leaves_no_picture() -> None:
    assert "<img" not in filled('<img data-image="s?">', {})


SIGNED = {"name": "覃永安", "signature": "", "date": "2026年9月8日", "seal": True}


def test_the_head_is_the_same_on_every_form() -> None:
    page = html.document_fromstring(
        filled('<div data-part="head"></div>', {"number": "QX-1", "mode": {"draft": True}})
    )
    assert page.find_class("watermark")[0].text_content() == "草稿"
    assert page.find_class("number")[0].text_content() == "编号：QX-1"
    assert not page.xpath("//*[@data-part]")


def test_whoever_signed_stands_there_by_name_where_nothing_was_drawn() -> None:
    text = '<p>签字：<i data-hand="boxes.a"></i><b data-day="boxes.a">日期：</b></p>'
    page = html.document_fromstring(filled(text, {"boxes": {"a": SIGNED}}))
    assert page.text_content() == "签字：覃永安日期：2026 年 9 月 8 日"
    drawn = filled(text, {"boxes": {"a": SIGNED | {"signature": png()}}})
    assert "asset:0" in drawn
    assert "覃永安" not in drawn
    assert "    年  月  日" in filled(text, {"boxes": {}})


def test_the_seal_lies_on_the_day_of_the_final_print() -> None:
    text = '<html><body><b data-sealed-day="boxes.a"></b></body></html>'
    seals = {"seal": lambda _text: ("image/png", b"")}
    data = {"boxes": {"a": SIGNED}, "seal_text": "样章", "seal_image": png()}
    final, draft = (
        fill(text, data | {"mode": {"final": one}}, drawings=seals).html for one in (True, False)
    )
    assert final.count("印章") == 2
    assert "印章" not in draft


@pytest.mark.parametrize("name", ["none", "../parts/head", "head.html", ""])
def test_a_part_that_is_not_there_is_named(name: str) -> None:
    failed = failure(f'<div data-part="{name}"></div>', {})
    assert failed.code == "bad_template"
    assert name in failed.message


def test_a_box_is_a_path_and_nothing_else() -> None:
    assert failure('<i data-hand="a b"></i>', {}).code == "bad_template"


@pytest.mark.parametrize(
    ("element", "lines"),
    [
        ('<div class="prose" data-field="a"></div>', "<p>一</p><p>二</p>"),
        ('<table><tr><td data-field="a"></td></tr></table>', "<p>一</p><p>二</p>"),
        ('<div data-field="a"></div>', "一<br>二"),
    ],
)
def test_lines_of_prose_are_paragraphs(element: str, lines: str) -> None:
    """The style indents the first line of each."""
    assert lines in filled(element, {"a": "一\n二"})
