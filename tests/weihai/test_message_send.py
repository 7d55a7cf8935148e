"""C02–C04 信息发送, told over REST up to the approval (S8 at a thousandth)."""

import io
import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.config import SmsGateway
from app.core import crypto
from app.core.clock import utcnow
from app.core.sheets import XLSX, Sheet, as_xlsx
from app.messaging import channels
from app.messaging.audience.types import Block
from app.messaging.models import MessageTemplate
from app.processes.models import Submission
from app.recipients import service
from app.recipients.models import Recipient, RecipientList
from app.recipients.sheets import Column
from app.rules.models import ParameterChange
from app.rules.types import ChangeState
from app.sendings.models import Sending
from app.tickets.policy import can_view
from app.tickets.presentation import ticket_view
from app.tickets.queries import access_ticket
from tests.support.story import Json, Story
from tests.weihai.lists import filed, numbers, person

KEY = "message-send"
COUNTY, LEADER, REVIEWER, SECOND = "congpeijun", "zhouwenjing", "songhaiyan", "xiajianguo"
CITY, CITY_LEADER, OTHER = "biwenbo", "yujianbo", "bixuemei"
AREAS = ("荣成市", "文登区", "乳山市")
NOW = "2027-01-18 09:00"
DIMENSIONS = ("kind", "content", "level", "scope", "channel", "timing")
FITS = {f"review_{one}": "fit" for one in DIMENSIONS}
CITY_TEXT = "【威海就业中心】“春风行动”2027年专场招聘会"


GATEWAY = SmsGateway("none", "http", "http://127.0.0.1:9", "whsec_" + "A" * 32, Decimal("0.045"))


@pytest.fixture(autouse=True)
def day(story: Story) -> Iterator[None]:
    """Nothing goes out here: what is opened waits for a job that nobody runs."""
    channels.configure([GATEWAY])
    story.at(NOW)
    yield
    channels.configure([])


def on_file(story: Story, username: str, **changed: Any) -> MessageTemplate:
    clerk = person(story.session, username, story.at(NOW))
    made = filed(story.session, clerk, ticket=f"XXMB-2026-{clerk.unit_id:05}", **changed)
    story.session.commit()
    return made


def sheet(rows: list[tuple[str, ...]], *titles: str) -> bytes:
    columns = [Column(title) for title in ("手机号", *titles)]
    return as_xlsx(Sheet("收信名单", "", columns, rows))


def upload(story: Story, username: str, template: MessageTemplate, data: bytes) -> Any:
    path = f"/recipient-lists?template={template.ticket}"
    return story.desk(username).upload(path, {"file": (io.BytesIO(data), "名单.xlsx", XLSX)})


def listed(story: Story, username: str, count: int = 3, first: int = 15_400_200_000) -> Json:
    """A list of the unit's own people, for its one template."""
    template = story.session.scalars(
        select(MessageTemplate).order_by(MessageTemplate.id.desc())
    ).first()
    template = template or on_file(story, username)
    rows = [(phone, "荣成市") for phone in numbers(count, first)]
    answer = upload(story, username, template, sheet(rows, "区市"))
    assert answer.status_code == 201, answer.text
    found: Json = answer.json
    return found


def asked(number: str, **changed: Any) -> Json:
    return {
        "contact_phone": "0631-5200001",
        "purpose": "publicity",
        "level": "normal",
        "channel": "sms",
        "list_number": number,
        "wanted_at": "2027-01-20T18:50:00+08:00",
        "audience": "全市登记求职的人员",
        "reason": "2027 年春风行动。",
        "self_check": True,
        **changed,
    }


def reviewed(story: Story, number: str, outcome: str = "approve", **more: Any) -> Json:
    answers = {**FITS, **more.pop("answers", {})}
    return story.decide(REVIEWER, number, outcome, answers=answers, **more)


def test_a_county_is_approved_by_the_city(story: Story, tmp_path: Path) -> None:
    """Own leader, then the six questions of the 市; what is sent comes from the list alone."""
    made = listed(story, COUNTY)
    number = story.ask(COUNTY, KEY, asked(made["number"]))
    ticket = story.see(COUNTY, f"/tickets/{number}")
    answers = ticket["answers"]
    assert answers["text"].startswith("【荣成就业中心】“春风行动”")
    assert (answers["people"], answers["segments"], answers["areas"]) == (3, 6, "荣成市 3 人")
    assert (answers["route"], answers["second"], answers["refusal"]) == ("county", "no", "yes")
    assert "发给 3 人，共 6 条" in str(ticket)
    used = story.see(COUNTY, f"/recipient-lists/{made['id']}")
    assert used["used_by"] == number
    story.decide(LEADER, number)
    reviewed(story, number)
    assert strip(story, COUNTY, number) == [
        *("填写发送申请表", "单位审核", "市级审核", "发送", "办结归档")
    ]
    sending = opened(story, number)
    assert (sending.total, sending.segments, sending.unit_id) == (3, 6, sending_unit(story))
    assert sending.not_before.isoformat().startswith("2027-01-20T10:50")
    (line,) = story.see(REVIEWER, "/ledgers/message-send-review")["items"]
    for word in (number, made["number"], "宋海燕", "周文静"):
        assert word in str(line)
    paper = printed(story, number, KEY, tmp_path)
    for word in ("信息发送申请表", "【荣成就业中心】", made["number"], "荣成市3人"):
        assert word in paper
    review = printed(story, number, "message-send-review", tmp_path)
    for word in ("信息发送审核表", "发送范围", "符合"):
        assert word in review
    assert "第二审核人" not in review


def opened(story: Story, number: str) -> Sending:
    """What the approval leaves: its ticket waits for the end of it."""
    assert story.see(CITY, f"/tickets/{number}")["state"] == "running"
    return story.session.scalars(select(Sending).where(Sending.ticket == number)).one()


def sending_unit(story: Story) -> int:
    return person(story.session, COUNTY).unit_id


def strip(story: Story, reader: str, number: str) -> list[str]:
    """The steps of the ticket's page."""
    actor = person(story.session, reader)
    ticket = access_ticket(story.session, number, actor, can_view)
    return [step.title for step in ticket_view(story.session, ticket, actor, utcnow()).road]


def printed(story: Story, number: str, name: str, folder: Path, reader: str = COUNTY) -> str:
    answer = story.desk(reader).get(f"/tickets/{number}/documents/{name}.pdf")
    assert answer.status_code == 200, answer.text
    (folder / f"{name}.pdf").write_bytes(answer.data)
    command = ["pdftotext", str(folder / f"{name}.pdf"), "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.sub(r"\s", "", told)


def test_the_city_at_a_thousandth(story: Story, tmp_path: Path) -> None:
    """S8: 300 rows of three districts, 3 refused, 2 wrong, 2 twice: 293 people, 586 segments; its
    own leader signs, the six questions are answered for the 市 too, and above the limit the second
    reviewer looks at it.
    """
    now = story.at(NOW)
    template = on_file(story, CITY)
    phones = numbers(298)
    for kind, some in ((Block.REFUSED, phones[:3]), (Block.WRONG_NUMBER, phones[3:5])):
        for phone in some:
            service.block(story.session, phone=phone, kind=kind, source="回复T", now=now)
    limit = ParameterChange(
        key="second_reviewer_above",
        unit_id=person(story.session, CITY).division_id,
        value=200,
        since=(now - timedelta(days=9)).date(),
        reason="试。",
        state=ChangeState.CONFIRMED,
        place="/371000/",
        proposed_by_id=person(story.session, CITY).person_id,
        proposed_at=now - timedelta(days=10),
    )
    story.session.add(limit)
    story.session.commit()
    rows = [(phone, AREAS[n % 3]) for n, phone in enumerate([*phones, *phones[10:12]])]
    answer = upload(story, CITY, template, sheet(rows, "区市"))
    assert answer.status_code == 201, answer.text
    made = answer.json
    assert made["funnel"] == {
        "read": 300,
        "faulty": 0,
        "duplicate": 2,
        "refused": 3,
        "blacklisted": 0,
        "wrong_number": 2,
        "kept": 293,
    }
    assert (made["people"], made["segments"], made["cost"]) == (293, 586, "26.37")
    assert sum(made["areas"].values()) == 293
    number = story.ask(CITY, KEY, asked(made["number"]))
    answers = story.see(CITY, f"/tickets/{number}")["answers"]
    assert answers["text"].startswith(CITY_TEXT)
    assert answers["extent"] == "最长 99 字，每人最多 2 条"
    assert (answers["route"], answers["second"]) == ("city", "yes")
    assert strip(story, CITY, number) == [
        *("填写发送申请表", "单位审核", "市级审核", "第二审核人复核", "办结归档")
    ]
    story.decide(CITY_LEADER, number)
    reviewed(story, number)
    story.decide(SECOND, number)
    assert opened(story, number).total == 293
    review = printed(story, number, "message-send-review", tmp_path, reader=CITY)
    assert review.count("符合") == 6
    assert review.count("同意。") == 2
    assert "第二审核人意见" in review


def test_the_full_name_makes_a_hundred_and_seven(story: Story) -> None:
    """107 units are two segments for each."""
    template = on_file(story, CITY, signature="威海市公共就业和人才服务中心")
    (one,) = story.see(CITY, "/message-templates")["items"]
    assert (one["units"], one["segments"], one["template"]) == (107, 2, template.ticket)


def test_a_county_cannot_reach_others(story: Story) -> None:
    """R13 over REST: rows of 文登 and 乳山 are faults, told in pages; with none left no list."""
    template = on_file(story, COUNTY)
    rows = [(phone, AREAS[n % 3]) for n, phone in enumerate(numbers(300))]
    made = upload(story, COUNTY, template, sheet(rows, "区市")).json
    assert made["areas"] == {"荣成市": 100}
    assert made["funnel"]["faulty"] == 200
    path = f"/recipient-lists/{made['id']}/findings"
    first = story.see(COUNTY, path, limit=150)
    rest = story.see(COUNTY, path, limit=150, cursor=first["next_cursor"])
    assert len(first["items"]) + len(rest["items"]) == 200
    assert {one["code"] for one in first["items"]} == {"foreign"}
    people = story.see(COUNTY, f"/recipient-lists/{made['id']}/recipients")["items"]
    assert people[0]["phone"] == "154****0000"
    story.desk(OTHER)
    assert story.desk(OTHER).get(f"/recipient-lists/{made['id']}").status_code == 404
    none = upload(story, COUNTY, template, sheet([(numbers(1)[0], "文登区")], "区市"))
    assert none.status_code == 422
    assert none.json["code"] == "nobody_left"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"list_number": "MD-2027-00099"}, ("list_number", "no_list")),
        ({"purpose": "directed"}, ("purpose", "other_purpose")),
        ({"wanted_at": "2027-01-20T20:00:00+08:00"}, ("wanted_at", "hours")),
        ({"wanted_at": "2027-01-20T07:59:00+08:00"}, ("wanted_at", "hours")),
        ({"wanted_at": "2027-01-17T09:00:00+08:00"}, ("wanted_at", "past")),
        ({"text": "【荣成就业中心】换一个字。"}, ("text", "read_only")),
        ({"people": 1}, ("people", "read_only")),
        ({"list_digest": "00"}, ("list_digest", "read_only")),
        ({"self_check": False}, ("self_check", "required")),
    ],
)
def test_what_is_not_the_list_s_is_refused_at_its_field(
    story: Story, changed: Json, fault: tuple[str, str]
) -> None:
    """No word off the filed template can even be sent in."""
    made = listed(story, COUNTY)
    body = {"process": KEY, "answers": asked(made["number"], **changed)}
    told = story.do(COUNTY, "/tickets", body, says=422)["errors"]
    assert fault in {(one["path"], one["code"]) for one in told}


def test_a_list_is_for_one_request_of_its_unit(story: Story) -> None:
    """Another unit does not find it; who gives up leaves it to the next."""
    made = listed(story, COUNTY)
    number = story.ask(COUNTY, KEY, asked(made["number"]))
    body = {"process": KEY, "answers": asked(made["number"])}
    told = story.do(COUNTY, "/tickets", body, says=422)["errors"]
    assert [(one["path"], one["code"]) for one in told] == [("list_number", "list_in_use")]
    told = story.do(OTHER, "/tickets", body, says=422)["errors"]
    assert ("list_number", "no_list") in {(one["path"], one["code"]) for one in told}
    assert story.desk(COUNTY).delete(f"/recipient-lists/{made['id']}").status_code == 409
    story.decide(LEADER, number, "reject", opinion="名单不对。")
    story.ask(COUNTY, KEY, asked(made["number"]))


def change_number(story: Story, made: Json) -> None:
    story.session.execute(
        update(Recipient)
        .where(Recipient.list_id == made["id"], Recipient.n == 2)
        .values(phone=crypto.seal("15400999999"))
    )


def change_text(story: Story, made: Json) -> None:
    listed_id = select(RecipientList.template_id).where(RecipientList.id == made["id"])
    story.session.execute(
        update(MessageTemplate)
        .where(MessageTemplate.id == listed_id.scalar_subquery())
        .values(body=MessageTemplate.body.concat("。"))
    )


def change_answers(story: Story, _made: Json) -> None:
    row = story.session.scalars(select(Submission).order_by(Submission.id.desc())).first()
    assert row is not None
    answers = {**row.answers, "reason": "2027 年春风行动！"}
    story.session.execute(
        update(Submission)
        .where(Submission.id == row.id)
        .values(answers_sealed=crypto.seal_json(answers))
    )


@pytest.mark.parametrize("change", [change_number, change_text, change_answers])
@pytest.mark.parametrize("steps", [0, 1])
def test_a_change_voids_the_approval(story: Story, change: Any, steps: int) -> None:
    """Whoever signs next is told so; it can be refused and sent back, not agreed to."""
    made = listed(story, COUNTY)
    number = story.ask(COUNTY, KEY, asked(made["number"]))
    if steps:
        story.decide(LEADER, number)
    change(story, made)
    story.session.commit()
    told = reviewed(story, number, says=409) if steps else story.decide(LEADER, number, says=409)
    assert told["code"] == "form_outdated"
    assert "原来的审批作废" in told["detail"]
    story.decide(
        REVIEWER if steps else LEADER,
        number,
        "reject",
        **({"answers": FITS} if steps else {}),
        opinion="变了。",
    )
    assert story.see(COUNTY, f"/tickets/{number}")["state"] == "refused"


def test_the_city_may_agree_to_another_time(story: Story) -> None:
    """修改后同意 moves the time alone, within the hours, and says why; what does not fit, too."""
    number = story.ask(COUNTY, KEY, asked(listed(story, COUNTY)["number"]))
    story.decide(LEADER, number)
    late = {"send_at": "2027-01-21T21:00:00+08:00"}
    told = reviewed(story, number, "amend", answers=late, says=422)["errors"]
    assert {(one["path"], one["code"]) for one in told} == {
        ("send_at", "hours"),
        ("remark", "required"),
    }
    told = reviewed(story, number, answers={"review_scope": "unfit"}, says=422)["errors"]
    assert [(one["path"], one["code"]) for one in told] == [
        ("remark", "required"),
        ("review_scope", "refused"),
    ]
    moved = {"send_at": "2027-01-21T10:00:00+08:00", "remark": "避开晚上。"}
    reviewed(story, number, "amend", answers=moved)
    assert opened(story, number).not_before.isoformat().startswith("2027-01-21T02:00")


def test_what_comes_back_takes_another_list(story: Story) -> None:
    """Returned and asked again with a new list, the old one is free."""
    first = listed(story, COUNTY)
    number = story.ask(COUNTY, KEY, asked(first["number"]))
    task = story.task(LEADER, number)
    body = {"version": task["version"], "reason": "人数不对。"}
    story.do(LEADER, f"/tasks/{task['id']}/return", body)
    second = listed(story, COUNTY, 5)
    again = {"answers": asked(second["number"])}
    story.do(COUNTY, f"/tickets/{number}/resubmit", again)
    assert story.see(COUNTY, f"/recipient-lists/{first['id']}")["used_by"] is None
    assert story.see(COUNTY, f"/recipient-lists/{second['id']}")["used_by"] == number
    assert story.see(COUNTY, f"/tickets/{number}")["answers"]["people"] == 5
    story.decide(LEADER, number)
