"""编号: entering a pattern, taking a number without a gap, making one void."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.audit.types import Head
from app.core import clock
from app.core.actor import Actor
from app.identity.layers import access_layer, can_keep
from app.identity.models import Unit
from app.identity.queries import scope_path
from app.rules.models import NumberCounter, NumberPattern, OfficialNumber
from app.rules.patterns import parse
from app.rules.queries import (
    access_number,
    access_pattern,
    find_meeting,
    is_used,
    numbers_of,
    pattern_for,
)
from app.rules.reading import one_line
from app.rules.types import (
    KEY,
    LONGEST_KEY,
    LONGEST_NAME,
    LONGEST_REASON,
    BadPattern,
    NoPattern,
    NotYourLayer,
    Numbering,
    NumbersExhausted,
    NumberVoid,
    PatternTwice,
    PatternUsed,
    PatternWithdrawn,
    StalePattern,
)
from forms import FieldError

LOCK = 0x5EA1_0B47  # of whoever enters a pattern: it is compared with all others
HIGHEST = 999_999_999


def enter_pattern(
    session: Session, *, actor: Actor, now: datetime, numbering: Numbering
) -> NumberPattern:
    """From its day on numbers of that name look so in the unit and below.

    Raises: NoSuchUnit, NotYourLayer, BadPattern, PatternTwice.
    """
    layer = access_layer(session, actor, numbering.unit_id, NotYourLayer)
    assert layer is not None  # noqa: S101 - a pattern names a unit
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    numbering = replace(
        numbering, title=one_line(numbering.title), pattern=numbering.pattern.strip()
    )
    if faults := list(_faults(numbering, clock.local(now).date())):
        raise BadPattern(faults)
    _refuse_reuse(session, numbering)
    assert numbering.since is not None  # noqa: S101 - _faults has seen to both
    assert numbering.first is not None  # noqa: S101
    pattern = NumberPattern(
        name=numbering.name,
        title=numbering.title,
        unit_id=layer.id,
        pattern=numbering.pattern,
        since=numbering.since,
        first=numbering.first,
        last=numbering.last,
        entered_by_id=actor.person_id,
        entered_at=now,
    )
    session.add(pattern)
    session.flush()  # the event names it
    _record(session, actor, now, "numbering.entered", pattern, layer)
    return pattern


def withdraw_pattern(
    session: Session, *, actor: Actor, now: datetime, pattern_id: int, version: int | None
) -> NumberPattern:
    """One that has made no number yet. Raises: PatternNotFound, NotYourLayer, PatternWithdrawn,
    StalePattern, PatternUsed.
    """
    pattern, layer = access_pattern(session, actor, pattern_id)
    if not can_keep(actor, scope_path(session, actor), layer.path):
        raise NotYourLayer
    if pattern.withdrawn_at is not None:
        raise PatternWithdrawn(current="withdrawn", version=pattern.rev)
    if version != pattern.rev:
        raise StalePattern(current="entered", version=pattern.rev)
    if is_used(session, pattern.id):
        raise PatternUsed(current="used", version=pattern.rev)
    pattern.withdraw(actor.person_id, now)
    _record(session, actor, now, "numbering.withdrawn", pattern, layer)
    return pattern


def take_number(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    name: str,
    unit_id: int,
    ticket: str,
    head: Head | None = None,
) -> OfficialNumber:
    """The number of that name of the ticket: the one it has, or the next, without a gap.

    Last in an act: its counter stays locked until the commit. Raises: NoPattern, NumbersExhausted.
    """
    for known in numbers_of(session, ticket):
        if known.name == name and known.voided_at is None:
            return known
    unit, today = session.get_one(Unit, unit_id), clock.local(now).date()
    pattern = _pattern_for(session, name, unit, today)
    read = parse(pattern.pattern)
    keeper = session.get_one(Unit, unit.division_id).code
    stem = read.stem(keeper, today)
    # What was given on paper before is of the year it began in: the next one begins with 1.
    first = pattern.first if stem == read.stem(keeper, pattern.since) else 1
    serial = _reserve(session, stem, pattern, first)
    taken = OfficialNumber(
        number=read.number(keeper, today, serial),
        name=name,
        title=pattern.title,
        pattern_id=pattern.id,
        stem=stem,
        serial=serial,
        place=unit.path,
        unit_name=unit.name,
        ticket=ticket,
        taken_at=now,
    )
    session.add(taken)
    session.flush()  # a number that is there already must fail here, inside the act
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="number.taken",
        object=f"ticket:{ticket}",
        head=head,
        data={"number": taken.number, "numbering": taken.title},
    )
    return taken


def void_number(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number_id: int,
    version: int | None,
    reason: str,
) -> OfficialNumber:
    """It stays in the list and is never given again. Raises: NumberNotFound, NotYourLayer,
    NumberVoid, StalePattern, BadPattern.
    """
    number = access_number(session, actor, number_id, locked=True)
    if not can_keep(actor, scope_path(session, actor), number.place):
        raise NotYourLayer
    if number.voided_at is not None:
        raise NumberVoid(current="void", version=number.rev)
    if version != number.rev:
        raise StalePattern(current="taken", version=number.rev)
    reason = reason.replace("\0", "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        told = f"请写明为什么作废，最多 {LONGEST_REASON} 个字。"
        raise BadPattern([FieldError("reason", "required", told)], "编号没有作废。")
    number.void(actor.person_id, reason, now)
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="number.voided",
        object=f"number:{number.id}",
        data={"number": number.number, "numbering": number.title, "reason": reason},
    )
    return number


def _reserve(session: Session, stem: str, pattern: NumberPattern, first: int) -> int:
    """In one statement, so that whoever comes meanwhile waits for the commit."""
    taken = insert(NumberCounter).values(stem=stem, last=first)
    serial = session.execute(
        taken.on_conflict_do_update(
            index_elements=[NumberCounter.stem], set_={"last": NumberCounter.last + 1}
        ).returning(NumberCounter.last)
    ).scalar_one()
    if serial > (pattern.last or HIGHEST):
        told = f"“{pattern.title}”的编号到 {pattern.last or HIGHEST} 用完了，"
        raise NumbersExhausted(f"{told}请系统管理员登记一条范围更大的编号规则。", number=stem)
    return int(serial)


def _pattern_for(session: Session, name: str, unit: Unit, today: date) -> NumberPattern:
    pattern = pattern_for(session, name, unit.path, today)
    if pattern is None:
        told = f"还没有代码是“{name}”、管{unit.name}的编号规则，编不了号。"
        raise NoPattern(f"{told}请系统管理员在“编号规则”里登记，再办这一步。", name=name)
    return pattern


def _faults(numbering: Numbering, today: date) -> Iterator[FieldError]:
    if not KEY.fullmatch(numbering.name) or len(numbering.name) > LONGEST_KEY:
        told = f"代码用小写字母、数字和连字符，最多 {LONGEST_KEY} 个，如 requirement。"
        yield FieldError("name", "key", told)
    if not numbering.title or len(numbering.title) > LONGEST_NAME:
        yield FieldError("title", "required", f"请填名称，最多 {LONGEST_NAME} 个字。")
    try:
        parse(numbering.pattern)
    except ValueError as error:
        yield FieldError("pattern", "pattern", str(error))
    if numbering.since is None:
        yield FieldError("since", "required", "请填从哪一天起，如 2027-01-01。")
    elif numbering.since < today:
        yield FieldError("since", "past", "生效日期不能早于今天：已经编好的号不能改。")
    first, last = numbering.first, numbering.last
    if first is None or not 1 <= first <= HIGHEST:
        yield FieldError("first", "bounds", f"起始号要填 1 到 {HIGHEST} 的整数。")
    elif last is not None and not first <= last <= HIGHEST:
        yield FieldError("last", "bounds", f"最大号不能小于起始号，最多到 {HIGHEST}。")


def _refuse_reuse(session: Session, numbering: Numbering) -> None:
    """Raises: BadPattern, PatternTwice."""
    there = session.scalars(
        select(NumberPattern).where(
            NumberPattern.name == numbering.name,
            NumberPattern.unit_id == numbering.unit_id,
            NumberPattern.since == numbering.since,
            NumberPattern.withdrawn_at.is_(None),
        )
    ).first()
    if there is not None:
        raise PatternTwice(current="entered", pattern=there.id)
    met = find_meeting(session, numbering.name, numbering.unit_id, numbering.pattern)
    if met is not None:
        other, number = met
        told = (
            f"按它能编出“{number}”，和“{other.title}”的规则“{other.pattern}”编的号可能重复。"
            "请换一个代字，或者加上 {unit}、{year}。"
        )
        raise BadPattern([FieldError("pattern", "reuse", told)])


def _record(
    session: Session, actor: Actor, now: datetime, kind: str, pattern: NumberPattern, layer: Unit
) -> None:
    facts = {
        "numbering": pattern.title,
        "pattern": pattern.pattern,
        "unit": layer.name,
        "from": pattern.since.isoformat(),
    }
    audit.record(
        session, now=now, actor=actor, kind=kind, object=f"numbering:{pattern.id}", data=facts
    )
