"""What leaders ask of those who have a ticket."""

from collections.abc import Mapping
from datetime import timedelta

from app.core.clock import today
from app.supervision import service
from tests.rights.counties import XIANFENG
from tests.rights.writes.base import WORDS, Asked, Prepare, Write
from tests.rights.writes.people import CLERK, HEAD
from tests.rights.writes.why import FORM, ITS_HOLDER, NO_VERSION, ONE_LEADER, PAGE
from tests.support.office import Office

LEADER = XIANFENG.holders[2]


def unasked(office: Office) -> Asked:
    day = (today() + timedelta(days=2)).isoformat()
    return Asked({"number": office.start(CLERK).number}, {"demand": WORDS, "answer_by": day})


def standing(office: Office) -> Asked:
    made = service.open_supervision(
        office.session,
        actor=office.actor(LEADER),
        now=office.tick(),
        number=office.start(CLERK).number,
        demand=WORDS,
        answer_by=office.now.date() + timedelta(days=2),
    )
    return Asked({"supervision_id": made.id}, {"version": made.rev, "text": WORDS})


def act(by: str, prepare: Prepare, *, over_rest: bool, adds: bool = False) -> Write:
    why = FORM if over_rest else PAGE | FORM
    alone = ITS_HOLDER if by == HEAD else ONE_LEADER
    return Write(
        by,
        prepare,
        why | alone | (NO_VERSION if adds else {}),
        again="same" if over_rest else "refused",
    )


ROWS: Mapping[str, Write] = {
    "supervision.open_one": act(LEADER, unasked, over_rest=False, adds=True),
    "supervision.answer": act(HEAD, standing, over_rest=False),
    "supervision.close": act(LEADER, standing, over_rest=False),
    "api.supervise": act(LEADER, unasked, over_rest=True, adds=True),
    "api.answer_supervision": act(HEAD, standing, over_rest=True),
    "api.close_supervision": act(LEADER, standing, over_rest=True),
}
