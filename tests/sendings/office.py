"""A unit of 威海 with frozen lists, and the sendings that a test opens for it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import crypto
from app.identity.models import Login, Person, Unit
from app.identity.queries import actor_of
from app.messaging.audience.numbers import phone_ref
from app.messaging.models import MessageTemplate
from app.messaging.text import segments, templates
from app.messaging.text.binding import text_digest
from app.messaging.text.types import Purpose
from app.processes.models import Instance, ProcessVersion
from app.recipients import queries as recipients
from app.recipients.models import Recipient, RecipientList
from app.sendings import service
from app.sendings.models import Delivery, Sending
from app.sendings.queries import counted, standing_of
from app.sendings.types import Approved, DeliveryState

CLERK, LEADER, REVIEWER, STRANGER = "congpeijun", "zhouwenjing", "songhaiyan", "biwenbo"
UNIT = "371082-jyzx"
SIGNATURE = "荣成就业中心"
BODY = "${姓名}您好，专场招聘会定于2027年2月20日上午9时举办，欢迎参加。详询0631-12333。回复T退订"
MORNING = datetime(2027, 2, 10, 1, 0, tzinfo=UTC)  # nine o'clock in 威海
_serials = count(1)


@dataclass
class Desk:
    """Makes what a sending needs by hand; `now` is the moment that all workers believe in."""

    session: Session
    now: datetime = MORNING
    opened: list[int] = field(default_factory=list)

    def moment(self, _session: Session) -> datetime:
        return self.now

    def later(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now

    def person(self, username: str = CLERK) -> Person:
        wanted = select(Person).join(Login, Login.person_id == Person.id)
        return self.session.scalars(wanted.where(Login.username == username)).one()

    def actor(self, username: str = CLERK) -> Any:
        return actor_of(self.session, self.person(username).id, self.now)

    def template(self, body: str = BODY, purpose: Purpose = Purpose.PUBLICITY) -> MessageTemplate:
        made = MessageTemplate(
            ticket=f"T-{next(_serials)}",
            family=f"T-{next(_serials)}",
            unit_id=self.unit.id,
            signature=SIGNATURE,
            name="春风行动",
            purpose=purpose,
            body=body,
            variables=[{"name": "姓名", "example": "毕淑芬", "longest": 10}],
            mobile="YD1",
            filed_on=self.now.date(),
            at=self.now,
        )
        self.session.add(made)
        self.session.flush()
        return made

    @property
    def unit(self) -> Unit:
        return self.session.scalars(select(Unit).where(Unit.code == UNIT)).one()

    def list_of(self, phones: list[str], template: MessageTemplate) -> RecipientList:
        extents = [
            segments.count(templates.compose(SIGNATURE, template.body, {"姓名": "毕淑芬"}))
            for _ in phones
        ]
        made = RecipientList(
            number=f"MD-2027-{next(_serials):05}",
            unit_id=self.unit.id,
            template_id=template.id,
            client_key=f"made-{next(_serials)}",
            sheet_sealed=crypto.seal("名单.xlsx"),
            digest=b"",
            funnel={"read": len(phones), "kept": len(phones)},
            areas={"371082": len(phones)},
            versions={"unknown": {"template": template.id, "people": len(phones)}},
            kept=len(phones),
            segments=sum(extents),
            made_by_id=self.person().id,
            made_at=self.now,
        )
        self.session.add(made)
        self.session.flush()
        self.session.add_all(
            Recipient(
                list_id=made.id,
                n=n,
                phone=crypto.seal(phone),
                phone_ref=phone_ref(phone),
                area="371082",
                values_sealed=crypto.seal_json({"姓名": "毕淑芬"}),
                segments=extent,
            )
            for n, (phone, extent) in enumerate(zip(phones, extents, strict=True), start=1)
        )
        self.session.flush()
        made.digest = recipients.digest_now(self.session, made.id)
        return made

    def instance(self) -> Instance:
        version = self.session.scalars(select(ProcessVersion).limit(1)).one()
        made = Instance(
            version_id=version.id,
            number=f"XX-2027-{next(_serials):05}",
            title="春风行动",
            requester_id=self.person().id,
            unit_id=self.unit.id,
            variables={},
            state=b"",
            created_at=self.now,
            opened_at=self.now,
        )
        self.session.add(made)
        self.session.flush()
        return made

    def approved(self, listed: RecipientList, template: MessageTemplate) -> Approved:
        digest = text_digest({None: template.text})
        return Approved(template.id, digest, listed.digest)

    def open(
        self,
        phones: list[str] | int,
        body: str = BODY,
        purpose: Purpose = Purpose.PUBLICITY,
        **more: Any,
    ) -> Sending:
        numbers = phones if isinstance(phones, list) else some_phones(phones)
        template = self.template(body, purpose)
        return self.open_list(self.list_of(numbers, template), template, **more)

    def open_list(self, listed: RecipientList, template: MessageTemplate, **more: Any) -> Sending:
        made = service.open_sending(
            self.session,
            actor=self.actor(),
            ticket_id=self.instance().id,
            list_id=listed.id,
            approved=self.approved(listed, template),
            now=self.now,
            **more,
        )
        self.session.commit()
        self.opened.append(made.id)
        return made

    def sending(self, found: Sending) -> Sending:
        self.session.expire_all()
        return self.session.get_one(Sending, found.id)

    def states(self, found: Sending) -> dict[DeliveryState, int]:
        self.session.expire_all()
        rows = standing_of(self.session, found).tallies
        return {
            state: sum(r.messages for r in rows if r.state is state)
            for state in {r.state for r in rows}
        }

    def rows(self, found: Sending) -> list[Delivery]:
        self.session.expire_all()
        wanted = select(Delivery).where(Delivery.sending_id == found.id).order_by(Delivery.n)
        return list(self.session.scalars(wanted))

    def prove(self) -> None:
        """Funnel, states and costs add up, for all that was opened here."""
        self.session.expire_all()
        for sending_id in self.opened:
            proves(self.session, self.session.get_one(Sending, sending_id))


def proves(session: Session, sending: Sending) -> None:
    kept, real = standing_of(session, sending), counted(session, sending)
    assert kept == real, sending.id
    listed = session.get_one(RecipientList, sending.list_id)
    assert kept.total == listed.kept == sending.total
    assert sum(one.segments for one in kept.tallies) == sending.segments
    taken = sum(
        one.segments
        for one in kept.tallies
        if one.state
        in {
            DeliveryState.SUBMITTED,
            DeliveryState.DELIVERED,
            DeliveryState.FAILED,
            DeliveryState.SILENT,
        }
    )
    assert kept.billed == taken, "billed is what the gateway took, and nothing else"


def some_phones(number: int) -> list[str]:
    """Invented: 154… is nobody's."""
    return [f"1540{n:07}" for n in range(1, number + 1)]


def receipts_of(keys: list[str], status: str = "DELIVRD", parts: int = 1) -> bytes:
    rows = [
        {
            "id": f"gw-{key}",
            "part": part,
            "parts": parts,
            "status": status,
            "at": "2027-02-10T09:01:00+08:00",
        }
        for key in keys
        for part in range(1, parts + 1)
    ]
    return json.dumps({"receipts": rows, "next": "1"}).encode()
