"""Reads: the catalogue with who holds what, templates by day, pushes within reach."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from app.access.models import Account
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.outbox import Outbox, OutboxState
from app.core.paging import Page, page_by_key
from app.holdings.queries import holders_of_posts, units_within
from app.identity.models import Person, Unit
from app.identity.queries import get_unit, in_subtree, scope_path
from app.identity.queries.units import PREFECTURE
from app.identity.region import read_region
from app.managed import policy
from app.managed.models import PostTemplate, Push, System
from app.managed.types import (
    ACTS,
    TOPIC,
    NotYourPush,
    NotYourSystem,
    Permission,
    PostRow,
    PushNotFound,
    PushRow,
    PushState,
    Settings,
    SubsystemRow,
    SystemNotFound,
    SystemRow,
    TemplateRow,
)

PAGE, FEW = 50, 10
STUCK = frozenset({OutboxState.DEAD, OutboxState.HELD})


def list_systems(session: Session, *, actor: Actor) -> list[SystemRow]:
    """In the order of the region's file. Raises: Forbidden."""
    if not policy.can_view(actor):
        raise Forbidden
    region, on = read_region(session), systems_on(session)
    belongs = system_by_subsystem(session)
    return [
        SystemRow(
            one.value,
            one.label,
            tuple(
                (each.value, each.label)
                for each in region.entries("subsystems")
                if belongs[each.value] == one.value
            ),
            one.value in on,
        )
        for one in region.entries("systems")
    ]


def catalogue(
    session: Session, *, actor: Actor, key: str, day: date
) -> tuple[SystemRow, list[SubsystemRow]]:
    """A system's subsystems and posts, with the templates of the actor's own 州 or 县市.

    Raises: Forbidden, SystemNotFound.
    """
    system = next((one for one in list_systems(session, actor=actor) if one.key == key), None)
    if system is None:
        raise SystemNotFound
    counts = holders_of_posts(session, units_within(session, actor))
    templates = _templates(session, actor.division_id)
    posts = read_region(session).entries("posts")
    return system, [
        SubsystemRow(
            subsystem,
            label,
            tuple(
                _post(
                    post.value,
                    post.label,
                    counts.get((subsystem, post.value), 0),
                    templates.get((subsystem, post.value), []),
                    day,
                )
                for post in posts
            ),
        )
        for subsystem, label in system.subsystems
    ]


def template_of(
    session: Session, division_id: int, subsystem: str, post: str, *, day: date
) -> PostTemplate | None:
    """What was set last and holds on that day."""
    found = session.scalars(
        select(PostTemplate)
        .where(
            PostTemplate.division_id == division_id,
            PostTemplate.subsystem == subsystem,
            PostTemplate.post == post,
            PostTemplate.valid_from <= day,
        )
        .order_by(PostTemplate.id.desc())
        .limit(1)
    ).first()
    return found if found and (found.valid_to is None or day <= found.valid_to) else None


def systems_on(session: Session) -> list[str]:
    """Those that are pushed to."""
    return list(session.scalars(select(System.key).where(System.is_on).order_by(System.key)))


def system_by_subsystem(session: Session) -> dict[str, str]:
    """Empty where the region names no systems."""
    region = read_region(session)
    systems = [one.value for one in region.entries("systems")]
    if not systems:
        return {}
    return {one.value: one.system or systems[0] for one in region.entries("subsystems")}


def label_of(session: Session, key: str) -> str:
    return read_region(session).label("systems", key)


def access_system(session: Session, key: str, actor: Actor) -> System | None:
    """Locked; None before its address was entered. Raises: SystemNotFound, NotYourSystem."""
    _refuse_unknown(session, key, actor)
    return session.get(System, key, with_for_update=True, populate_existing=True)


def settings_of(session: Session, key: str, actor: Actor) -> Settings:
    """Raises: SystemNotFound, NotYourSystem."""
    _refuse_unknown(session, key, actor)
    found = session.get(System, key)
    return Settings(
        key,
        label_of(session, key),
        found.url if found else "",
        bool(found and found.is_on),
        found is not None,
        found.old_until if found else None,
        found.rev if found else 0,
    )


def access_push(
    session: Session, push_id: int, actor: Actor, rule: Callable[[Actor], bool]
) -> Push:
    """Raises: PushNotFound (absent or out of scope), NotYourPush."""
    found = session.scalars(
        select(Push)
        .join(Account, Account.id == Push.account_id)
        .join(Unit, Unit.id == Account.unit_id)
        .where(Push.id == push_id, in_subtree(scope_path(session, actor)))
    ).first()
    if found is None:
        raise PushNotFound
    if not rule(actor):
        raise NotYourPush
    push: Push = found
    return push


def list_pushes(
    session: Session,
    *,
    actor: Actor,
    system: str = "",
    state: PushState | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[PushRow]:
    """Of accounts within reach, the newest first. Raises: NotYourPush."""
    if not policy.can_mend(actor):
        raise NotYourPush
    statement = _rows().where(in_subtree(scope_path(session, actor)))
    if system:
        statement = statement.where(Push.system == system)
    if state is not None:
        statement = statement.where(Push.state == state)
    key = [Push.id]
    page = page_by_key(session, statement.add_columns(*key), key=key, cursor=cursor, limit=limit)
    return page.map(lambda row: _row(session, row))


def push_row(session: Session, actor: Actor, push_id: int) -> PushRow:
    """Raises: PushNotFound, NotYourPush."""
    access_push(session, push_id, actor, policy.can_mend)
    return _row(session, session.execute(_rows().where(Push.id == push_id)).one())


def pushes_of_account(session: Session, account_id: int) -> Sequence[PushRow]:
    """The latest; the caller has asked for the account."""
    rows = session.execute(
        _rows().where(Push.account_id == account_id).order_by(Push.id.desc()).limit(FEW)
    )
    return [_row(session, row) for row in rows]


def pushes_of_ticket(session: Session, ticket: str) -> Sequence[PushRow]:
    """In the order of the form's rows; the caller has asked for the ticket."""
    rows = session.execute(_rows().where(Push.ticket == ticket).order_by(Push.id).limit(PAGE * 4))
    return [_row(session, row) for row in rows]


def may_set(session: Session, actor: Actor) -> bool:
    division = get_unit(session, actor.division_id)
    return policy.can_set(actor, is_prefecture=division.level == PREFECTURE)


def _refuse_unknown(session: Session, key: str, actor: Actor) -> None:
    """To the administrator of a county the settings of the 州 are not there (S19)."""
    if not policy.can_mend(actor):
        raise NotYourSystem
    if not may_set(session, actor) or key not in {
        one.value for one in read_region(session).entries("systems")
    }:
        raise SystemNotFound


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Push,
            Account.name,
            Person.name,
            Outbox.attempts,
            Outbox.retries,
            Outbox.error,
            Outbox.state,
        )
        .join(Account, Account.id == Push.account_id)
        .join(Unit, Unit.id == Account.unit_id)
        .outerjoin(Person, Person.id == Push.by_id)
        .outerjoin(Outbox, and_(Outbox.topic == TOPIC, Outbox.key == Push.key))
    )


def _row(session: Session, row: Any) -> PushRow:
    push, name, by, tries, retries, error, work = row[:7]
    region = read_region(session)
    what = (
        f"{region.label('subsystems', push.subsystem)} {region.label('posts', push.post)}"
        if push.subsystem
        else ""
    )
    return PushRow(
        id=push.id,
        system=push.system,
        act_label=ACTS[push.act],
        what=what,
        account_id=push.account_id,
        name=name,
        ticket=push.ticket,
        row_no=push.row_no,
        state=push.state,
        at=push.at,
        over_at=push.over_at,
        tries=tries or 0,
        retries=retries or 0,
        error="" if push.state is PushState.BY_HAND else error or "",
        by=by or "",
        why=push.why or "",
        is_stuck=work in STUCK,
    )


def _post(post: str, label: str, count: int, history: Sequence[PostTemplate], day: date) -> PostRow:
    begun = [one for one in history if one.valid_from <= day]
    latest = begun[0] if begun else None
    holds = latest is not None and (latest.valid_to is None or day <= latest.valid_to)
    return PostRow(
        post,
        label,
        count,
        _shown(latest) if latest and holds and latest.permissions else None,
        tuple(map(_shown, history[:FEW])),
    )


def _shown(one: PostTemplate) -> TemplateRow:
    return TemplateRow(
        one.kind,
        tuple(Permission(each["permission"], each["remark"]) for each in one.permissions),
        one.valid_from,
        one.valid_to,
        one.ticket,
        one.at,
    )


def _templates(session: Session, division_id: int) -> dict[tuple[str, str], list[PostTemplate]]:
    """The newest first."""
    found: dict[tuple[str, str], list[PostTemplate]] = defaultdict(list)
    for one in session.scalars(
        select(PostTemplate)
        .where(PostTemplate.division_id == division_id)
        .order_by(PostTemplate.id.desc())
    ):
        found[one.subsystem, one.post].append(one)
    return found
