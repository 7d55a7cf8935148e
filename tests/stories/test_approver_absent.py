"""S3: who has to sign is on leave and has named nobody. Nothing is ever approved by itself."""

import pytest
from sqlalchemy.orm import Session

from app.demo import people as invented
from app.identity.types import Position
from tests.support.office import Office
from tests.support.story import Story

CLERK, HEAD, LEADER = "yaohaiyang", "qinyongan", "pengxiuying"
CHIEF, DEPUTY = "tengxiaoyan", "qinxuemei"  # 主要领导 and 副局长 of this story


def waiting(story: Story) -> str:
    """A request that waits for 彭秀英's signature over her leave."""
    story.at("2026-10-10 09:00")
    row = invented.row(901, post="review")
    answers = {"subsystem": "gig-station", "contact_phone": "0718-8200000", "people": [row]}
    number = story.ask(CLERK, "operator-account", answers)
    leave = {"from": "2026-10-12", "to": "2026-10-16", "kind": "annual"}
    story.do(LEADER, "/absences", leave, says=201)
    story.decide(HEAD, number)
    return number


@pytest.fixture
def chief(session: Session) -> None:
    """滕晓燕 is 主要领导 of 咸丰县人社局 in this story."""
    Office(session).appoint(CHIEF, Position.BUREAU_LEADER, "422826-rsj")
    session.commit()


def the_light(story: Story, number: str, moment: str) -> str:
    story.at(moment)
    ticket = story.see(CLERK, f"/tickets/{number}")
    last = ticket["tasks"][-1]
    assert (ticket["state"], last["node"], last["state"]) == ("running", "leader_approval", "open")
    return str(last["light"])


@pytest.mark.usefixtures("chief")
def test_nobody_signs_until_somebody_is_named(story: Story) -> None:
    number = waiting(story)
    days = ("2026-10-12 10:00", "2026-10-14 10:00", "2026-10-15 10:00")
    assert [the_light(story, number, day) for day in days] == ["green", "yellow", "red"]

    mandate = {"person": LEADER, "deputy": DEPUTY, "from": "2026-10-15", "to": "2026-10-16"}
    assert story.do(CLERK, "/mandates", mandate | {"reason": "急"}, says=403)["code"]
    assert story.do(CHIEF, "/mandates", mandate, says=422)["errors"][0]["path"] == "reason"
    made = story.do(CHIEF, "/mandates", mandate | {"reason": "彭秀英请假"}, says=201)
    assert made["written_by"]["username"] == CHIEF

    story.at("2026-10-15 15:00")
    story.decide(DEPUTY, number, opinion="同意办理")
    signed = story.see(CLERK, f"/tickets/{number}")["tasks"][1]
    assert (signed["assignee_name"], signed["for_name"]) == ("秦雪梅", "彭秀英")
    said = story.see(CLERK, f"/tickets/{number}")["timeline"]
    assert any(one["name"] == "秦雪梅（代彭秀英）" for one in said)
    assert "分管领导审批：改由现任岗位的人办理" in [one["title"] for one in said]


@pytest.mark.usefixtures("chief")
def test_a_mandate_ends_by_itself(story: Story) -> None:
    """After the 16th the same form waits for 彭秀英 again, who is back."""
    number = waiting(story)
    story.at("2026-10-15 09:00")
    mandate = {"person": LEADER, "deputy": DEPUTY, "from": "2026-10-15", "to": "2026-10-16"}
    story.do(CHIEF, "/mandates", mandate | {"reason": "彭秀英请假"}, says=201)
    assert story.task(DEPUTY, number)["node"] == "leader_approval"
    story.at("2026-10-17 09:00")
    assert story.task(LEADER, number)["node"] == "leader_approval"
    with pytest.raises(AssertionError, match="nothing waits"):
        story.task(DEPUTY, number)
