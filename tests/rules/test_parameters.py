"""Parameters: within bounds, from a day on, by two people; and the deadlines that name one."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.calendar.terms import told_of
from app.core import clock
from app.core.actor import Actor
from app.identity.models import Unit
from app.identity.queries import unit_by_code
from app.identity.types import NoSuchUnit
from app.rules import service
from app.rules.models import ParameterChange
from app.rules.parameters import PARAMETERS
from app.rules.queries import change_row, list_changes, list_parameters, parameter
from app.rules.queries import parameters as rows_of_parameters
from app.rules.service.parameters import FARTHEST
from app.rules.types import (
    BadChange,
    ChangeClashes,
    ChangeDecided,
    ChangeLate,
    ChangeState,
    ChangeWaits,
    NotYourLayer,
    ParameterNotFound,
    Proposal,
    SamePerson,
    StaleChange,
)
from tests.rules.test_rule_pages import text
from tests.support.dated import begun, publish, visit
from tests.support.office import Browser, Office, race

ADMIN, LEADER, COUNTY, CLERK = "duanshiyu", "ranqiguo", "qinyongan", "yaohaiyang"
A_DAY = timedelta(days=1)
SignIn = Callable[[str], Browser]


def today(office: Office) -> date:
    return clock.local(office.now).date()


def propose(
    office: Office,
    value: int | None = 5,
    *,
    by: str = ADMIN,
    unit: str = "422800",
    key: str = "leader_signing",
    since: date | None = None,
    reason: str = "人手不够。",
) -> ParameterChange:
    return service.propose_change(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        proposal=Proposal(
            key,
            unit_by_code(office.session, unit).id,
            value,
            since or today(office),
            reason,
        ),
    )


def decide(
    office: Office, change: ParameterChange, by: str = LEADER, act: str = "confirm", seen: int = 0
) -> ParameterChange:
    act_on = {"confirm": service.confirm_change, "withdraw": service.withdraw_change}[act]
    return act_on(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        change_id=change.id,
        version=seen or change.rev,
    )


def at(office: Office, unit: str, day: date, key: str = "leader_signing") -> int:
    return parameter(office.session, key, unit_by_code(office.session, unit).id, day).value


@pytest.fixture
def county(office: Office) -> str:
    """An administrator of one county besides that of the whole region."""
    office.appoint(COUNTY, "system_admin", "422826")  # type: ignore[arg-type]
    return COUNTY


def test_defaults_lie_within_their_bounds() -> None:
    for one in PARAMETERS.values():
        assert one.least <= one.default <= one.most, one.key
    assert (PARAMETERS["rating_fix"].told(15), PARAMETERS["rating_fix"].span) == (
        "15 个工作日",
        "wd",
    )
    assert PARAMETERS["second_reviewer_above"].span is None


def test_two_people_change_it_from_a_day_on(office: Office) -> None:
    day = today(office)
    change = propose(office, 5, since=day + 10 * A_DAY)
    with pytest.raises(SamePerson):
        decide(office, change, by=ADMIN)
    with pytest.raises(NotYourLayer):
        decide(office, change, by=CLERK)
    with pytest.raises(StaleChange):
        decide(office, change, seen=9)
    with pytest.raises(ChangeWaits):
        propose(office, 6)
    assert decide(office, change).state is ChangeState.CONFIRMED
    with pytest.raises(ChangeDecided):
        decide(office, change)
    assert [at(office, "422826", day + n * A_DAY) for n in (0, 9, 10, 99)] == [3, 3, 5, 5]
    rows = list_parameters(office.session, unit_by_code(office.session, "422826"), day)
    (row,) = (one for one in rows if one.parameter.key == "leader_signing")
    assert row.now.value == 3
    assert row.next is not None
    assert (row.next.value, row.next.layer, row.waiting) == (5, "恩施州", 0)


def test_the_nearest_layer_is_heard(office: Office, county: str) -> None:
    decide(office, propose(office, 5))
    own = propose(office, 4, by=county, unit="422826")
    decide(office, own, by=ADMIN)
    day = today(office)
    assert [at(office, code, day) for code in ("422800", "422827", "422826-jyzx")] == [5, 5, 4]
    with pytest.raises(NotYourLayer):
        propose(office, 4, by=county)
    with pytest.raises(NoSuchUnit):
        propose(office, 4, by=county, unit="422827")


def test_what_is_going_to_hold_is_what_will_be_heard(office: Office, county: str) -> None:
    day = today(office)
    whole, own = unit_by_code(office.session, "422800"), unit_by_code(office.session, "422826")

    def ahead(unit: Unit) -> tuple[int, str] | None:
        rows = list_parameters(office.session, unit, day)
        (row,) = (one for one in rows if one.parameter.key == "leader_signing")
        return (row.next.value, row.next.layer) if row.next else None

    decide(office, propose(office, 5, since=day + 10 * A_DAY))
    assert ahead(own) == (5, "恩施州")
    later = propose(office, 6, by=county, unit="422826", since=day + 20 * A_DAY)
    decide(office, later, by=ADMIN)
    assert ahead(own) == (5, "恩施州")  # the first to come
    decide(office, propose(office, 4, by=county, unit="422826"), by=ADMIN)
    assert ahead(own) == (6, own.name)  # its own value stands nearer than that of the 州
    assert ahead(whole) == (5, "恩施州")


def test_the_two_of_a_pair_stay_in_order(office: Office) -> None:
    """Each fits what holds now; both together do not."""
    since = propose(office, 15, key="send_from")
    until = propose(office, 12, key="send_until")
    decide(office, since)
    with pytest.raises(ChangeClashes, match="每天从几点起"):
        decide(office, until)
    decide(office, until, act="withdraw")
    decide(office, propose(office, 16, key="send_until"))


def test_a_change_is_shown_however_many_follow(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = propose(office, 5)
    for unit in ("422826", "422827"):
        decide(office, propose(office, 4, unit=unit))
    monkeypatch.setattr(rows_of_parameters, "MOST", 1)
    assert change_row(office.session, office.actor(LEADER), first.id).may_confirm
    (shown,) = list_changes(office.session, office.actor(LEADER), "leader_signing")
    assert shown.change.id == first.id  # what waits stands first


@pytest.mark.committed
def test_of_two_who_confirm_at_once_one_does(office: Office) -> None:
    office.appoint(CLERK, "unit_leader", "422800")  # type: ignore[arg-type]
    change = propose(office, 5)
    office.session.commit()
    actors, now = [office.actor(one) for one in (LEADER, CLERK)], office.tick()

    def confirming(actor: Actor) -> Callable[[Session], object]:
        return lambda session: service.confirm_change(
            session, actor=actor, now=now, change_id=change.id, version=1
        )

    answers = race(*map(confirming, actors))
    (late,) = (one for one in answers if isinstance(one, Exception))
    assert isinstance(late, ChangeDecided)
    decisions = select(Event.kind).where(Event.object == f"parameter:{change.id}")
    assert sorted(office.session.scalars(decisions)) == [
        "parameter.confirmed",
        "parameter.proposed",
    ]


def test_what_is_proposed_can_be_withdrawn(office: Office) -> None:
    decide(office, propose(office, 5), by=ADMIN, act="withdraw")
    again = propose(office, 6)
    with pytest.raises(NotYourLayer):
        decide(office, again, by=CLERK, act="withdraw")
    decide(office, again, act="withdraw")
    assert at(office, "422826", today(office)) == 3


def test_what_is_typed_wrong_is_told(office: Office) -> None:
    day = today(office)
    for given, path in (
        ({"value": 0}, "value"),
        ({"value": 21}, "value"),
        ({"value": None}, "value"),
        ({"since": day - A_DAY}, "since"),
        ({"since": day + FARTHEST + A_DAY}, "since"),
        ({"reason": " "}, "reason"),
        ({"key": "send_from", "value": 20}, "value"),
    ):
        with pytest.raises(BadChange) as refused:
            propose(office, **given)  # type: ignore[arg-type]
        assert [one.path for one in refused.value.errors] == [path]
    with pytest.raises(ParameterNotFound):
        propose(office, key="nothing")


def test_a_day_that_is_over_is_not_confirmed(office: Office) -> None:
    change = propose(office)
    office.now += 2 * A_DAY
    with pytest.raises(ChangeLate):
        decide(office, change)
    decide(office, change, act="withdraw")


def test_a_deadline_keeps_what_its_parameter_was(office: Office) -> None:
    publish(office, process="{dormant_days}; pause on return", deadline="{leader_signing}")
    first = begun(office, "2026-11-20")
    kept = visit(office, first)
    assert (kept.due_rule, told_of(kept.due_found)) == (
        "3wd",
        "单位领导签批3 个工作日（系统的建议值）",
    )
    assert (first.due_rule, (first.due_found or {})["value"]) == ("90d; pause on return", 90)
    due = kept.due_at
    decide(office, propose(office, 5))
    later = visit(office, begun(office, str(today(office))))
    assert (later.due_rule, told_of(later.due_found)) == (
        "5wd",
        f"单位领导签批5 个工作日（恩施州{today(office)}起）",
    )
    assert visit(office, first).due_at == due


def test_pages(browser: SignIn, office: Office) -> None:
    admin, leader, clerk = browser(ADMIN), browser(LEADER), browser(CLERK)
    listed = text(clerk.get("/parameters"))
    assert "单位领导签批 3 个工作日 系统的建议值" in listed
    assert clerk.get("/parameters", unit="国家").status_code == 404
    path = "/parameters/leader_signing"
    assert "提出改动" not in text(clerk.get(path))
    assert clerk.get("/parameters/nothing").status_code == 404
    typed = {"unit": "422800", "value": "五", "since": "2000-01-01", "reason": "人手"}
    wrong = admin.post(path, **typed)
    assert wrong.status_code == 422
    assert "1 到 20 个工作日" in text(wrong)
    assert "不能早于今天" in text(wrong)
    typed |= {"value": "5", "since": str(clock.today())}
    assert admin.post(path, **typed).status_code == 302
    assert admin.post(path, **typed).status_code == 409
    assert "您提出的，要由另一个人确认" in text(admin.get(path))
    (change,) = office.session.query(ParameterChange).all()
    act = f"/parameters/changes/{change.id}"
    assert admin.post(f"{act}/confirm", version="1").status_code == 403
    assert "确认这个改动" in text(leader.get(path))
    assert leader.post(f"{act}/confirm", version="7").status_code == 409
    assert leader.post(f"{act}/confirm", version="1").status_code == 302
    assert leader.post(f"{act}/withdraw", version="2").status_code == 409
    assert "单位领导签批 5 个工作日 恩施州" in text(clerk.get("/parameters"))
