"""Who is away: who enters it, what is refused, and what a stranger learns of it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core import clock
from app.core.errors import Invalid
from app.identity import service
from app.identity.calendar import edges, month_of, parse_month
from app.identity.cover_models import Absence
from app.identity.cover_types import (
    CoverMoved,
    CoverNotFound,
    CoverOver,
    NotYourCover,
    Standing,
)
from app.identity.queries import cover
from tests.support.office import Office, race

CLERK, HEAD, LEADER, ADMIN = "yaohaiyang", "qinyongan", "pengxiuying", "duanshiyu"
STRANGER = "xiangjianhua"  # heads an office of another county


def day(office: Office, after: int = 0) -> date:
    return clock.local(office.now).date() + timedelta(days=after)


def enter(office: Office, by: str = HEAD, **changed: Any) -> Absence:
    given: dict[str, Any] = {
        "username": "",
        "first": day(office),
        "last": day(office, 4),
        "kind": "annual",
    }
    return service.enter_absence(
        office.session, actor=office.actor(by), now=office.now, **(given | changed)
    )


def refused(office: Office, by: str = HEAD, **changed: Any) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        enter(office, by, **changed)
    (error,) = caught.value.errors
    return error.path, error.code


def test_whoever_is_away_enters_it(office: Office) -> None:
    absence = enter(office, note="回老家")
    assert absence.standing(office.now) is Standing.CURRENT
    assert (absence.first_on, absence.last_on) == (day(office), day(office, 4))
    last = office.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert last is not None
    assert last.kind == "absence.entered"
    assert last.data == {"from": "2026-11-20", "to": "2026-11-24"}  # not what ails him


@pytest.mark.parametrize("by", [HEAD, LEADER, ADMIN])
def test_leaders_and_administrators_enter_it_for_him(office: Office, by: str) -> None:
    assert enter(office, by, username=CLERK).person_id == office.actor(CLERK).person_id


@pytest.mark.parametrize("by", [CLERK, "tanlihua"])
def test_others_do_not(office: Office, by: str) -> None:
    """A leader's power ends at his unit, a colleague has none."""
    with pytest.raises(NotYourCover):
        enter(office, by, username=HEAD)


def test_a_stranger_is_not_even_known(office: Office) -> None:
    assert refused(office, STRANGER, username=HEAD) == ("person", "unknown_person")
    absence = enter(office)
    for act in (service.end_absence, service.change_absence):
        more = {"last": day(office)} if act is service.change_absence else {}
        with pytest.raises(CoverNotFound):
            act(  # type: ignore[operator]
                office.session,
                actor=office.actor(STRANGER),
                now=office.now,
                absence_id=absence.id,
                version=1,
                **more,
            )


def test_what_cannot_be_is_refused(office: Office) -> None:
    assert refused(office, last=day(office, -1)) == ("to", "ends_before")
    assert refused(office, first=day(office, -1)) == ("from", "past")
    assert refused(office, first=None) == ("from", "required")
    assert refused(office, last=day(office, 400)) == ("to", "too_far")
    assert refused(office, kind="holiday") == ("kind", "not_a_choice")
    assert refused(office, note="长" * 201) == ("note", "too_long")
    assert refused(office, LEADER, username="nobody") == ("person", "unknown_person")


def test_days_do_not_overlap(office: Office) -> None:
    """A double click is one absence; the day after the last is free."""
    assert enter(office).id == enter(office).id
    assert refused(office, kind="sick") == ("from", "overlaps")
    assert refused(office, LEADER, username=HEAD) == ("from", "overlaps")
    assert refused(office, first=day(office, 4), last=day(office, 9)) == ("from", "overlaps")
    assert enter(office, first=day(office, 5), last=day(office, 9)).id


def test_another_last_day(office: Office) -> None:
    absence = enter(office)
    later = enter(office, first=day(office, 8), last=day(office, 9))
    given: dict[str, Any] = {"actor": office.actor(HEAD), "absence_id": absence.id}

    def change(version: int, last: date) -> Absence:
        return service.change_absence(
            office.session, now=office.now, version=version, last=last, **given
        )

    with pytest.raises(Invalid, match="有几处"):
        change(1, day(office, 8))
    assert change(1, day(office, 7)).last_on == day(office, 7)
    assert later.first_on == day(office, 8)
    with pytest.raises(CoverMoved):  # a stale page, or the second of two
        change(1, day(office, 6))
    assert change(2, day(office)).last_on == day(office)
    with pytest.raises(Invalid):
        change(3, day(office, -1))


def test_coming_back_early_and_never_leaving(office: Office) -> None:
    absence = enter(office)
    planned = enter(office, first=day(office, 10), last=day(office, 12))
    for one, state in ((absence, Standing.OVER), (planned, Standing.CANCELLED)):
        given: dict[str, Any] = {"absence_id": one.id, "version": 1, "now": office.tick()}
        service.end_absence(office.session, actor=office.actor(HEAD), **given)
        assert one.standing(office.now) is state
        with pytest.raises(CoverOver):  # a double click
            service.end_absence(office.session, actor=office.actor(HEAD), **given)
    assert enter(office, first=day(office, 10), last=day(office, 12)).id  # it stands in no way


def test_each_sees_what_is_his_to_see(office: Office) -> None:
    enter(office)
    enter(office, LEADER)

    def seen(by: str) -> set[str]:
        page = cover.list_absences(office.session, actor=office.actor(by), now=office.now)
        return {row.person.username for row in page.items}

    assert seen(CLERK) == set()
    assert seen(HEAD) == {HEAD}
    assert seen(LEADER) == seen(ADMIN) == {HEAD, LEADER}
    assert seen(STRANGER) == set()


def test_a_month_shows_the_days(office: Office) -> None:
    enter(office, last=day(office, 14))
    first = parse_month("", day(office))
    since, until = edges(first)
    rows = cover.absences_between(
        office.session, actor=office.actor(HEAD), now=office.now, since=since, until=until
    )
    month = month_of(first, rows, day(office))
    assert (since, until) == (date(2026, 10, 26), date(2026, 12, 6))
    assert (month.before, month.after) == ("2026-10", "2026-12")
    away = [one.on.isoformat() for week in month.weeks for one in week if one.away]
    assert (away[0], away[-1], len(away)) == ("2026-11-20", "2026-12-04", 15)


@pytest.mark.committed
def test_of_two_at_once_one_is_entered(office: Office) -> None:
    office.session.commit()
    actor, now, first = office.actor(HEAD), office.now, day(office)
    office.session.rollback()

    def act(session: Session, kind: str) -> object:
        return service.enter_absence(
            session, actor=actor, now=now, username="", first=first, last=first, kind=kind
        ).id

    answers = race(lambda session: act(session, "sick"), lambda session: act(session, "study"))
    assert sorted(type(one).__name__ for one in answers) == ["Invalid", "int"]


def test_pages(browser: Callable[[str], Any], office: Office) -> None:
    """Entered, refused with what was typed, changed, ended; the calendar; a stranger's 404."""
    office.session.commit()
    home = browser(HEAD)
    today = clock.today()
    sent = {"from": today.isoformat(), "to": (today + timedelta(days=2)).isoformat()}
    wrong = home.post("/absences", **sent | {"to": "2026-01-01"}, kind="sick", note="发烧")
    assert wrong.status_code == 422
    assert "结束的日期早于开始的日期" in wrong.text
    assert "发烧" in wrong.text
    assert home.post("/absences", **sent, kind="sick").status_code == 302
    page = home.get("/absences").text
    assert "正在进行" in page
    assert "秦永安" in home.get("/absences", view="month").text
    assert home.get("/absences", view="month", month="2026-13").status_code == 400
    made = office.session.scalars(select(Absence)).one()
    path = f"/absences/{made.id}"
    assert browser(STRANGER).post(f"{path}/end", version="1").status_code == 404
    assert home.post(f"{path}/change", version="1", to=sent["from"]).status_code == 302
    assert home.post(f"{path}/change", version="1", to=sent["from"]).status_code == 409
    assert home.post(f"{path}/end", version="2").status_code == 302
    assert home.post(f"{path}/end", version="2").status_code == 409
    assert "已经结束" in home.get("/absences").text
