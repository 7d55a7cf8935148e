"""The bundle of a sending that has ended, for whoever steers it and for the auditor: request, text,
each number's outcome, receipts, answers, costs, and the log of its ticket. Taking it is an event.

Numbers are masked. Beside each stands its keyed hash: the site can say whose it was, nobody else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock
from app.core.actor import Actor
from app.documents import queries as documents
from app.documents import service as printing
from app.messaging.models import MessageTemplate
from app.messaging.text import templates
from app.processes.models import Instance
from app.recipients.models import RecipientList
from app.rules.queries.parameters import parameter
from app.sendings import bundling, excerpts, queries
from app.sendings.bundling import File
from app.sendings.models import Sending
from app.sendings.types import DELIVERY_STATES, STATES, NotEndedYet
from app.tickets import policy as of_tickets
from app.tickets.queries import access_ticket

KEPT = "message_archive"  # years, a parameter


@dataclass(frozen=True)
class Bundle:
    """What is asked for before a byte leaves; the rest is read while it leaves."""

    ticket: str
    facts: dict[str, Any]
    papers: tuple[File, ...]
    sending_id: int
    list_id: int
    gateway: str
    chain: str
    made_at: datetime

    @property
    def name(self) -> str:
        return f"发送归档-{self.ticket}.zip"

    def pieces(self) -> Iterator[bytes]:
        rows = (
            File("numbers.csv", excerpts.numbers(self.sending_id, self.list_id)),
            File("receipts.csv", excerpts.receipts(self.sending_id, self.gateway)),
            File("replies.csv", excerpts.replies(self.sending_id)),
            File("log.jsonl", excerpts.log(self.chain, self.sending_id)),
        )
        return bundling.packed((*self.papers, *rows), self.facts, clock.local(self.made_at))


def archive(session: Session, *, actor: Actor, now: datetime, sending_id: int) -> Bundle:
    """Raises: SendingNotFound, NotYourSending, NotEndedYet; TicketNotFound, where the ticket is out
    of reach; CannotPrint.
    """
    sending = queries.find_for_archive(session, sending_id, actor)
    if sending.ended_at is None:
        raise NotEndedYet(current=sending.state.value)
    papers, left_out = _papers(session, actor, sending, now)
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="sending.archived",
        object=f"sending:{sending.id}",
        data={"ticket": sending.ticket, "numbers": sending.total, "left_out": left_out},
    )
    text = File("text.txt", (templates.shown_by_operator(sending.texts).encode(),))
    return Bundle(
        sending.ticket,
        _facts(session, actor, sending, now) | {"left_out": left_out},
        (text, *papers),
        sending.id,
        sending.list_id,
        sending.gateway,
        session.get_one(Instance, sending.instance_id).audit_chain,
        now,
    )


def _papers(
    session: Session, actor: Actor, sending: Sending, now: datetime
) -> tuple[list[File], list[str]]:
    """The printed forms of the ticket, and the titles of those that the actor may not print."""
    ticket = access_ticket(session, sending.ticket, actor, of_tickets.can_view)
    rows = documents.list_documents(session, ticket, actor)
    if not documents.may_print(session, ticket, actor):
        return [], [one.title for one in rows]
    found = []
    for one in rows:
        printed = printing.printable(session, ticket, one.name, "", now=now)
        printing.note_print(
            session, actor=actor, now=now, number=sending.ticket, name=one.name, printed=printed
        )
        found.append(File(f"forms/{one.name}-{printed.kind}.pdf", (printed.data,)))
    return found, []


def _facts(session: Session, actor: Actor, sending: Sending, now: datetime) -> dict[str, Any]:
    standing = queries.standing_of(session, sending)
    template = session.get_one(MessageTemplate, sending.template_id)
    used = {one["template"] for one in sending.texts_kept.values()}
    kept = session.scalars(select(MessageTemplate).where(MessageTemplate.id.in_(used)))
    tickets = {one.id: one.ticket for one in kept}
    years = parameter(session, KEPT, sending.unit_id, clock.local(now).date()).value
    return {
        "ticket": sending.ticket,
        "list": session.get_one(RecipientList, sending.list_id).number,
        "template": template.ticket,
        "templates": {key: tickets[one["template"]] for key, one in sending.texts_kept.items()},
        "text_digest": sending.text_digest.hex(),
        "list_digest": sending.list_digest.hex(),
        "state": STATES[sending.state],
        "reason": sending.reason,
        "started": excerpts.stamp(sending.started_at),
        "ended": excerpts.stamp(sending.ended_at),
        "numbers": sending.total,
        "segments_billed": standing.billed,
        "price": f"{sending.price.normalize():f}",
        "cost": f"{standing.billed * sending.price:.2f}",
        "gateway": sending.gateway,
        "states": [
            {"state": DELIVERY_STATES[one.state], "reason": one.reason, "numbers": one.messages}
            for one in standing.tallies
        ],
        "kept_for_years": years,
        "made_at": excerpts.stamp(now),
        "made_by": actor.name,
    }
