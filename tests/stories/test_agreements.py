"""D14 保密协议 and A12 岗位与权限模板设置, told over REST."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.db import transaction
from app.demo import people as invented
from app.documents import service as documents
from app.identity.queries import unit_by_code
from app.processes.service import publishing
from app.rules.models import ChangeState, ParameterChange
from pdf.client import PdfClient
from tests.stories.test_operator_account import execute, form
from tests.support.office import ROOT, Office
from tests.support.story import Json, Story

AGREEMENT, TEMPLATE = "confidentiality-agreement", "post-template"
CLERK, HEAD, LEADER, ACCOUNTS, GRANTS = (
    "yaohaiyang",
    "qinyongan",
    "pengxiuying",
    "tanlihua",
    "wuyiming",
)


@pytest.fixture(autouse=True)
def shipped(app: Flask, joined: Settings, pdf_socket: Path) -> None:  # noqa: ARG001 - after the app
    documents.configure(documents.Press(PdfClient(pdf_socket), joined.base_url, demo=True))
    now = datetime(2026, 1, 5, tzinfo=UTC)
    with transaction() as session:
        for key in (AGREEMENT, TEMPLATE):
            version = publishing.deploy(session, now=now, bundle=publishing.Bundle.read(ROOT, key))
            publishing.publish(session, now=now, key=version.key, number=version.number)


@pytest.fixture
def strict(session: Session) -> None:
    """咸丰县 opens no account without an agreement."""
    unit = unit_by_code(session, "422826")
    session.add(
        ParameterChange(
            key="agreement_needed",
            unit_id=unit.id,
            value=1,
            since=datetime(2026, 1, 1, tzinfo=UTC).date(),
            reason="",
            state=ChangeState.CONFIRMED,
            place=unit.path,
            proposed_by_id=Office(session).actor("duanshiyu").person_id,
            proposed_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )
    session.commit()


def agreement(n: int, **changed: str) -> Json:
    row = invented.row(n, post="review")
    return {
        "kind": "sign",
        "name": row["name"],
        "id_number": row["id_number"],
        "organisation": "公共就业服务中心",
        "starts_on": "2026-11-02",
        "ends_on": "2029-11-01",
        **changed,
    }


def printed(story: Story, number: str, name: str, folder: Path) -> str:
    answer = story.desk(CLERK).get(f"/tickets/{number}/documents/{name}.pdf")
    assert answer.status_code == 200, answer.text
    (folder / "paper.pdf").write_bytes(answer.data)
    command = ["pdftotext", str(folder / "paper.pdf"), "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "".join(told.split())


def refused(story: Story, process: str, answers: Json) -> list[Json]:
    body = {"process": process, "answers": answers}
    errors: list[Json] = story.do(CLERK, "/tickets", body, says=422)["errors"]
    return errors


@pytest.mark.usefixtures("strict")
def test_no_agreement_no_account(story: Story, tmp_path: Path) -> None:
    """Refused with the remedy; signed, the same form goes; ended, the executor is refused."""
    story.at("2026-11-02 09:00")
    rows = form([invented.row(901, post="review")])
    (error,) = refused(story, "operator-account", rows)
    assert (error["path"], error["code"]) == ("people.0.id_number", "no_agreement")
    assert "请先办理“保密协议”" in error["message"]

    signed = story.ask(CLERK, AGREEMENT, agreement(901))
    refused(story, "operator-account", rows)  # the unit has not signed yet
    story.decide(LEADER, signed)
    assert story.see(CLERK, f"/tickets/{signed}")["state"] == "closed"
    (line,) = story.see(ACCOUNTS, "/ledgers/confidentiality-agreement", q=signed)["items"]
    assert rows["people"][0]["id_number"] not in str(line)
    paper = printed(story, signed, AGREEMENT, tmp_path)
    assert rows["people"][0]["name"] in paper
    assert "2029年11月1日" in paper

    number = story.ask(CLERK, "operator-account", rows)
    story.decide(HEAD, number)
    story.decide(LEADER, story.ask(CLERK, AGREEMENT, _ending(901)))
    assert "没有有效的保密协议" in str(story.decide(LEADER, number, says=409))
    story.decide(LEADER, story.ask(CLERK, AGREEMENT, agreement(901, kind="renew")))
    story.decide(LEADER, number)
    story.decide(LEADER, story.ask(CLERK, AGREEMENT, _ending(901)))
    task = story.task(ACCOUNTS, number)
    task = story.do(ACCOUNTS, f"/tasks/{task['id']}/claim", {"version": task["version"]})
    stopped = story.decide(ACCOUNTS, number, says=409, answers={"result": "已办理。"})
    assert "没有有效的保密协议" in str(stopped)
    again = story.ask(CLERK, AGREEMENT, agreement(901, kind="renew"))
    story.decide(LEADER, again)
    execute_on(story, number)


def _ending(n: int) -> Json:
    answers = agreement(n, kind="end", reason="离岗")
    del answers["ends_on"]
    return answers


def execute_on(story: Story, number: str) -> None:
    story.decide(ACCOUNTS, number, answers={"result": "已办理。"})
    execute(story, GRANTS, number)
    assert story.see(CLERK, f"/tickets/{number}")["state"] == "closed"


def test_without_the_switch_nothing_changes(story: Story) -> None:
    """Off is the default."""
    story.at("2026-11-02 09:00")
    story.ask(CLERK, "operator-account", form([invented.row(902, post="review")]))


def test_the_term_is_told(story: Story) -> None:
    """Three years at most, unless the parameter says otherwise; the end is not before the start."""
    story.at("2026-11-02 09:00")
    (error,) = refused(story, AGREEMENT, agreement(903, ends_on="2029-11-02"))
    assert "最晚到 2029-11-01" in error["message"]
    (error,) = refused(story, AGREEMENT, agreement(903, ends_on="2026-11-01"))
    assert error["path"] == "ends_on"
    (error,) = refused(story, AGREEMENT, _ending(903))
    assert error["code"] == "no_agreement"


def test_a_county_does_not_end_the_agreement_of_another(story: Story) -> None:
    """What 咸丰 has signed is not 来凤's to end."""
    story.at("2026-11-02 09:00")
    signed = story.ask(CLERK, AGREEMENT, agreement(904))
    story.decide(LEADER, signed)
    body = {"process": AGREEMENT, "answers": _ending(904)}
    story.do("longjinhua", "/tickets", body, says=422)


def template(**changed: object) -> Json:
    return {
        "subsystem": "gig-station",
        "post": "review",
        "kind": "change",
        "valid_from": "2026-12-01",
        "permissions": [
            {"permission": "岗位信息审核", "change": "give"},
            {"permission": "数据导出", "change": "take", "remark": "改由统计岗"},
        ],
        "reason": "职责调整",
        **changed,
    }


def test_a_post_s_permissions_are_changed_by_two(story: Story, tmp_path: Path) -> None:
    """Who is touched is told before anybody decides; a row a permission in its book."""
    story.at("2026-11-02 09:00")
    asked = story.ask(CLERK, "operator-account", form([invented.row(905, post="review")]))
    story.decide(HEAD, asked)
    story.decide(LEADER, asked)
    execute(story, ACCOUNTS, asked)
    execute(story, GRANTS, asked)

    number = story.ask(CLERK, TEMPLATE, template())
    (notice,) = story.see(CLERK, f"/tickets/{number}")["notices"]
    assert "现有 1 人担任这个岗位" in notice
    assert invented.row(905, post="review")["name"] in notice
    assert story.decide(HEAD, number)["node"] == "head_opinion"
    assert story.see(HEAD, f"/tickets/{number}")["deadlines"][0]["due_at"].startswith("2026-11-09")
    assert story.decide(GRANTS, number)["node"] == "permission_check"
    assert story.see(CLERK, f"/tickets/{number}")["state"] == "closed"
    booked = story.see(GRANTS, "/ledgers/post-template", q=number)["items"]
    assert len(booked) == 2
    paper = printed(story, number, TEMPLATE, tmp_path)
    assert "岗位权限表" in paper
    assert "数据导出" in paper
    story.at("2026-12-01 09:00")  # from this day on
    found = story.see(CLERK, "/managed-systems/labour-platform")
    (post,) = [
        post
        for each in found["subsystems"]
        for post in each["posts"]
        if post["count"] and post["template"]
    ]
    assert post["template"]["ticket"] == number
    assert "数据导出" not in [one["permission"] for one in post["template"]["permissions"]]


def test_a_post_nobody_holds(story: Story) -> None:
    """The permission admin may refuse; a permission stands once; days in their order."""
    story.at("2026-11-02 09:00")
    twice = [{"permission": "查询", "change": "give"}] * 2
    errors = refused(story, TEMPLATE, template(permissions=twice, valid_to="2026-11-30"))
    assert {one["path"] for one in errors} == {"valid_to", "permissions.1.permission"}
    number = story.ask(CLERK, TEMPLATE, template(post="statistics"))
    assert "没有人担任" in story.see(CLERK, f"/tickets/{number}")["notices"][0]
    story.decide(HEAD, number)
    story.decide(GRANTS, number, "reject", opinion="系统不支持")
    assert story.see(CLERK, f"/tickets/{number}")["state"] == "refused"
