"""谁有什么权限: accounts with what they hold, a page at a time."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, cast, func, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

import forms
from app.access.models import Account, Grant
from app.access.types import GrantState
from app.core import crypto
from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.core.search import MANY, name_query
from app.holdings.queries.reach import among, units_within
from app.holdings.types import Filters, Given, Holding
from app.identity.models import Unit
from app.identity.region import RegionLists, read_region
from forms.normalise import person_name

PAGE = 50
EVERYTHING = Filters()


def list_accounts(
    session: Session,
    *,
    actor: Actor,
    filters: Filters = EVERYTHING,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[Holding]:
    """Unit by unit, in each in the order in which they were opened."""
    units = units_within(session, actor, filters.unit)
    key = [Account.unit_id, Account.id]
    statement = (
        select(Account, Unit.code, Unit.name, *key)
        .join(Unit, Unit.id == Account.unit_id)
        .where(among(Account.unit_id, units), *_chosen(session, units, filters))
    )
    page = page_by_key(session, statement, key=key, cursor=cursor, limit=limit, descending=False)
    held = grants_of(session, [row[0].id for row in page.items])
    return page.map(lambda row: holding(row[0], row[1], row[2], held.get(row[0].id, ())))


def holding(account: Account, code: str, unit: str, grants: Sequence[Given] = ()) -> Holding:
    return Holding(
        id=account.id,
        name=account.name,
        id_number=masked(account.id_number),
        phone=masked(account.phone),
        unit_code=code,
        unit_name=unit,
        kind=account.kind,
        state=account.state,
        opened_at=account.opened_at,
        closed_at=account.closed_at,
        ticket=account.ticket,
        row_no=account.row_no,
        at=account.at,
        grants=tuple(grants),
    )


def grants_of(
    session: Session, ids: Collection[int], state: GrantState = GrantState.ACTIVE
) -> dict[int, list[Given]]:
    """What these accounts hold now, or held once."""
    found: dict[int, list[Given]] = {}
    if not ids:
        return found
    region = read_region(session)
    rows = session.scalars(
        select(Grant)
        .where(among(Grant.account_id, ids), Grant.state == state)
        .order_by(Grant.subsystem, Grant.post, Grant.id)
    )
    for grant in rows:
        found.setdefault(grant.account_id, []).append(_given(grant, region))
    return found


def masked(sealed: bytes | None) -> str:
    return forms.mask_text(crypto.unseal(sealed).decode()) if sealed else ""


def _given(grant: Grant, region: RegionLists) -> Given:
    is_over = grant.state is GrantState.REVOKED
    return Given(
        subsystem=grant.subsystem,
        subsystem_label=region.label("subsystems", grant.subsystem),
        post=grant.post,
        post_label=region.label("posts", grant.post),
        since=grant.granted_at,
        ticket=grant.granted_ticket,
        row_no=grant.granted_row,
        until=grant.at if is_over else None,
        taken_by=grant.ticket if is_over else "",
    )


def _chosen(
    session: Session, units: Collection[int], filters: Filters
) -> Iterator[ColumnElement[bool]]:
    if filters.state:
        yield Account.state == filters.state
    if filters.kind:
        yield Account.kind == filters.kind
    if words := person_name(filters.q):
        yield Account.name.icontains(words, autoescape=True)
        yield from _few(session, _bearing(words, units))
    if filters.subsystem or filters.post:
        held = [Grant.state == GrantState.ACTIVE]
        held += [Grant.subsystem == filters.subsystem] if filters.subsystem else []
        held += [Grant.post == filters.post] if filters.post else []
        yield select(Grant.id).where(Grant.account_id == Account.id, *held).exists()
        yield from _few(session, _holding(held, units))


def _few(session: Session, ids: Any) -> Iterator[ColumnElement[bool]]:
    """Those few are looked up; what very many have is met soon enough in the order of the list."""
    found = list(dict.fromkeys(session.scalars(ids.limit(MANY + 1))))
    if len(found) <= MANY:
        yield among(Account.id, found)


def _bearing(words: str, units: Collection[int]) -> Any:
    parts = func.name_parts(Account.name).op("@@", is_comparison=True)
    query = cast(name_query(words), TSQUERY)
    return select(Account.id).where(parts(query), among(Account.unit_id, units))


def _holding(held: Sequence[ColumnElement[bool]], units: Collection[int]) -> Any:
    return (
        select(Grant.account_id)
        .join(Account, Account.id == Grant.account_id)
        .where(*held, among(Account.unit_id, units))
    )
