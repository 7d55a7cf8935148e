"""Reads of hints: in pages, one to show, one for an act; and how the last run went."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.hints import policy
from app.hints.models import Recheck, RiskHint
from app.hints.rules import RULES
from app.hints.types import Filters, HintNotFound, HintState, Shown
from app.identity.models import Person, Unit
from app.identity.queries import in_subtree, scope_path
from app.identity.region import read_region

PAGE = 50
Signer, Handler = aliased(Person), aliased(Person)


def list_hints(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    filters: Filters,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[Shown]:
    """Of the own scope, the latest first."""
    statement = _visible(session, actor).where(*_chosen(filters)).add_columns(RiskHint.id)
    page = page_by_key(session, statement, key=[RiskHint.id], cursor=cursor, limit=limit)
    return page.map(lambda row: _shown(session, actor, row, now))


def show_hint(session: Session, *, actor: Actor, now: datetime, hint_id: int) -> Shown:
    """Raises: HintNotFound."""
    row = session.execute(_visible(session, actor).where(RiskHint.id == hint_id)).first()
    if row is None:
        raise HintNotFound
    return _shown(session, actor, tuple(row), now)


def access_hint(session: Session, hint_id: int, actor: Actor) -> RiskHint:
    """Locked for an act. Raises: HintNotFound."""
    found = session.scalars(
        select(RiskHint)
        .join(Unit, Unit.id == RiskHint.unit_id)
        .where(RiskHint.id == hint_id, *_within(session, actor))
        .with_for_update(of=RiskHint)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise HintNotFound
    return found


def last_recheck(session: Session) -> Recheck | None:
    return session.scalars(select(Recheck).order_by(Recheck.id.desc()).limit(1)).first()


def hints_of(session: Session, rule: str) -> dict[str, RiskHint]:
    """All that a rule has ever found, by what it found."""
    found = session.scalars(select(RiskHint).where(RiskHint.rule == rule))
    return {one.subject: one for one in found}


def _visible(session: Session, actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(RiskHint, Unit.code, Unit.name, Signer.name, Handler.name)
        .join(Unit, Unit.id == RiskHint.unit_id)
        .outerjoin(Signer, Signer.id == RiskHint.signed_by_id)
        .outerjoin(Handler, Handler.id == RiskHint.handled_by_id)
        .where(*_within(session, actor))
    )


def _within(session: Session, actor: Actor) -> Iterator[ColumnElement[bool]]:
    yield in_subtree(scope_path(session, actor))


def _chosen(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.state:
        yield RiskHint.state == filters.state
    if filters.colour:
        yield RiskHint.colour == filters.colour
    if filters.rule:
        yield RiskHint.rule == filters.rule


def _shown(session: Session, actor: Actor, row: Sequence[Any], now: datetime) -> Shown:
    hint: RiskHint = row[0]
    rule, today = RULES[hint.rule], clock.local(now).date()
    may = policy.can_act(actor, hint.person_id)
    return Shown(
        id=hint.id,
        rule=hint.rule,
        title=rule.title,
        text=rule.told(_labelled(session, hint.facts)),
        demand=rule.demand,
        colour=hint.colour,
        state=hint.state,
        unit_code=row[1],
        unit_name=row[2],
        found_at=hint.found_at,
        seen_at=hint.seen_at,
        times=hint.times,
        sign_by=hint.sign_by,
        handle_by=hint.handle_by,
        signed_by=row[3] or "",
        signed_at=hint.signed_at,
        handled_by=row[4] or "",
        handled_at=hint.handled_at,
        verdict=hint.verdict,
        handling=hint.handling or "",
        gone_at=hint.gone_at,
        version=hint.rev,
        is_late=_is_late(hint, today),
        may_sign=may and hint.state is HintState.OPEN,
        may_handle=may and hint.state is HintState.SIGNED,
        facts=hint.facts,
    )


def _is_late(hint: RiskHint, today: date) -> bool:
    if hint.state is HintState.OPEN:
        return today > hint.sign_by
    return hint.state is HintState.SIGNED and today > hint.handle_by


def _labelled(session: Session, facts: dict[str, Any]) -> dict[str, Any]:
    """Posts and subsystems by their names; a list of posts comes as codes with commas."""
    region = read_region(session)
    named = {
        key: "、".join(region.label("posts", one) for one in str(facts[key]).split(","))
        for key in ("post", "now", "after")
        if facts.get(key)
    }
    if facts.get("subsystem"):
        named["subsystem"] = region.label("subsystems", str(facts["subsystem"]))
        for key in ("post", "now", "after"):
            if key in named:
                named[key] = f"{named['subsystem']}：{named[key]}"
    return facts | named
