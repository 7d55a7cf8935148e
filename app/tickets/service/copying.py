"""抄送: telling others of a ticket, which lets them read it; and that they have looked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.service import note
from app.core.actor import Actor
from app.core.errors import Fault, Invalid
from app.core.masking import masked
from app.identity.queries import colleagues, get_unit, people_by_username
from app.identity.types import PersonRef
from app.tasks.copies import unseen_of
from app.tasks.models import Copy
from app.tickets import policy
from app.tickets.models import Ticket
from app.tickets.queries import access_ticket
from app.tickets.types import MAX_NOTE, MAX_TOLD, NobodyNamed, TicketState, WrongState


def copy_to(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    to: Sequence[str],
    text: str = "",
) -> Ticket:
    """抄送 to people of the ticket's division, or above it: they find it under 抄送我.

    Who was told the same by the same person and has not looked yet is not told again.
    Raises: TicketNotFound, WrongState, Invalid, NobodyNamed.
    """
    ticket = access_ticket(session, number, actor, policy.can_view, lock=True)
    if ticket.state is TicketState.DRAFT:
        raise WrongState("草稿只有您自己能看，提交以后才能抄送。", current=ticket.state.value)
    said = words_of(text, "text", MAX_NOTE)
    people = named(session, ticket, to, now)
    if not people:
        raise Invalid([Fault("to", "required", "请选择抄送给谁。")], "请选择抄送给谁。")
    told = tell(session, ticket, people, actor=actor, now=now, text=said)
    if told:
        names = "、".join(one.name for one in told)
        note(
            session,
            ticket.instance,
            "ticket.copied",
            now=now,
            actor=actor,
            people=[one.id for one in told],
            names=names,
            reason=said,
        )
    return ticket


def mark_seen(session: Session, *, actor: Actor, now: datetime, number: str) -> Ticket:
    """The one who was told has it before him: it no longer stands among what is new.

    Looking is no act on the ticket: it leaves no event (ADR 89). Raises: TicketNotFound.
    """
    ticket = access_ticket(session, number, actor, policy.can_view)
    for copy in unseen_of(session, actor, ticket.instance_id):
        copy.seen_at = now
    return ticket


def named(
    session: Session, ticket: Ticket, usernames: Sequence[str], now: datetime
) -> list[PersonRef]:
    """Each once, in the order they were named. Raises: NobodyNamed, Invalid."""
    wanted = [name.strip().lower() for name in usernames]
    if len(wanted) > MAX_TOLD:
        too_many = f"一次最多选 {MAX_TOLD} 个人，请分几次。"
        raise Invalid([Fault("to", "too_many", too_many)], too_many)
    if not wanted:
        return []
    if ticket.is_confidential:
        told = "这是密件，不能告诉别人。"
        raise Invalid([Fault("to", "confidential", told)], told)
    reach = colleagues(get_unit(session, ticket.unit_id).path)
    found = people_by_username(session, reach=reach, now=now, usernames=wanted)
    if missing := [place for place, name in enumerate(wanted) if name not in found]:
        raise NobodyNamed(missing)
    return [found[name] for name in dict.fromkeys(wanted)]


def tell(
    session: Session,
    ticket: Ticket,
    people: Iterable[PersonRef],
    *,
    actor: Actor,
    now: datetime,
    text: str,
) -> list[PersonRef]:
    """A copy for each, and who got one: nobody tells himself, or the same again before it is seen.

    The caller holds the ticket's lock.
    """
    waiting = set(
        session.scalars(
            select(Copy.person_id).where(
                Copy.instance_id == ticket.instance_id,
                Copy.by_id == actor.person_id,
                Copy.note == text,
                Copy.seen_at.is_(None),
            )
        )
    )
    told = [one for one in people if one.id not in {actor.person_id, *waiting}]
    session.add_all(
        Copy(
            instance_id=ticket.instance_id,
            person_id=one.id,
            by_id=actor.person_id,
            at=now,
            note=text,
        )
        for one in told
    )
    return told


def words_of(text: str, path: str, most: int) -> str:
    """What was typed, numbers of people masked: others read it. Raises: Invalid."""
    said = masked(text.strip())
    if len(said) > most:
        told = f"最多 {most} 个字，现在有 {len(said)} 个，请写短一些。"
        raise Invalid([Fault(path, "too_long", told)], told)
    return said
