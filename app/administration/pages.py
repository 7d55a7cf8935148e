"""What the pages of the room are filled with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration import policy, queries
from app.administration.judging import LABELS
from app.administration.remains import weigh
from app.administration.reorganising import access_plan, carried_out, list_plans, live_plan, reaches
from app.administration.types import KIND_LABELS, PLAN_LABELS, PlanState
from app.audit.kinds import LABELS as KINDS
from app.audit.models import Event
from app.audit.queries import list_about
from app.core import clock, crypto
from app.core.actor import Actor
from app.core.errors import AppError, ErrorAt, Invalid
from app.identity.models import Unit
from app.identity.queries import former_names, has_second_factor
from app.identity.staff import state_of
from app.identity.types import POSITION_LABELS, LoginState, UnitKind

SOURCES = {
    "administration": "系统管理员",
    "import": "批量导入",
    "reorganisation": "机构调整",
    "demo": "演示数据",
    "command line": "服务器上登记",
}
# The last day of a position is none of the login's.
LABELS_IN = {"give": {"until": "到哪天止"}}
UNIT_HISTORY = (
    *("unit.created", "unit.renamed", "unit.closed", "unit.reopened"),
    *("unit.reorganisation_proposed", "unit.reorganisation_confirmed", "unit.reorganised"),
    *("unit.reorganisation_withdrawn", "unit.reorganisation_stuck"),
    *("process.hidden", "process.shown"),
)
HISTORY = (
    *("person.created", "person.changed"),
    *("appointment.started", "appointment.ended", "appointment.begun", "appointment.expired"),
    "appointment.moved",
    *("login.created", "login.activated", "login.disabled", "login.dormant", "login.limited"),
    *("login.expired", "login.reset", "login.redeemed", "login.factor_set", "login.factor_removed"),
)


@dataclass
class Typed:
    """What was typed on the page, to be shown again; `part` is the form it was typed in."""

    part: str = ""
    words: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    error: str = ""

    @classmethod
    def after(cls, part: str, words: dict[str, str], error: AppError) -> "Typed":
        """With the refusal: beside its fields, or on top."""
        if isinstance(error, Invalid) and error.errors:
            labels = LABELS | LABELS_IN.get(part, {})
            return cls(part, words, dict(_said(one, labels) for one in error.errors))
        return cls(part, words, {}, error.text)

    @property
    def summary(self) -> list[tuple[str, str]]:
        return [(f"{self.part}-{name}", words) for name, words in self.wrong.items()]


def _said(error: ErrorAt, labels: Mapping[str, str]) -> tuple[str, str]:
    return error.path, f"{labels.get(error.path, '')}{error.message}"


def person_page(
    session: Session,
    actor: Actor,
    now: datetime,
    person_id: int,
    typed: Typed,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Context of administration/person.html. Raises: NotFound."""
    kept = queries.access_person(session, person_id, actor, now)
    person = kept.person
    refusal = policy.why_not_person(actor, person.id, kept.held)
    may = policy.can_administer(actor)
    objects = [f"person:{person.id}", *([f"login:{kept.login.id}"] if kept.login else [])]
    history = list_about(session, objects, HISTORY, cursor=cursor, limit=20)
    names = _unit_names(session, history.items)
    return {
        "person": {
            "id": person.id,
            "name": person.name,
            "rev": person.rev,
            "unit_code": person.unit.code,
            "unit_name": person.unit.name,
            "phone": _clear(person.phone),
            "id_number": _clear(person.id_number),
        },
        "login": _login(session, kept, now) if kept.login else None,
        "positions": queries.positions_of(session, person.id, now),
        "sources": SOURCES,
        "history": history.map(lambda event: _line(event, names)),
        "cursor": cursor,
        "may": may and refusal is None,
        "why_not": refusal.text if may and refusal else "",
        "units": queries.open_units(session, actor) if may and refusal is None else [],
        "choices": choices(),
        "typed": typed,
        "today": clock.local(now).date(),
    }


def new_page(session: Session, actor: Actor, typed: Typed) -> dict[str, Any]:
    """Context of administration/new.html."""
    return {"units": queries.open_units(session, actor), "choices": choices(), "typed": typed}


def unit_page(
    session: Session, actor: Actor, unit_id: int, typed: Typed, cursor: str | None = None
) -> dict[str, Any]:
    """Context of administration/unit.html. Raises: NotFound."""
    unit = queries.access_unit(session, unit_id, actor)
    history = list_about(session, [f"unit:{unit.code}"], UNIT_HISTORY, cursor=cursor, limit=20)
    names = _unit_names(session, history.items)
    above = session.get(Unit, unit.parent_id) if unit.parent_id else None
    return {
        "unit": {
            "id": unit.id,
            "code": unit.code,
            "name": unit.name,
            "kind": KIND_LABELS[unit.kind],
            "rev": unit.rev,
            "closed_at": unit.closed_at,
            "above": above.name if above else "",
            "former": former_names(session, unit.id) if unit.named_since else (),
            "ended": carried_out(session, unit.id) if unit.closed_at else None,
            "live": live_plan(session, unit.id),
            "is_merged": unit.successor_id is not None,
            "may_close": unit.kind is not UnitKind.DIVISION and unit.id != actor.unit_id,
        },
        "below": queries.units_below(session, unit.id),
        "people": queries.count_people(session, unit.id),
        "history": history.map(lambda event: _line(event, names)),
        "cursor": cursor,
        "may": policy.can_administer(actor),
        "kinds": [(one.value, KIND_LABELS[one]) for one in UnitKind if one != UnitKind.DIVISION],
        "typed": typed,
    }


def choices() -> list[tuple[str, str]]:
    return [(one.value, POSITION_LABELS[one]) for one in policy.GIVEN_HERE]


def last_day(moment: datetime) -> str:
    """The day before the midnight at which something ends."""
    return clock.local(moment - timedelta(seconds=1)).date().isoformat()


def _login(session: Session, kept: queries.Kept, now: datetime) -> dict[str, Any]:
    login = kept.login
    if login is None:
        return {}
    has_factor = has_second_factor(session, login.id)
    refusal = policy.why_no_code(kept.held, has_second_factor=has_factor)
    return {
        "username": login.username,
        "label": state_of(login, now),
        "is_open": login.is_open(now),
        "is_disabled": login.state is LoginState.DISABLED,
        "until": last_day(login.valid_until) if login.valid_until else "",
        "last_login_at": login.last_login_at,
        "has_factor": has_factor,
        "why_no_code": refusal.text if refusal else "",
    }


def _line(event: Event, units: Mapping[str, str]) -> dict[str, Any]:
    """One act on the person, with the words of positions and units instead of their keys."""
    data = event.data
    renamed = f"{data.get('from', '')} → {data['to']}" if data.get("to") else ""
    told = [
        POSITION_LABELS.get(data.get("position", ""), ""),
        units.get(data.get("unit", ""), data.get("unit", "")),
        data.get("title", ""),
        data.get("changed", ""),
        f"{data['plan']}，从 {data['day']} 起" if data.get("plan") else "",
        data.get("document", ""),
        data.get("cause", ""),
        renamed.removeprefix(" → "),
        f"到 {_day_of(data['until'])}" if data.get("until") else "",
    ]
    return {
        "at": event.at,
        "label": KINDS.get(event.kind, event.kind),
        "actor": event.actor_name,
        "unit": event.unit_name,
        "facts": "，".join(filter(None, told)),
    }


def _day_of(written: str) -> str:
    return last_day(datetime.fromisoformat(written))


def _unit_names(session: Session, events: Sequence[Event]) -> dict[str, str]:
    codes = {event.data["unit"] for event in events if event.data.get("unit")}
    rows = session.execute(select(Unit.code, Unit.name).where(Unit.code.in_(codes)))
    return {row.code: row.name for row in rows}


def _clear(sealed: bytes | None) -> str:
    return crypto.unseal(sealed).decode() if sealed else ""


def plan_form(
    session: Session, actor: Actor, now: datetime, unit_id: int, typed: Typed
) -> dict[str, Any]:
    """Context of administration/plan_form.html. Raises: NotFound, UnitClosed."""
    unit = queries.access_unit(session, unit_id, actor)
    return {
        "unit": unit,
        "kinds": [(one.value, label) for one, label in PLAN_LABELS.items()],
        "units": queries.open_units(session, actor),
        "live": live_plan(session, unit.id),
        "effect": weigh(session, unit, now),
        "typed": typed,
        "change": None,
    }


def plans_page(session: Session, actor: Actor, cursor: str | None) -> dict[str, Any]:
    """Context of administration/plans.html."""
    return {"page": list_plans(session, actor, cursor=cursor), "cursor": cursor}


def plan_page(session: Session, actor: Actor, now: datetime, plan_id: int) -> dict[str, Any]:
    """Context of administration/plan.html. Raises: PlanNotFound."""
    plan = access_plan(session, plan_id, actor)
    may = policy.can_administer(actor) and plan.is_live
    is_own = plan.proposed_by_id == actor.person_id
    return {
        "plan": plan,
        "effect": weigh(session, plan.unit, now) if plan.is_live else None,
        "may": may,
        "may_confirm": may
        and plan.state is PlanState.PROPOSED
        and not is_own
        and reaches(session, plan, actor),
        "is_own": is_own,
        "today": clock.local(now).date(),
    }
