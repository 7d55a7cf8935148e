"""Which processes a unit starts: read off the diagram, and switched off for a while."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from app.administration import service
from app.administration.starting import processes_of
from app.administration.types import HiddenAbove, HiddenAlready, StaleUnit
from app.core import clock
from app.core.errors import NotFound
from app.identity import service as identity
from app.identity.models import Unit
from app.identity.queries import unit_by_code
from app.identity.types import Position
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.tickets.types import MayNotStart
from tests.administration.conftest import ADMIN, SECOND, STRANGER
from tests.bpmn.models import element, end, model, properties
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


def publish(office: Office, key: str) -> None:
    """One more process: its steps ask for the same people as those that ship."""
    given = {"title": key, "category": "试验", "start_positions": "clerk;dept_head"}
    rules = (
        "position:dept_head@requester.unit",
        "position:unit_leader@requester.unit",
        "position:account_admin@same_level(requester.unit)",
        "position:permission_admin@prefecture(requester.unit)",
    )
    steps = "".join(
        element(
            "userTask",
            f"step_{n}",
            properties(assign=rule, outcomes="approve=同意", empty="up"),
            f'name="第{n}步"',
        )
        for n, rule in enumerate(rules)
    )
    form = properties(form=f"{key}/apply")
    parts = element("startEvent", "apply", form, 'name="填表"') + steps + end("done")
    flow = ["apply", *(f"step_{n}" for n in range(len(rules))), "done"]
    roads = "\n".join(f"{a}->{b}" for a, b in pairwise(flow))
    made = model(properties(**given) + parts, roads).replace(b'id="trial"', f'id="{key}"'.encode())
    field = {"type": "textfield", "key": "what", "label": "事由"}
    asked = {"key": f"{key}/apply", "title": "申请", "components": [field]}
    bundle = Bundle(made, {f"{key}/apply": asked})
    version = publishing.deploy(office.session, now=office.now, bundle=bundle)
    publishing.publish(office.session, now=office.now, key=key, number=version.number)


def test_however_many_processes_there_are_it_asks_as_often(
    office: Office, count_queries: Callable[[], Any]
) -> None:
    """Also where somebody is away and another one stands in for him."""
    today = clock.local(office.now).date()
    identity.write_mandate(
        office.session,
        actor=office.actor("qinyongan"),
        now=office.now,
        deputy="yaohaiyang",
        first=today,
        last=today,
        processes=[],
        reason="下乡",
    )
    office.session.commit()
    counts = []
    for key in ("first", "second", "third"):
        publish(office, key)
        office.session.commit()
        office.session.info.pop("hidden processes", None)
        unit = unit_by_code(office.session, OWN_UNIT)
        counter = count_queries()
        found = processes_of(office.session, unit, office.now)
        counts.append(len(counter.statements))
        (made,) = [one for one in found if one.key == key]
        assert "姚海洋（代秦永安）" in made.steps[0].people
        assert made.steps[3].people
    assert counts[1] == counts[2] < 20
