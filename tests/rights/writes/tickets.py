"""Tickets, from the draft to the talk about them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.tickets import service as tickets
from app.tickets.models import Link
from app.tickets.queries import comments_of
from app.tickets.types import LinkKind
from tests.rights.writes.base import WORDS, Asked, Case, Values, Write, because, fields
from tests.rights.writes.people import ADMIN, CLERK, CUSTODIAN, HEAD, OTHER_ADMIN
from tests.rights.writes.prepared import EXECUTION, at, returned, submitted
from tests.rights.writes.tasks import DECIDE, signed_with
from tests.rights.writes.why import (
    ADDS,
    ALONE,
    EACH,
    EVERYBODY,
    EXECUTION_FORM,
    FILE,
    FORM,
    ITS_WRITER,
    KEEPS,
    MINE,
    NO_BODY,
    NO_VERSION,
    ONCE,
    OWN,
    OWN_COPY,
    PAGE,
    STATE,
    TEXTS,
)
from tests.support.office import PROCESS, Office

AT_ONCE = {"client_key": "k" * 32, "step": "do"}


def draft(office: Office) -> Asked:
    answers = office.answers()
    ticket = office.draft(CLERK, answers)
    return Asked({"number": ticket.number}, {"act": "submit", **fields(answers)})


def draft_over_rest(office: Office) -> Asked:
    answers = office.answers()
    return Asked({"number": office.draft(CLERK, answers).number}, {"answers": answers})


def sheet_of_rows(office: Office) -> Asked:
    number = office.draft(CLERK).number
    head, row = "申请类别,姓名,身份证号,联系方式,岗位角色名称", "新增,李冬梅,,,审核岗"
    return Asked({"number": number}, files={"file": (f"{head}\n{row}\n".encode(), "rows.csv")})


def filled(office: Office) -> Values:
    return {"client_key": "k" * 32, "act": "submit", **fields(office.answers())}


def typed(answers: Mapping[str, Any]) -> Values:
    """What an open page keeps by itself, at its first turn."""
    return {"draft-page": "a" * 32, "draft-base": "", "draft-turn": "1", **fields(answers)}


def half_filled(office: Office) -> Asked:
    answers = office.answers()
    return Asked({"number": office.draft(CLERK, answers).number}, typed(answers))


ITS_PEOPLE = because("whoever has or had a part: tests/tickets/test_ticket_links.py", Case.SECOND)
ITS_LINKER = because("who linked them alone: tests/tickets/test_ticket_links.py", Case.SECOND)


def linkable(office: Office) -> Asked:
    """Two tickets that have nothing to do with one another yet."""
    ticket, other = office.start(CLERK), office.start(CLERK)
    return Asked({"number": ticket.number}, {"to": other.number, "kind": "previous"})


def linked(office: Office) -> Asked:
    asked = linkable(office)
    given: dict[str, Any] = {"actor": office.actor(CLERK), "now": office.tick()}
    number, to = asked.values["number"], asked.sent["to"]
    tickets.link(office.session, number=number, to=to, kind=LinkKind.PREVIOUS, **given)
    one = office.session.scalars(select(Link.id).order_by(Link.id.desc())).first()
    return Asked({"number": number, "link_id": one})


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


ROWS: Mapping[str, Write] = {
    "tickets.create": Write(
        CLERK,
        lambda office: Asked({"process": PROCESS}, filled(office)),
        ALONE
        | NO_VERSION
        | TEXTS
        | because("it is the page's own ticket, found by its key", Case.SECOND),
        again="same",
        answers="",
    ),
    "tickets.keep_new": Write(
        CLERK,
        lambda office: Asked({"process": PROCESS}, typed(office.answers())),
        ALONE | KEEPS | because("it is the page's own draft, found by its key", Case.SECOND),
        again="same",
    ),
    "tickets.keep": Write(CLERK, half_filled, MINE | KEEPS, again="same"),
    "tickets.update": Write(CLERK, draft, MINE | STATE | TEXTS, again="same", answers=""),
    "tickets.withdraw": Write(CLERK, submitted(reason=WORDS), MINE | STATE | PAGE | FORM),
    "tickets.cancel": Write(CLERK, returned(reason=WORDS), MINE | STATE | PAGE | FORM),
    "tickets.reveal": Write(
        CLERK,
        submitted(what="id_number:1", reason=WORDS),
        MINE | NO_VERSION | PAGE | FORM | EACH,
    ),
    "tickets.comment": Write(
        CLERK,
        submitted(text=WORDS, client_key="b" * 32, to=HEAD),
        EVERYBODY | ADDS | PAGE | FORM,
        again="same",
    ),
    "tickets.withdraw_comment": Write(CLERK, said, ITS_WRITER | STATE | PAGE | FORM, again="same"),
    "tickets.link": Write(CLERK, linkable, ITS_PEOPLE | ADDS | PAGE | FORM, again="same"),
    "tickets.unlink": Write(CLERK, linked, ITS_LINKER | STATE | PAGE | FORM, again="same"),
    "tickets.copy": Write(
        CLERK,
        submitted(text=WORDS, to=HEAD),
        EVERYBODY | ADDS | PAGE | FORM,
        again="same",
    ),
    "tickets.urge_several": Write(
        CLERK,
        lambda office: Asked({}, {"number": office.start(CLERK).number, **AT_ONCE}),
        OWN | NO_VERSION | PAGE | FORM,
        again="same",
    ),
    "tickets.urge": Write(CLERK, submitted(text=WORDS), STATE | PAGE | FORM | ONCE),
    "tickets.seen": Write(HEAD, told, OWN_COPY | STATE | PAGE | FORM, again="same"),
    "tickets.decide": Write(
        ADMIN, at(EXECUTION, **DECIDE), PAGE | EXECUTION_FORM, second=OTHER_ADMIN
    ),
    "tickets.hand": Write(
        ADMIN,
        at(EXECUTION, **{"act": "transfer", "own-to": OTHER_ADMIN, "own-reason": WORDS}),
        PAGE | FORM,
        second=OTHER_ADMIN,
    ),
    "tickets.remove_signer": Write(
        HEAD,
        signed_with(**{"own-to": CUSTODIAN}),
        PAGE | FORM | because("only who added: tests/tasks", Case.SECOND),
    ),
    "tickets.export": Write(
        CLERK,
        lambda office: Asked({}, {"number": office.start().number, "q": WORDS}),
        NO_VERSION | PAGE | FORM | EACH | because("everybody exports what he may see", Case.SECOND),
    ),
    "api.create_ticket": Write(
        CLERK,
        lambda office: Asked({}, {"process": PROCESS, "answers": office.answers()}),
        OWN | NO_VERSION,
        again="same",
        answers="answers",
    ),
    "api.withdraw": Write(CLERK, submitted(reason=WORDS), MINE | STATE | FORM, again="same"),
    "api.resubmit": Write(CLERK, draft_over_rest, MINE | STATE, again="same", answers="answers"),
    "api.add_rows": Write(CLERK, sheet_of_rows, MINE | NO_VERSION | FILE | FORM, again="same"),
    "api.cancel": Write(CLERK, returned(reason=WORDS), MINE | STATE | FORM, again="same"),
    "api.reveal": Write(
        CLERK,
        submitted(row=1, field="id_number", reason=WORDS),
        MINE | NO_VERSION | FORM | EACH,
    ),
    "api.comment": Write(
        CLERK,
        submitted(text=WORDS, to=[HEAD]),
        EVERYBODY | ADDS | FORM,
        again="same",
    ),
    "api.withdraw_comment": Write(CLERK, said, ITS_WRITER | STATE | FORM | NO_BODY, again="same"),
    "api.link": Write(CLERK, linkable, ITS_PEOPLE | ADDS | FORM, again="same"),
    "api.unlink": Write(CLERK, linked, ITS_LINKER | STATE | FORM | NO_BODY, again="same"),
    "api.copy": Write(
        CLERK,
        submitted(text=WORDS, to=[HEAD]),
        EVERYBODY | ADDS | FORM,
        again="same",
    ),
    "api.create_urges": Write(
        CLERK,
        lambda office: Asked({}, {"tickets": [office.start(CLERK).number]}),
        OWN | NO_VERSION | FORM,
        again="same",
    ),
    "api.urge": Write(CLERK, submitted(text=WORDS), STATE | FORM | ONCE, again="same"),
    "api.mark_seen": Write(HEAD, told, OWN_COPY | STATE | FORM | NO_BODY, again="same"),
}
