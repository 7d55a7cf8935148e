"""Reads of rule sets: in pages, one for an act, those in force in a unit, those of a ticket."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.layers import NATION, can_keep, is_seen
from app.identity.models import Unit
from app.identity.queries import people_by_ids, scope_path
from app.identity.types import PersonRef
from app.rules.models import RuleSet, RuleVersion
from app.rules.types import Article, NotYourLayer, RuleNotFound, Standing

PAGE = 50
SOON = 90  # days before its end that a version begins to be called so
Layer = aliased(Unit)


@dataclass(frozen=True)
class RuleRow:
    version: RuleVersion
    set: RuleSet
    unit_code: str | None
    layer: str
    standing: Standing
    days_left: int | None
    may_keep: bool


@dataclass(frozen=True)
class Told:
    """Who entered a version and who withdrew it."""

    entered_by: PersonRef | None
    withdrawn_by: PersonRef | None


@dataclass(frozen=True)
class Basis:
    """A rule set as a ticket has it: the version under which it began."""

    id: int
    key: str
    name: str
    number: str
    layer: str
    valid_from: date
    last_day: date | None
    standing: Standing
    articles: tuple[Article, ...]

    @property
    def warning(self) -> str:
        """It shows, and stops nothing: authorities renew late."""
        if self.standing is Standing.WITHDRAWN:
            return "依据已失效：登记的这一版已经撤销"
        if self.standing is Standing.ENDED and self.last_day:
            return f"依据已失效：已于{self.last_day.isoformat()}到期"
        return ""


def standing_of(version: RuleVersion, today: date, soon: int = SOON) -> Standing:
    last = version.last_day
    if version.withdrawn_at is not None:
        return Standing.WITHDRAWN
    if version.valid_from > today:
        return Standing.AHEAD
    if last is None or (last - today).days > soon:
        return Standing.IN_FORCE
    return Standing.ENDED if last < today else Standing.ENDING


def list_rules(
    session: Session,
    *,
    actor: Actor,
    today: date,
    key: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[RuleRow]:
    """Those of the nation, of the layers above the actor and of his scope: set by set, the
    latest version first.
    """
    order = [RuleSet.key, RuleSet.id, RuleVersion.id]
    statement = _visible(session, actor)
    if key:
        statement = statement.where(RuleSet.key == key)
    page = page_by_key(
        session,
        statement.add_columns(*order),
        key=order,
        cursor=cursor,
        limit=limit,
        descending=False,
    )
    return Page(tuple(_rows(session, actor, today, page.items)), page.next_cursor)


def rule_row(session: Session, actor: Actor, version_id: int, today: date) -> RuleRow:
    """Raises: RuleNotFound."""
    found = session.execute(_visible(session, actor).where(RuleVersion.id == version_id)).all()
    if not found:
        raise RuleNotFound
    return _rows(session, actor, today, found)[0]


def versions_of(session: Session, set_id: int) -> Sequence[RuleVersion]:
    """The latest first, withdrawn ones among them."""
    return session.scalars(
        select(RuleVersion)
        .where(RuleVersion.set_id == set_id)
        .order_by(RuleVersion.valid_from.desc(), RuleVersion.id.desc())
    ).all()


def told_by(session: Session, versions: Iterable[RuleVersion]) -> dict[int, Told]:
    rows = list(versions)
    ids = {one for row in rows for one in (row.entered_by_id, row.withdrawn_by_id) if one}
    names = people_by_ids(session, ids) if ids else {}
    return {
        row.id: Told(names.get(row.entered_by_id or 0), names.get(row.withdrawn_by_id or 0))
        for row in rows
    }


def access_version(
    session: Session,
    version_id: int,
    actor: Actor,
    rule: Callable[[Actor, str, str | None], bool],
) -> tuple[RuleVersion, RuleSet, str]:
    """Locked with its set, and the name of its layer. Raises: RuleNotFound, NotYourLayer."""
    found = session.execute(
        _visible(session, actor)
        .where(RuleVersion.id == version_id)
        .with_for_update(of=(RuleSet, RuleVersion))
    ).first()
    if found is None:
        raise RuleNotFound
    version, rules, _, name, path = found
    if not rule(actor, scope_path(session, actor), path):
        raise NotYourLayer
    return version, rules, name or NATION


def in_force(session: Session, keys: Sequence[str], unit_path: str, day: date) -> list[RuleVersion]:
    """Of each set the version of that day, in the order of the keys: the nearest layer that has
    one in force is heard. Where none is in force any more, the last one that was.
    """
    rows = session.execute(
        select(RuleVersion, RuleSet.key)
        .join(RuleSet, RuleSet.id == RuleVersion.set_id)
        .outerjoin(Layer, Layer.id == RuleSet.unit_id)
        .where(
            RuleSet.key.in_(keys),
            RuleVersion.withdrawn_at.is_(None),
            RuleVersion.valid_from <= day,
            or_(RuleSet.unit_id.is_(None), func.starts_with(literal(unit_path), Layer.path)),
        )
        .order_by(
            _ends_after(day).desc(),
            func.coalesce(func.length(Layer.path), 0).desc(),
            RuleVersion.valid_from.desc(),
        )
    ).all()
    first: dict[str, RuleVersion] = {}
    for version, key in rows:
        first.setdefault(key, version)
    return [first[key] for key in keys if key in first]


def bases(session: Session, ids: Sequence[int] | None, today: date) -> list[Basis]:
    """Rule sets by the versions that a ticket keeps, in its order. Asks nothing for none."""
    if not ids:
        return []
    rows = session.execute(
        select(RuleVersion, RuleSet.key, Layer.name)
        .join(RuleSet, RuleSet.id == RuleVersion.set_id)
        .outerjoin(Layer, Layer.id == RuleSet.unit_id)
        .where(RuleVersion.id.in_(ids))
    )
    found = {
        version.id: Basis(
            version.id,
            key,
            version.name,
            version.number,
            layer or NATION,
            version.valid_from,
            version.last_day,
            standing_of(version, today),
            tuple(version.said),
        )
        for version, key, layer in rows
    }
    return [found[one] for one in ids if one in found]


def ending(session: Session, today: date, soon: date) -> Sequence[tuple[RuleVersion, RuleSet]]:
    """Versions that end by `soon` or have ended, and that nothing follows. Locked: of two that
    tell of them the second finds what the first has told.
    """
    after = aliased(RuleVersion)
    last = func.least(RuleVersion.valid_to, RuleVersion.ended_on)
    follows = (
        select(after.id)
        .where(
            after.set_id == RuleVersion.set_id,
            after.withdrawn_at.is_(None),
            after.valid_from > RuleVersion.valid_from,
        )
        .exists()
    )
    rows = session.execute(
        select(RuleVersion, RuleSet)
        .join(RuleSet, RuleSet.id == RuleVersion.set_id)
        .where(
            RuleVersion.withdrawn_at.is_(None),
            RuleVersion.valid_from <= today,
            last <= soon,
            ~follows,
        )
        .order_by(RuleVersion.id)
        .with_for_update(of=RuleVersion)
    )
    return [(version, rules) for version, rules in rows]


def find_overlap(
    session: Session, set_id: int, since: date, until: date | None, but: int | None = None
) -> RuleVersion | None:
    """A version of the set that stands on one of these days; both ends are included."""
    last = func.least(RuleVersion.valid_to, RuleVersion.ended_on)
    conditions = [
        RuleVersion.set_id == set_id,
        RuleVersion.withdrawn_at.is_(None),
        or_(last.is_(None), last >= since),
    ]
    if until is not None:
        conditions.append(RuleVersion.valid_from <= until)
    if but is not None:
        conditions.append(RuleVersion.id != but)
    return session.scalars(
        select(RuleVersion).where(and_(*conditions)).order_by(RuleVersion.valid_from)
    ).first()


def _ends_after(day: date) -> Any:
    last = func.least(RuleVersion.valid_to, RuleVersion.ended_on)
    return or_(last.is_(None), last >= day)


def _visible(session: Session, actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(RuleVersion, RuleSet, Layer.code, Layer.name, Layer.path)
        .join(RuleSet, RuleSet.id == RuleVersion.set_id)
        .outerjoin(Layer, Layer.id == RuleSet.unit_id)
        .where(or_(RuleSet.unit_id.is_(None), is_seen(actor, scope_path(session, actor), Layer)))
    )


def _rows(session: Session, actor: Actor, today: date, found: Sequence[Any]) -> list[RuleRow]:
    scope = scope_path(session, actor)
    rows = []
    for version, rules, code, name, path in (row[:5] for row in found):
        last = version.last_day
        rows.append(
            RuleRow(
                version,
                rules,
                code,
                name or NATION,
                standing_of(version, today),
                (last - today).days if last else None,
                can_keep(actor, scope, path),
            )
        )
    return rows
