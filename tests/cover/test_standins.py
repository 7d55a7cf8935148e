"""Who acts for whom at a moment: a mandate first, then the AB pair."""

from datetime import date, timedelta
from typing import Any

from app.core import clock
from app.identity import queries, service
from app.identity.cover_types import By, Deputy
from app.identity.standins import deputies_of
from app.identity.types import Position
from tests.support.office import PROCESS, Office

A, B, C = "tanlihua", "tanguifang", "yaohaiyang"
ADMIN = "duanshiyu"


def day(office: Office, after: int = 0) -> date:
    return clock.local(office.now).date() + timedelta(days=after)


def away(office: Office, who: str, first: int = 0) -> None:
    service.enter_absence(
        office.session,
        actor=office.actor(who),
        now=office.now,
        username="",
        first=day(office, first),
        last=day(office, first),
        kind="annual",
    )


def mandate(office: Office, who: str, deputy: str, *processes: str) -> None:
    service.write_mandate(
        office.session,
        actor=office.actor(who),
        now=office.now,
        deputy=deputy,
        first=day(office),
        last=day(office),
        processes=processes,
    )


def pair(office: Office) -> None:
    service.enter_pair(
        office.session,
        actor=office.actor(ADMIN),
        now=office.now,
        unit="422826-xxzx",
        position="account_admin",
        a=A,
        b=B,
    )


def found(office: Office, *who: str, **more: Any) -> dict[str, list[tuple[str, By]]]:
    ids = [office.actor(one).person_id for one in who]
    given = {"process": PROCESS, "now": office.now} | more
    answer = deputies_of(office.session, ids, **given)
    return {
        office.username(person): [(office.username(one.person_id), one.by) for one in deputies]
        for person, deputies in answer.items()
    }


def test_whoever_is_there_acts_himself(office: Office) -> None:
    pair(office)
    assert found(office, A, B) == {}
    assert deputies_of(office.session, [], process=None, now=office.now) == {}


def test_the_pair_stands_in_both_ways(office: Office) -> None:
    pair(office)
    away(office, A)
    assert found(office, A, B) == {A: [(B, By.PAIR)]}
    assert found(office, A, position=Position.ACCOUNT_ADMIN) == {A: [(B, By.PAIR)]}
    assert found(office, A, position=Position.CLERK) == {A: []}  # paired in another position
    assert found(office, A, now=office.now + timedelta(days=1)) == {}


def test_both_away_leaves_nobody(office: Office) -> None:
    pair(office)
    away(office, A)
    away(office, B)
    assert found(office, A, B) == {A: [], B: []}


def test_a_mandate_goes_first(office: Office) -> None:
    pair(office)
    away(office, A)
    mandate(office, A, C, PROCESS)
    assert found(office, A) == {A: [(C, By.MANDATE)]}
    assert found(office, A, process="contact-change") == {A: [(B, By.PAIR)]}
    away(office, C)
    assert found(office, A) == {A: [(B, By.PAIR)]}


def test_a_mandate_holds_while_the_principal_is_there(office: Office) -> None:
    mandate(office, A, C)
    assert found(office, A, process="whatever") == {A: [(C, By.MANDATE)]}
    assert deputies_of(
        office.session, [office.actor(A).person_id], process=None, now=office.now
    ) == {
        office.actor(A).person_id: (
            Deputy(office.actor(C).person_id, office.actor(A).person_id, By.MANDATE, C),
        )
    }
    away(office, C)
    assert found(office, A) == {}  # he acts himself again


def test_who_became_an_exclusive_holder_stands_in_no_more(office: Office) -> None:
    mandate(office, A, C)
    office.appoint(C, Position.PERMISSION_ADMIN)
    away(office, A)
    assert found(office, A) == {A: []}


def test_who_cannot_sign_in_stands_in_for_nobody(office: Office) -> None:
    pair(office)
    away(office, A)
    service.disable_login(office.session, actor=None, username=B, now=office.now)
    assert found(office, A) == {A: []}


def test_holders_tell_it_in_their_one_statement(office: Office, count_queries: Any) -> None:
    unit = queries.unit_by_code(office.session, "422826-xxzx")
    away(office, A)
    mandate(office, B, C)
    office.session.flush()
    counter = count_queries()
    held = queries.holders(office.session, Position.ACCOUNT_ADMIN, unit, office.now)
    assert len(counter) == 1
    assert [one.is_covered for one in held] == [True, True]
    later = queries.holders(
        office.session, Position.ACCOUNT_ADMIN, unit, office.now + timedelta(days=2)
    )
    assert [one.is_covered for one in later] == [False, False]


def test_the_clock_works_off_each_end_once(office: Office) -> None:
    """What begins and ends by itself is told, each once; what began at once is not told again."""
    session = office.session
    away(office, A)
    away(office, B, first=2)
    assert not service.work_off_cover(session, now=office.now)
    later = office.now + timedelta(days=2)
    assert service.work_off_cover(session, now=later)  # A is back
    assert service.work_off_cover(session, now=later)  # B has left
    assert not service.work_off_cover(session, now=later)
    assert service.work_off_cover(session, now=later + timedelta(days=1))
    assert not service.work_off_cover(session, now=later + timedelta(days=1))
