"""Looking through the books at night, raising what is found, signing and handling it."""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.calendar.queries import calendar_for
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Fault
from app.hints import numbers, policy
from app.hints.drawn import Says, drawn
from app.hints.models import Recheck, RiskHint
from app.hints.queries import access_hint, hints_of, last_recheck
from app.hints.rules import RULES, Rule
from app.hints.types import (
    FEWEST_WORDS,
    MOST_WORDS,
    UNSETTLED,
    AboutYourself,
    BadHandling,
    Finding,
    HintSettled,
    HintState,
    NotSigned,
    NotYourHint,
    Rechecked,
    StaleHint,
    Verdict,
)
from app.rules.queries import parameter

LOCK = 7_040_117  # one run at a time
MOST = 2_000  # findings of a rule in one run: of a flood the rest comes the next night
FROM_HOUR = 1  # the office's: by then the day's acts are over
LONGEST_SPAN = timedelta(days=120)
_ASKED = re.compile(r"(?<!:):([a-z]+)")
FINDERS: Mapping[str, Callable[[Session], list[Finding]]] = {"R1-old-number": numbers.old_numbers}


def recheck(session: Session, *, now: datetime) -> Rechecked | None:
    """Ask every rule of everything in the books; None while another run is at it."""
    if not session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return None
    began = time.perf_counter()
    raised = seen = gone = 0
    says = drawn(session)
    for rule in RULES.values():
        if not rule.statement and rule.key not in FINDERS:
            continue
        counts = _look(session, rule, now, says)
        raised, seen, gone = raised + counts[0], seen + counts[1], gone + counts[2]
    done = Rechecked(raised, seen, gone, time.perf_counter() - began)
    session.add(Recheck(at=now, raised=raised, seen=seen, gone=gone, seconds=done.seconds))
    audit.record(
        session,
        now=now,
        actor=None,
        kind="hints.rechecked",
        object="hints",
        data={"raised": raised, "seen": seen, "gone": gone},
    )
    return done


def recheck_if_due(session: Session, *, now: datetime) -> Rechecked | None:
    """Once a night. Safe to run at any time and side by side."""
    moment, last = clock.local(now), last_recheck(session)
    if moment.hour < FROM_HOUR or (last and clock.local(last.at).date() >= moment.date()):
        return None
    return recheck(session, now=now)


def findings(
    session: Session, rule: Rule, now: datetime, says: Says | None = None, limit: int = MOST
) -> list[Finding]:
    """`says` is what the diagrams say, read once for all rules."""
    if rule.key in FINDERS:
        return FINDERS[rule.key](session)[:limit]
    known = {"now": now, "today": clock.local(now).date(), **(says or drawn(session))}
    given = {name: known[name] for name in _ASKED.findall(rule.statement) if name in known}
    rows = session.execute(text(rule.statement), given).fetchmany(limit)
    return [Finding(row.subject, row.unit_id, row.facts, row.person_id) for row in rows]


def raise_hint(session: Session, *, rule: str, finding: Finding, now: datetime) -> RiskHint:
    """Of another room's making; never twice for the same thing."""
    (hint,) = raise_hints(session, rule=rule, findings=[finding], now=now)
    return hint


def raise_hints(
    session: Session, *, rule: str, findings: Sequence[Finding], now: datetime
) -> list[RiskHint]:
    """All that another room has found at once."""
    known = hints_of(session, rule)
    return [_raise(session, RULES[rule], one, known.get(one.subject), now)[0] for one in findings]


def sign(
    session: Session, *, actor: Actor, now: datetime, hint_id: int, version: int | None
) -> RiskHint:
    """Raises: HintNotFound, NotYourHint, AboutYourself, HintSettled, StaleHint."""
    hint = _access(session, hint_id, actor)
    if hint.state is not HintState.OPEN:
        raise HintSettled(current=hint.state.value, version=hint.rev)
    _refuse_stale(hint, version)
    hint.sign(actor, _days(session, hint.unit_id, "risk_handle", clock.local(now).date()), now)
    _record(session, hint, "hint.signed", actor, now)
    return hint


def handle(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    hint_id: int,
    version: int | None,
    verdict: Verdict | None,
    words: str,
) -> RiskHint:
    """What came of it. What was put right and is there again the next night is raised anew.

    Raises: HintNotFound, NotYourHint, AboutYourself, NotSigned, HintSettled, StaleHint,
    BadHandling.
    """
    hint = _access(session, hint_id, actor)
    if hint.state is HintState.OPEN:
        raise NotSigned(current=hint.state.value, version=hint.rev)
    if hint.state is not HintState.SIGNED:
        raise HintSettled(current=hint.state.value, version=hint.rev)
    _refuse_stale(hint, version)
    said = words.strip()
    faults = []
    if verdict is None:
        faults.append(Fault("verdict", "required", "请选处理结果。"))
    if not FEWEST_WORDS <= len(said) <= MOST_WORDS:
        told = f"请写明处理情况（{FEWEST_WORDS} 到 {MOST_WORDS} 个字）。"
        faults.append(Fault("text", "words", told))
    if faults or verdict is None:
        raise BadHandling(faults)
    hint.handle(actor, verdict, said, now)
    _record(session, hint, "hint.handled", actor, now, verdict=verdict.value)
    return hint


def _look(session: Session, rule: Rule, now: datetime, says: Says) -> tuple[int, int, int]:
    """How many were raised, seen again, and are gone."""
    found = findings(session, rule, now, says)
    known = hints_of(session, rule.key)
    raised = sum(_raise(session, rule, one, known.get(one.subject), now)[1] for one in found)
    is_whole = len(found) < MOST
    left = known.keys() - {one.subject for one in found} if is_whole else ()
    gone = _let_go(session, (known[one] for one in sorted(left)), now)
    return raised, len(found) - raised, gone


def _raise(
    session: Session, rule: Rule, finding: Finding, known: RiskHint | None, now: datetime
) -> tuple[RiskHint, bool]:
    """The hint, and whether it is new or came back."""
    if known is not None and not known.is_to_be_raised(finding):
        known.see(finding, now)
        return known, False
    today = clock.local(now).date()
    sign_by = _days(session, finding.unit_id, "risk_sign", today)
    handle_by = _days(session, finding.unit_id, "risk_handle", sign_by)
    if known is not None:
        known.raise_again(sign_by, handle_by)
        known.see(finding, now)
        hint = known
    else:
        hint = RiskHint(
            rule=rule.key,
            subject=finding.subject,
            unit_id=finding.unit_id,
            person_id=finding.person_id,
            colour=rule.colour,
            facts=dict(finding.facts),
            state=HintState.OPEN,
            found_at=now,
            seen_at=now,
            times=1,
            sign_by=sign_by,
            handle_by=handle_by,
            rev=1,
        )
        session.add(hint)
    session.flush()  # the event names it
    _record(session, hint, "hint.raised", None, now)
    return hint, True


def _let_go(session: Session, hints: Iterable[RiskHint], now: datetime) -> int:
    count = 0
    for hint in hints:
        if hint.state in UNSETTLED:
            hint.go(now)
            _record(session, hint, "hint.gone", None, now)
            count += 1
    return count


def _access(session: Session, hint_id: int, actor: Actor) -> RiskHint:
    hint = access_hint(session, hint_id, actor)
    if not policy.can_act(actor, None):
        raise NotYourHint
    if not policy.can_act(actor, hint.person_id):
        raise AboutYourself
    return hint


def _refuse_stale(hint: RiskHint, version: int | None) -> None:
    if version != hint.rev:
        raise StaleHint(current=hint.state.value, version=hint.rev)


def _days(session: Session, unit_id: int, key: str, start: date) -> date:
    """The last of so many working days after a day, as the parameters of the unit have it."""
    count = parameter(session, key, unit_id, start).value
    calendar = calendar_for(session, unit_id, start, start + LONGEST_SPAN)
    return calendar.working_days(start, count).last


def _record(
    session: Session, hint: RiskHint, kind: str, actor: Actor | None, now: datetime, **facts: str
) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"hint:{hint.id}",
        data={"rule": hint.rule, "title": RULES[hint.rule].title, "colour": hint.colour.value}
        | {"sign_by": hint.sign_by.isoformat()}
        | facts,
    )
