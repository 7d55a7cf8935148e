"""Entering a version of a rule set, withdrawing it, and telling of those that end."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock, events
from app.core.actor import Actor
from app.identity.layers import NATION, access_layer, can_keep
from app.rules.models import RuleSet, RuleVersion
from app.rules.parameters import PARAMETERS
from app.rules.queries import access_version, ending, find_overlap, parameter
from app.rules.reading import faults_of, tidy, told
from app.rules.types import (
    LONGEST_REASON,
    BadRule,
    Draft,
    NotYourLayer,
    RuleSetExpiring,
    RuleTwice,
    RuleWithdrawn,
    StaleRule,
)
from forms import FieldError

A_DAY = timedelta(days=1)
WARNINGS = ("rule_warning_first", "rule_warning_second")
LONGEST_WARNING = timedelta(days=PARAMETERS[WARNINGS[0]].most)


def enter_version(
    session: Session, *, actor: Actor | None, now: datetime, draft: Draft
) -> RuleVersion:
    """A version of a new set, or the next one of a set that is there; without an actor it is the
    operator's command line.

    Raises: NoSuchUnit, NotYourLayer, BadRule, RuleTwice.
    """
    layer = access_layer(session, actor, draft.unit_id, NotYourLayer)
    draft = tidy(draft)
    if faults := faults_of(draft):
        raise BadRule(faults)
    assert draft.valid_from is not None  # noqa: S101 - faults_of has seen to it
    rules = _locked_set(session, draft)
    _refuse_twice(session, rules, draft)
    before = _give_way(session, rules, draft, draft.valid_from)
    version = RuleVersion(
        set_id=rules.id,
        name=draft.name,
        number=draft.number,
        issuer=draft.issuer,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        articles=[[one.number, one.text] for one in draft.articles],
        entered_by_id=actor.person_id if actor else None,
        entered_at=now,
    )
    session.add(version)
    session.flush()  # the event and the version before name it
    if before is not None:
        before.ended_by_id = version.id
    ended = {"ended": before.name} if before else {}
    name = layer.name if layer else NATION
    _record(session, actor, now, "rule.entered", rules, version, name, **ended)
    return version


def withdraw_version(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    version_id: int,
    version: int | None,
    reason: str,
) -> RuleVersion:
    """It is in force no more, and stays to be read; what it had ended stands again.

    Raises: RuleNotFound, NotYourLayer, RuleWithdrawn, StaleRule, BadRule.
    """
    row, rules, layer = access_version(session, version_id, actor, can_keep)
    if row.withdrawn_at is not None:
        raise RuleWithdrawn(current="withdrawn", version=row.rev)
    if version != row.rev:
        raise StaleRule(current="entered", version=row.rev)
    reason = reason_of(reason, "这一版没有撤销。")
    row.withdraw(actor.person_id, reason, now)
    session.flush()  # its days are free before another takes them
    for before in session.scalars(select(RuleVersion).where(RuleVersion.ended_by_id == row.id)):
        days = before.valid_from, before.valid_to
        if not find_overlap(session, rules.id, *days, but=before.id):
            before.end(None, None)
    _record(session, actor, now, "rule.withdrawn", rules, row, layer, reason=reason)
    return row


def warn_of_ends(session: Session, *, now: datetime) -> int:
    """Publish what ends in so many days, once for each of those days (90, 30, 0, or
    as the parameters say); answers how many.

    Days that nobody looked at are not made up for: of several that are over the last is told.
    """
    today = clock.local(now).date()
    count = 0
    for version, rules in ending(session, today, today + LONGEST_WARNING):
        last = version.last_day
        assert last is not None  # noqa: S101 - those that end have a last day
        left = (last - today).days
        mark = min((one for one in _warned(session, rules, today) if left <= one), default=None)
        if mark is None or (version.warned_days is not None and version.warned_days <= mark):
            continue
        version.warned_days = mark
        audit.record(
            session,
            now=now,
            actor=None,
            kind="rule.ending",
            object=f"rule:{version.id}",
            data={"rule": _named(version), "until": last.isoformat(), "left_days": left},
        )
        session.flush()  # subscribers read it
        events.publish(
            session,
            RuleSetExpiring(
                version.id,
                rules.key,
                rules.unit_id,
                version.name,
                version.number,
                last,
                left,
                now,
            ),
        )
        count += 1
    return count


def _warned(session: Session, rules: RuleSet, today: date) -> list[int]:
    """So many days before an end it is told of; what the whole nation goes by, as is usual."""
    if rules.unit_id is None:
        return [*(PARAMETERS[key].default for key in WARNINGS), 0]
    return [*(parameter(session, key, rules.unit_id, today).value for key in WARNINGS), 0]


def reason_of(text: str, undone: str) -> str:
    """Raises: BadRule."""
    reason = text.replace("\0", "").strip()
    if not reason:
        raise BadRule([FieldError("reason", "required", "请写明原因。")], undone)
    if len(reason) > LONGEST_REASON:
        fault = f"原因最多写 {LONGEST_REASON} 个字，请写短一些。"
        raise BadRule([FieldError("reason", "too_long", fault)], undone)
    return reason


def _locked_set(session: Session, draft: Draft) -> RuleSet:
    """Of two who enter the first version, or the next one, the second waits."""
    session.execute(
        insert(RuleSet)
        .values(key=draft.key, unit_id=draft.unit_id)
        .on_conflict_do_nothing(index_elements=[RuleSet.key, RuleSet.unit_id])
    )
    return session.scalars(
        select(RuleSet)
        .where(RuleSet.key == draft.key, RuleSet.unit_id.is_not_distinct_from(draft.unit_id))
        .with_for_update()
    ).one()


def _refuse_twice(session: Session, rules: RuleSet, draft: Draft) -> None:
    there = session.scalars(
        select(RuleVersion).where(
            RuleVersion.set_id == rules.id,
            RuleVersion.withdrawn_at.is_(None),
            RuleVersion.name == draft.name,
            RuleVersion.number == draft.number,
            RuleVersion.valid_from == draft.valid_from,
            RuleVersion.valid_to.is_not_distinct_from(draft.valid_to),
        )
    ).first()
    if there is not None:
        message = f"《{there.name}》{told(there.valid_from)}起的这一版已经登记过，没有再登记。"
        raise RuleTwice(message, current="entered", rule=there.id)


def _give_way(session: Session, rules: RuleSet, draft: Draft, since: date) -> RuleVersion | None:
    """The version in force that ends for this one, if the draft says so. Raises: BadRule."""
    clash = find_overlap(session, rules.id, since, draft.valid_to)
    if clash is None:
        return None
    if draft.ends_before and clash.valid_from < since:
        clash.end(since - A_DAY, None)
        session.flush()  # its days are free before the new one takes them
        clash_again = find_overlap(session, rules.id, since, draft.valid_to)
        if clash_again is None:
            return clash
        clash = clash_again
    raise BadRule([FieldError("valid_from", "overlap", _overlapping(clash, since))])


def _overlapping(clash: RuleVersion, since: date) -> str:
    last = clash.last_day
    until = f"到{told(last)}" if last else "，没有截止日"
    way = (
        "新版代替它的，请勾选“原来那一版到新版施行的前一天为止”；日期写错了的，请改日期。"
        if clash.valid_from < since
        else "请改日期，或者先撤销那一版。"
    )
    return f"和已经登记的《{clash.name}》{told(clash.valid_from)}起{until}的那一版日期重叠。{way}"


def _named(version: RuleVersion) -> str:
    return f"《{version.name}》{version.number}"


def _record(
    session: Session,
    actor: Actor | None,
    now: datetime,
    kind: str,
    rules: RuleSet,
    version: RuleVersion,
    layer: str,
    **more: str,
) -> None:
    facts = {
        "rule": _named(version),
        "key": rules.key,
        "unit": layer,
        "from": version.valid_from.isoformat(),
        "to": version.valid_to.isoformat() if version.valid_to else "",
        **more,
    }
    audit.record(session, now=now, actor=actor, kind=kind, object=f"rule:{version.id}", data=facts)
