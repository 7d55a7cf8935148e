"""Every write of the site as somebody who may do it would send it, and which bad input fits it.

A row that leaves a case out says why in a word. test_bad_input runs all that is left.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select

from app.administration import service as administration
from app.attachments.types import Accepted
from app.core import clock
from app.core.outbox import Outbox, OutboxState
from app.demo import people as invented
from app.documents import batches
from app.identity import service as identity
from app.identity.models import OneTimeCode
from app.identity.queries import get_login, unit_by_code
from app.identity.types import Position, UnitKind
from app.ledgers import freezing
from app.ledgers.models import LedgerCounter
from app.ledgers.service import append_rows
from app.ledgers.types import Period
from app.processes.models import Incident
from app.processes.queries import unit_ref
from app.processes.service import publishing, running
from app.processes.service.publishing import Bundle
from app.repairs import handover, migrations, standing
from app.saved import service as saved
from app.tasks import service as tasks
from app.tasks.types import BatchAct, Seen
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.queries import comments_of
from scripts.process import ROOT
from tests.attachments import samples
from tests.bpmn.models import catch, declared, end, model, parallel, receive, start
from tests.ledgers.books import entry
from tests.processes.events import begin, publish
from tests.rights.counties import LAIFENG, XIANFENG
from tests.support.office import DRAWN, PROCESS, RESULT, Office

CLERK, HEAD, _, ADMIN, PERMISSIONS = XIANFENG.holders
FAR_ADMIN = LAIFENG.holders[3]
CUSTODIAN = "qinxuemei"  # a colleague of the county
OTHER_ADMIN = "tanguifang"  # the second account administrator of the county
DESIGNER = XIANFENG.username("process_designer")
PUBLISHER = XIANFENG.username("process_publisher")
REPAIRER, FAR_REPAIRER = (place.username("system_admin") for place in (XIANFENG, LAIFENG))
SECOND_REPAIRER = "duanshiyu"  # of the whole region
TESTER, FAR_TESTER = (place.username("process_tester") for place in (XIANFENG, LAIFENG))
WORDS = "写了很久的话"
EXECUTION = "account_execution"


class Case(StrEnum):
    DOUBLE = "double click"
    STALE = "stale page"
    SECOND = "second person"
    STRANGER = "stranger from another county"
    LOGGED_OUT = "cookie after logout"
    DISABLED = "disabled person with an open page"
    OVERNIGHT = "page kept open overnight"
    NO_TOKEN = "form without token, cookie on REST"
    TYPE = "wrong content type"
    SIZE = "5 MB"
    LIST = "list where a text belongs"
    UNKNOWN = "unknown field"
    READ_ONLY = "read-only field"
    MONTH = "month 13"
    ROWS = "rows over the most"


Values = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request: what stands in the address, and the body or the fields."""

    values: Values = field(default_factory=dict)
    sent: Values = field(default_factory=dict)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)


Prepare = Callable[[Office], Asked]


@dataclass(frozen=True)
class Write:
    """`again`: what a second click answers, `same` or a refusal; `answers`: where they stand;
    `seen`: the number by which a page that is old is known.
    """

    by: str
    prepare: Prepare
    why: Mapping[Case, str]
    second: str = ""
    again: str = "refused"
    answers: str | None = None  # "" for fields of a page, the name of a member over REST
    stranger: str = LAIFENG.holders[0]
    seen: str = "version"


def plain(**sent: Any) -> Prepare:
    return lambda _office: Asked({}, sent)


def because(reason: str, *cases: Case) -> dict[Case, str]:
    return dict.fromkeys(cases, reason)


_C = Case
_FORM = because("no answers of a form in it", _C.READ_ONLY, _C.MONTH, _C.ROWS)
_OPEN = because("open to everybody, asks for no session", _C.LOGGED_OUT, _C.DISABLED, _C.OVERNIGHT)
_ALONE = because("names no object that somebody else could have", _C.STRANGER)
_OWN = because("one's own", _C.SECOND) | _ALONE
_NO_VERSION = because("shows no state that could grow old", _C.STALE)
_STATE = because("the state decides, not a version: see double click", _C.STALE)
_TEXTS = because("a page sends texts only", _C.LIST)
_NAMED = because("reads the fields it names, and nothing else of the form", _C.UNKNOWN)
_PAGE = _TEXTS | _NAMED
_PROOF = because("asks for a proof each time: tests/identity", _C.DOUBLE)
_KEEPS = because(
    "keeps what is unfinished; two windows: tests/tickets/test_ticket_drafts.py",
    *(_C.MONTH, _C.READ_ONLY, _C.ROWS, _C.STALE, _C.UNKNOWN, _C.LIST),
)
_MINE = because("the requester alone", _C.SECOND)
_TOLD = because("each item tells it: tests/tasks/test_task_batches.py", _C.STALE)
_NO_BODY = because("takes no body", _C.TYPE, _C.SIZE, _C.LIST, _C.UNKNOWN)
_PARTS = because("takes files, not JSON: tests/api/test_publishing.py", _C.LIST, _C.UNKNOWN)
_FILE = because("takes a file, not JSON: tests/attachments", _C.LIST, _C.UNKNOWN)
_NUMBER = because("its one member is a number", _C.LIST)
_SCANS = because("the same paper twice is one scan: see double click", _C.SECOND)
_REST_OPEN = _OPEN | because("reads no session at all", _C.NO_TOKEN)


def fields(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as the form's page sends them."""
    found = {key: value for key, value in answers.items() if key != "people"}
    for n, row in enumerate(answers["people"]):
        found |= {f"people-{n}-{key}": value for key, value in row.items()}
    return found


def draft(office: Office) -> Asked:
    answers = office.answers()
    ticket = office.draft(CLERK, answers)
    return Asked({"number": ticket.number}, {"act": "submit", **fields(answers)})


def draft_over_rest(office: Office) -> Asked:
    answers = office.answers()
    return Asked({"number": office.draft(CLERK, answers).number}, {"answers": answers})


def submitted(**sent: Any) -> Prepare:
    return lambda office: Asked({"number": office.start(CLERK).number}, sent)


def returned(**sent: Any) -> Prepare:
    def make(office: Office) -> Asked:
        ticket = office.start(CLERK)
        office.send_back(ticket)
        return Asked({"number": ticket.number}, sent)

    return make


def at(node: str, *, claimed: bool = False, **sent: Any) -> Prepare:
    """A task that waits at `node`, with the version its page shows."""

    def make(office: Office) -> Asked:
        ticket = office.walk(office.start(CLERK), to=node)
        task = office.task(ticket)
        if claimed:
            tasks.claim(
                office.session, actor=office.actor(ADMIN), now=office.tick(), task_id=task.id
            )
        return Asked({"task_id": task.id}, {"version": task.version, **sent})

    return make


def hearing(office: Office) -> Ticket:
    """A ticket of a tester that waits for a signal beside a message."""
    parts = start() + parallel("fork") + catch("hear", "signal go") + receive("wait", "reply")
    flows = "start->fork\nfork->hear\nfork->wait\nhear->end\nwait->end"
    publish(office, model(parts + end(), flows, beside=declared("signal go", "message reply")))
    return begin(office, by=TESTER)


def decided(**sent: Any) -> Prepare:
    """A step that 秦永安 has done and nobody has followed."""

    def make(office: Office) -> Asked:
        ticket = office.walk(office.start(CLERK), to="leader_approval")
        task = next(t for t in office.tasks(ticket) if t.node == "department_opinion")
        return Asked({"task_id": task.id}, {"version": task.version, **sent})

    return make


def signed_with(**sent: Any) -> Prepare:
    """秦永安 has asked the keeper of the seal to sign beside him."""

    def make(office: Office) -> Asked:
        task = office.task(office.start(CLERK))
        tasks.add_signers(
            office.session,
            actor=office.actor(HEAD),
            now=office.tick(),
            task_id=task.id,
            version=task.version,
            to=[CUSTODIAN],
            place="parallel",
            reason="",
        )
        return Asked({"task_id": task.id}, {"version": task.version, **sent})

    return make


def broken(office: Office) -> Incident:
    """An act whose effect failed; somebody has tried once."""
    ticket = office.walk(office.start(CLERK), to="permission_execution")
    incident = running.open_incident(
        office.session,
        now=office.tick(),
        instance=ticket.instance,
        node="apply_grants",
        cause="账户平台没有应答。",
        detail="",
    )
    incident.tries = 1
    office.session.flush()
    return incident


def letter(office: Office, state: OutboxState) -> Outbox:
    """A notice of a ticket that did not go out; somebody has sent it again once."""
    ticket = office.start(CLERK)
    row = Outbox(
        topic="tickets.notice",
        key=f"rows:{ticket.number}",
        payload={},
        ticket=ticket.number,
        state=state,
        retries=1,
        error="没有应答。",
        due_at=office.now,
        created_at=office.now,
    )
    office.session.add(row)
    office.session.flush()
    return row


def dead(**sent: Any) -> Prepare:
    return lambda office: Asked({"row_id": letter(office, OutboxState.DEAD).id}, sent)


def held(office: Office) -> Asked:
    return Asked({}, {"row": letter(office, OutboxState.HELD).id})


def second_version(office: Office) -> None:
    """The same process with a remark in its diagram."""
    bundle = Bundle.read(ROOT, PROCESS)
    model = bundle.model.replace(b"</bpmn:definitions>", b"<!-- 2 --></bpmn:definitions>")
    made = publishing.deploy(office.session, now=office.now, bundle=replace(bundle, model=model))
    publishing.publish(office.session, now=office.now, key=made.key, number=made.number)


def repairable(what: str, *, over_rest: bool) -> Prepare:
    def make(office: Office) -> Asked:
        ticket = office.walk(office.start(CLERK), to="leader_approval")
        given: dict[str, Any] = {
            "move": {"to" if over_rest else "target": "department_opinion"},
            "edit": {"changes": {"n": 1}} if over_rest else {"name": "n", "value": "1"},
            "migrate": {"version": 2},
        }.get(what, {})
        if what == "resume":
            given_by: dict[str, Any] = {"actor": office.actor(REPAIRER), "now": office.tick()}
            standing.suspend(office.session, number=ticket.number, reason=WORDS, **given_by)
        if what == "migrate":
            second_version(office)
        sent = {"reason": WORDS, "rev": ticket.instance.rev, **given}
        if what in ("move", "migrate") and not over_rest:
            sent["step"] = "do"
        return Asked({"number": ticket.number}, sent)

    return make


def many(**sent: Any) -> Prepare:
    def make(office: Office) -> Asked:
        office.start(CLERK)
        second_version(office)
        return Asked({"key": PROCESS, "number": 1}, sent)

    return make


def running_migration(office: Office) -> Asked:
    office.start(CLERK)
    second_version(office)
    made = migrations.create(
        office.session,
        actor=office.actor(REPAIRER),
        now=office.tick(),
        key=PROCESS,
        number=1,
        version=2,
        reason="",
        client_key="k" * 32,
    )
    return Asked({"migration_id": made.id})


def scan(office: Office) -> Asked:
    ticket: Ticket = office.start(CLERK)
    return Asked({"number": ticket.number, "name": PROCESS}, files=PAPER)


def batch(office: Office) -> Asked:
    made = batches.create(
        office.session,
        actor=office.actor(CLERK),
        now=office.tick(),
        numbers=[office.start(CLERK).number],
        mode="",
        client_key="k" * 32,
    )
    return Asked({"batch_id": made.id})


def somebody(**sent: Any) -> Prepare:
    """Somebody of the county with a login and a position, as the page shows them."""

    def make(office: Office) -> Asked:
        unit = unit_by_code(office.session, f"{XIANFENG.code}-rsj")
        given: dict[str, Any] = {"actor": None, "now": office.tick()}
        person = identity.create_person(office.session, name="某人", unit=unit, **given)
        identity.create_login(office.session, person_id=person.id, username="somebody", **given)
        held = identity.appoint(
            office.session,
            person_id=person.id,
            position=Position.CLERK,
            unit=unit,
            source="test",
            **given,
        )
        office.session.flush()
        taken = {"appointment_id": held.id} if sent.get("take") else {}
        if sent.get("disabled"):
            identity.disable_login(office.session, username="somebody", **given)
        if sent.get("loose"):
            login = get_login(office.session, "somebody")
            office.session.execute(delete(OneTimeCode).where(OneTimeCode.login_id == login.id))
            office.session.delete(login)
        fields = {name: value for name, value in sent.items() if name not in KINDS}
        return Asked({"person_id": person.id, **taken}, {"rev": person.rev, **fields})

    return make


def claimable(office: Office) -> tuple[int, int]:
    """A task that both administrators are offered, with its version."""
    task = office.task(office.walk(office.start(CLERK), to=EXECUTION))
    return task.id, task.version


def acted(office: Office) -> Asked:
    """A batch of one task that still waits for the worker."""
    task_id, version = claimable(office)
    made = tasks.create_batch(
        office.session,
        actor=office.actor(ADMIN),
        now=office.tick(),
        act=BatchAct.CLAIM,
        items=[Seen(task_id, version)],
        opinion="",
        client_key="k" * 32,
    )
    return Asked({"task_batch_id": made.id})


ONCE_FOR_ALL = {"client_key": "k" * 32, "step": "do"}


def claiming(office: Office) -> Asked:
    given = {"act": "claim", "client_key": "k" * 32}
    return Asked({}, {"item": "{}:{}".format(*claimable(office)), **given})


def claiming_over_rest(office: Office) -> Asked:
    task_id, version = claimable(office)
    return Asked({}, {"act": "claim", "items": [{"id": task_id, "version": version}]})


def kept(**sent: Any) -> Prepare:
    def make(office: Office) -> Asked:
        given: dict[str, Any] = {"of": "todo", "name": "急件", "given": {"q": "QX"}}
        made = saved.keep(office.session, actor=office.actor(CLERK), now=office.tick(), **given)
        return Asked({"filter_id": made}, sent)

    return make


KINDS = ("take", "disabled", "loose")


def soon(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


def leaving(**sent: Any) -> Prepare:
    return lambda _office: Asked({}, {"from": soon(3), "to": soon(5), **sent})


def absent(**sent: Any) -> Prepare:
    """An absence that 姚海洋 has planned, of which a page shows the second version."""

    def make(office: Office) -> Asked:
        days = {"first": clock.today() + timedelta(3), "last": clock.today() + timedelta(5)}
        given: dict[str, Any] = {"actor": office.actor(CLERK), "now": clock.utcnow(), **days}
        made = identity.enter_absence(office.session, username="", kind="study", **given)
        made.version = 2
        office.session.flush()
        return Asked({"absence_id": made.id}, {"version": 2, **sent})

    return make


def mandated(**sent: Any) -> Prepare:
    def make(office: Office) -> Asked:
        days = {"first": clock.today() + timedelta(3), "last": clock.today() + timedelta(5)}
        given: dict[str, Any] = {"actor": office.actor(CLERK), "now": clock.utcnow(), **days}
        made = identity.write_mandate(office.session, deputy=HEAD, **given)
        made.version = 2
        office.session.flush()
        return Asked({"mandate_id": made.id}, {"version": 2, **sent})

    return make


def paired(office: Office) -> Asked:
    given: dict[str, Any] = {"actor": office.actor(REPAIRER), "now": clock.utcnow()}
    made = identity.enter_pair(office.session, **given, **PAIR)
    made.version = 2
    office.session.flush()
    return Asked({"pair_id": made.id}, {"version": 2})


def leaving_office(*, over_rest: bool) -> Prepare:
    """谭丽华 leaves; what she has in hand is to go to her colleague."""

    def make(office: Office) -> Asked:
        at(EXECUTION, claimed=True)(office)
        found = handover.preview(
            office.session, actor=office.actor(REPAIRER), now=clock.utcnow(), username=ADMIN
        )
        to = {part.key: OTHER_ADMIN for part in found.parts if part.what is handover.What.TASK}
        sent: dict[str, Any] = {"mark": found.mark, "reason": WORDS}
        sent |= {"receivers": to} if over_rest else {f"to-{key}": who for key, who in to.items()}
        return Asked({"username": ADMIN}, sent)

    return make


_MARK = because("what was read has a mark, no number: tests/cover/test_handover.py", _C.STALE)
# Not in the position in which the county's own pair stands.
PAIR = {"unit": "422826-jyzx", "position": "dept_head", "a": HEAD, "b": CLERK}
PAPER = {"file": (samples.pdf(), "签字件.pdf")}


BUNDLE = (b"<x/>", "x.bpmn")


def october_book(office: Office) -> Asked:
    """Two rows of a month that is over, in the county's book."""
    unit = unit_ref(office.session, unit_by_code(office.session, XIANFENG.holders_unit).id)
    day = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
    append_rows(office.session, now=day, unit=unit, entries=[entry("T1#1"), entry("T1#2")])
    seen = {"rows": 2, "last_serial": seen_last(office), "unit": XIANFENG.code}
    return Asked({"name": "accounts", "month": "2026-10"}, seen)


def seen_last(office: Office) -> int:
    return office.session.scalars(
        select(LedgerCounter.last).where(
            LedgerCounter.name == "accounts",
            LedgerCounter.unit_id == unit_by_code(office.session, XIANFENG.code).id,
        )
    ).one()


def proposed(office: Office) -> Asked:
    asked = october_book(office)
    _by(office, PERMISSIONS, freezing.propose, asked)
    return asked


def frozen(office: Office) -> Asked:
    asked = proposed(office)
    _by(office, OTHER_ADMIN, freezing.confirm, asked)
    return Asked(asked.values, {"unit": XIANFENG.code})


def _by(office: Office, who: str, act: Callable[..., Any], asked: Asked) -> None:
    act(
        office.session,
        actor=office.actor(who),
        now=office.tick(),
        name=asked.values["name"],
        period=Period.parse(asked.values["month"]),
        seen=freezing.Seen(asked.sent["rows"], asked.sent["last_serial"]),
        unit=asked.sent["unit"],
    )


def filled(office: Office) -> Values:
    return {"client_key": "k" * 32, "act": "submit", **fields(office.answers())}


def typed(answers: Mapping[str, Any]) -> Values:
    """What an open page keeps by itself, at its first turn."""
    return {"draft-page": "a" * 32, "draft-base": "", "draft-turn": "1", **fields(answers)}


def half_filled(office: Office) -> Asked:
    answers = office.answers()
    return Asked({"number": office.draft(CLERK, answers).number}, typed(answers))


DECIDE = {
    "act": "complete:done",
    "result": RESULT,
    "own-opinion": WORDS,
    "own-signature_kind": "drawn",
    "own-signature": DRAWN.image,
}
COMPLETE = {
    "outcome": "done",
    "answers": {"result": RESULT},
    "signature": {"kind": "drawn", "image": DRAWN.image},
}
_EXECUTION_FORM = because("its form has one text", _C.READ_ONLY, _C.MONTH, _C.ROWS)
_EACH = because("each time is an act and an event of its own", _C.DOUBLE)

_ADDS = because("shows no state that could grow old: it adds a line", _C.STALE)
_EVERYBODY = because("everybody who sees the ticket may", _C.SECOND)
_ITS_WRITER = because("its writer alone: tests/tickets/test_ticket_talk.py", _C.SECOND)
_ONCE = because("one of two is heard: tests/tickets/test_ticket_urging.py", _C.SECOND)
_OWN_COPY = because("each marks what he was told himself", _C.SECOND)
_STOPS = because("stopping what somebody else has stopped changes nothing", _C.SECOND)
_MAP = because("a map of variables: tests/repairs/test_steering.py", _C.LIST)


def said(office: Office) -> Asked:
    """A comment of a moment ago."""
    ticket = office.start(CLERK)
    given: dict[str, Any] = {"actor": office.actor(CLERK), "now": clock.utcnow()}
    tickets.comment(office.session, number=ticket.number, text=WORDS, **given)
    (one,) = comments_of(office.session, ticket.instance_id)
    return Asked({"number": ticket.number, "comment_id": one})


def told(office: Office) -> Asked:
    """A ticket that 姚海洋 has copied to 秦永安."""
    ticket = office.start(CLERK)
    given: dict[str, Any] = {"actor": office.actor(CLERK), "now": office.tick()}
    tickets.copy_to(office.session, number=ticket.number, to=[HEAD], **given)
    return Asked({"number": ticket.number})


def mended(what: str, *, over_rest: bool = False) -> Write:
    """An administrator's repair, from a page that knows the ticket's state."""
    more = _FORM if over_rest else _PAGE | _FORM
    return Write(
        REPAIRER,
        repairable(what, over_rest=over_rest),
        more | (_MAP if over_rest and what == "edit" else {}),
        second=SECOND_REPAIRER,
        again="same" if over_rest else "refused",
        stranger=FAR_REPAIRER,
        seen="rev",
    )


def keeps(prepare: Prepare) -> Write:
    """An administrator keeps somebody, from a page that knows their state."""
    return Write(
        REPAIRER,
        prepare,
        _PAGE | _FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
        seen="rev",
    )


def unit(*, closed: bool = False, hides: bool = False, **sent: Any) -> Prepare:
    """A new unit of the county, with nothing in it."""

    def make(office: Office) -> Asked:
        above = unit_by_code(office.session, f"{XIANFENG.code}-rsj")
        given: dict[str, Any] = {"actor": office.actor(REPAIRER), "now": office.tick()}
        made = administration.add_unit(
            office.session,
            **given,
            unit_id=above.id,
            seen=above.rev,
            code="422826-trial",
            name="试设科",
            kind=UnitKind.SECTION,
        )
        office.session.flush()
        if closed:
            administration.close_unit(office.session, **given, unit_id=made.id, seen=made.rev)
        if hides:
            administration.hide_process(
                office.session, **given, unit_id=made.id, seen=made.rev, key=PROCESS
            )
        return Asked({"unit_id": made.id}, {"rev": made.rev, **sent})

    return make


SHEET = ("姓名,单位,用户名\n某人,422826-rsj,somebody\n".encode(), "人员.csv")


def sheet(*, confirmed: bool = False) -> Prepare:
    def make(office: Office) -> Asked:
        given: dict[str, Any] = {"actor": office.actor(REPAIRER), "now": office.tick()}
        made = administration.check_sheet(
            office.session,
            accepted=Accepted(SHEET[1], "text/csv", SHEET[0]),
            client_key="k" * 32,
            **given,
        )
        if confirmed:
            administration.confirm(office.session, import_id=made.id, **given)
        return Asked({"import_id": made.id})

    return make


def imports(prepare: Prepare, *, over_rest: bool = False) -> Write:
    more = _NO_BODY if over_rest else _PAGE
    return Write(
        REPAIRER,
        prepare,
        more | _FORM | _STATE | because("one's own import", _C.SECOND),
        again="same",
        stranger=FAR_REPAIRER,
    )


ADDED = {
    "name": "某人",
    "unit": "422826-rsj",
    "username": "somebody",
    "phone": "15400010001",
    "position": "clerk",
}
WRITES: Mapping[str, Write] = {
    # ── the browser ──
    "web.large": Write(
        CLERK,
        plain(large="1", reason=WORDS),
        _OPEN | _OWN | _NO_VERSION | _PAGE | _FORM,
        again="same",
    ),
    "web.help_lines": Write(
        CLERK,
        plain(help="0", reason=WORDS),
        _OPEN | _OWN | _NO_VERSION | _PAGE | _FORM,
        again="same",
    ),
    "identity.sign_in": Write(
        CLERK,
        plain(username="nobody", password="x"),
        _OPEN | _OWN | _NO_VERSION | _PAGE | _FORM | _PROOF,
    ),
    "identity.enter": Write(
        CLERK,
        plain(username="nobody"),
        _OPEN | _OWN | _NO_VERSION | _PAGE | _FORM | because("the demonstration's door", _C.DOUBLE),
    ),
    "identity.logout": Write(
        CLERK,
        plain(),
        _OPEN
        | _OWN
        | _NO_VERSION
        | _PAGE
        | _FORM
        | because("who is out stays out: tests/identity", _C.DOUBLE),
    ),
    "identity.answer": Write(
        CLERK, plain(code="000000"), _OPEN | _OWN | _NO_VERSION | _PAGE | _FORM | _PROOF
    ),
    "identity.activate": Write(
        CLERK,
        plain(username="nobody", code="x"),
        _OPEN | _OWN | _NO_VERSION | _PAGE | _FORM | _PROOF,
    ),
    "identity.change_password": Write(
        CLERK,
        plain(current="wrong", new="Geheim-Wort-99", again="Geheim-Wort-99"),
        _OWN | _NO_VERSION | _PAGE | _FORM | _PROOF,
    ),
    "identity.end_session": Write(
        CLERK,
        lambda _office: Asked({"session_id": 10**9}),
        _OWN
        | _NO_VERSION
        | _PAGE
        | _FORM
        | because("a session that is over stays over: tests/identity", _C.DOUBLE),
    ),
    "identity.end_other_sessions": Write(
        CLERK, plain(), _OWN | _NO_VERSION | _PAGE | _FORM | _EACH
    ),
    "identity.begin_second_factor": Write(
        CLERK, plain(), _OWN | _NO_VERSION | _PAGE | _FORM | _PROOF
    ),
    "identity.confirm_second_factor": Write(
        CLERK, plain(code="000000"), _OWN | _NO_VERSION | _PAGE | _FORM | _PROOF
    ),
    "identity.remove_second_factor": Write(
        CLERK, plain(), _OWN | _NO_VERSION | _PAGE | _FORM | _PROOF
    ),
    "identity.prove": Write(
        CLERK, plain(proof="wrong"), _OWN | _NO_VERSION | _PAGE | _FORM | _PROOF
    ),
    "administration.add": Write(
        REPAIRER,
        plain(**ADDED),
        _ALONE | _NO_VERSION | _PAGE | _FORM,
        second=SECOND_REPAIRER,
    ),
    "administration.change": keeps(somebody(name="某某人", unit="422826-rsj")),
    "administration.open_login": keeps(somebody(loose=True, username="another")),
    "administration.disable": keeps(somebody()),
    "administration.enable": keeps(somebody(disabled=True)),
    "administration.send_code": keeps(somebody()),
    "administration.limit": keeps(somebody(until="2099-12-31")),
    "administration.give": keeps(somebody(position="dept_head", unit="422826-rsj")),
    "administration.take": keeps(somebody(take=True)),
    "administration.add_unit": keeps(
        unit(code="422826-trial-b", unit_name="试设股", kind="section")
    ),
    "administration.rename_unit": keeps(unit(unit_name="试设二科")),
    "administration.close_unit": keeps(unit()),
    "administration.reopen_unit": keeps(unit(closed=True)),
    "administration.hide_process": keeps(unit(key=PROCESS)),
    "administration.show_process": keeps(unit(hides=True, key=PROCESS)),
    "administration.upload": Write(
        REPAIRER,
        lambda _office: Asked({}, {"client_key": "k" * 32}, {"file": SHEET}),
        _OWN | _NO_VERSION | _PAGE | _FORM,
        again="same",
    ),
    "administration.confirm_import": imports(sheet()),
    "administration.stop_import": imports(sheet(confirmed=True)),
    "api.create_import": Write(
        REPAIRER,
        lambda _office: Asked({"kind": "people"}, files={"file": SHEET}),
        _OWN | _NO_VERSION | _FILE | _FORM,
        again="same",
    ),
    "api.confirm_import": imports(sheet(), over_rest=True),
    "api.stop_import": imports(sheet(confirmed=True), over_rest=True),
    "identity.enter_absence": Write(
        CLERK,
        leaving(kind="study", note="", reason=WORDS),
        _OWN | _NO_VERSION | _PAGE | _FORM,
        again="same",
    ),
    "identity.change_absence": Write(
        CLERK, absent(to=soon(4)), _PAGE | _FORM, second=SECOND_REPAIRER
    ),
    "identity.end_absence": Write(CLERK, absent(), _PAGE | _FORM, second=SECOND_REPAIRER),
    "identity.write_mandate": Write(
        CLERK,
        leaving(deputy=HEAD, reason=WORDS),
        _OWN | _NO_VERSION | _PAGE | _FORM,
        again="same",
    ),
    "identity.change_mandate": Write(
        CLERK, mandated(to=soon(4)), _PAGE | _FORM, second=SECOND_REPAIRER
    ),
    "identity.end_mandate": Write(CLERK, mandated(), _PAGE | _FORM, second=SECOND_REPAIRER),
    "identity.revoke_mandate": Write(CLERK, mandated(), _PAGE | _FORM, second=SECOND_REPAIRER),
    "identity.enter_pair": Write(
        REPAIRER,
        plain(reason=WORDS, **PAIR),
        _NO_VERSION | _PAGE | _FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "identity.end_pair": Write(
        REPAIRER, paired, _PAGE | _FORM, second=SECOND_REPAIRER, stranger=FAR_REPAIRER
    ),
    "tasks.claim": Write(
        ADMIN, at(EXECUTION), _STATE | _PAGE | _FORM, second=OTHER_ADMIN, again="same"
    ),
    "tasks.release": Write(
        ADMIN,
        at(EXECUTION, claimed=True),
        _PAGE | _FORM | because("only its holder may: tests/tickets", _C.SECOND),
    ),
    "tasks.withdraw": Write(
        HEAD,
        decided(reason=WORDS),
        _PAGE | _FORM | because("its decider alone: tests/tasks", _C.SECOND),
    ),
    "saved.write_phrases": Write(
        CLERK,
        plain(phrases=WORDS, rev=0),
        _OWN | _PAGE | _FORM | because("its own number: tests/saved/test_phrases.py", _C.STALE),
        again="same",
    ),
    "saved.keep": Write(
        CLERK,
        plain(list="todo", name="急件", q="QX"),
        _OWN | _NO_VERSION | _PAGE | _FORM,
        again="same",
    ),
    "saved.rename": Write(
        CLERK, kept(name="缓件"), _MINE | _NO_VERSION | _PAGE | _FORM, again="same"
    ),
    "saved.default": Write(CLERK, kept(on="1"), _MINE | _NO_VERSION | _PAGE | _FORM, again="same"),
    "saved.drop": Write(
        CLERK,
        kept(),
        _MINE | _STATE | _PAGE | _FORM | because("what is gone is not found", _C.DOUBLE),
    ),
    "tasks.create_batch": Write(ADMIN, claiming, _OWN | _TOLD | _PAGE | _FORM, again="same"),
    "tasks.stop_batch": Write(ADMIN, acted, _STATE | _PAGE | _FORM | _MINE, again="same"),
    "tasks.retry_batch": Write(ADMIN, acted, _STATE | _PAGE | _FORM | _MINE, again="same"),
    "tickets.create": Write(
        CLERK,
        lambda office: Asked({"process": PROCESS}, filled(office)),
        _ALONE
        | _NO_VERSION
        | _TEXTS
        | because("it is the page's own ticket, found by its key", _C.SECOND),
        again="same",
        answers="",
    ),
    "tickets.keep_new": Write(
        CLERK,
        lambda office: Asked({"process": PROCESS}, typed(office.answers())),
        _ALONE | _KEEPS | because("it is the page's own draft, found by its key", _C.SECOND),
        again="same",
    ),
    "tickets.keep": Write(CLERK, half_filled, _MINE | _KEEPS, again="same"),
    "tickets.update": Write(CLERK, draft, _MINE | _STATE | _TEXTS, again="same", answers=""),
    "tickets.withdraw": Write(CLERK, submitted(reason=WORDS), _MINE | _STATE | _PAGE | _FORM),
    "tickets.cancel": Write(CLERK, returned(reason=WORDS), _MINE | _STATE | _PAGE | _FORM),
    "tickets.reveal": Write(
        CLERK,
        submitted(what="id_number:1", reason=WORDS),
        _MINE | _NO_VERSION | _PAGE | _FORM | _EACH,
    ),
    "tickets.comment": Write(
        CLERK,
        submitted(text=WORDS, client_key="b" * 32, to=HEAD),
        _EVERYBODY | _ADDS | _PAGE | _FORM,
        again="same",
    ),
    "tickets.withdraw_comment": Write(
        CLERK, said, _ITS_WRITER | _STATE | _PAGE | _FORM, again="same"
    ),
    "tickets.copy": Write(
        CLERK,
        submitted(text=WORDS, to=HEAD),
        _EVERYBODY | _ADDS | _PAGE | _FORM,
        again="same",
    ),
    "tickets.urge_several": Write(
        CLERK,
        lambda office: Asked({}, {"number": office.start(CLERK).number, **ONCE_FOR_ALL}),
        _OWN | _NO_VERSION | _PAGE | _FORM,
        again="same",
    ),
    "tickets.urge": Write(CLERK, submitted(text=WORDS), _STATE | _PAGE | _FORM | _ONCE),
    "tickets.seen": Write(HEAD, told, _OWN_COPY | _STATE | _PAGE | _FORM, again="same"),
    "tickets.decide": Write(
        ADMIN, at(EXECUTION, **DECIDE), _PAGE | _EXECUTION_FORM, second=OTHER_ADMIN
    ),
    "tickets.hand": Write(
        ADMIN,
        at(EXECUTION, **{"act": "transfer", "own-to": OTHER_ADMIN, "own-reason": WORDS}),
        _PAGE | _FORM,
        second=OTHER_ADMIN,
    ),
    "tickets.remove_signer": Write(
        HEAD,
        signed_with(**{"own-to": CUSTODIAN}),
        _PAGE | _FORM | because("only who added: tests/tasks", _C.SECOND),
    ),
    "tickets.export": Write(
        CLERK,
        lambda office: Asked({}, {"number": office.start().number, "q": WORDS}),
        _NO_VERSION
        | _PAGE
        | _FORM
        | _EACH
        | because("everybody exports what he may see", _C.SECOND),
    ),
    "audit.verify": Write(
        XIANFENG.username("auditor"),
        plain(reason=WORDS),
        _ALONE
        | _NO_VERSION
        | _PAGE
        | _FORM
        | _EACH
        | because("reads only; every reading is on record", _C.SECOND),
    ),
    "ledgers.export": Write(
        ADMIN,
        lambda _office: Asked({"name": "accounts"}, {"q": WORDS, "from": "2026-11-01"}),
        _ALONE
        | _NO_VERSION
        | _PAGE
        | _EACH
        | because("everybody has rows of their own", _C.SECOND)
        | because("no answers of a form in it", _C.READ_ONLY, _C.ROWS),
        answers=None,
    ),
    "ledgers.freeze": Write(
        ADMIN,
        october_book,
        _PAGE | _FORM,
        second=OTHER_ADMIN,
        stranger=FAR_ADMIN,
        seen="rows",
    ),
    "ledgers.confirm": Write(
        ADMIN,
        proposed,
        _PAGE | _FORM,
        second=OTHER_ADMIN,
        stranger=FAR_ADMIN,
        seen="rows",
    ),
    "ledgers.take_month": Write(
        ADMIN,
        frozen,
        _PAGE
        | _EACH
        | _NO_VERSION
        | _FORM
        | because("everybody takes a copy of his own", _C.SECOND),
        stranger=FAR_ADMIN,
    ),
    "attachments.upload": Write(
        CLERK,
        lambda _office: Asked(files=PAPER),
        _OWN
        | _NO_VERSION
        | _FILE
        | _FORM
        | because("each is a file; what is used nowhere goes after a day", _C.DOUBLE),
    ),
    "documents.create_batch": Write(
        CLERK,
        lambda office: Asked(
            {}, {"client_key": "k" * 32, "numbers": office.start(CLERK).number, "mode": ""}
        ),
        _OWN | _NO_VERSION | _PAGE | _FORM,
        again="same",
    ),
    "documents.stop_batch": Write(CLERK, batch, _STATE | _PAGE | _FORM | _MINE, again="same"),
    "documents.scan": Write(CLERK, scan, _NO_VERSION | _FILE | _FORM | _SCANS, again="same"),
    "authoring.upload": Write(
        DESIGNER,
        lambda _office: Asked({}, {"act": "save"}, {"files": BUNDLE}),
        _ALONE
        | _NO_VERSION
        | _FORM
        | _PAGE
        | because("what is refused keeps nothing; the same bundle: tests/authoring", _C.DOUBLE)
        | because("another bundle is another version", _C.SECOND),
    ),
    "authoring.publish": Write(
        PUBLISHER,
        lambda _office: Asked({"key": PROCESS, "number": 1}, {"instead_of": "1"}),
        _ALONE
        | _FORM
        | _PAGE
        | because("what was in force, not a version: tests/authoring", _C.STALE)
        | because("already published: tests/authoring", _C.DOUBLE, _C.SECOND),
    ),
    "repairs.retry": Write(
        REPAIRER,
        lambda office: Asked({"incident_id": broken(office).id}, {"tries": 1}),
        _PAGE | _FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
        seen="tries",
    ),
    "repairs.retry_row": Write(
        REPAIRER,
        dead(retries=1),
        _PAGE | _FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
        seen="retries",
    ),
    "repairs.discard_row": Write(
        REPAIRER,
        dead(reason=WORDS, state="dead"),
        _STATE | _PAGE | _FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "repairs.release_rows": Write(
        REPAIRER,
        held,
        _STATE | _PAGE | _FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "repairs.suspend": mended("suspend"),
    "repairs.resume": mended("resume"),
    "repairs.cancel": mended("cancel"),
    "repairs.move": mended("move"),
    "repairs.edit": mended("edit"),
    "repairs.migrate": mended("migrate"),
    "repairs.hand_over": Write(
        REPAIRER,
        leaving_office(over_rest=False),
        _MARK | _PAGE | _FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "repairs.create_migration": Write(
        REPAIRER,
        many(version=2, client_key="k" * 32, reason=WORDS),
        _ALONE | _NO_VERSION | _PAGE | _FORM,
        second=SECOND_REPAIRER,
        again="same",
    ),
    "repairs.stop_migration": Write(
        REPAIRER,
        running_migration,
        _STATE | _STOPS | _PAGE | _FORM,
        stranger=FAR_REPAIRER,
        again="same",
    ),
    # ── REST ──
    "api.create_token": Write(
        CLERK,
        plain(username="nobody", password="x"),
        _REST_OPEN | _OWN | _NO_VERSION | _FORM | _PROOF,
    ),
    "api.delete_token": Write(
        CLERK,
        plain(),
        _OWN
        | _NO_VERSION
        | _FORM
        | _NO_BODY
        | because("who is out stays out: tests/api/test_requests.py", _C.DOUBLE),
    ),
    "api.create_version": Write(
        DESIGNER,
        plain(),
        _ALONE
        | _NO_VERSION
        | _FORM
        | _PARTS
        | because("the same bundle is the same version: tests/api/test_publishing.py", _C.DOUBLE)
        | because("another bundle is another version", _C.SECOND),
    ),
    "api.publish_version": Write(
        PUBLISHER,
        lambda _office: Asked({"key": PROCESS, "number": 1}),
        _ALONE
        | _STATE
        | _FORM
        | _NO_BODY
        | because("already published: tests/api/test_publishing.py", _C.DOUBLE, _C.SECOND),
    ),
    "api.lint_bundle": Write(
        DESIGNER,
        plain(),
        _ALONE | _NO_VERSION | _FORM | _PARTS | because("keeps nothing", _C.DOUBLE, _C.SECOND),
    ),
    "api.create_absence": Write(
        CLERK,
        leaving(kind="study"),
        _OWN | _NO_VERSION | _FORM,
        again="same",
    ),
    "api.change_absence": Write(
        CLERK, absent(to=soon(4)), _FORM, second=SECOND_REPAIRER, again="same"
    ),
    "api.end_absence": Write(CLERK, absent(), _FORM, second=SECOND_REPAIRER, again="same"),
    "api.create_mandate": Write(
        CLERK,
        leaving(deputy=HEAD),
        _OWN | _NO_VERSION | _FORM,
        again="same",
    ),
    "api.change_mandate": Write(
        CLERK, mandated(to=soon(4)), _FORM, second=SECOND_REPAIRER, again="same"
    ),
    "api.end_mandate": Write(CLERK, mandated(), _FORM, second=SECOND_REPAIRER, again="same"),
    "api.revoke_mandate": Write(CLERK, mandated(), _FORM, second=SECOND_REPAIRER, again="same"),
    "api.create_pair": Write(
        REPAIRER,
        plain(**PAIR),
        _NO_VERSION | _FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "api.end_pair": Write(
        REPAIRER, paired, _FORM, second=SECOND_REPAIRER, again="same", stranger=FAR_REPAIRER
    ),
    "api.create_ticket": Write(
        CLERK,
        lambda office: Asked({}, {"process": PROCESS, "answers": office.answers()}),
        _OWN | _NO_VERSION,
        again="same",
        answers="answers",
    ),
    "api.withdraw": Write(CLERK, submitted(reason=WORDS), _MINE | _STATE | _FORM, again="same"),
    "api.resubmit": Write(CLERK, draft_over_rest, _MINE | _STATE, again="same", answers="answers"),
    "api.cancel": Write(CLERK, returned(reason=WORDS), _MINE | _STATE | _FORM, again="same"),
    "api.reveal": Write(
        CLERK,
        submitted(row=1, field="id_number", reason=WORDS),
        _MINE | _NO_VERSION | _FORM | _EACH,
    ),
    "api.write_phrases": Write(
        CLERK,
        plain(phrases=[WORDS], rev=0),
        _OWN
        | _FORM
        | because("takes a list: tests/saved/test_phrases.py", _C.LIST)
        | because("its own number: tests/saved/test_phrases.py", _C.STALE),
        again="same",
    ),
    "api.comment": Write(
        CLERK,
        submitted(text=WORDS, to=[HEAD]),
        _EVERYBODY | _ADDS | _FORM,
        again="same",
    ),
    "api.withdraw_comment": Write(
        CLERK, said, _ITS_WRITER | _STATE | _FORM | _NO_BODY, again="same"
    ),
    "api.copy": Write(
        CLERK,
        submitted(text=WORDS, to=[HEAD]),
        _EVERYBODY | _ADDS | _FORM,
        again="same",
    ),
    "api.urge": Write(CLERK, submitted(text=WORDS), _STATE | _FORM | _ONCE, again="same"),
    "api.mark_seen": Write(HEAD, told, _OWN_COPY | _STATE | _FORM | _NO_BODY, again="same"),
    "api.send_signal": Write(
        TESTER,
        lambda office: Asked({"number": hearing(office).number}, {"name": "go", "payload": {}}),
        _STATE
        | _FORM
        | because("one tester a county: who is late hears as who clicks twice", _C.SECOND),
        again="same",
        stranger=FAR_TESTER,
    ),
    "api.send_message": Write(
        TESTER,
        lambda office: hearing(office) and Asked({}, {"name": "reply", "payload": {}}),
        _ALONE
        | _STATE
        | _FORM
        | because("one tester a county: who is late hears as who clicks twice", _C.SECOND),
        again="same",
    ),
    "api.claim": Write(
        ADMIN,
        at(EXECUTION),
        _FORM | _NUMBER,
        second=OTHER_ADMIN,
        again="same",
    ),
    "api.release": Write(
        ADMIN,
        at(EXECUTION, claimed=True),
        _FORM | _NUMBER | because("only its holder may: tests/tickets", _C.SECOND),
        again="same",
    ),
    "api.complete": Write(
        ADMIN,
        at(EXECUTION, **COMPLETE),
        because("its form has one text", _C.MONTH, _C.READ_ONLY, _C.ROWS),
        second=OTHER_ADMIN,
        again="same",
    ),
    "api.return_task": Write(
        ADMIN, at(EXECUTION, reason=WORDS), _FORM, second=OTHER_ADMIN, again="same"
    ),
    "api.transfer": Write(
        ADMIN,
        at(EXECUTION, to=OTHER_ADMIN, reason=WORDS),
        _FORM,
        second=OTHER_ADMIN,
        again="same",
    ),
    "api.delegate": Write(
        HEAD,
        at("department_opinion", to=CUSTODIAN, reason=WORDS),
        _FORM | because("it has one holder", _C.SECOND),
        again="same",
    ),
    "api.add_signers": Write(
        HEAD,
        at("department_opinion", to=[CUSTODIAN], reason=WORDS),
        _FORM | because("it has one holder", _C.SECOND) | because("takes a list", _C.LIST),
        again="same",
    ),
    "api.remove_signer": Write(
        HEAD,
        signed_with(to=CUSTODIAN, reason=WORDS),
        _FORM | because("only who added: tests/tasks", _C.SECOND),
        again="same",
    ),
    "api.withdraw_task": Write(
        HEAD,
        decided(reason=WORDS),
        _FORM | because("its decider alone: tests/tasks", _C.SECOND),
        again="same",
    ),
    "api.retry_incident": Write(
        REPAIRER,
        lambda office: Asked({"incident_id": broken(office).id}, {"tries": 1}),
        _FORM | _NUMBER,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
        seen="tries",
    ),
    "api.suspend": mended("suspend", over_rest=True),
    "api.resume": mended("resume", over_rest=True),
    "api.move": mended("move", over_rest=True),
    "api.edit_variables": mended("edit", over_rest=True),
    "api.migrate": mended("migrate", over_rest=True),
    "api.create_handover": Write(
        REPAIRER,
        leaving_office(over_rest=True),
        _MARK | _FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "api.create_migration": Write(
        REPAIRER,
        many(version=2),
        _ALONE | _NO_VERSION | _FORM,
        second=SECOND_REPAIRER,
        again="same",
    ),
    "api.stop_migration": Write(
        REPAIRER,
        running_migration,
        _STATE | _STOPS | _FORM | _NO_BODY,
        stranger=FAR_REPAIRER,
        again="same",
    ),
    "api.create_urges": Write(
        CLERK,
        lambda office: Asked({}, {"tickets": [office.start(CLERK).number]}),
        _OWN | _NO_VERSION | _FORM,
        again="same",
    ),
    "api.create_task_batch": Write(ADMIN, claiming_over_rest, _OWN | _TOLD | _FORM, again="same"),
    "api.stop_task_batch": Write(ADMIN, acted, _STATE | _FORM | _MINE | _NO_BODY, again="same"),
    "api.retry_task_batch": Write(ADMIN, acted, _STATE | _FORM | _MINE, again="same"),
    "api.freeze_month": Write(
        ADMIN,
        october_book,
        _FORM,
        second=OTHER_ADMIN,
        again="same",
        stranger=FAR_ADMIN,
        seen="rows",
    ),
    "api.confirm_month": Write(
        ADMIN,
        proposed,
        _FORM,
        second=OTHER_ADMIN,
        again="same",
        stranger=FAR_ADMIN,
        seen="rows",
    ),
    "api.create_attachment": Write(
        CLERK, lambda _office: Asked(files=PAPER), _OWN | _NO_VERSION | _FILE | _FORM, again="same"
    ),
    "api.create_batch": Write(
        CLERK,
        lambda office: Asked({}, {"numbers": [office.start(CLERK).number]}),
        _OWN | _NO_VERSION | _FORM,
        again="same",
    ),
    "api.stop_batch": Write(CLERK, batch, _STATE | _FORM | _MINE | _NO_BODY, again="same"),
    "api.create_scan": Write(CLERK, scan, _NO_VERSION | _FILE | _FORM | _SCANS, again="same"),
    "api.verify": Write(
        CLERK,
        plain(),
        _REST_OPEN
        | _OWN
        | _NO_VERSION
        | _FORM
        | because("takes a PDF: tests/documents, tests/pdf", _C.LIST, _C.UNKNOWN)
        | because("keeps nothing", _C.DOUBLE),
    ),
}


def too_many(most: int = 60) -> list[dict[str, str]]:
    """Sixty rows more than the form allows."""
    return [invented.row(n, post="review") for n in range(3000, 3000 + 2 * most)]
