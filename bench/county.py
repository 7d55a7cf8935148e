"""A county with many people: how long who-has-what and the books make somebody wait, and the night.

Twenty thousand people with three posts each stand in one county (issue of the accounts: 60,000
grants). Its administrator and the 州's open each page as a browser would, one after the other, in
this process, PostgreSQL beside it; the slowest of twenty counts. The night's re-check is then done
once. Both are waits, not CPU: on a busy machine they say more about the neighbours.
"""

import time
from collections.abc import Iterator

from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.access.models import Account
from app.access.types import AccountKind
from app.core.clock import utcnow
from app.core.db import transaction
from app.hints import service as hints
from bench.figures import Figure
from bench.offices import office, vacuum
from bench.reads.crowd import UNIT, fill
from bench.reads.pages import Page
from bench.reads.visiting import enter, plans
from bench.setting import Setting

PEOPLE, FEW_PEOPLE = 20_000, 2_000
TIMES, FEW_TIMES = 60, 20
PATIENCE, NIGHT = 100.0, 60.0  # ms, s
COUNTY, WHOLE = "tanlihua", "qinzhiming"


def run(setting: Setting) -> list[Figure]:
    people = FEW_PEOPLE if setting.quick else PEOPLE
    with setting.cluster() as cluster, office(cluster, setting, "county") as (app, engine):
        with transaction() as session:
            operator = select(Account).where(Account.kind == AccountKind.OPERATOR).limit(1)
            known = session.scalars(operator).one()
            fill(session, people, ticket=known.opened_ticket, now=utcnow())
        vacuum(engine)
        times = FEW_TIMES if setting.quick else TIMES
        return [*_waits(app, engine, people, times), _night(engine, people)]


def _pages(engine: Engine) -> list[Page]:
    with Session(engine) as session:
        one = session.scalars(select(Account.id).where(Account.row_no > 1000).limit(1)).one()
    few = {"subsystem": "gig-station", "post": "query"}
    return [
        Page("who has what", COUNTY, "/holdings"),
        Page("who has what, by a common sign", COUNTY, "/holdings", {"q": "王"}),
        Page("who has what, by name", COUNTY, "/holdings", {"q": "王伟明"}),
        Page("who has what, by post", COUNTY, "/holdings", few),
        Page("who has what, closed", COUNTY, "/holdings", {"state": "closed"}),
        Page("a person", COUNTY, f"/holdings/accounts/{one}"),
        Page("a unit", WHOLE, f"/holdings/units/{UNIT}"),
        Page("the counties", WHOLE, "/holdings/counties"),
        Page("book of accounts", COUNTY, "/ledgers/accounts"),
        Page("book of grants", COUNTY, "/ledgers/grants"),
        Page("book of grants, by name", COUNTY, "/ledgers/grants", {"q": "王伟明"}),
    ]


def _waits(app: Flask, engine: Engine, people: int, times: int) -> Iterator[Figure]:
    visitors = {who: enter(app, who) for who in (COUNTY, WHOLE)}
    for page in _pages(engine):
        visitor = visitors[page.who]
        looked = plans(engine, visitor, page)
        taken = []
        for _ in range(times):
            before = time.perf_counter()
            visitor.open(page)
            taken.append((time.perf_counter() - before) * 1000)
        buffers = sum(plan.buffers for plan in looked)
        yield Figure(
            f"{page.name}, p95 with {people:,} people",
            sorted(taken)[round(0.95 * times) - 1],
            "ms",
            PATIENCE,
            note=f"{len(looked)} statements, {buffers} buffers",
        )


def _night(engine: Engine, people: int) -> Figure:
    with Session(engine) as session, session.begin():
        done = hints.recheck(session, now=utcnow())
    if done is None:
        raise AssertionError("somebody else is at it")
    return Figure(f"the night with {people:,} people", done.seconds, "s", NIGHT)
