"""编号: patterns that never make a number twice, numbers without gaps, void ones that stay."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.identity.queries import unit_by_code
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.processes.types import DefinitionRefused
from app.rules import service
from app.rules.models import NumberPattern, OfficialNumber
from app.rules.patterns import meeting, parse
from app.rules.types import (
    BadPattern,
    NoPattern,
    NotYourLayer,
    Numbering,
    NumbersExhausted,
    NumberVoid,
    PatternTwice,
    PatternUsed,
    PatternWithdrawn,
    StalePattern,
)
from app.tickets import service as tickets
from app.tickets.numbering import OPERATION
from tests.bpmn.models import element, end, model, properties
from tests.rules.test_rule_pages import text
from tests.support.dated import APPLY, KEY, REVIEW
from tests.support.office import Browser, Office, race

ADMIN, CLERK = "duanshiyu", "yaohaiyang"
DAY = date(2026, 11, 20)
SignIn = Callable[[str], Browser]
PARTS = some.sampled_from(["{unit}", "{year}", "-", "X", "2", "20", "0", "〔", "-FS-"])
TEXTS = some.builds(
    lambda before, width, after: "".join(before) + f"{{serial:{width}}}" + "".join(after),
    some.lists(PARTS, max_size=4),
    some.integers(1, 4),
    some.lists(PARTS, max_size=2),
)
MADE = some.tuples(
    some.sampled_from(["422826", "422800", "a-2"]),
    some.sampled_from([DAY, date(2020, 1, 1)]),
    some.integers(1, 30_000),
)


def enter(
    office: Office,
    pattern: str = "XQ-{year}-{serial:4}",
    *,
    name: str = "requirement",
    unit: str = "422800",
    since: date | None = None,
    by: str = ADMIN,
    **more: Any,
) -> NumberPattern:
    return service.enter_pattern(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        numbering=Numbering(
            name,
            "需求编号",
            unit_by_code(office.session, unit).id,
            pattern,
            since or clock.local(office.now).date(),
            **more,
        ),
    )


def take(office: Office, ticket: str, name: str = "requirement", unit: str = "422826-jyzx") -> str:
    return service.take_number(
        office.session,
        actor=office.actor(CLERK),
        now=office.now,
        name=name,
        unit_id=unit_by_code(office.session, unit).id,
        ticket=ticket,
    ).number


def void(
    office: Office, number: str, by: str = ADMIN, seen: int = 0, reason: str = "写错了。"
) -> None:
    row = office.session.scalars(
        select(OfficialNumber).where(OfficialNumber.number == number)
    ).one()
    service.void_number(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        number_id=row.id,
        version=seen or row.rev,
        reason=reason,
    )


@given(TEXTS, TEXTS, MADE, MADE)
def test_patterns_that_do_not_meet_make_no_number_twice(
    one: str, other: str, first: tuple[str, date, int], second: tuple[str, date, int]
) -> None:
    mine, theirs = parse(one), parse(other)
    if meeting(mine, theirs) is None:
        assert mine.number(*first) != theirs.number(*second)
    elif mine.stem(*first[:2]) == mine.stem(*second[:2]) and first[2] != second[2]:
        assert mine.number(*first) != mine.number(*second)


@pytest.mark.parametrize(
    ("one", "other", "met"),
    [
        ("XQ-{year}-{serial:4}", "XQ-{year}-{serial:4}", "XQ-0000-0000"),
        ("XQ{year}{serial:4}", "XQ{serial:8}", "XQ00000000"),
        ("{unit}-XQ-{year}-{serial:4}", "{unit}-FS-{year}-{serial:4}", None),
        ("XQ-{year}-{serial:4}", "XQ-{serial:4}", None),
        (
            "人社函〔{year}〕{serial:1}号",
            "人社函〔{year}〕{serial:3}号",
            "人社函〔0000〕000号",
        ),
    ],
)
def test_whether_two_patterns_meet(one: str, other: str, met: str | None) -> None:
    assert meeting(parse(one), parse(other)) == met


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "XQ", "x" * 61, "a b{serial:1}", "{year"),
        *("{serial}", "{serial:0}", "{serial:4}{serial:4}", "{month}{serial:4}", "{day}{serial:1}"),
    ],
)
def test_nonsense_is_no_pattern(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"[规花要写]"):
        parse(wrong)


def test_numbers_go_on_without_a_gap(office: Office) -> None:
    with pytest.raises(NoPattern):
        take(office, "T-1")
    first = enter(office)
    assert [take(office, "T-1"), take(office, "T-2"), take(office, "T-1")] == [
        "XQ-2026-0001",
        "XQ-2026-0002",
        "XQ-2026-0001",
    ]
    wider = enter(office, "XQ-{year}-{serial:5}", since=first.since + timedelta(days=1))
    office.now += timedelta(days=1)
    assert take(office, "T-3") == "XQ-2026-00003"
    enter(office, "{unit}-XQ-{year}-{serial:3}", unit="422826", first=58, last=59)
    assert [take(office, one) for one in ("T-4", "T-5")] == [
        "422826-XQ-2026-058",
        "422826-XQ-2026-059",
    ]
    assert take(office, "T-9", unit="422827") == "XQ-2026-00004"
    with office.session.begin_nested() as undone:
        with pytest.raises(NumbersExhausted):
            take(office, "T-6")
        undone.rollback()
    with pytest.raises(PatternUsed):
        service.withdraw_pattern(
            office.session,
            actor=office.actor(ADMIN),
            now=office.now,
            pattern_id=wider.id,
            version=wider.rev,
        )


def test_a_year_begins_with_one_whatever_paper_had_before(office: Office) -> None:
    enter(office, first=58)
    assert take(office, "T-1") == "XQ-2026-0058"
    office.now += timedelta(days=60)
    assert [take(office, "T-2"), take(office, "T-3")] == ["XQ-2027-0001", "XQ-2027-0002"]


def test_a_void_number_stays_and_is_never_given_again(office: Office) -> None:
    enter(office)
    number = take(office, "T-1")
    with pytest.raises(NotYourLayer):
        void(office, number, by=CLERK)
    with pytest.raises(StalePattern):
        void(office, number, seen=7)
    with pytest.raises(BadPattern):
        void(office, number, reason=" ")
    void(office, number)
    with pytest.raises(NumberVoid):
        void(office, number)
    assert [take(office, "T-1"), take(office, "T-2")] == ["XQ-2026-0002", "XQ-2026-0003"]


def test_what_could_make_a_number_again_is_refused(office: Office) -> None:
    enter(office)
    later = clock.local(office.now).date() + timedelta(days=9)
    for changed, path in (
        ({"name": "other"}, "pattern"),
        ({"unit": "422826", "pattern": "XQ-{year}-{serial:5}"}, "pattern"),
        ({"pattern": "XQ-20{serial:2}-{year}", "since": later}, "pattern"),
        ({"pattern": "XQ"}, "pattern"),
        ({"since": later - timedelta(days=10)}, "since"),
        ({"first": 0}, "first"),
        ({"first": 9, "last": 8}, "last"),
        ({"name": "大"}, "name"),
    ):
        with pytest.raises(BadPattern) as refused:
            enter(office, **{"since": later, **changed})  # type: ignore[arg-type]
        assert [one.path for one in refused.value.errors] == [path], changed
    with pytest.raises(PatternTwice):
        enter(office, "QQ-{serial:3}")
    with pytest.raises(NotYourLayer):
        enter(office, by=CLERK)
    gone = enter(office, "YY-{serial:3}", name="yy")
    for error in (None, PatternWithdrawn):
        act: dict[str, Any] = {"actor": office.actor(ADMIN), "now": office.now}
        act |= {"pattern_id": gone.id, "version": gone.rev}
        if error is None:
            service.withdraw_pattern(office.session, **act)
        else:
            with pytest.raises(error):
                service.withdraw_pattern(office.session, **act)
    enter(office, "YY-{serial:3}", name="zz")


@pytest.mark.committed
def test_everybody_at_once_gets_the_next(office: Office) -> None:
    """Gapless and unique, also where some acts come to nothing."""
    enter(office)
    office.session.commit()
    actor, now = office.actor(CLERK), office.now
    unit_id = unit_by_code(office.session, "422826-jyzx").id

    def act(n: int) -> Callable[[Session], object]:
        def run(session: Session) -> str:
            taken = service.take_number(
                session, actor=actor, now=now, name="requirement", unit_id=unit_id, ticket=f"R-{n}"
            )
            if n % 3 == 0:
                raise RuntimeError
            return taken.number

        return run

    got = [one for one in race(*(act(n) for n in range(9))) if isinstance(one, str)]
    assert sorted(got) == [f"XQ-2026-000{n}" for n in range(1, 7)]


def publish(office: Office, **given: str) -> None:
    own = properties(title="要编号的事", category="试验", start_positions="clerk")
    parts = (
        element("startEvent", "apply", properties(form=APPLY["key"]), 'name="填表"')
        + element("serviceTask", "take", properties(operation=OPERATION, **given), 'name="编号"')
        + element("userTask", "review", properties(**REVIEW), 'name="审核"')
        + end("done")
    )
    drawn = model(own + parts, "apply->take\ntake->review\nreview->done")
    drawn = drawn.replace(b'id="trial"', f'id="{KEY}"'.encode())
    bundle = Bundle(drawn, {APPLY["key"]: APPLY})
    version = publishing.deploy(office.session, now=office.now, bundle=bundle)
    publishing.publish(office.session, now=office.now, key=KEY, number=version.number)


def test_a_step_of_a_process_takes_it(office: Office, browser: SignIn) -> None:
    with pytest.raises(DefinitionRefused):
        publish(office)
    publish(office, number="requirement")
    draft = tickets.create_draft(
        office.session,
        actor=office.actor(CLERK),
        now=office.tick(),
        process=KEY,
        answers={"note": "两间"},
    )
    with office.session.begin_nested() as undone:
        with pytest.raises(NoPattern):
            office.submit(draft)
        undone.rollback()
    office.session.expire_all()
    enter(office)
    ticket = office.submit(draft)
    assert ticket.instance.variables["official_number"] == "XQ-2026-0001"
    office.send_back(ticket)
    office.submit(ticket, {"note": "三间"})
    assert ticket.instance.variables["official_number"] == "XQ-2026-0001"
    clerk, admin = browser(CLERK), browser(ADMIN)
    assert "需求编号 XQ-2026-0001" in text(clerk.get(f"/tickets/{ticket.number}"))
    assert "XQ-2026-0001 需求编号" in text(clerk.get("/numbers"))
    assert "没有作废的编号" in text(clerk.get("/numbers", void="1"))
    (row,) = office.session.scalars(select(OfficialNumber))
    path = f"/numbers/{row.id}/void"
    assert clerk.post(path, version="1", reason="错").status_code == 403
    assert admin.post(path, version="1", reason="").status_code == 422
    assert admin.post(path, version="1", reason="重复了。").status_code == 302
    assert admin.post(path, version="2", reason="重复了。").status_code == 409
    assert "重复了。" in text(clerk.get("/numbers", void="1"))
    assert "XQ-2026-0001（作废）" in text(clerk.get(f"/tickets/{ticket.number}"))


def test_pages_of_patterns(browser: SignIn) -> None:
    admin, clerk = browser(ADMIN), browser(CLERK)
    assert "还没有编号规则" in text(clerk.get("/numbering"))
    assert admin.get("/numbering/new").status_code == 200
    typed = {
        "name": "requirement",
        "title": "需求编号",
        "unit": "422800",
        "pattern": "{unit}-XQ-{serial:4}",
        "since": str(clock.today()),
        "first": "1",
        "last": "",
    }
    assert clerk.post("/numbering", **typed).status_code == 403
    wrong = admin.post("/numbering", **typed | {"pattern": "XQ", "first": "一"})
    assert wrong.status_code == 422
    assert "它是顺序号" in text(wrong)
    assert admin.post("/numbering", **typed).status_code == 302
    again = admin.post("/numbering", **typed)
    assert (again.status_code, "同名的编号规则" in text(again)) == (409, True)
    reuse = admin.post("/numbering", **typed | {"name": "other"})
    assert "可能重复" in text(reuse)
    listed = clerk.get("/numbering")
    assert "422826-XQ-0001" in text(listed)
    assert "/withdraw" not in listed.text
    path = re.findall(r'action="(/numbering/\d+/withdraw)"', admin.get("/numbering").text)[0]
    assert admin.post(path, version="9").status_code == 409
    assert admin.post(path, version="1").status_code == 302
    assert "已撤销" in text(clerk.get("/numbering"))
