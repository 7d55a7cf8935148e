"""Rule sets in dated versions: what is entered, withdrawn, told of, and what a ticket keeps."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.audit.models import Event
from app.core import events
from app.identity.queries import unit_by_code
from app.identity.types import NoSuchUnit
from app.rules import importing, service
from app.rules.models import RuleVersion
from app.rules.queries import bases, in_force, standing_of
from app.rules.reading import read_articles
from app.rules.types import (
    Article,
    BadRule,
    Draft,
    NotYourLayer,
    RuleSetExpiring,
    RuleTwice,
    RuleWithdrawn,
    StaleRule,
    Standing,
)
from app.tickets.queries import ticket_of
from tests.support.office import Office, race

ADMIN, CLERK = "duanshiyu", "yaohaiyang"
FILES = Path(__file__).resolve().parents[2] / "regions"
ARTICLES = (Article("第一条", "目的"),)


def day(text: str) -> date:
    return date.fromisoformat(text)


def draft(
    office: Office,
    since: str = "2024-01-01",
    until: str | None = None,
    *,
    unit: str | None = "422800",
    key: str = "account-permission",
    name: str = "试行办法",
    ends_before: bool = False,
) -> Draft:
    return Draft(
        key,
        unit_by_code(office.session, unit).id if unit else None,
        name,
        "试〔2024〕1号",
        "恩施州人社局",
        day(since),
        day(until) if until else None,
        ARTICLES,
        ends_before,
    )


def enter(office: Office, *given: str, by: str = ADMIN, **more: object) -> RuleVersion:
    return service.enter_version(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        draft=draft(office, *given, **more),  # type: ignore[arg-type]
    )


def withdraw(office: Office, row: RuleVersion, by: str = ADMIN, version: int = 0) -> RuleVersion:
    return service.withdraw_version(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        version_id=row.id,
        version=version or row.rev,
        reason="登记错了。",
    )


def faults(error: pytest.ExceptionInfo[BadRule]) -> dict[str, str]:
    return {one.path: one.message for one in error.value.errors}


def test_versions_follow_one_another_and_never_overlap(office: Office) -> None:
    first = enter(office, "2021-11-01", "2026-10-31")
    with pytest.raises(BadRule) as refused:
        enter(office, "2026-10-31", name="新办法")
    assert "2021年11月1日起到2026年10月31日的那一版日期重叠" in faults(refused)["valid_from"]
    second = enter(office, "2026-11-01", name="新办法")
    with pytest.raises(BadRule) as refused:
        enter(office, "2027-01-01", name="更新的办法")
    assert "请勾选" in faults(refused)["valid_from"]
    third = enter(office, "2027-01-01", name="更新的办法", ends_before=True)
    assert (second.valid_to, second.last_day) == (None, day("2026-12-31"))
    with pytest.raises(BadRule) as refused:
        enter(office, "2020-01-01", "2021-11-01", name="更早的", ends_before=True)
    assert "请改日期" in faults(refused)["valid_from"]
    with pytest.raises(RuleTwice):
        enter(office, "2021-11-01", "2026-10-31")
    with pytest.raises(StaleRule):
        withdraw(office, third, version=7)
    withdraw(office, third)
    assert second.last_day is None
    with pytest.raises(RuleWithdrawn):
        withdraw(office, third)
    assert first.last_day == day("2026-10-31")
    kinds = office.session.scalars(
        select(Event.kind).where(Event.object == f"rule:{third.id}").order_by(Event.seq)
    )
    assert list(kinds) == ["rule.entered", "rule.withdrawn"]


def test_the_database_refuses_an_overlap_too(office: Office) -> None:
    row = enter(office, "2024-01-01", "2024-12-31")
    again = {one.name: getattr(row, one.name) for one in RuleVersion.__table__.columns}
    office.session.add(RuleVersion(**again | {"id": None, "valid_from": day("2024-12-31")}))
    with pytest.raises(IntegrityError, match="ex_rule_version_days"):
        office.session.flush()


def test_what_is_typed_wrong_is_told(office: Office) -> None:
    wrong = Draft("大写", None, " ", "", "", None, day("1900-01-01"), ())
    given = {"actor": None, "now": office.now}
    with pytest.raises(BadRule) as refused:
        service.enter_version(office.session, draft=wrong, **given)
    assert faults(refused).keys() == {"key", "name", "valid_from", "valid_to"}
    with pytest.raises(BadRule) as refused:
        enter(office, "2024-02-01", "2024-01-31")
    assert "早于施行日期" in faults(refused)["valid_to"]
    assert read_articles("前言\n第一章 总则\n 第二条  目的\n和依据\n\n三、保障") == (
        Article("", "前言"),
        Article("第一章", "总则"),
        Article("第二条", "目的 和依据"),
        Article("三", "保障"),
    )


def test_who_keeps_which_layer(office: Office) -> None:
    with pytest.raises(NotYourLayer):
        enter(office, by=CLERK)
    county = enter(office, unit="422826")
    nation = enter(office, unit=None)
    far = draft(office, unit="422827")
    office.appoint("qinyongan", "system_admin", "422826")  # type: ignore[arg-type]
    with pytest.raises(NotYourLayer):
        withdraw(office, nation, by="qinyongan")
    with pytest.raises(NoSuchUnit):
        service.enter_version(
            office.session, actor=office.actor("qinyongan"), now=office.now, draft=far
        )
    assert withdraw(office, county, by="qinyongan").withdrawn_by_id


def test_the_nearest_layer_in_force_is_heard(office: Office) -> None:
    path = unit_by_code(office.session, "422826-jyzx").path
    nation = enter(office, "2020-01-01", unit=None)
    whole = enter(office, "2022-01-01", "2025-12-31")
    own = enter(office, "2023-01-01", "2024-12-31", unit="422826")

    def at(when: str) -> list[RuleVersion]:
        return in_force(office.session, ["none", "account-permission"], path, day(when))

    assert at("2019-12-31") == []
    assert at("2021-01-01") == [nation]
    assert at("2024-12-31") == [own]
    assert at("2025-01-01") == [whole]
    assert at("2026-01-01") == [nation]
    withdraw(office, nation)
    assert at("2026-01-01") == [own]  # none is in force any more: the nearest that was


def test_a_ticket_keeps_the_version_it_began_under(office: Office) -> None:
    old = enter(office, "2021-11-01", "2026-10-31")
    ticket = office.draft()
    assert ticket.rule_ids is None
    office.submit(ticket)
    assert ticket.rule_ids == [old.id]
    enter(office, "2026-11-01", name="新办法")
    later = office.start()
    office.send_back(ticket)
    office.submit(ticket)
    assert ticket_of(office.session, ticket.instance_id).rule_ids == [old.id]
    (basis,) = bases(office.session, ticket.rule_ids, office.now.date())
    assert (basis.standing, basis.warning) == (
        Standing.ENDED,
        "依据已失效：已于2026-10-31到期",
    )
    assert not bases(office.session, later.rule_ids, office.now.date())[0].warning
    withdraw(office, old)
    assert "已经撤销" in bases(office.session, ticket.rule_ids, office.now.date())[0].warning


def test_ends_are_told_once_for_each_of_their_days(office: Office) -> None:
    heard: list[tuple[str, int]] = []

    def hear(_session: object, event: RuleSetExpiring) -> None:
        heard.append((event.name, event.days_left))

    events.subscribe(RuleSetExpiring, hear)
    try:
        enter(office, "2021-01-01", "2026-12-31", name="甲")
        enter(office, "2021-01-01", "2026-12-31", name="乙", key="b")
        enter(office, "2027-01-01", name="乙的新版", key="b")
        enter(office, "2021-01-01", name="长期", key="c")

        def tell(when: str) -> list[tuple[str, int]]:
            heard.clear()
            for _ in range(2):
                service.warn_of_ends(
                    office.session, now=datetime.fromisoformat(f"{when}T09:00+08:00")
                )
            return list(heard)

        assert tell("2026-10-01") == []
        assert tell("2026-10-02") == [("甲", 90)]
        assert tell("2026-11-30") == []
        assert tell("2026-12-15") == [("甲", 16)]
        assert tell("2026-12-31") == [("甲", 0)]
        assert tell("2027-02-01") == []
    finally:
        events._subscribers[RuleSetExpiring].remove(hear)


@pytest.mark.committed
def test_of_many_jobs_at_once_one_tells(office: Office) -> None:
    row = enter(office, "2021-01-01", "2026-12-31")
    office.session.commit()
    now = datetime.fromisoformat("2026-12-31T09:00+08:00")
    told = race(*[lambda session: service.warn_of_ends(session, now=now)] * 6)
    assert sorted(map(str, told)) == [*"000001"]
    ends = select(Event.seq).where(Event.object == f"rule:{row.id}", Event.kind == "rule.ending")
    assert len(office.session.scalars(ends).all()) == 1


def test_how_a_version_lies_to_a_day(office: Office) -> None:
    row = enter(office, "2026-01-01", "2026-12-31")
    last = day("2026-12-31")
    assert [
        standing_of(row, one)
        for one in (
            day("2025-12-31"),
            last - timedelta(days=91),
            last - timedelta(days=90),
            last,
            last + timedelta(days=1),
        )
    ] == [
        Standing.AHEAD,
        Standing.IN_FORCE,
        Standing.ENDING,
        Standing.ENDING,
        Standing.ENDED,
    ]


def test_the_shipped_files(office: Office) -> None:
    """As often as one likes; that of another region says which unit is not there."""
    data = (FILES / "enshi.rules.yaml").read_bytes()
    assert importing.import_rules(office.session, now=office.now, data=data) == (3, 0)
    assert importing.import_rules(office.session, now=office.now, data=data) == (0, 3)
    (own,) = in_force(
        office.session,
        ["account-permission"],
        unit_by_code(office.session, "422826").path,
        day("2026-11-22"),
    )
    assert own.said[1] == Article("第二章", "岗位职责（第六条至第十条）")
    far = (FILES / "weihai.rules.yaml").read_bytes()
    with pytest.raises(BadRule) as refused:
        importing.import_rules(office.session, now=office.now, data=far)
    assert len(refused.value.errors) == 3
    for broken in (b"a: [", b"rule_sets: []", b"rule_sets: [1]", b"rule_sets: [{from: x}]"):
        with pytest.raises(BadRule):
            importing.import_rules(office.session, now=office.now, data=broken)
