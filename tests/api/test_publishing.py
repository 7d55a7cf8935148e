"""A process comes in as a bundle and is published by somebody else."""

import io
import json
from collections.abc import Callable
from typing import Any

from tests.api.conftest import PROCESS, ROOT, Rest

Login = Callable[[str], Rest]


def bundle(*, title: str = "", forms: bool = True, model: bytes | None = None) -> dict[str, Any]:
    """The shipped process as an upload; a changed title makes it another version."""
    text = (ROOT / "bpmn" / "processes" / f"{PROCESS}.bpmn").read_text()
    if title:
        text = text.replace("操作员账户权限申请", title)
    files: dict[str, Any] = {"bpmn": (io.BytesIO(model or text.encode()), f"{PROCESS}.bpmn")}
    if forms:
        files["forms"] = [
            (io.BytesIO(path.read_bytes()), path.name)
            for path in sorted((ROOT / "forms" / "definitions" / PROCESS).glob("*.json"))
        ]
        files["documents"] = [
            (io.BytesIO(path.read_bytes()), path.name)
            for path in (ROOT / "pdf" / "documents").glob(f"{PROCESS}*.html")
        ]
    return files


def test_second_person_publishes(login: Login) -> None:
    """A designer uploads, a publisher publishes; each alone can do one half."""
    designer, publisher = login("lvdesheng"), login("raowentao")
    assert publisher.upload("/processes", bundle(title="新版")).status_code == 403
    draft = designer.upload("/processes", bundle(title="新版"))
    assert draft.status_code == 201, draft.text
    assert draft.json["state"] == "draft"
    path = f"/processes/{PROCESS}/versions/{draft.json['version']}/publish"
    assert designer.post(path).status_code == 403
    published = publisher.post(path)
    assert published.status_code == 200, published.text
    assert published.json["state"] == "published"
    again = publisher.post(path)
    assert (again.status_code, again.json["code"]) == (409, "already_published")
    clerk = login("yaohaiyang")
    assert clerk.get(f"/processes/{PROCESS}").json["version"] == draft.json["version"]


def test_same_bundle_is_the_same_version(login: Login) -> None:
    """Uploading what there is already makes nothing new."""
    designer = login("lvdesheng")
    first, second = (designer.upload("/processes", bundle(title="新版")) for _ in range(2))
    assert first.json == second.json


def test_refused_bundle_names_elements(login: Login) -> None:
    """Without its forms the diagram is refused; the lint says the same and keeps nothing."""
    designer = login("lvdesheng")
    refused = designer.upload("/processes", bundle(forms=False))
    assert refused.status_code == 422
    assert "apply" in [error["path"] for error in refused.json["errors"]]
    found = designer.upload("/processes/lint", bundle(forms=False)).json["findings"]
    assert {"element", "severity", "message", "remedy", "rule"} == set(found[0])
    clean = designer.upload("/processes/lint", bundle())
    assert [one for one in clean.json["findings"] if one["severity"] == "error"] == []


def test_findings_know_the_forms_of_the_bundle(login: Login) -> None:
    """A condition on a field that no form has is told with the flow and the rule's code."""
    model = (ROOT / "bpmn" / "processes" / f"{PROCESS}.bpmn").read_text()
    model = model.replace('department_opinion_outcome == "approve"', "no_such_field == 1")
    found = login("lvdesheng").upload("/processes/lint", bundle(model=model.encode()))
    assert {one["rule"] for one in found.json["findings"]} == {"variable-unset"}


def test_a_rule_of_a_form_names_what_the_run_holds(login: Login) -> None:
    """A mistyped variable in `refuse` is told with the step that asks the form."""
    rule = {"when": "=subsystem == agreed_no", "at": "subsystem", "message": "不行。"}
    path = ROOT / "forms" / "definitions" / PROCESS / "apply.json"
    form = json.dumps({**json.loads(path.read_text()), "refuse": [rule]}).encode()
    files = bundle()
    files["forms"] = [
        (io.BytesIO(form), name) if name == "apply.json" else (data, name)
        for data, name in files["forms"]
    ]
    found = login("lvdesheng").upload("/processes/lint", files).json["findings"]
    assert [(one["rule"], one["element"]) for one in found] == [("variable-unset", "apply")]


def test_strange_files(login: Login) -> None:
    """What is no diagram or no form is refused with a sentence, never with 500."""
    designer = login("lvdesheng")
    wrong = [
        bundle(model=b"<!DOCTYPE x [<!ENTITY a 'b'>]><definitions/>"),
        bundle(model=b"\x00\x01"),
        {},
        {**bundle(), "forms": [(io.BytesIO(b"[]"), "apply.json")]},
        {**bundle(), "forms": [(io.BytesIO(b'{"key": "x"}'), "apply.json")]},
        {**bundle(), "forms": [(io.BytesIO(b"\xff"), "apply.json")]},
        {**bundle(), "surprise": (io.BytesIO(b""), "x")},
    ]
    codes = [designer.upload("/processes", files).status_code for files in wrong]
    assert codes == [422, 422, 415, 422, 422, 422, 422]


def test_stranger_file_is_no_original(stranger: Rest) -> None:
    """POST /verify is open to everybody and calm about anything."""
    answer = stranger.post("/verify", raw=b"%PDF-1.7 nothing", mimetype="application/pdf")
    assert answer.status_code == 200, answer.text
    assert not answer.json["original"]
    assert answer.json["state"] == "unknown"
    assert answer.json["signatures"] == []
    assert stranger.post("/verify", raw=b"x", mimetype="text/plain").status_code == 415


def test_incidents_are_for_those_who_repair(login: Login) -> None:
    """A system administrator sees the list, a clerk does not."""
    assert login("duanshiyu").get("/incidents").json == {"items": [], "next_cursor": None}
    assert login("yaohaiyang").get("/incidents").status_code == 403
