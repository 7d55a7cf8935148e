"""机构调整 on its pages, and when several people are at it at once."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.administration import service
from app.administration.jobs import reorganise
from app.administration.remains import weigh
from app.administration.reorganising import Change
from app.administration.types import PlanKind, PlanMoved, PlanOver, PlanState
from app.audit.models import Event
from app.core import clock, db
from app.core.days import midnight
from app.identity.models import UnitName
from app.identity.queries import unit_by_code
from app.identity.types import Position
from tests.administration.conftest import ADMIN, SECOND
from tests.support.office import Browser, Office, race

CENTRE, OLD, NEW = "422826-jyzx", "咸丰县公共就业服务中心", "咸丰县就业服务局"
TYPED = {
    "plan_kind": "rename",
    "unit_name": NEW,
    "document": "咸编办〔2026〕7号",
    "reason": "机构改革。",
}


def field(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


def test_two_administrators_on_their_pages(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    """Looked at, proposed, refused to whoever proposed it, confirmed; then every page says so."""
    ticket = office.start()
    office.session.commit()
    first, second = browser(ADMIN), browser(SECOND)
    unit = unit_by_code(office.session, CENTRE)
    form = f"/units/{unit.id}/reorganisation"
    typed = {**TYPED, "rev": str(unit.rev), "day": clock.today().isoformat()}
    wrong = first.post(form, **{**typed, "unit_name": OLD, "document": ""}, step="look")
    assert wrong.status_code == 422
    assert "文号没有填" in wrong.text
    assert TYPED["reason"] in wrong.text  # nothing typed is lost
    looked = first.post(form, **typed, step="look").text
    assert "还没有提出" in looked
    assert f"更名为{NEW}" in looked
    made = first.post(form, **typed, step="propose")
    assert made.status_code == 302
    assert "由另一名系统管理员" in first.get(made.location).text
    assert first.get(form).text.count("同一个单位一次只能办一件") == 1
    page = second.get(made.location).text
    sent = {name: field(page, name) for name in ("version", "seen")}
    confirm = f"{made.location}/confirm"
    assert first.post(confirm, **sent).status_code == 403
    stale = second.post(confirm, **{**sent, "seen": "0"})
    assert stale.status_code == 409
    assert "没有生效" in stale.text
    assert second.post(confirm, **sent).status_code == 302
    assert second.post(confirm, **sent).status_code == 409
    office.session.expire_all()
    for path in (f"/units/{unit.id}", "/units"):
        shown = second.get(path).text
        assert "曾用名" in shown
        assert OLD in shown
        assert NEW in shown
    assert f"{OLD}更名为{NEW}" in second.get("/reorganisations").text
    for path in ("/units/{}", "/units/{}/reorganisation", "/reorganisations/{}"):
        assert second.get(path.format(2**63)).status_code == 404  # an id that no row can have
    clerk = browser("yaohaiyang")
    for view in ({}, {"view": "print"}):
        assert OLD in clerk.get(f"/tickets/{ticket.number}", **view).text
    assert browser("longjinhua").get(made.location).status_code in (403, 404)


@pytest.mark.committed
def test_one_that_fails_keeps_no_other_from_its_day(office: Office) -> None:
    """Its name ended at that moment already, which no page lets happen."""
    session, day = office.session, date(2020, 1, 6)
    broken, whole = (unit_by_code(session, code) for code in (CENTRE, "422826-rsj-jyg"))
    for unit in (broken, whole):
        plan = service.propose(
            session,
            actor=office.actor(ADMIN),
            now=office.tick(),
            unit_id=unit.id,
            seen=unit.rev,
            change=Change(
                PlanKind.RENAME,
                clock.local(office.now).date(),
                TYPED["document"],
                TYPED["reason"],
                new_name=f"新{unit.name}",
            ),
        )
        plan.state, plan.day = PlanState.CONFIRMED, day
    session.add(UnitName(unit_id=broken.id, name=OLD, until=midnight(day)))
    session.commit()
    reorganise()
    reorganise()
    with db.reading() as own:
        assert unit_by_code(own, CENTRE).name == OLD
        assert unit_by_code(own, "422826-rsj-jyg").name.startswith("新")
        told = own.scalars(select(Event.object).where(Event.kind == "unit.reorganised")).all()
        assert told == ["unit:422826-rsj-jyg"]


@pytest.mark.committed
def test_of_several_at_once_one_is_heard(office: Office) -> None:
    """Two confirm and one takes it back: one of them does, the others are told (409)."""
    office.appoint("tengxiaoyan", Position.SYSTEM_ADMIN, "422826-rsj")
    session = office.session
    unit = unit_by_code(session, CENTRE)
    section = unit_by_code(session, "422826-rsj-jyg")
    plan = service.propose(
        session,
        actor=office.actor(ADMIN),
        now=office.tick(),
        unit_id=unit.id,
        seen=unit.rev,
        change=Change(
            PlanKind.MERGE,
            clock.local(office.now).date(),
            TYPED["document"],
            TYPED["reason"],
            successor=section,
        ),
    )
    now = office.tick()
    seen = {"plan_id": plan.id, "version": plan.version}
    mark = weigh(session, unit, now).mark
    actors = [office.actor(name) for name in (SECOND, "tengxiaoyan", ADMIN)]
    session.commit()

    def confirms(actor: Any) -> Callable[..., object]:
        return lambda own: service.confirm_plan(own, actor=actor, now=now, **seen, seen=mark).state

    def takes_back(own: Any) -> object:
        return service.retract(own, actor=actors[2], now=now, **seen).state

    told = race(confirms(actors[0]), confirms(actors[1]), takes_back)
    heard = [one for one in told if isinstance(one, PlanState)]
    assert len(heard) == 1, told
    assert all(isinstance(one, PlanState | PlanOver | PlanMoved) for one in told), told
    with db.reading() as own:
        after = unit_by_code(own, CENTRE)
        assert (after.closed_at is not None) is (heard[0] is PlanState.DONE)
