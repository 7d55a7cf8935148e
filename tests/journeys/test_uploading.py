"""A process from the designer's files to the version in force, in two people's browsers."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from scripts.process import ROOT
from tests.journeys.conftest import Windows
from tests.journeys.desk import PROCESS, Desk
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey
KEY = "journey-upload"


def files(*, broken: bool = False) -> list[FilePayload]:
    """The shipped process under a name of its own, for testers only."""
    text = (ROOT / "bpmn" / "processes" / f"{PROCESS}.bpmn").read_text(encoding="utf-8")
    for old, new in (
        (f'id="{PROCESS}"', f'id="{KEY}"'),
        (f'"Process_{PROCESS}"', f'"{KEY}"'),
        ('name="start_positions" value="clerk"', 'name="start_positions" value="process_tester"'),
        ("操作员账户权限申请", "浏览器里上传的流程"),
    ):
        text = text.replace(old, new)
    text = re.sub(f'(bpmnElement|processRef)="{PROCESS}"', rf'\1="{KEY}"', text)
    if broken:
        text = text.replace("position:unit_leader@", "position:nobody@")
    found = [("application/xml", ROOT / "x" / f"{KEY}.bpmn", text.encode())]
    for kind, folder in (("json", f"forms/definitions/{PROCESS}"), ("html", "pdf/documents")):
        pattern = "*.json" if kind == "json" else f"{PROCESS}*.html"
        found += [
            (f"text/{kind}", p, p.read_bytes()) for p in sorted((ROOT / folder).glob(pattern))
        ]
    return [FilePayload(name=p.name, mimeType=m, buffer=data) for m, p, data in found]


def send(page: Page, sent: list[FilePayload]) -> None:
    page.goto("/processes")
    page.get_by_role("link", name="上传流程").click()
    page.locator("#files").set_input_files(sent)
    page.get_by_role("button", name="检查并存为草稿").click()


def test_a_process_is_uploaded_by_one_and_published_by_another(windows: Windows) -> None:
    """A mark on the picture leads to its line and back; the mended one is published."""
    designer = Desk(windows.open(), "lvdesheng").page
    send(designer, files(broken=True))
    expect(designer.get_by_role("alert")).to_contain_text("处必须改")
    badge = designer.locator(".node-badge--hot")
    expect(badge).to_have_count(1)
    line = designer.locator("#finding-1")
    designer.locator('[data-element-id="leader_approval"] .djs-hit').first.click()
    expect(line).to_be_focused()
    line.get_by_role("button", name="在图上看").click()
    expect(designer.locator(".is-picked[data-element-id=leader_approval]")).to_have_count(1)
    is_sound(designer)

    send(designer, files())
    expect(designer.get_by_role("status").filter(has_text="已存为第")).to_be_visible()
    expect(designer.locator(".publish")).to_contain_text("要由另一位流程发布员发布")
    address = designer.url

    publisher = Desk(windows.open(), "raowentao").page
    publisher.goto(address)
    button = publisher.get_by_role("button", name=re.compile("发布第"))
    button.click()
    publisher.get_by_role("button", name=re.compile("再按一次")).click()
    expect(publisher.get_by_role("status").filter(has_text="已经发布")).to_be_visible()
    expect(publisher.locator(".page-head")).to_contain_text("在用")
    for tab in ("diff", "lint", "versions"):
        publisher.goto(f"/processes/{KEY}?view={tab}")
        is_sound(publisher)
