"""Who has what: the list, a person, a unit, the counties; and what somebody may see of it (R12)."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Account
from app.access.types import AccountKind, AccountState
from app.audit.models import Event
from app.core.errors import Malformed
from app.demo import people as invented
from app.holdings import policy, queries, service
from app.holdings.types import (
    AccountNotFound,
    Administrator,
    Filters,
    Lamp,
    NobodyFound,
    TooManyAccounts,
)
from app.identity.types import NoSuchUnit
from tests.support.office import Browser, Office

Enter = Callable[[str], Browser]
SEEN, FAR, TOP = "tanlihua", "longjinhua", "qinzhiming"  # 咸丰, 来凤, 州
TOWNSHIP, COMPANY = "huangyan", "wenbin"


@pytest.fixture
def row(office: Office) -> dict[str, str]:
    """One person of 咸丰 with a post, opened and granted by a form that went through."""
    one = invented.row(next(office.seeds), post="review")
    office.walk(office.start(answers=office.answers(people=[one])))
    return one


@pytest.fixture
def account(session: Session, row: dict[str, str]) -> Account:
    return session.scalars(select(Account).where(Account.name == row["name"])).one()


def found(office: Office, by: str, **given: str) -> list[str]:
    filters = Filters.parse(given)
    page = queries.list_accounts(office.session, actor=office.actor(by), filters=filters)
    return [one.name for one in page.items]


def test_the_list_shows_account_and_posts_masked(
    browser: Enter, office: Office, row: dict[str, str]
) -> None:
    office.session.commit()
    page = browser(SEEN).get("/holdings")
    assert page.status_code == 200
    for text in (row["name"], "零工驿站子系统：审核岗", "在用", "导出 Excel"):
        assert text in page.text
    assert row["id_number"] not in page.text
    assert row["phone"] not in page.text
    assert row["id_number"][:6] in page.text


@pytest.mark.parametrize(
    ("by", "sees"),
    [(SEEN, True), (TOP, True), (FAR, False), (TOWNSHIP, False), ("yaohaiyang", True)],
)
def test_everybody_sees_his_own_subtree(
    office: Office, row: dict[str, str], by: str, sees: bool
) -> None:
    """R12: the 州 all, a county its own, a township its own."""
    assert (row["name"] in found(office, by)) is sees


def test_the_company_sees_nobody(browser: Enter, office: Office, row: dict[str, str]) -> None:
    office.session.commit()
    stranger = browser(COMPANY)
    for path in ("/holdings", "/holdings/counties", "/holdings/units/422826"):
        assert row["name"] not in stranger.get(path).text
    assert stranger.get("/holdings/units/422826").status_code == 404
    assert not policy.can_view(office.actor(COMPANY))


def test_each_condition_narrows_the_list(office: Office, row: dict[str, str]) -> None:
    name = row["name"]
    fitting = ({"q": name[:2]}, {"q": name[-1]}, {"unit": "422826"}, {"subsystem": "gig-station"})
    fitting += ({"post": "review"}, {"state": "active"}, {"kind": "operator"})  # type: ignore[assignment]
    for given in fitting:
        assert found(office, SEEN, **given) == [name], given
    for given in (
        *({"q": "查无此人"}, {"unit": "422827"}, {"subsystem": "case-warning"}),
        *({"post": "query"}, {"state": "closed"}, {"kind": "account_admin"}),
        {"subsystem": "gig-station", "post": "query"},
    ):
        assert found(office, SEEN, **given) == [], given


def test_pages_are_found_by_the_last_row(office: Office) -> None:
    office.walk(office.start(answers=office.answers(rows=5)))
    actor = office.actor(SEEN)
    names: list[int] = []
    cursor = None
    for _ in range(3):
        page = queries.list_accounts(office.session, actor=actor, cursor=cursor, limit=2)
        names += [one.id for one in page.items]
        cursor = page.next_cursor
    assert len(set(names)) == 5
    assert cursor is None


@pytest.mark.parametrize(
    "word", ["422899199001012385", "4228 9919 9001 0123 85", "422899900101238"]
)
def test_a_number_stands_in_no_address(browser: Enter, word: str) -> None:
    with pytest.raises(Malformed):
        Filters.parse({"q": word})
    assert browser(SEEN).get("/holdings", q=word).status_code == 400


@pytest.mark.parametrize("given", [{"state": "gone"}, {"kind": "king"}])
def test_an_unknown_choice_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        Filters.parse(given)


def test_a_whole_number_finds_the_person(
    browser: Enter, office: Office, row: dict[str, str], account: Account
) -> None:
    office.session.commit()
    here = browser(SEEN)
    answer = here.post("/holdings/find", id_number=f" {row['id_number'].lower()} ")
    assert answer.status_code == 302
    assert answer.location.endswith(f"/holdings/accounts/{account.id}")
    missing = here.post("/holdings/find", id_number="422899199001012385")
    assert "没有账户" in missing.text
    with pytest.raises(NobodyFound):
        queries.find_by_id_number(office.session, office.actor(FAR), row["id_number"])


def test_an_administrator_without_an_account_is_found_too(browser: Enter, office: Office) -> None:
    """Positions are read as well as accounts: 吴一鸣 is permission administrator by position."""
    here = browser(SEEN)
    answer = here.post("/holdings/find", id_number="422899199705201512")
    page = here.get(answer.location)
    assert (page.status_code, "吴一鸣" in page.text) == (200, True)
    assert "权限管理员" in page.text
    assert "吴一鸣" in here.get("/holdings", q="吴一").text
    assert "吴一鸣" not in here.get("/holdings", subsystem="gig-station").text
    assert "吴一鸣" not in browser(FAR).get("/holdings").text
    person = office.actor("wuyiming").person_id
    with pytest.raises(AccountNotFound):
        queries.account_of_person(office.session, office.actor(FAR), person)
    with pytest.raises(AccountNotFound):
        queries.portrait_of_person(
            office.session, actor=office.actor(FAR), now=office.now, person_id=person
        )


def test_the_person_page_tells_where_everything_comes_from(
    browser: Enter, office: Office, row: dict[str, str], account: Account
) -> None:
    office.session.commit()
    page = browser(SEEN).get(f"/holdings/accounts/{account.id}")
    assert page.status_code == 200
    for text in ("账户管理台账", "创建", "权限管理台账", "增：审核岗", account.ticket, "办结"):
        assert text in page.text
    assert row["id_number"] not in page.text
    assert browser(FAR).get(f"/holdings/accounts/{account.id}").status_code == 404


def test_what_was_taken_away_stays_to_be_seen(
    office: Office, row: dict[str, str], account: Account
) -> None:
    closing = {**row, "kind": "close", "requirement": "调离，收回岗位权限"}
    office.walk(office.start(answers=office.answers(people=[closing])))
    one = queries.portrait_of_account(
        office.session, actor=office.actor(SEEN), now=office.now, account_id=account.id
    )
    assert one.account is not None
    assert one.account.state is AccountState.CLOSED
    assert [given.post for given in one.former] == ["review"]
    assert [booked.act for booked in one.history.items] == ["撤销", "权限", "权限", "创建"]
    assert len(one.tickets) == 2


def test_open_work_is_shown_to_those_who_may_see_it(office: Office) -> None:
    ticket = office.start()
    office.walk(ticket, to="leader_approval")
    person = office.actor("pengxiuying").person_id

    def waiting(by: str) -> list[str]:
        one = queries.portrait_of_person(
            office.session, actor=office.actor(by), now=office.now, person_id=person
        )
        return [task.number for task in one.waiting]

    assert waiting("yaohaiyang") == waiting(TOP) == [ticket.number]


def test_a_unit_shows_its_administrators_and_what_lies_below(
    browser: Enter, office: Office, row: dict[str, str]
) -> None:
    office.session.commit()
    page = browser(TOP).get("/holdings/units/422826")
    for text in ("谭丽华", "覃", "AB角齐全", "吴一鸣", "每个子系统都有人管", row["name"]):
        assert text in page.text
    office_page = browser(SEEN).get("/holdings/units/422826-gaoleshan")
    assert "由咸丰县的管理员办理" in office_page.text
    assert browser(FAR).get("/holdings/units/422826").status_code == 404
    with pytest.raises(NoSuchUnit):
        queries.look_at_unit(office.session, actor=office.actor(FAR), now=office.now, code="422826")


def test_the_prefecture_sees_every_county_and_a_county_itself(
    browser: Enter, office: Office, row: dict[str, str]
) -> None:
    assert row
    running = office.start()
    assert running
    counties = queries.list_counties(office.session, actor=office.actor(TOP), now=office.now)
    assert len(counties) == 9
    (here,) = [one for one in counties if one.code == "422826"]
    assert (here.counts.active, here.counts.grants, here.counts.requests) == (1, 1, 1)
    assert here.pair.lamp is Lamp.GREEN
    own = queries.list_counties(office.session, actor=office.actor(SEEN), now=office.now)
    assert [one.code for one in own] == ["422826"]
    office.session.commit()
    assert browser(TOP).get("/holdings/counties").status_code == 200


@pytest.mark.parametrize(
    ("count", "lamp"), [(0, Lamp.RED), (1, Lamp.YELLOW), (2, Lamp.GREEN), (3, Lamp.YELLOW)]
)
def test_the_pair_has_its_light(count: int, lamp: Lamp) -> None:
    """R5."""
    assert policy.pair_light(count).lamp is lamp


def test_every_subsystem_wants_a_permission_administrator(office: Office) -> None:
    def serving(*subsystems: str) -> Administrator:
        return Administrator(
            1,
            "甲",
            "u",
            "U",
            1,
            AccountKind.PERMISSION_ADMIN,
            office.now,
            None,
            frozenset(subsystems),
        )

    every = ("a", "b")
    assert policy.unserved([serving()], every) == []
    assert policy.unserved([serving("a")], every) == ["b"]
    assert policy.unserved([serving("a"), serving("b")], every) == []
    assert policy.permissions_light(0, every).lamp is Lamp.RED
    assert policy.permissions_light(1, ["乙"]).lamp is Lamp.RED
    assert policy.permissions_light(1, []).lamp is Lamp.GREEN


def test_a_file_is_an_act_and_holds_no_whole_number(
    browser: Enter, office: Office, row: dict[str, str]
) -> None:
    office.session.commit()
    here = browser(SEEN)
    answer = here.post("/holdings/export", subsystem="gig-station")
    assert answer.status_code == 200
    cells = [
        str(cell.value) for line in load_workbook(BytesIO(answer.data)).active for cell in line
    ]
    assert row["name"] in cells
    assert "审核岗" in cells
    assert row["id_number"] not in "".join(cells)
    event = office.session.scalars(select(Event).where(Event.kind == "holdings.exported")).one()
    assert (event.data["rows"], event.data["subsystem"]) == (1, "gig-station")
    plain = here.post("/holdings/export", format="csv", q=row["name"])
    assert row["name"] in plain.data.decode("utf-8-sig")
    assert here.post("/holdings/export", format="exe").status_code == 400


def test_too_many_accounts_for_one_file_are_refused(office: Office) -> None:
    office.walk(office.start(answers=office.answers(rows=3)))
    with pytest.raises(TooManyAccounts):
        service.export_accounts(
            office.session, actor=office.actor(SEEN), now=office.now, filters=Filters(), limit=2
        )


def test_the_menu_leads_there(app: Flask, browser: Enter) -> None:
    assert app
    assert re.search(r'href="/holdings"', browser(SEEN).get("/tasks").text)
    assert 'href="/holdings"' not in browser(COMPANY).get("/tasks").text
