"""委托: who writes it, to whom, what is refused; and the AB pairs beside it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import Invalid
from app.identity import service
from app.identity.cover_models import Mandate, Pair
from app.identity.cover_types import (
    AlreadyPaired,
    CoverMoved,
    CoverNotFound,
    CoverOver,
    NotYourCover,
    NotYourMandate,
    Standing,
)
from app.identity.queries.cover import list_mandates
from app.identity.types import NoSuchUnit, Position
from tests.support.office import PROCESS, Office, race

CLERK, HEAD, LEADER, OTHER, ADMIN = (
    "yaohaiyang",
    "qinyongan",
    "pengxiuying",
    "tengxiaoyan",
    "duanshiyu",
)
STRANGER = "xiangjianhua"


def day(office: Office, after: int = 0) -> date:
    return clock.local(office.now).date() + timedelta(days=after)


def write(office: Office, by: str = LEADER, deputy: str = OTHER, **changed: Any) -> Mandate:
    given: dict[str, Any] = {"first": day(office), "last": day(office, 4)}
    return service.write_mandate(
        office.session,
        actor=office.actor(by),
        now=office.now,
        deputy=deputy,
        **(given | changed),
    )


def refused(office: Office, *who: str, **changed: Any) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        write(office, *who, **changed)
    (error,) = caught.value.errors
    return error.path, error.code


def enter(office: Office, by: str = ADMIN, **changed: Any) -> Pair:
    given = {"unit": "422826-xxzx", "position": "account_admin", "a": "tanlihua", "b": "tanguifang"}
    return service.enter_pair(
        office.session, actor=office.actor(by), now=office.now, **(given | changed)
    )


def test_the_principal_writes_it(office: Office) -> None:
    mandate = write(office, processes=[PROCESS])
    assert mandate.standing(office.now) is Standing.CURRENT
    assert mandate.starts_at == office.now  # nothing that was before it
    assert mandate.processes == [PROCESS]


def test_by_name_where_one_bears_it(office: Office) -> None:
    assert write(office, deputy="滕晓燕").deputy_id == office.actor(OTHER).person_id


def test_an_administrator_writes_it_with_a_reason(office: Office) -> None:
    assert refused(office, ADMIN, username=LEADER) == ("reason", "required")
    mandate = write(office, ADMIN, username=LEADER, reason="本人住院，主要领导口头交代。")
    assert mandate.person_id == office.actor(LEADER).person_id
    with pytest.raises(NotYourMandate):
        write(office, HEAD, username=CLERK, reason="他忙。")


def test_who_may_not_have_it(office: Office) -> None:
    assert refused(office, LEADER, LEADER) == ("deputy", "self")
    assert refused(office, LEADER, "nobody") == ("deputy", "unknown_person")
    assert refused(office, LEADER, STRANGER) == ("deputy", "unknown_person")
    assert refused(office, ADMIN, "tanlihua") == ("deputy", "elsewhere")
    # 账户管理员 and 权限管理员 are two people, also for a week.
    assert refused(office, "tanlihua", "wuyiming") == ("deputy", "positions_exclude")
    assert write(office, "tanlihua", "tanguifang").id
    service.disable_login(office.session, actor=None, username=OTHER, now=office.now)
    assert refused(office) == ("deputy", "no_login")


def test_days_and_kinds(office: Office) -> None:
    """A double click is one mandate; another kind of process is another mandate."""
    assert refused(office, last=day(office, -1)) == ("to", "ends_before")
    assert refused(office, processes=["no-such"]) == ("processes", "unknown_process")
    assert write(office, processes=[PROCESS]).id == write(office, processes=[PROCESS]).id
    assert refused(office, LEADER, HEAD, processes=[PROCESS]) == ("from", "overlaps")
    assert refused(office) == ("from", "overlaps")  # all of them are that one too
    assert write(office, first=day(office, 5), last=day(office, 6)).id


def test_no_circle_of_any_length(office: Office) -> None:
    first = write(office, LEADER, OTHER)
    assert refused(office, OTHER, LEADER) == ("deputy", "circle")
    write(office, OTHER, HEAD)
    assert refused(office, HEAD, LEADER) == ("deputy", "circle")
    # Once the first is over, there is none; nor does it close by making that one longer.
    write(office, OTHER, HEAD, first=day(office, 5), last=day(office, 6))
    write(office, HEAD, LEADER, first=day(office, 5), last=day(office, 6))
    with pytest.raises(Invalid) as caught:
        change(office, first, 1, day(office, 5))
    assert [(one.path, one.code) for one in caught.value.errors] == [("to", "circle")]


def change(office: Office, mandate: Mandate, version: int, last: date) -> Mandate:
    return service.change_mandate(
        office.session,
        actor=office.actor(LEADER),
        now=office.now,
        mandate_id=mandate.id,
        version=version,
        last=last,
    )


def test_changed_ended_and_revoked(office: Office) -> None:
    mandate = write(office)
    assert change(office, mandate, 1, day(office, 8)).version == 2
    with pytest.raises(CoverMoved):
        change(office, mandate, 1, day(office, 9))
    given: dict[str, Any] = {"now": office.tick(), "mandate_id": mandate.id}
    with pytest.raises(NotYourMandate):  # the deputy sees it, no more
        service.end_mandate(office.session, actor=office.actor(OTHER), version=2, **given)
    with pytest.raises(CoverNotFound):
        service.revoke_mandate(office.session, actor=office.actor(STRANGER), version=2, **given)
    service.revoke_mandate(office.session, actor=office.actor(LEADER), version=2, **given)
    assert mandate.standing(office.now) is Standing.OVER
    assert mandate.revoked_at == office.now
    with pytest.raises(CoverOver):
        service.end_mandate(office.session, actor=office.actor(LEADER), version=3, **given)


@pytest.mark.committed
def test_a_circle_does_not_close_at_two_ends(office: Office) -> None:
    """Two who give each other a mandate at once: one of them is told."""
    office.session.commit()
    now, first = office.now, day(office)
    actors = [(office.actor(LEADER), OTHER), (office.actor(OTHER), LEADER)]
    office.session.rollback()

    def act(place: int) -> Callable[[Session], object]:
        actor, deputy = actors[place]
        return lambda session: (
            service.write_mandate(
                session, actor=actor, now=now, deputy=deputy, first=first, last=first
            ).id
        )

    assert sorted(type(one).__name__ for one in race(act(0), act(1))) == ["Invalid", "int"]


def test_a_pair(office: Office) -> None:
    pair = enter(office)
    with pytest.raises(AlreadyPaired):  # a double click, and the other way round
        enter(office, a="tanguifang", b="tanlihua")
    given: dict[str, Any] = {"now": office.now, "pair_id": pair.id, "version": 1}
    with pytest.raises(NotYourCover):
        service.end_pair(office.session, actor=office.actor("tanlihua"), **given)
    with pytest.raises(CoverNotFound):
        service.end_pair(office.session, actor=office.actor(STRANGER), **given)
    service.end_pair(office.session, actor=office.actor(ADMIN), **given)
    with pytest.raises(CoverOver):
        service.end_pair(office.session, actor=office.actor(ADMIN), **given)
    assert enter(office, a="tanguifang", b="tanlihua").id != pair.id


def test_who_makes_no_pair(office: Office) -> None:
    def wrong(**changed: Any) -> tuple[str, str]:
        with pytest.raises(Invalid) as caught:
            enter(office, **changed)
        (error,) = caught.value.errors
        return error.path, error.code

    assert wrong(b="tanlihua") == ("b", "self")
    assert wrong(a=HEAD) == ("a", "not_held")
    assert wrong(b="wuyiming") == ("b", "positions_exclude")
    assert wrong(b="ransiqi") == ("b", "elsewhere")
    assert wrong(position="king") == ("position", "not_a_choice")
    with pytest.raises(NotYourCover):
        enter(office, LEADER)
    office.appoint("tengguorong", Position.SYSTEM_ADMIN)
    with pytest.raises(NoSuchUnit):  # of another county
        enter(office, "tengguorong")


def test_pages(browser: Callable[[str], Any], office: Office) -> None:
    office.session.commit()
    leader, admin = browser(LEADER), browser(ADMIN)
    today = clock.today().isoformat()
    sent = {"deputy": "滕晓燕", "from": today, "to": today, "processes": PROCESS}
    wrong = leader.post("/mandates", **sent | {"deputy": "pengxiuying"})
    assert wrong.status_code == 422
    assert "不能委托给自己" in wrong.text
    assert leader.post("/mandates", **sent).status_code == 302
    assert "滕晓燕" in leader.get("/mandates").text
    assert "滕晓燕" not in browser(STRANGER).get("/mandates").text
    made = office.session.scalars(select(Mandate)).one()
    assert leader.post(f"/mandates/{made.id}/revoke", version="1").status_code == 302
    assert "已经撤销" in leader.get("/mandates").text
    pair = {"unit": "422826-xxzx", "position": "account_admin", "a": "谭丽华", "b": "谭桂芳"}
    assert leader.post("/pairs", **pair).status_code == 403
    assert admin.post("/pairs", **pair).status_code == 302
    assert admin.post("/pairs", **pair).status_code == 409
    assert "谭桂芳" in browser("tanlihua").get("/pairs").text


def test_the_head_of_an_office_entrusts_for_who_is_away(office: Office) -> None:
    """主要领导 writes it for whoever of his office could not, and sees no other office."""
    office.appoint(OTHER, Position.BUREAU_LEADER, "422826-rsj")
    office.appoint("tengguorong", Position.BUREAU_LEADER, "422827-rsj")
    assert refused(office, OTHER, HEAD, username=LEADER) == ("reason", "required")
    made = write(office, OTHER, HEAD, username=LEADER, reason="本人住院")
    assert (made.person_id, made.written_by_id) == tuple(
        office.actor(one).person_id for one in (LEADER, OTHER)
    )
    for stranger in ("tengguorong", STRANGER):
        with pytest.raises((NotYourMandate, CoverNotFound, Invalid)):
            write(office, stranger, HEAD, username=LEADER, reason="本人住院")
        with pytest.raises(CoverNotFound):
            service.end_mandate(
                office.session,
                actor=office.actor(stranger),
                now=office.now,
                mandate_id=made.id,
                version=made.version,
            )
    seen = list_mandates(office.session, actor=office.actor(OTHER), now=office.now)
    assert [row.mandate.id for row in seen.items] == [made.id]
