"""A template on file and a frozen list, where nobody walked their forms."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import local
from app.core.tables import Line
from app.messaging.models import MessageTemplate
from app.messaging.text.binding import text_digest
from app.messaging.text.types import Purpose
from app.recipients import service
from app.recipients.models import RecipientList
from app.sendings import service as sendings
from app.sendings.models import Sending
from app.sendings.types import Approved

SEED = 39_000  # of the numbers on it
BODY = "专场招聘会定于2月20日上午9时举办，欢迎广大求职者参加。回复T退订"


def phone(n: int) -> str:
    """A mobile number that nobody has."""
    return f"154{n:08}"


def filed_template(
    session: Session, actor: Actor, *, name: str = "招聘会", at: datetime | None = None
) -> MessageTemplate:
    """Of the actor's unit, a 宣传公告 without blanks."""
    ticket = f"XXMB-2026-{secrets.token_hex(3)}"
    when = at or datetime.fromisoformat("2026-01-05T09:00:00+08:00")
    made = MessageTemplate(
        ticket=ticket,
        family=ticket,
        unit_id=actor.unit_id,
        signature="示例就业中心",
        name=name,
        purpose=Purpose.PUBLICITY,
        body=BODY,
        variables=[],
        mobile="YD1",
        filed_on=local(when).date(),
        at=when,
    )
    session.add(made)
    session.flush()
    return made


def frozen_list(
    session: Session,
    actor: Actor,
    template: MessageTemplate,
    now: datetime,
    sheet: str = "名单.csv",
) -> RecipientList:
    """Of two numbers, one of them twice."""
    phones = [phone(SEED + n) for n in (0, 1, 0)]
    return service.freeze(
        session,
        actor=actor,
        now=now,
        template=template,
        sheet=sheet,
        lines=(Line(n, {"phone": phone}) for n, phone in enumerate(phones, start=4)),
        client_key=secrets.token_hex(16),
    )


def opened_sending(
    session: Session, actor: Actor, template: MessageTemplate, instance_id: int, now: datetime
) -> Sending:
    """To a list of its own, as the approval of that run would open it."""
    listed = frozen_list(session, actor, template, now)
    digest = text_digest({None: template.text})
    made = sendings.open_sending(
        session,
        actor=actor,
        ticket_id=instance_id,
        list_id=listed.id,
        approved=Approved(template.id, digest, listed.digest),
        now=now,
    )
    made.unit_id = actor.unit_id  # whoever asked for that run
    session.flush()
    return made
