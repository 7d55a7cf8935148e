"""What is asked of a county with many people comes by indexes, and the night finds it in order."""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text, update

from app.access.models import Account, Grant
from app.access.types import AccountState, GrantState
from app.hints import service
from app.hints.models import RiskHint
from app.holdings import queries
from app.holdings import service as service_of_holdings
from app.holdings.models import HoldingCount
from app.holdings.queries.counties import count_units
from app.holdings.types import Filters
from app.identity.models import Unit
from app.identity.queries import unit_by_code
from bench.reads.crowd import fill
from bench.reads.explain import explain, listening
from tests.support.office import Office

MANY = int(os.environ.get("PEOPLE", "3000"))
GROWING = {"account", "grant", "ledger_row", "ticket", "task", "instance"}
Ask = Callable[[], Any]


@pytest.fixture
def asked(office: Office) -> dict[str, Ask]:
    ticket = office.walk(office.start())
    fill(office.session, MANY, ticket=ticket.number, now=office.now)
    county, whole = office.actor("tanlihua"), office.actor("qinzhiming")
    session, now = office.session, office.now
    one = session.query(Account).filter(Account.row_no > 1000).order_by(Account.id).first()
    assert one is not None

    def listed(**given: str) -> Ask:
        filters = Filters.parse(given)
        return lambda: queries.list_accounts(session, actor=county, filters=filters)

    return {
        "all": listed(),
        "by a common sign": listed(q="王"),
        "by name": listed(q="王伟明"),
        "by post": listed(subsystem="gig-station", post="query"),
        "by a post of few": listed(subsystem="case-warning"),
        "closed": listed(state="closed"),
        "of a unit": listed(unit="422826-gaoleshan"),
        "person": lambda: queries.portrait_of_account(
            session, actor=county, now=now, account_id=one.id
        ),
        "unit": lambda: queries.look_at_unit(session, actor=whole, now=now, code="422826"),
        "counties": lambda: queries.list_counties(session, actor=whole, now=now),
    }


def test_no_list_walks_a_table_that_grows(asked: dict[str, Ask], bind: Connection) -> None:
    bind.execute(text("SET LOCAL enable_seqscan = off"))
    faults = []
    for name, ask in asked.items():
        with listening(bind.engine) as heard:
            ask()
        faults += [
            f"{name}: {node} in {said.text[:200]}"
            for said in heard.statements
            for node in explain(bind, said).nodes
            if node.kind == "Seq Scan" and node.relation in GROWING
        ]
    assert not faults, "\n".join(faults)


def test_counts_are_those_of_the_rows(office: Office, asked: dict[str, Ask]) -> None:
    """Whoever wrote them; and added up they are the same in one row a unit."""
    session = office.session
    one, other = session.scalars(
        select(Account).where(Account.row_no > 1000).order_by(Account.id).limit(2)
    )
    one.state, one.closed_at = AccountState.CLOSED, office.now
    other.unit_id = unit_by_code(session, "422827-xiangfeng").id  # with the three posts it holds
    session.flush()
    session.execute(
        update(Grant).where(Grant.account_id == one.id).values(state=GrantState.REVOKED)
    )
    ids = list(session.scalars(select(Unit.id)))
    kept = count_units(session, ids)
    counted = {
        unit: (active, closed, held)
        for unit, active, closed, held in session.execute(
            select(
                Account.unit_id,
                func.count(Account.id.distinct()).filter(Account.state == AccountState.ACTIVE),
                func.count(Account.id.distinct()).filter(Account.state == AccountState.CLOSED),
                func.count(Grant.id).filter(Grant.state == GrantState.ACTIVE),
            )
            .outerjoin(Grant, Grant.account_id == Account.id)
            .group_by(Account.unit_id)
        )
    }
    for unit in ids:
        found = kept[unit]
        assert (found.active, found.closed, found.grants) == counted.get(unit, (0, 0, 0))
    service_of_holdings.add_up_counts(session)
    assert count_units(session, ids) == kept
    held = queries.holders_of_posts(session, ids)
    assert held["gig-station", "query"] == MANY - 1
    assert sum(held.values()) == sum(one.grants for one in kept.values())
    rows = session.query(HoldingCount.unit_id, HoldingCount.subsystem, HoldingCount.post).all()
    assert len(rows) == len(set(rows))
    asked["counties"]()


def test_the_night_finds_a_large_county_in_order(office: Office, asked: dict[str, Ask]) -> None:
    """`PEOPLE=20000` prints what the budgets of ARCHITECTURE ask for."""
    took: dict[str, float] = {}
    for name, ask in asked.items():
        began = time.perf_counter()
        ask()
        took[name] = time.perf_counter() - began
    done = service.recheck(office.session, now=office.now)
    assert done is not None
    assert office.session.query(RiskHint).count() == 0
    print({name: f"{1000 * one:.0f} ms" for name, one in took.items()}, f"{done.seconds:.1f} s")  # noqa: T201
