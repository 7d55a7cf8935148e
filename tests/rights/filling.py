"""Fills the two counties: names, opinions, reasons, requirements and file bytes with their mark."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from app.access.models import Account
from app.administration import service as administration
from app.administration.reorganising import Change
from app.administration.types import PlanKind
from app.attachments import service as attachments
from app.attachments.types import Accepted
from app.calendar import service as calendar
from app.calendar.days import DayKind
from app.calendar.types import Draft, Said
from app.config import Settings
from app.core.clock import local
from app.core.crypto import digest, seal
from app.core.db import transaction
from app.core.outbox import Outbox, OutboxState
from app.demo import people as invented
from app.documents import batches
from app.documents.models import Document
from app.documents.types import DocumentState, ItemState
from app.hints import service as hints
from app.hints.types import Finding
from app.identity import service as identity
from app.identity.cover_models import Absence, Mandate, Pair
from app.identity.cover_types import AbsenceKind
from app.identity.models import Appointment, Login, LoginSession, Person, Unit
from app.identity.queries import token_hash, unit_by_code
from app.identity.types import LoginState, Position, SessionKind, UnitKind
from app.ledgers.models import LedgerRow
from app.messaging.audience.types import Block
from app.notifications import service as notifications
from app.notifications.models import Channel, Delivery, Notification
from app.notifications.types import DeliveryState
from app.oldbooks import service as oldbooks
from app.outages import service as outages
from app.outages.types import Draft as Stood
from app.personnel import service as personnel
from app.personnel.types import Draft as Moved
from app.personnel.types import EventKind
from app.phonebook.models import PhoneEntry
from app.processes.models import Instance
from app.processes.service import running
from app.recipients import service as recipients
from app.repairs.models import Migration, MigrationItem
from app.repairs.types import MigrationState, MovedState
from app.rules import service as rules
from app.rules import types as rule_types
from app.saved import service as saved
from app.supervision import service as supervision
from app.tasks import service as tasks
from app.tasks.queries import tasks_of
from app.tasks.types import BatchAct, Seen
from app.tickets import service as tickets
from app.tickets.models import Link
from app.tickets.queries import comments_of
from app.tickets.types import LinkKind
from app.webhooks import service as webhooks
from app.webhooks.types import Kind, Told, Wanted
from app.wiring import join
from scripts.cluster import Cluster
from tests.rights.counties import (
    CRAWLERS,
    EVERYTHING_ELSE,
    FAR,
    NAMED,
    PLACES,
    UNNAMED,
    County,
    Place,
    token,
)
from tests.support import servers
from tests.support.lists import filed_template, frozen_list, opened_sending, phone
from tests.support.office import DRAWN, NOW, PROCESS, TEMPLATE, Office
from tests.support.phonebook import imported, written
from tests.support.pushes import failed_push
from tests.support.shared import Run

TWO_COUNTIES = "template_two_counties"


def make(run: Run, cluster: Cluster) -> dict[str, str]:
    cluster.create(TWO_COUNTIES, TEMPLATE)
    engine = create_engine(cluster.url(TWO_COUNTIES))
    join(
        Settings.from_env(servers.environment(run, cluster.url(TWO_COUNTIES))),
        bind=engine,
    )
    with transaction() as session:
        # Numbers that stand nowhere else in an answer.
        for table in (
            *("task", "incident", "outbox", "saved_filter", "ticket_comment", "ticket_link"),
            *("absence", "mandate", "pair", "person", "appointment", "unit", "calendar_notice"),
            *("outage", "person_event", "account", "risk_hint", "managed_push", "old_book"),
            *("rule_version", "parameter_change", "number_pattern", "official_number"),
            "reorganisation",
            "supervision",
            *("notification",),
            *("webhook_endpoint", "webhook_delivery"),
            *("message_template", "recipient_list", "number_block", "sending"),
            *("phone_entry", "phone_import"),
            *("delivery", "notification_channel"),
        ):
            session.execute(text(f"SELECT setval('{table}_id_seq', 770000)"))
        found = {place.code: json.dumps(asdict(_fill(session, place))) for place in PLACES}
    engine.dispose()
    return found


def _fill(session: Session, place: Place) -> County:
    office = Office(session, seeds=iter(range(place.seeds, place.seeds + 900)))
    people = [
        *(_cast(session, place, position, [position]) for position in sorted(NAMED)),
        _cast(session, place, EVERYTHING_ELSE, sorted(UNNAMED)),
        *(
            _cast(session, place, name, sorted(held))
            for name, held in CRAWLERS.items()
            if len(held) > 1
        ),
    ]
    for login in session.scalars(select(Login).where(Login.username.in_(place.holders))):
        session.add_all(sessions_of(login))
    answers = [_answers(office, place) for _ in range(3)]
    closed = _walk(office, place, office.start(place.holders[0], answers[0]), len(place.holders))
    waiting = office.start(place.holders[0], answers[1])
    office.send_back(waiting, reason=f"{place.mark}退回：第 1 行请补充。")
    _walk(office, place, office.submit(waiting, answers[1]), 3)
    draft = office.draft(place.holders[0], answers[2])
    incident = running.open_incident(
        session,
        now=office.now,
        instance=session.get_one(Instance, waiting.instance_id),
        node="permission_execution",
        cause=f"{place.mark}的账户开不了。",
        detail=f"{place.mark}在第 1 行",
    )
    dead = Outbox(
        topic="tickets.notice",
        key=f"{place.code}:dead",
        payload={},
        ticket=waiting.number,
        state=OutboxState.DEAD,
        attempts=8,
        error=f"{place.mark}的通知发不出去。",
        due_at=office.now,
        created_at=office.now,
    )
    session.add(dead)
    (document,) = session.scalars(
        select(Document).where(Document.instance_id == closed.instance_id)
    )
    original = f"%PDF-1.7 {place.mark}".encode()
    document.pdf, document.sha256 = seal(original), digest(original)
    document.state, document.frozen_at = DocumentState.FROZEN, office.now
    session.flush()
    files = _files(office, place, closed, document.name)
    rows = [row for given in answers for row in given["people"]]
    held = _somebody(session, place)
    return County(
        place,
        closed.number,
        waiting.number,
        draft.number,
        (tasks_of(session, closed.instance_id)[0].id, office.task(waiting).id),
        document.name,
        document.check_code,
        files,
        tuple(sorted(set(session.scalars(select(LedgerRow.name))))),
        (incident.id,),
        (dead.id,),
        tuple(row[key] for row in rows for key in ("id_number", "phone")),
        (*people, *place.holders),
        _batch(office, place, closed),
        _kept(office, place, closed),
        _acts(office, place, closed, waiting),
        _migration(office, place, waiting),
        _talk(office, place, closed),
        _link(office, place, closed, waiting),
        held.person_id,
        held.id,
        _sheet(office, place),
        *_cover(office, place),
        _notice(office, place),
        *_webhook(office, place),
        _unit(session, place),
        _plan(office, place),
        _rule(office, place),
        _supervision(office, place, waiting),
        _told(office, place, closed),
        _change(office, place),
        *_dispatched(office, place, closed),
        *_taken(office, place, waiting),
        outage=_outage(office, place),
        event=_event(office, place),
        event_sheet=_event_sheet(office, place),
        hint=_hint(office, place),
        old_book=_old_book(office, place),
        account=_account(session, closed.number),
        push=failed_push(session, closed.number, office.now).id,
        **_messages(office, place, closed.instance_id),
    )


def _supervision(office: Office, place: Place, waiting: Any) -> int:
    return supervision.open_supervision(
        office.session,
        actor=office.actor(place.holders[2]),
        now=office.now,
        number=waiting.number,
        demand=f"{place.mark}的督办",
        answer_by=office.now.date() + timedelta(days=3),
    ).id


def _link(office: Office, place: Place, closed: Any, waiting: Any) -> int:
    tickets.link(
        office.session,
        actor=office.actor(place.holders[0]),
        now=office.now,
        number=closed.number,
        to=waiting.number,
        kind=LinkKind.RELATED,
    )
    return office.session.scalars(select(Link.id).order_by(Link.id.desc())).first() or 0


def _told(office: Office, place: Place, closed: Any) -> int:
    notifications.notify(
        office.session,
        kind="ticket.closed",
        people=[closed.requester_id],
        key=place.mark,
        facts={"process": f"{place.mark}的申请"},
        now=office.now,
        ticket=closed.number,
    )
    latest = select(Notification.id).order_by(Notification.id.desc())
    return office.session.scalars(latest).first() or 0


def _dispatched(office: Office, place: Place, closed: Any) -> tuple[int, int]:
    """What did not arrive by mail, and a chat that nobody chose."""
    told = select(Notification.id).order_by(Notification.id.desc())
    sent = Delivery(
        notification_id=office.session.scalars(told).first(),
        person_id=closed.requester_id,
        line="mail",
        state=DeliveryState.FAILED,
        error=f"550 {place.mark}不收",
        due_at=office.now,
        created_at=office.now,
    )
    chat = Channel(
        unit_id=unit_by_code(office.session, place.code).id,
        name=f"{place.mark}群",
        url_sealed=seal("wecombot://key"),
        entered_by_id=office.actor(place.username(Position.SYSTEM_ADMIN)).person_id,
        entered_at=office.now,
    )
    office.session.add_all((sent, chat))
    office.session.flush()
    return sent.id, chat.id


def _talk(office: Office, place: Place, closed: Any) -> int:
    """A comment that calls the leader, and a copy for the head."""
    given: dict[str, Any] = {"now": office.now, "number": closed.number}
    clerk, head, leader = place.holders[:3]
    tickets.comment(
        office.session,
        actor=office.actor(head),
        text=f"{place.mark}的留言",
        to=[leader],
        **given,
    )
    tickets.copy_to(
        office.session, actor=office.actor(clerk), text=f"{place.mark}的附言", to=[head], **given
    )
    (one,) = comments_of(office.session, closed.instance_id)
    return one


def _plan(office: Office, place: Place) -> int:
    """Somebody else of the 州 proposed it, so that the county's administrators may confirm."""
    unit = unit_by_code(office.session, f"{place.code}-new")
    made = administration.propose(
        office.session,
        actor=office.actor("duanshiyu"),
        now=office.now,
        unit_id=unit.id,
        seen=unit.rev,
        change=Change(
            PlanKind.RENAME,
            NOW.date(),
            f"{place.mark}编办1号",
            f"{place.mark}机构改革。",
            f"{place.mark}新局",
        ),
    )
    office.session.flush()
    return made.id


def _notice(office: Office, place: Place) -> int:
    """Of the county alone; its words stand in no other county's calendar."""
    made = calendar.enter_notice(
        office.session,
        actor=office.actor(place.username(Position.SYSTEM_ADMIN)),
        now=office.now,
        draft=Draft(
            unit_by_code(office.session, place.code).id,
            2027,
            f"{place.mark}1号",
            f"{place.mark}的放假通知",
            (Said(date(2027, 6, 1), DayKind.OFF, f"{place.mark}节"),),
        ),
    )
    return made.id


def _hint(office: Office, place: Place) -> int:
    unit = unit_by_code(office.session, place.code)
    facts = {"line": 2, "name": f"{place.mark}人", "conflict": "重复"}
    finding = Finding(f"test:{place.code}", unit.id, facts)
    return hints.raise_hint(office.session, rule="old-books", finding=finding, now=office.now).id


def _old_book(office: Office, place: Place) -> int:
    """Of somebody who stands in no other county's ledgers."""
    number = invented.id_number(place.seeds + 951)
    unit = unit_by_code(office.session, place.holders_unit).name
    row = f"2023-09-30,{unit},{place.mark}旧人,{number},15400010001"
    rows = f"日期,单位,姓名,身份证号,联系方式\n{row}\n"
    made = oldbooks.check_sheet(
        office.session,
        actor=office.actor(place.holders[3]),
        now=office.now,
        accepted=Accepted("旧台账.csv", "text/csv", rows.encode()),
    )
    return made.id


def _account(session: Session, number: str) -> int:
    """One that this ticket has opened."""
    opened = select(Account.id).where(Account.opened_ticket == number)
    return session.scalars(opened.order_by(Account.id)).first() or 0


def _outage(office: Office, place: Place) -> int:
    made = outages.declare(
        office.session,
        actor=office.actor(place.username(Position.SYSTEM_ADMIN)),
        now=office.now,
        draft=Stood(
            unit_by_code(office.session, place.code).id,
            office.now - timedelta(days=3),
            office.now - timedelta(days=2),
            f"{place.mark}的机房停电",
        ),
    )
    return made.id


def _messages(office: Office, place: Place, instance_id: int) -> dict[str, int]:
    """A template on file, lists for it, one that is sent to, and numbers that get nothing."""
    clerk = office.actor(place.username(Position.MESSAGE_CLERK))
    template = filed_template(office.session, clerk, name=f"{place.mark}招聘会")
    listed, spare = (
        frozen_list(office.session, clerk, template, office.now, f"{place.mark}名单.csv").id
        for _ in range(2)
    )
    sending = opened_sending(office.session, clerk, template, instance_id, office.now)
    block, blocked = (
        recipients.block(
            office.session,
            actor=clerk,
            now=office.now,
            phone=phone(place.seeds + n),
            kind=Block.REFUSED,
            source=f"{place.mark}的人来电",
        ).id
        for n in (953, 954)
    )
    mine = written(phone(place.seeds + 955), name=f"{place.mark}人")
    phone_import = imported(office.session, clerk, office.now, mine)
    entry = office.session.scalars(
        select(PhoneEntry.id).where(PhoneEntry.import_id == phone_import.id)
    ).one()
    found = {"entry": entry, "phone_import": phone_import.id}
    found |= {"template": template.id, "listed": listed, "spare": spare}
    return found | {"block": block, "blocked": blocked, "sending": sending.id}


def _event(office: Office, place: Place) -> int:
    """Somebody of the county who will move; the note stands in no other county's list."""
    number = invented.id_number(place.seeds + 950)
    identity.create_person(
        office.session,
        actor=None,
        name=f"{place.mark}调动人",
        unit=unit_by_code(office.session, place.holders_unit),
        now=office.now,
        id_number=number,
    )
    made = personnel.enter(
        office.session,
        actor=office.actor(place.holders[0]),
        now=office.now,
        draft=Moved(
            EventKind.TRANSFER,
            office.now.date() + timedelta(days=200),
            id_number=number,
            note=f"{place.mark}调令",
        ),
    )
    return made.id


def _event_sheet(office: Office, place: Place) -> str:
    rows = f"变动,姓名,身份证号,日期\n退休,{place.mark}老人,422899195001010013,2026-09-30\n"
    made = personnel.check_sheet(
        office.session,
        actor=office.actor(place.holders[0]),
        now=office.now,
        accepted=Accepted("变动.csv", "text/csv", rows.encode()),
        client_key=place.mark,
    )
    return made.id


def _rule(office: Office, place: Place) -> int:
    made = rules.enter_version(
        office.session,
        actor=office.actor(place.username(Position.SYSTEM_ADMIN)),
        now=office.now,
        draft=rule_types.Draft(
            f"rules-{place.code}",
            unit_by_code(office.session, place.code).id,
            f"{place.mark}办法",
            f"{place.mark}1号",
            place.mark,
            date(2026, 1, 1),
            None,
            (rule_types.Article("第一条", place.mark),),
        ),
    )
    return made.id


def _taken(office: Office, place: Place, waiting: Any) -> tuple[int, int]:
    unit = unit_by_code(office.session, place.code)
    admin = office.actor(place.username(Position.SYSTEM_ADMIN))
    pattern = rules.enter_pattern(
        office.session,
        actor=admin,
        now=office.now,
        numbering=rule_types.Numbering(
            f"numbers-{place.code}",
            f"{place.mark}编号",
            unit.id,
            f"{place.mark}-{{serial:3}}",
            local(office.now).date(),
        ),
    )
    number = rules.take_number(
        office.session,
        actor=admin,
        now=office.now,
        name=pattern.name,
        unit_id=unit.id,
        ticket=waiting.number,
    )
    return pattern.id, number.id


def _change(office: Office, place: Place) -> int:
    made = rules.propose_change(
        office.session,
        actor=office.actor(place.username(Position.SYSTEM_ADMIN)),
        now=office.now,
        proposal=rule_types.Proposal(
            "leader_signing",
            unit_by_code(office.session, place.code).id,
            5,
            date(2027, 1, 1),
            f"{place.mark}人手不够",
        ),
    )
    return made.id


def _webhook(office: Office, place: Place) -> tuple[int, int]:
    """Switched off, so that what the crawlers do makes nothing to be sent."""
    endpoint, _ = webhooks.add_endpoint(
        office.session,
        actor=office.actor(place.username(Position.SYSTEM_ADMIN)),
        now=office.now,
        unit=place.code,
        wanted=Wanted(f"{place.mark}大厅", f"https://{place.code}.example.com/", [*Kind]),
    )
    message = Told(webhooks.new_message(), Kind.TICKET_OPENED, office.now, place.mark, "x", "", "")
    sent = webhooks.delivery_of(endpoint.id, message, office.now)
    sent.give_up(office.now)
    office.session.add(sent)
    endpoint.switch_off()
    office.session.flush()
    return endpoint.id, sent.id


def _unit(session: Session, place: Place) -> int:
    above = unit_by_code(session, place.office)
    made = Unit(
        code=f"{place.code}-new",
        name=f"{place.mark}新设科",
        kind=UnitKind.SECTION,
        level=above.level,
        parent_id=above.id,
        division_id=above.division_id,
        path=f"{above.path}{place.code}-new/",
    )
    session.add(made)
    session.flush()
    return made.id


def _sheet(office: Office, place: Place) -> str:
    head = "姓名,单位,用户名\n"
    rows = f"{place.mark}新人,{place.office},new-{place.code}\n{place.mark}老人,不存在,x\n"
    made = administration.check_sheet(
        office.session,
        actor=office.actor(place.username(Position.SYSTEM_ADMIN)),
        now=office.now,
        accepted=Accepted("人员.csv", "text/csv", (head + rows).encode()),
        client_key=place.mark,
    )
    office.session.flush()
    return made.id


def _somebody(session: Session, place: Place) -> Appointment:
    unit = unit_by_code(session, place.office)
    person = Person(name=f"{place.mark}某人", unit_id=unit.id, created_at=NOW)
    session.add(person)
    session.flush()
    held = Appointment(
        person_id=person.id,
        position=Position.CLERK,
        unit_id=unit.id,
        starts_at=NOW - timedelta(days=30),
        source="test",
    )
    session.add(held)
    session.add(
        Login(
            person_id=person.id,
            username=f"kept-{place.code}",
            state=LoginState.ACTIVE,
            password_hash="nobody knows",
            password_changed_at=NOW,
            created_at=NOW,
        )
    )
    session.flush()
    return held


def _cover(office: Office, place: Place) -> tuple[int, int, int]:
    requester, head, _, admin, _ = (office.actor(name) for name in place.holders)
    when = {"starts_at": FAR, "ends_at": FAR + timedelta(days=1), "created_at": office.now}
    absence = Absence(
        person_id=requester.person_id,
        entered_by_id=requester.person_id,
        kind=AbsenceKind.ANNUAL,
        note=f"{place.mark}请假",
        **when,
    )
    mandate = Mandate(
        person_id=requester.person_id,
        deputy_id=head.person_id,
        written_by_id=requester.person_id,
        processes=[],
        reason=f"{place.mark}委托",
        **when,
    )
    pair = Pair(
        unit_id=admin.unit_id,
        position=Position.ACCOUNT_ADMIN,
        a_id=admin.person_id,
        b_id=requester.person_id,
        entered_by_id=admin.person_id,
        created_at=office.now,
    )
    office.session.add_all([absence, mandate, pair])
    office.session.flush()
    return absence.id, mandate.id, pair.id


def _migration(office: Office, place: Place, waiting: Any) -> str:
    version = waiting.instance.version_id
    made = Migration(
        id=f"migration-of-{place.code}",
        person_id=office.actor(place.username(Position.SYSTEM_ADMIN)).person_id,
        client_key=place.code,
        key=PROCESS,
        from_version_id=version,
        to_version_id=version,
        reason=f"{place.mark}的理由",
        state=MigrationState.DONE,
        created_at=office.now,
    )
    office.session.add(made)
    office.session.flush()
    item = MigrationItem(
        migration_id=made.id,
        number=waiting.number,
        state=MovedState.KEPT,
        told=[f"{place.mark}会丢"],
    )
    office.session.add(item)
    office.session.flush()
    return made.id


def _batch(office: Office, place: Place, closed: Any) -> str:
    made = batches.create(
        office.session,
        actor=office.requester(closed),
        now=office.now,
        numbers=[closed.number],
        mode="",
        client_key=place.mark,
    )
    made.items[0].state, made.items[0].pages = ItemState.PRINTED, 1
    data = f"%PDF-1.7 {place.mark}的批量打印".encode()
    made.pdf_sealed, made.sha256 = seal(data), digest(data)
    made.finish(office.now)
    office.session.flush()
    return made.id


def _kept(office: Office, place: Place, closed: Any) -> int:
    return saved.keep(
        office.session,
        actor=office.requester(closed),
        now=office.now,
        of="todo",
        name=f"{place.mark}的件"[:20],
        given={"q": place.mark},
    )


def _acts(office: Office, place: Place, closed: Any, waiting: Any) -> str:
    """As if the requester had wanted to agree to a step of the head's."""
    made = tasks.create_batch(
        office.session,
        actor=office.requester(closed),
        now=office.now,
        act=BatchAct.AGREE,
        items=[Seen(office.task(waiting).id, 1)],
        opinion=f"{place.mark}的意见",
        client_key=place.mark,
    )
    return made.id


def _files(office: Office, place: Place, closed: Any, document: str) -> tuple[str, ...]:
    found = []
    actor = office.requester(closed)
    for kind, at in (("ticket", "general"), ("scan", document), ("", "")):
        data = f"%PDF-1.7 {place.mark}的附件{kind}".encode()
        accepted = Accepted(f"{place.mark}{kind}.pdf", "application/pdf", data)
        kept = attachments.keep(office.session, actor=actor, now=office.now, accepted=accepted)
        found.append(kept.id)
        if kind:
            attachments.bind(
                office.session,
                actor=actor,
                now=office.now,
                ids=[("", kept.id)],
                kind=kind,
                instance_id=closed.instance_id,
                place=at,
            )
    return tuple(found)


def _walk(office: Office, place: Place, ticket: Any, steps: int) -> Any:
    for step, by in enumerate(place.holders[1:steps], start=1):
        task = office.task(ticket)
        executes = task.node.endswith("execution")
        office.decide(
            ticket,
            by=by,
            opinion="" if executes else f"{place.mark}意见{step}",
            answers={"result": f"{place.mark}办理结果{step}"} if executes else {},
            signing=DRAWN,
        )
    return ticket


def _answers(office: Office, place: Place) -> dict[str, Any]:
    given = office.answers()
    (row,) = given["people"]
    seed = int(row["phone"][-4:])
    row |= {
        "name": f"{place.mark}{'甲乙丙丁戊己庚辛壬癸'[seed % 10]}",
        "requirement": f"{place.mark}要求：分配岗位权限",
        "id_number": invented.id_number(seed),
    }
    return given


def _cast(session: Session, place: Place, name: str, positions: Sequence[Position]) -> str:
    unit = unit_by_code(session, place.office)
    person = Person(name=f"{place.mark}{name}", unit_id=unit.id, created_at=NOW)
    session.add(person)
    session.flush()
    session.add_all(
        Appointment(
            person_id=person.id,
            position=position,
            unit_id=unit.id,
            starts_at=NOW - timedelta(days=30),
            source="test",
        )
        for position in positions
    )
    login = Login(
        person_id=person.id,
        username=place.username(name),
        state=LoginState.ACTIVE,
        password_hash="nobody knows",
        password_changed_at=NOW,
        created_at=NOW,
    )
    session.add(login)
    session.flush()
    session.add_all(sessions_of(login))
    return login.username


def sessions_of(login: Login) -> Iterator[LoginSession]:
    for kind in SessionKind:
        yield LoginSession(
            login_id=login.id,
            kind=kind,
            token_hash=token_hash(token(login.username, kind)),
            created_at=NOW,
            seen_at=FAR,
            proved_at=FAR,
            idle_minutes=None,
            expires_at=FAR,
            ip="127.0.0.1",
            user_agent="",
        )
