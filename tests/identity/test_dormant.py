"""S11: what nobody uses is taken away; the last administrator stays."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.identity import queries, service, terms
from app.identity.dormancy import Fate, list_dormant
from app.identity.models import Appointment, Login, LoginSession
from app.identity.types import LoginState, Position, SessionKind
from tests.identity.conftest import HERE, NOW, MakePerson

UNIT = "422826-rsj"
Use = Callable[[str, int], Login]


@pytest.fixture
def used(region: Session) -> Use:
    """Lets somebody have signed in so many days ago, for the last time."""

    def set_back(username: str, days: int) -> Login:
        login = queries.get_login(region, username)
        login.created_at = NOW - timedelta(days=1000)
        login.last_login_at = NOW - timedelta(days=days)
        region.flush()
        return login

    return set_back


def run(session: Session, now: datetime = NOW) -> None:
    place: int | None = 0
    while place is not None:
        place = service.review_dormant(session, now=now, after=place)
    session.flush()


def kinds(session: Session) -> list[str]:
    return [
        kind
        for kind in session.scalars(select(Event.kind).order_by(Event.id))
        if kind in ("login.dormant", "appointment.ended")
    ]


def held(session: Session, login: Login) -> int:
    rows = session.scalars(select(Appointment).where(Appointment.person_id == login.person_id))
    return sum(row.holds_at(NOW) for row in rows)


@pytest.mark.parametrize(
    ("days", "state", "positions"),
    [
        (89, LoginState.ACTIVE, 1),
        (90, LoginState.DISABLED, 1),
        (179, LoginState.DISABLED, 1),
        (180, LoginState.DISABLED, 0),
    ],
)
def test_unused_logins_close_and_then_lose_their_positions(
    region: Session, make_person: MakePerson, used: Use, days: int, state: str, positions: int
) -> None:
    make_person("ann", UNIT, Position.CLERK)
    login = used("ann", days)
    for _ in range(2):  # the second run finds nothing to do
        run(region)
        assert (login.state, held(region, login)) == (state, positions)
    assert len(kinds(region)) == (days >= 90) + (days >= 180)


def test_who_never_came_counts_from_the_opening(region: Session, make_person: MakePerson) -> None:
    """Opened again: the clock begins anew, or the next hour would close it again."""
    make_person("ann", UNIT, Position.CLERK)
    login = queries.get_login(region, "ann")
    login.created_at, login.last_login_at = NOW - timedelta(days=91), None
    run(region)
    assert login.state is LoginState.DISABLED
    service.activate_login(region, actor=None, username="ann", now=NOW)
    run(region)
    assert login.state is LoginState.ACTIVE
    run(region, NOW + timedelta(days=90))
    assert login.state is LoginState.DISABLED


def test_sessions_of_a_closed_login_end(
    region: Session, make_person: MakePerson, used: Use
) -> None:
    make_person("ann", UNIT, Position.CLERK)
    row = LoginSession(
        login_id=queries.get_login(region, "ann").id,
        kind=SessionKind.TOKEN,
        token_hash=b"one",
        created_at=NOW,
        seen_at=NOW,
        proved_at=NOW,
        expires_at=NOW + timedelta(hours=12),
        ip=HERE.ip,
        user_agent="",
    )
    region.add(row)
    used("ann", 90)
    run(region)
    region.refresh(row)
    assert row.end_reason == "disabled"


def test_the_last_administrator_of_a_division_stays_and_is_listed(
    region: Session, make_person: MakePerson, used: Use
) -> None:
    """Of two that are both unused one goes; the other stays, and the list says why."""
    for username in ("ann", "bob"):
        make_person(username, UNIT, Position.SYSTEM_ADMIN)
        used(username, 400)
    run(region)
    logins = [queries.get_login(region, name) for name in ("ann", "bob")]
    assert sorted(login.state for login in logins) == [LoginState.ACTIVE, LoginState.DISABLED]
    assert sorted(held(region, login) for login in logins) == [0, 1]
    fates = {one.username: one.fate for one in list_dormant(region, now=NOW).items}
    assert sorted(fates.values()) == [Fate.KEPT, Fate.REMOVED]


def test_another_division_is_no_help(region: Session, make_person: MakePerson, used: Use) -> None:
    make_person("ann", UNIT, Position.SYSTEM_ADMIN)
    make_person("far", "422827-rsj", Position.SYSTEM_ADMIN)
    run(region)
    assert used("ann", 400).state is LoginState.ACTIVE


def test_nothing_happens_in_the_demonstration(
    region: Session, make_person: MakePerson, used: Use
) -> None:
    """Its clock is moved, and its people would all be gone."""
    make_person("ann", UNIT, Position.CLERK)
    login = used("ann", 400)
    before = terms.current()
    terms.configure(terms.Terms(demo=True))
    run(region)
    terms.configure(before)
    assert login.state is LoginState.ACTIVE


def test_the_list_is_the_readers_county_due_first(
    region: Session, make_person: MakePerson, used: Use
) -> None:
    """Two months unused is on it, a month is not; a stranger's people are not."""
    for username, unit in (("ann", UNIT), ("bob", UNIT), ("cy", UNIT), ("far", "422827-rsj")):
        make_person(username, unit, Position.CLERK)
    for username, days in (("ann", 100), ("bob", 61), ("cy", 30), ("far", 100)):
        used(username, days)
    admin = make_person("admin", UNIT, Position.SYSTEM_ADMIN)
    used("admin", 0)
    actor = queries.actor_of(region, admin.id, NOW)
    found = list_dormant(region, now=NOW, actor=actor).items
    assert [(one.username, one.fate) for one in found] == [("bob", Fate.SOON), ("ann", Fate.DUE)]


def test_a_login_may_have_an_end(region: Session, make_person: MakePerson) -> None:
    """S10: temporary staff; the day is the last one, and the sessions end with it."""
    make_person("ann", UNIT, Position.CLERK)
    service.limit_login(region, actor=None, username="ann", until=NOW, now=NOW)
    assert not queries.get_login(region, "ann").is_open(NOW)
    service.limit_login(region, actor=None, username="ann", until=None, now=NOW)
    assert queries.get_login(region, "ann").is_open(NOW)
