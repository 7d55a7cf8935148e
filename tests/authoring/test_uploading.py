"""A bundle in the browser: looked over, kept as a draft, compared, published by somebody else."""

import io
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select

from app.audit.models import Event
from app.core.errors import Invalid
from app.identity.types import Position
from app.processes.models import ProcessVersion
from app.processes.service.bundling import MOST_BYTES, MOST_FILES, File, bundle_of
from tests.support.office import PROCESS, ROOT, Browser, Office

DESIGNER, PUBLISHER = "lvdesheng", "raowentao"
Login = Callable[[str], Browser]
MODEL = File("a.bpmn", b"<x/>")
Files = list[tuple[io.BytesIO, str]]


def shipped(word: str = "主要领导审批", *, forms: bool = True) -> list[File]:
    """The shipped process with one step called something else."""
    model = (ROOT / "bpmn" / "processes" / f"{PROCESS}.bpmn").read_text()
    paths = [*(ROOT / "pdf" / "documents").glob(f"{PROCESS}*.html")]
    if forms:
        paths += (ROOT / "forms" / "definitions" / PROCESS).glob("*.json")
    return [
        File(f"{PROCESS}.bpmn", model.replace("分管领导审批", word).encode()),
        *(File(path.name, path.read_bytes()) for path in sorted(paths)),
    ]


def zipped(files: list[File]) -> File:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for file in files:
            archive.writestr(f"流程/{file.name}", file.data)
    return File("流程.zip", out.getvalue())


def send(browser: Browser, files: list[File], act: str = "save") -> Any:
    sent: Files = [(io.BytesIO(file.data), file.name) for file in files]
    return browser.post("/processes/upload", files=sent, act=act)


def versions(office: Office) -> int:
    office.session.rollback()
    return office.session.scalar(select(func.count()).select_from(ProcessVersion)) or 0


@pytest.mark.parametrize("pack", [list, lambda files: [zipped(files)]], ids=["files", "zip"])
def test_a_bundle_becomes_a_draft(
    office: Office, browser: Login, pack: Callable[[list[File]], list[File]]
) -> None:
    """Single files or one zip; the draft is on record, and a double click makes one version."""
    office.session.commit()
    designer = browser(DESIGNER)
    first = send(designer, pack(shipped()))
    assert first.status_code == 302, first.text
    assert first.location == f"/processes/{PROCESS}?version=2&view=lint"
    assert "已存为第 2 版草稿" in designer.client.get(first.location).text
    again = send(designer, pack(shipped()))
    assert again.location == first.location
    assert "没有另存" in designer.client.get(again.location).text
    kinds = office.session.scalars(select(Event.kind).where(Event.object == f"process:{PROCESS}:2"))
    assert set(kinds) == {"process.uploaded"}
    assert versions(office) == 2


def test_looking_over_keeps_nothing(office: Office, browser: Login) -> None:
    office.session.commit()
    page = send(browser(DESIGNER), shipped(), "check")
    assert page.status_code == 200
    assert "这一次只检查，没有保存" in page.text
    assert versions(office) == 1


def test_what_must_be_mended_is_said_element_by_element(office: Office, browser: Login) -> None:
    """422 with the findings, on the picture of what was sent; nothing is kept."""
    office.session.commit()
    page = send(browser(DESIGNER), shipped(forms=False))
    assert page.status_code == 422
    assert "处必须改，没有保存" in page.text
    assert 'data-shows="apply"' in page.text
    assert "data-source" in page.text
    assert versions(office) == 1


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "请选择流程图"),
        ([MODEL, File("a.json", b"{}")], "要是有 key 的 JSON 对象"),
        ([MODEL, File("b.bpmn", b"<x/>")], "这里有 2 个"),
        ([MODEL, File("b.exe", b"MZ")], "只收 .bpmn"),
        ([MODEL, File("b.json", b"[")], "不是正确的 JSON"),
        ([MODEL, File("b.html", b"\xff")], "UTF-8"),
        ([File("a.zip", b"PK\x03\x04broken")], "压缩包不完整"),
        ([zipped([File(f"{n}.json", b"{}") for n in range(MOST_FILES + 1)])], "最多 100 个文件"),
        ([zipped([File("a.bpmn", bytes(MOST_BYTES + 1))])], "解开以后超过 5 MB"),
    ],
)
def test_files_that_are_no_bundle(files: list[File], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        bundle_of(files)
    assert words in caught.value.errors[0].message


def test_refused_files_are_said_on_the_page(office: Office, browser: Login) -> None:
    office.session.commit()
    page = send(browser(DESIGNER), [File("a.txt", b"x")])
    assert page.status_code == 422
    assert "请去掉这一个" in page.text
    hostile = send(browser(DESIGNER), [File("a.bpmn", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>")])
    assert hostile.status_code == 422
    assert "data-source" not in hostile.text


def test_only_a_designer_uploads(office: Office, browser: Login) -> None:
    office.session.commit()
    for who in (PUBLISHER, "yaohaiyang"):
        assert browser(who).get("/processes/upload").status_code == 403
        assert send(browser(who), shipped()).status_code == 403
    assert "上传流程" not in browser(PUBLISHER).get("/processes").text
    assert "上传流程" in browser(DESIGNER).get("/processes").text


@pytest.fixture
def draft(office: Office, browser: Login) -> str:
    """The path of version 2, which 吕德胜 has uploaded."""
    office.session.commit()
    assert send(browser(DESIGNER), shipped()).status_code == 302
    return f"/processes/{PROCESS}/2/publish"


def test_a_second_person_publishes(browser: Login, draft: str) -> None:
    """The page says what is in force; the second click is told that it is done."""
    publisher = browser(PUBLISHER)
    page = publisher.get(f"/processes/{PROCESS}", version=2).text
    assert "现在在用的是第 1 版" in page
    assert "发布第 2 版" in page
    assert "发布第 2 版" not in browser(DESIGNER).get(f"/processes/{PROCESS}", version=2).text
    done = publisher.post(draft, instead_of="1")
    assert (done.status_code, done.location) == (302, f"/processes/{PROCESS}?version=2")
    assert publisher.post(draft, instead_of="1").status_code == 409
    assert "已经换成新版" in publisher.get(f"/processes/{PROCESS}", version=1).text


def test_who_uploaded_it_does_not_publish(office: Office, browser: Login, draft: str) -> None:
    """Not even as a publisher."""
    office.appoint(DESIGNER, Position.PROCESS_PUBLISHER)
    office.session.commit()
    designer = browser(DESIGNER)
    page = designer.get(f"/processes/{PROCESS}", version=2).text
    assert "要由另一位流程发布员发布" in page
    assert designer.post(draft, instead_of="1").status_code == 403
    assert browser("yaohaiyang").post(draft, instead_of="1").status_code == 403


def test_a_page_that_showed_another_version_in_force_publishes_nothing(
    browser: Login, draft: str
) -> None:
    """Somebody published another draft meanwhile: look at the difference again."""
    assert send(browser(DESIGNER), shipped("单位领导审批")).status_code == 302
    publisher = browser(PUBLISHER)
    assert publisher.post(draft.replace("/2/", "/3/"), instead_of="1").status_code == 302
    stale = publisher.post(draft, instead_of="1")
    assert stale.status_code == 409
    assert "在用的版本换了" in stale.text
    assert publisher.post(draft).status_code == 409
    assert publisher.post(draft, instead_of="3").status_code == 302


@pytest.mark.usefixtures("draft")
def test_the_difference_is_told_in_words(browser: Login) -> None:
    page = browser(PUBLISHER).get(f"/processes/{PROCESS}", version=2, view="diff").text
    assert "和在用的第 1 版比，有 " in page
    assert "名字：分管领导审批 → 主要领导审批" in page
    same = browser(PUBLISHER).get(f"/processes/{PROCESS}", version=1, view="diff").text
    assert "没有可比的" in same
