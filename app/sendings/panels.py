"""What a ticket page shows of its sending."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.sendings.listing import SendingRow, sendings_of
from app.sendings.operations import CORRELATION
from app.tickets.models import Ticket


@dataclass(frozen=True)
class Sent:
    """`over`: numbers that nothing more is to be done about; `cost` in 元, as a text."""

    id: int
    state_label: str
    light: str
    over: int
    total: int
    cost: str


def sendings_open_to(session: Session, ticket: Ticket, actor: Actor) -> Sequence[Sent]:
    """Of a ticket that never came to sending nothing is asked."""
    if CORRELATION not in ticket.instance.variables:
        return ()
    return tuple(map(_sent, sendings_of(session, actor, ticket.instance_id)))


def _sent(row: SendingRow) -> Sent:
    one = row.sending
    return Sent(one.id, row.state_label, row.light, row.over, one.total, row.cost)
