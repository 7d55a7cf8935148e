"""A process whose steps have deadlines: a form with a date, a review, a signature."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import update

from app.calendar.days import DayKind
from app.core.clock import local
from app.core.days import midnight
from app.identity.models import Appointment
from app.identity.queries import unit_by_code
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.tasks.models import Task, Visit
from app.tickets import service as tickets
from app.tickets.models import Ticket
from tests.bpmn.models import element, end, model, properties
from tests.support.office import Office

KEY = "dated"
CLERK, HEAD, LEADER = "yaohaiyang", "qinyongan", "pengxiuying"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
APPLY = {
    "key": f"{KEY}/apply",
    "title": "申请表",
    "components": [
        {"type": "textfield", "key": "note", "label": "说明"},
        {"type": "datetime", "subtype": "date", "key": "event_date", "label": "变动日期"},
    ],
}
REVIEW = {
    "assign": "position:dept_head@requester.unit",
    "actions": "return;transfer;delegate;add-signers",
    "outcomes": "approve=同意",
    "empty": "up",
}
SIGN = {
    "assign": "position:unit_leader@requester.unit",
    "actions": "return",
    "outcomes": "approve=同意",
    "empty": "up",
}


def publish(
    office: Office,
    process: str = "",
    sign: str = "",
    *,
    starters: str = "clerk",
    filing: str = "",
    **review: str,
) -> None:
    """`process`, `sign` and `filing` are the deadlines of the whole, the second step, the form."""
    own = {"title": "有时限的事", "category": "试验", "start_positions": starters}
    if process:
        own["deadline"] = process
    parts = (
        element(
            "startEvent",
            "apply",
            properties(form=APPLY["key"], **({"deadline": filing} if filing else {})),
            'name="填表"',
        )
        + element("userTask", "review", properties(**{**REVIEW, **review}), 'name="审核"')
        + element(
            "userTask",
            "sign",
            properties(**SIGN, **({"deadline": sign} if sign else {})),
            'name="签发"',
        )
        + end("done")
    )
    made = model(properties(**own) + parts, "apply->review\nreview->sign\nsign->done")
    made = made.replace(b'id="trial"', f'id="{KEY}"'.encode())
    bundle = Bundle(made, {APPLY["key"]: APPLY})
    version = publishing.deploy(office.session, now=office.now, bundle=bundle)
    publishing.publish(office.session, now=office.now, key=KEY, number=version.number)


def on(office: Office, day: str, hour: int = 9) -> None:
    """The clock of the office stands there; the next act is an hour later. Everybody is there."""
    office.session.execute(update(Appointment).values(starts_at=LONG_AGO))
    office.now = midnight(date.fromisoformat(day)) + timedelta(hours=hour)


def begun(office: Office, day: str = "", *, by: str = CLERK, **answers: Any) -> Ticket:
    """Submitted on that day, waiting at `review`."""
    if day:
        on(office, day)
    ticket = tickets.create_draft(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        process=KEY,
        answers={"note": "两间", **answers},
    )
    return office.submit(ticket)


def agree(office: Office, ticket: Ticket, day: str = "") -> Task:
    if day:
        on(office, day)
    return office.decide(ticket, signing=None)


def visit(office: Office, ticket: Ticket) -> Visit:
    """That of the one task that is open."""
    return office.session.get_one(Visit, office.task(ticket).visit_id)


def day(moment: datetime | None) -> str:
    return local(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def unit_id(office: Office, code: str) -> int:
    return unit_by_code(office.session, code).id


OFF, WORK, HALF = DayKind
