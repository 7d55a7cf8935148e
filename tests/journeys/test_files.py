"""Files on a form: chosen, dropped and pasted, each with its own answer."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.attachments import samples
from tests.attachments.bundle import FORMS, KEY, MODEL
from tests.journeys.desk import Office
from tests.journeys.test_pages import is_sound
from tests.support.servers import Site
from tests.support.shared import Run

pytestmark = pytest.mark.journey
DROP = """(picker, [name, kind, bytes]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], name, {type: kind}));
    const at = {bubbles: true, cancelable: true, dataTransfer: data};
    picker.dispatchEvent(new DragEvent('dragover', at));
    picker.dispatchEvent(new DragEvent('drop', at));
}"""
PASTE = """(input, bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], 'image.png', {type: 'image/png'}));
    const at = {bubbles: true, cancelable: true, clipboardData: data};
    input.dispatchEvent(new ClipboardEvent('paste', at));
}"""


@pytest.fixture
def trial(run: Run, site: Site, tmp_path: Path) -> str:
    """A process whose form asks for files, once for all workers."""

    def make() -> dict[str, str]:
        (tmp_path / "bpmn" / "processes").mkdir(parents=True)
        (tmp_path / "bpmn" / "processes" / f"{KEY}.bpmn").write_bytes(MODEL)
        folder = tmp_path / "forms" / "definitions" / KEY
        folder.mkdir(parents=True)
        for name, form in FORMS.items():
            (folder / f"{name.rpartition('/')[2]}.json").write_text(json.dumps(form))
        site.command("processes", "deploy", str(tmp_path), "--publish")
        return {"key": KEY}

    return run.once("trial-process", make)["key"]


def opened(office: Office, trial: str) -> tuple[Page, Locator]:
    page = office.desk("longjinhua").page
    page.goto(f"/start/{trial}")
    return page, page.locator("[data-picker=papers]")


def payload(name: str, data: bytes, kind: str = "image/png") -> FilePayload:
    return FilePayload(name=name, mimeType=kind, buffer=data)


@pytest.mark.usefixtures("deaf")
def test_several_files_at_once_and_a_refusal_for_one(office: Office, trial: str) -> None:
    """What is good is taken; what is not says why, by its name."""
    page, picker = opened(office, trial)
    picker.locator("input[type=file]").set_input_files(
        [
            payload("身份证.png", samples.png(color="#123456")),
            payload("假的.png", b"no picture at all"),
            payload("户口本.png", samples.png(color="#654321")),
        ]
    )
    expect(picker.locator(".picked li")).to_have_count(2)
    refused = picker.locator(".sending .err")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("“假的.png”没有收下")
    expect(picker.locator("[data-picker-says]")).to_contain_text("收下 2 个文件")
    is_sound(page)
    page.get_by_label("事由").fill("三个文件")
    page.locator(".form-foot button[value=submit]").click()
    page.wait_for_url("**/tickets/BJ-*")
    expect(page.locator(".papers").first).to_contain_text("身份证.png")
    shown = page.locator(".papers li", has_text="身份证.png")  # what came first stands first
    shown.get_by_text("在这里看").click()
    shown.get_by_role("img").scroll_into_view_if_needed()
    page.wait_for_function(
        "() => document.querySelector(\"img[alt='身份证.png']\").naturalWidth > 0"
    )


def test_a_file_is_dropped_and_a_picture_pasted(office: Office, trial: str) -> None:
    page, picker = opened(office, trial)
    picker.evaluate(DROP, ["证明.png", "image/png", list(samples.png(color="#0a0b0c"))])
    expect(picker.locator(".picked a")).to_have_text(["证明.png"])
    picker.locator("input[type=file]").focus()
    picker.locator("input[type=file]").evaluate(PASTE, list(samples.png(color="#0c0b0a")))
    expect(picker.locator(".picked a")).to_have_count(2)
    expect(page.locator("[data-preview]")).to_contain_text("证明.png")
    picker.get_by_role("button", name="移除 证明.png").click()
    expect(picker.locator(".picked a")).to_have_count(1)
    expect(picker.locator("input[type=file]")).to_be_focused()


def test_what_is_too_large_is_refused_before_it_is_sent(office: Office, trial: str) -> None:
    _, picker = opened(office, trial)
    large = payload("录像.pdf", b"%PDF-" + bytes(21 * 2**20), "application/pdf")
    picker.locator("input[type=file]").set_input_files([large])
    expect(picker.locator(".sending .err")).to_contain_text("超过 20 MB")


def test_a_drop_beside_the_field_does_not_lose_the_form(office: Office, trial: str) -> None:
    page, picker = opened(office, trial)
    page.get_by_label("事由").fill("没有丢")
    page.locator("form#form").evaluate(
        DROP, ["证明.png", "image/png", list(samples.png(color="#0d0b0c"))]
    )
    expect(page.get_by_label("事由")).to_have_value("没有丢")
    expect(picker.locator(".picked a")).to_have_count(0)
