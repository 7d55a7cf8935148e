"""Who keeps accounts or permissions is told once a round that a review is due, and begins it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.access.dormant.reminding import remind_of_reviews
from app.access.models import Account
from app.access.reviews.models import Review
from app.core import clock
from app.core.db import transaction
from app.identity.models import Person, Unit
from app.notifications import working
from app.rules.models import ParameterChange
from app.rules.types import ChangeState
from tests.reviews.conftest import OpenAccount, World

SMALL, RARE = ("向小兰", "422899199001012385"), ("黄䶮", "422899199502287774")
OPENED = datetime(2026, 11, 24, 2, tzinfo=UTC)
MARCH = datetime(2027, 3, 1, 2, tzinfo=UTC)


@pytest.fixture
def spring(world: World, open_account: OpenAccount) -> World:
    world.at(OPENED)
    open_account(SMALL, RARE)
    world.at(MARCH)
    return world


def look() -> int:
    with transaction() as session:
        return remind_of_reviews(session, now=clock.utcnow())


def told(world: World, username: str) -> list[str]:
    while working.tell_next():
        pass
    items = world.on(username).get("/notifications").json["items"]
    return [one["kind"] for one in items if one["kind"].startswith("review.")]


def begin(world: World, by: str = "tanlihua", **body: Any) -> Any:
    return world.on(by).post("/idle-accounts/reviews", body)


def test_told_once_a_round_and_begun_together(spring: World) -> None:
    """The county with idle accounts hears of them; of the log everybody who keeps permissions."""
    assert look() >= 2
    assert look() == 0
    assert told(spring, "tanlihua") == told(spring, "tanguifang") == ["review.idle_due"]
    assert told(spring, "wuyiming") == ["review.log_due"]
    assert told(spring, "ransiqi") == []
    assert begin(spring, "wuyiming").status_code == 403
    assert begin(spring, "ransiqi").json["code"] == "nothing_due"  # 利川 has none idle
    assert begin(spring, units=["422827-jyzx"]).json["code"] == "nothing_due"
    made = begin(spring)
    assert made.status_code == 200, made.text
    (one,) = made.json["items"]
    assert spring.task("qinyongan", one["ticket"])["node"] == "answer"
    again = begin(spring, "tanguifang")
    assert (again.status_code, again.json["code"]) == (409, "nothing_due")
    spring.at(MARCH + timedelta(days=31))
    assert look() >= 1  # of March's log
    assert told(spring, "tanlihua") == ["review.idle_due"]


def test_a_log_that_was_looked_through_calls_nobody(world: World) -> None:
    world.at(datetime(2026, 12, 2, 2, tzinfo=UTC))
    number = world.start("wuyiming", "permission-log-review", {"month": "2026-11"}).json["number"]
    assert number
    look()
    assert told(world, "wuyiming") == []
    world.at(datetime(2026, 12, 2, 18, tzinfo=UTC))
    assert look() == 0  # nobody is told at night


def test_the_office_says_what_night_and_bulk_are(world: World, open_account: OpenAccount) -> None:
    world.at(datetime(2026, 11, 24, 9, tzinfo=UTC))  # five in the afternoon
    open_account(SMALL)
    with transaction() as session:
        county = session.scalars(select(Unit).where(Unit.code == "422826")).one()
        session.add(
            ParameterChange(
                key="night_from",
                unit_id=county.id,
                value=17,
                since=datetime(2026, 1, 1, tzinfo=UTC).date(),
                reason="冬季作息",
                state=ChangeState.CONFIRMED,
                place=county.path,
                proposed_by_id=session.scalars(select(Person.id)).first(),
                proposed_at=clock.utcnow(),
            )
        )
    world.at(datetime(2026, 12, 2, 2, tzinfo=UTC))
    number = world.start("wuyiming", "permission-log-review", {"month": "2026-11"}).json["number"]
    form = world.task("wuyiming", number)["form"]
    laid = {one["key"]: one.get("defaultValue") for one in form["components"]}
    assert laid["terms"] == "夜间指 17 时至次日 7 时，批量导出指一次导出 200 行以上"
    assert [row["kind"] for row in laid["findings"]] == ["夜间授权"]


def test_two_at_once_ask_a_department_once(spring: World) -> None:
    """Both pages showed it as due: the second hears so."""
    with transaction() as session:
        session.execute(update(Account).values(opened_at=OPENED - timedelta(days=400)))
    assert begin(spring, units=["422826-jyzx"]).status_code == 200
    assert begin(spring, "tanguifang", units=["422826-jyzx"]).status_code == 409
    with transaction() as session:
        count = session.scalar(select(func.count()).where(Review.process == "dormant-review"))
    assert count == 1
