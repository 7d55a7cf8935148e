"""A change of a parameter: proposed by one, confirmed by another, or withdrawn."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock
from app.core.actor import Actor
from app.identity.layers import access_layer
from app.identity.models import Unit
from app.identity.queries import get_unit, scope_path
from app.rules.models import ParameterChange
from app.rules.parameters import PARAMETERS, Parameter
from app.rules.policy import can_confirm
from app.rules.queries import access_change, find_waiting, get_parameter, parameter
from app.rules.types import (
    LONGEST_REASON,
    BadChange,
    ChangeClashes,
    ChangeDecided,
    ChangeLate,
    ChangeState,
    ChangeWaits,
    NotYourLayer,
    Proposal,
    SamePerson,
    StaleChange,
)
from forms import FieldError

LOCK = 0x5EA1_0B46  # of whoever proposes, and whoever confirms one of a pair
FARTHEST = timedelta(days=3 * 366)


def propose_change(
    session: Session, *, actor: Actor, now: datetime, proposal: Proposal
) -> ParameterChange:
    """Raises: ParameterNotFound, NoSuchUnit, NotYourLayer, BadChange, ChangeWaits."""
    known = get_parameter(proposal.key)
    layer = access_layer(session, actor, proposal.unit_id, NotYourLayer)
    assert layer is not None  # noqa: S101 - a proposal names a unit
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    proposal = replace(proposal, reason=proposal.reason.replace("\0", "").strip())
    today = clock.local(now).date()
    if faults := list(_faults(session, known, proposal, today)):
        raise BadChange(faults)
    if waiting := find_waiting(session, known.key, layer.id):
        raise ChangeWaits(current="proposed", change=waiting.id)
    assert proposal.value is not None  # noqa: S101 - _faults has seen to both
    assert proposal.since is not None  # noqa: S101
    change = ParameterChange(
        key=known.key,
        unit_id=layer.id,
        value=proposal.value,
        since=proposal.since,
        reason=proposal.reason,
        state=ChangeState.PROPOSED,
        place=get_unit(session, actor.unit_id).path,
        proposed_by_id=actor.person_id,
        proposed_at=now,
    )
    session.add(change)
    session.flush()  # the event names it
    _record(session, actor, now, "parameter.proposed", change, layer, reason=change.reason)
    return change


def confirm_change(
    session: Session, *, actor: Actor, now: datetime, change_id: int, version: int | None
) -> ParameterChange:
    """It holds from its day on. Raises: ParameterNotFound, SamePerson, NotYourLayer,
    ChangeDecided, StaleChange, ChangeLate, ChangeClashes.
    """
    change, layer = _access(session, actor, change_id, version)
    if change.proposed_by_id == actor.person_id:
        raise SamePerson
    if not can_confirm(actor, scope_path(session, actor), layer.path, change.place):
        raise NotYourLayer
    if change.since < clock.local(now).date():
        raise ChangeLate(current=change.state.value, version=change.rev)
    _refuse_clash(session, change)
    change.decide(ChangeState.CONFIRMED, actor.person_id, now)
    _record(session, actor, now, "parameter.confirmed", change, layer)
    return change


def withdraw_change(
    session: Session, *, actor: Actor, now: datetime, change_id: int, version: int | None
) -> ParameterChange:
    """By who proposed it, or whoever could confirm it. Raises: ParameterNotFound, NotYourLayer,
    ChangeDecided, StaleChange.
    """
    change, layer = _access(session, actor, change_id, version)
    is_own = change.proposed_by_id == actor.person_id
    if not is_own and not can_confirm(actor, scope_path(session, actor), layer.path, change.place):
        raise NotYourLayer
    change.decide(ChangeState.WITHDRAWN, actor.person_id, now)
    _record(session, actor, now, "parameter.withdrawn", change, layer)
    return change


def _access(
    session: Session, actor: Actor, change_id: int, version: int | None
) -> tuple[ParameterChange, Unit]:
    change, layer = access_change(session, actor, change_id)
    if change.state is not ChangeState.PROPOSED:
        raise ChangeDecided(current=change.state.value, version=change.rev)
    if version != change.rev:
        raise StaleChange(current=change.state.value, version=change.rev)
    return change, layer


def _faults(
    session: Session, known: Parameter, proposal: Proposal, today: date
) -> Iterator[FieldError]:
    value, since = proposal.value, proposal.since
    if value is None or not known.least <= value <= known.most:
        yield FieldError("value", "bounds", f"“{known.name}”要填整数，{known.bounds}。")
    if since is None:
        yield FieldError("since", "required", "请填从哪一天起，如 2026-12-01。")
    elif since < today:
        yield FieldError("since", "past", "生效日期不能早于今天：已经过去的不能改。")
    elif since > today + FARTHEST:
        yield FieldError("since", "far", "生效日期太远了，最多提前三年。")
    if not proposal.reason:
        yield FieldError("reason", "required", "请写明为什么改。")
    elif len(proposal.reason) > LONGEST_REASON:
        yield FieldError("reason", "too_long", f"原因最多写 {LONGEST_REASON} 个字，请写短一些。")
    if value is not None and since is not None and known.key in PAIRS:
        yield from _disorder(session, known, proposal.unit_id, value, since)


# Of two parameters the first stays below the second.
BELOW = {"send_from": "send_until"}
PAIRS = {**BELOW, **{high: low for low, high in BELOW.items()}}


def _disorder(
    session: Session, known: Parameter, unit_id: int, value: int, since: date
) -> Iterator[FieldError]:
    other = PARAMETERS[PAIRS[known.key]]
    beside = parameter(session, other.key, unit_id, since).value
    low, high = (value, beside) if known.key in BELOW else (beside, value)
    if low >= high:
        told = f"和“{other.name}”（{other.told(beside)}）对不上：先的要早于后的。"
        yield FieldError("value", "order", told)


def _refuse_clash(session: Session, change: ParameterChange) -> None:
    """The other of its pair may have been set since it was proposed. Raises: ChangeClashes."""
    if change.key not in PAIRS:
        return
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))  # the two are not confirmed at once
    known = PARAMETERS[change.key]
    for fault in _disorder(session, known, change.unit_id, change.value, change.since):
        told = f"{fault.message}请撤回，换一个再提。"
        raise ChangeClashes(told, current=change.state.value, version=change.rev)


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    kind: str,
    change: ParameterChange,
    layer: Unit,
    **more: str,
) -> None:
    known = PARAMETERS[change.key]
    facts = {
        "parameter": known.name,
        "value": known.told(change.value),
        "unit": layer.name,
        "from": change.since.isoformat(),
        **more,
    }
    audit.record(
        session, now=now, actor=actor, kind=kind, object=f"parameter:{change.id}", data=facts
    )
