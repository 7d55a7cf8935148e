"""What pages say beside their rows: who was faster, what is hidden, who sits where."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.identity import staff
from app.identity.types import Position
from app.ledgers import months
from app.ledgers.queries import Filters, access_ledger
from app.ledgers.shelves import shelf_of
from app.repairs import standing
from app.tickets.rivals import find_rival, how_long
from tests.support.office import Browser, Office

HEAD, CLERK, ADMIN = "qinyongan", "yaohaiyang", "tanlihua"


def test_a_conflict_tells_who_was_faster_and_keeps_what_was_written(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    """谭丽华 and her colleague both have the page of one task open."""
    ticket = office.walk(office.start(), to="account_execution")
    task = office.task(ticket)
    version, task_id = task.version, task.id
    office.session.commit()
    slow = browser("tanguifang")
    office.decide(ticket, by=ADMIN)
    office.session.commit()
    answer = slow.post(
        f"/tasks/{task_id}/decide",
        **{"act": "complete:done", "version": version, "own-opinion": "已开户，待领。"},
    )
    assert answer.status_code == 409
    for words in ("谭丽华比您早", "办了这件", ticket.number, "没有提交：您", "已开户，待领。"):
        assert words in answer.text


def test_what_is_next_is_the_most_urgent_that_can_be_done(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    """What is held is passed over; who has done all stands before the list."""
    held, next_one, _ = (office.start() for _ in range(3))
    given = {"actor": office.actor("duanshiyu"), "now": office.now, "reason": "先停一停。"}
    standing.suspend(office.session, number=held.number, **given)
    office.session.commit()
    assert browser(HEAD).get("/tasks/next").location == f"/tickets/{next_one.number}"
    assert browser(CLERK).get("/tasks/next").location == "/tasks"


def test_nobody_hears_of_a_ticket_that_is_not_theirs(office: Office) -> None:
    ticket = office.walk(office.start(), to="leader_approval")
    asked = [office.actor(name) for name in ("longjinhua", HEAD, CLERK)]
    found = [find_rival(office.session, actor, office.now, ticket.number) for actor in asked]
    assert [one and one.name for one in found] == [None, None, "秦永安"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 秒"), (59, "59 秒"), (61, "1 分钟"), (7_300, "2 小时"), (200_000, "2 天")],
)
def test_how_long_ago_is_told_in_one_unit(seconds: int, words: str) -> None:
    assert how_long(timedelta(seconds=seconds)) == words


def test_the_line_of_help_is_hidden_and_had_back(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    office.session.commit()
    clerk = browser(CLERK)
    assert "最急的在前" in clerk.get("/tasks").text
    assert clerk.post("/help", help="0", next="/tasks").location == "/tasks"
    assert "最急的在前" not in clerk.get("/tasks").text
    assert "显示每页的说明" in clerk.get("/tasks").text
    clerk.post("/help", help="1")
    assert "最急的在前" in clerk.get("/tasks").text


def test_too_large_a_form_is_told_what_to_do(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    office.session.commit()
    answer = browser(CLERK).post("/large", large="x" * 2_100_000)
    assert answer.status_code == 413
    assert "存过的草稿没有丢" in answer.text
    assert "主菜单" in answer.text  # a page like any other


def test_the_catalogue_finds_what_somebody_wants_to_do(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    office.start()
    office.session.commit()
    clerk = browser(CLERK)
    assert "上次" in clerk.get("/start").text
    assert "/start/operator-account" in clerk.get("/start", q="账户").text
    assert "没有找到" in clerk.get("/start", q="没有这样的事").text


def test_administrators_see_the_people_of_their_scope(office: Office) -> None:
    """The county its own, the 州 all; positions held elsewhere name their unit."""
    office.appoint(CLERK, Position.OPERATOR, "422826-rsj")
    near, far = office.actor(ADMIN), office.actor("duanshiyu")

    def names(actor: object, **chosen: object) -> set[str]:
        page = staff.list_staff(
            office.session,
            actor=actor,
            now=office.now,
            filters=staff.Filters(**chosen),
            cursor=None,
            limit=500,
        )
        return {row.username for row in page.items}

    assert CLERK in names(near)
    assert "longjinhua" not in names(near)
    assert names(near) < names(far)
    assert names(near, q="姚海洋") == {CLERK}
    assert CLERK in names(near, position=Position.OPERATOR)
    assert names(near, unit="422827") == set()
    (row,) = staff.list_staff(
        office.session,
        actor=near,
        now=office.now,
        filters=staff.Filters("姚海洋"),
        cursor=None,
    ).items
    assert ("操作员", "咸丰县人社局") in row.positions
    assert row.login == "在用"
    (root,) = staff.unit_tree(office.session, actor=near)
    assert root.code == "422826"
    assert root.whole == len(names(near))


def test_pages_of_people_are_paged_in_order(office: Office) -> None:
    actor, cursor, seen = office.actor("duanshiyu"), None, []
    while True:
        page = staff.list_staff(
            office.session,
            actor=actor,
            now=office.now,
            filters=staff.Filters(),
            cursor=cursor,
            limit=40,
        )
        seen += [row.username for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) > 100


@pytest.mark.parametrize(("username", "status"), [(ADMIN, 200), (CLERK, 403), ("wenbin", 403)])
def test_people_are_for_administrators(
    office: Office, browser: Callable[[str], Browser], username: str, status: int
) -> None:
    office.session.commit()
    person = browser(username)
    for path in ("/people", "/units"):
        assert person.get(path).status_code == status


def test_months_of_a_book_count_what_is_within_reach(office: Office) -> None:
    office.walk(office.start())
    office.session.flush()
    day = (office.now + timedelta(hours=8)).date()

    def strip(username: str, filters: Filters) -> list[months.Month]:
        book = access_ledger(office.session, office.actor(username), "accounts")
        shelf = shelf_of(office.session, office.actor(username), book)
        return months.strip(office.session, book, shelf, filters, day)

    shown = strip(ADMIN, Filters())
    labels = [f"{n}月" for n in range(11, 0, -1)]
    assert [one.label for one in shown] == [f"{day.year}年", *labels]  # newest first
    assert (shown[0].count, shown[1].count, shown[-1].count) == (1, 1, 0)
    assert shown[1].is_now
    chosen = Filters(shown[1].since, shown[1].until)
    assert [one.here for one in strip(ADMIN, chosen)][1]
    assert strip("longjinhua", Filters())[0].count == 0


def test_an_auditor_verifies_from_the_page(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    office.start()
    office.session.commit()
    auditor = browser("humin")
    assert "还没有封存过" in auditor.get("/audit").text
    auditor.post("/audit/verify")
    assert "没有被改过" in auditor.get("/audit").text
    assert browser(CLERK).post("/audit/verify").status_code == 403


def test_samples_show_their_source(office: Office, browser: Callable[[str], Browser]) -> None:
    office.session.commit()
    page = browser(CLERK).get("/styleguide")
    assert page.status_code == 200
    assert "{% from &#34;_macros/table.html&#34; import table" in page.text
