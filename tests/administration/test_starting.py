"""Which processes a unit starts: read off the diagram, and switched off for a while."""

from collections.abc import Callable

import pytest

from app.administration import service
from app.administration.starting import processes_of
from app.administration.types import HiddenAbove, HiddenAlready, StaleUnit
from app.core.errors import NotFound
from app.identity.models import Unit
from app.identity.queries import unit_by_code
from app.identity.types import Position
from app.tickets.types import MayNotStart
from tests.administration.conftest import ADMIN, SECOND, STRANGER
from tests.support.office import PROCESS, Browser, Office

OWN_UNIT, COUNTY = "422826-jyzx", "422826"


def switch(
    office: Office, act: str, code: str, *, by: str = ADMIN, seen: int | None = None
) -> Unit:
    office.session.commit()
    office.session.info.pop("hidden processes", None)  # as another request would find it
    unit = unit_by_code(office.session, code)
    made: Unit = getattr(service, act)(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        unit_id=unit.id,
        seen=unit.rev if seen is None else seen,
        key=PROCESS,
    )
    office.session.commit()
    office.session.info.pop("hidden processes", None)
    return made


@pytest.mark.parametrize("code", [OWN_UNIT, COUNTY])
def test_what_is_hidden_is_started_by_nobody_there(office: Office, code: str) -> None:
    """Also not in the units below; what runs goes on; shown again, it is started again."""
    running = office.start()
    switch(office, "hide_process", code)
    with pytest.raises(MayNotStart):
        office.draft()
    office.walk(running)
    assert running.state == "closed"
    switch(office, "show_process", code)
    assert office.draft().number


def test_other_counties_are_not_touched(office: Office) -> None:
    switch(office, "hide_process", COUNTY)
    assert office.draft("qutianyu").number


def test_hidden_above_is_shown_above(office: Office) -> None:
    switch(office, "hide_process", COUNTY)
    with pytest.raises(HiddenAbove):
        switch(office, "show_process", OWN_UNIT)
    office.session.rollback()
    with pytest.raises(HiddenAlready):
        switch(office, "hide_process", COUNTY)


def test_strangers_and_old_pages_switch_nothing(office: Office) -> None:
    with pytest.raises(NotFound):
        switch(office, "hide_process", OWN_UNIT, by=STRANGER)
    seen = unit_by_code(office.session, OWN_UNIT).rev
    switch(office, "hide_process", OWN_UNIT)
    for by in (ADMIN, SECOND):
        with pytest.raises(StaleUnit):
            switch(office, "show_process", OWN_UNIT, by=by, seen=seen)
        office.session.rollback()


def test_who_does_what_is_told_by_name(office: Office) -> None:
    unit = unit_by_code(office.session, OWN_UNIT)
    (found,) = [one for one in processes_of(office.session, unit, office.now) if one.key == PROCESS]
    assert "姚海洋" in found.starting
    assert "联系人" in found.starters
    by_name = {step.people for step in found.steps}
    assert "秦永安" in by_name
    office.dismiss(Position.DEPT_HEAD, OWN_UNIT)
    (found,) = [one for one in processes_of(office.session, unit, office.now) if one.key == PROCESS]
    assert found.steps[0].people == ""


def test_the_page_and_the_catalogue_agree(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    unit = unit_by_code(office.session, OWN_UNIT)
    desk, clerk = browser(SECOND), browser("yaohaiyang")
    assert f"/start/{PROCESS}" in clerk.get("/start").text
    shown = desk.get(f"/units/{unit.id}/processes").text
    assert "这里停止发起" in shown
    desk.post(f"/units/{unit.id}/processes/hide", rev=unit.rev, key=PROCESS)
    assert f"/start/{PROCESS}" not in clerk.get("/start").text
    assert clerk.get(f"/start/{PROCESS}").status_code == 403
    assert "恢复发起" in desk.get(f"/units/{unit.id}/processes").text
    late = desk.post(f"/units/{unit.id}/processes/hide", rev=unit.rev, key=PROCESS)
    assert late.status_code == 409
