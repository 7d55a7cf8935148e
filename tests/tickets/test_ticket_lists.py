"""What a list is narrowed to, how it is ordered, and the file of its ticked rows."""

import io
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import ColumnElement, insert, select, true
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.calendar.lights import Horizon
from app.core.clock import local
from app.core.errors import Malformed
from app.core.search import Asked
from app.processes.models import Instance
from app.processes.queries import mentioned_in, requester_tag, unit_tag
from app.tasks import narrowing, screens
from app.tasks.models import Task
from app.tasks.queries import list_tasks, tally
from app.tasks.types import MOST_COUNTED, Box, Due
from app.tasks.types import Filters as TaskFilters
from app.tickets import narrowing as ticket_narrowing
from app.tickets.exporting import MOST
from app.tickets.queries import list_tickets
from app.tickets.types import Filters, TicketBox, TicketState
from app.web.filters import few
from tests.support.office import NOW, PROCESS, Browser, Office

CLERK, HEAD = "yaohaiyang", "qinyongan"


def ahead(office: Office) -> Horizon:
    """The days around NOW, a Friday, as 咸丰 has them."""
    return Horizon(office.session, office.actor(HEAD).unit_id, NOW)


def test_what_is_due_comes_first_and_under_its_heading(office: Office) -> None:
    """Over, by tomorrow, later, and last what has no deadline, oldest first."""
    tickets = [office.start() for _ in range(5)]
    for ticket, days in zip(tickets, (None, 9, 1, -2, None), strict=True):
        office.task(ticket).due_at = days and NOW + timedelta(days=days)
    office.session.flush()
    head = office.actor(HEAD)
    rows = list_tasks(office.session, head, Box.TODO).items
    numbers = [ticket.number for ticket in tickets]
    assert [row.number for row in rows] == [numbers[n] for n in (3, 2, 1, 0, 4)]
    groups = screens.grouped(rows, ahead(office))
    assert [(group.label, len(group.rows)) for group in groups] == [
        ("已超期", 1),
        ("快到期", 1),
        ("以后到期", 1),
        ("没有时限", 2),
    ]
    lamps = [screens.lamp(row, ahead(office)) for row in rows]
    assert [(one.light.value, one.left) if one else None for one in lamps] == [
        ("red", "超期 2 个工作日"),
        ("yellow", "不到 1 个工作日"),
        ("green", "剩 5 个工作日"),
        None,
        None,
    ]
    counts = tally(office.session, head, ahead(office))
    assert (counts.todo, counts.late, counts.soon) == (5, 1, 1)
    for due, expected in ((Due.LATE, numbers[3]), (Due.SOON, numbers[2])):
        filters = narrowing.chosen({"due": due}, ahead(office))
        (row,) = list_tasks(office.session, head, Box.TODO, filters=filters).items
        assert row.number == expected


def test_pages_go_on_where_the_deadlines_end(office: Office) -> None:
    """Two a page, over the border between rows with and without a deadline."""
    tickets = [office.start() for _ in range(5)]
    for ticket in tickets[:3]:
        office.task(ticket).due_at = NOW
    office.session.flush()
    head, cursor, seen = office.actor(HEAD), None, []
    while True:
        page = list_tasks(office.session, head, Box.TODO, cursor=cursor, limit=2)
        seen += [row.number for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [ticket.number for ticket in tickets]


def test_no_heading_where_nothing_has_a_deadline(office: Office) -> None:
    office.start()
    rows = list_tasks(office.session, office.actor(HEAD), Box.TODO).items
    assert [group.label for group in screens.grouped(rows, ahead(office))] == [""]


def test_lists_are_narrowed_by_process_state_and_days(office: Office) -> None:
    ticket, draft = office.start(), office.draft()
    office.session.flush()
    clerk, head, day = office.actor("yaohaiyang"), office.actor(HEAD), local(office.now).date()
    before = day - timedelta(days=9)

    def mine(filters: Filters) -> set[str]:
        page = list_tickets(office.session, clerk, TicketBox.MINE, filters=filters)
        return {row.number for row in page.items}

    assert mine(Filters(TicketState.DRAFT)) == {draft.number}
    assert mine(Filters(process=PROCESS, since=day, until=day)) == {ticket.number, draft.number}
    assert mine(Filters(process="nothing")) == mine(Filters(until=before)) == set()
    for filters, count in (
        (TaskFilters(process=PROCESS, since=day), 1),
        (TaskFilters(process="nothing"), 0),
        (TaskFilters(until=before), 0),
    ):
        assert len(list_tasks(office.session, head, Box.TODO, filters=filters).items) == count


def holding(session: Session, asked: str, tags: Sequence[str]) -> ColumnElement[bool]:
    """Runs whose words hold what is asked, whatever their texts are."""
    return mentioned_in(session, Instance.id, [Asked(asked, true(), true())], tags)


def test_a_search_stays_among_the_runs_of_its_box(office: Office) -> None:
    """Else every namesake of the whole prefecture would be looked up, to be left out again."""
    ticket = office.start()
    office.session.flush()
    run, unit = ticket.instance, unit_tag(ticket.unit_id)
    for tags, found in (
        ([], [run.id]),
        ([requester_tag(ticket.requester_id)], [run.id]),
        (["#0", unit], [run.id]),
        ([requester_tag(ticket.requester_id + 1)], []),
        (["#0"], []),
    ):
        met = holding(office.session, "零工", tags)
        assert office.session.scalars(select(Instance.id).where(met)).all() == found, tags
    for box, username in ((TicketBox.UNIT, "yaohaiyang"), (TicketBox.ALL, HEAD)):
        page = list_tickets(office.session, office.actor(username), box, q="零工")
        assert [row.number for row in page.items] == [ticket.number], box


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [("阿卜", True), ("卜杜拉·麦", True), ("阿卜杜拉·麦麦提", True), ("阿", True), ("阿杜", False)],
)
@pytest.mark.parametrize("of_the_box", [True, False])
def test_names_are_found_by_any_part_among_the_runs_of_a_box(
    office: Office, asked: str, is_found: bool, of_the_box: bool
) -> None:
    answers = office.answers()
    answers["people"][0]["name"] = "阿卜杜拉·麦麦提"
    ticket = office.start(answers=answers)
    office.session.flush()
    own, other = requester_tag(ticket.requester_id), requester_tag(ticket.requester_id + 1)
    met = holding(office.session, asked, [own] if of_the_box else [])
    assert bool(office.session.scalars(select(Instance.id).where(met)).all()) is is_found
    met = holding(office.session, asked, [other])
    assert not office.session.scalars(select(Instance.id).where(met)).all()


def test_a_search_and_a_name_are_looked_up_together(office: Office) -> None:
    """Of many namesakes only those are met that hold the rest; a name alone is no title."""
    answers = office.answers()
    answers["people"][0]["name"] = "阿卜杜拉·麦麦提"
    named, other = office.start(answers=answers), office.start()
    office.session.flush()
    clerk, head = office.actor(CLERK), office.actor(HEAD)
    for q, person, found in (
        (named.number, "麦麦提", True),
        (other.number, "麦麦提", False),
        ("零工", "阿卜", True),
        ("麦麦提", "卜杜拉", True),
        ("", "阿", True),
        ("", "零工", False),
        ("", named.number, False),
        (named.number, "\u200b", True),
        ("\u200b", "麦麦提", True),
    ):
        expected = [named.number] if found else []
        filters = Filters(person=person)
        page = list_tickets(office.session, clerk, TicketBox.MINE, q=q, filters=filters)
        assert [row.number for row in page.items] == expected, (q, person)
        of_tasks = TaskFilters(person=person)
        rows = list_tasks(office.session, head, Box.TODO, q=q, filters=of_tasks).items
        assert [row.number for row in rows] == expected, (q, person)


@pytest.mark.parametrize(
    "asked", [{"state": "x"}, {"from": "x"}, {"to": "2026-13-01"}, {"box": "x"}]
)
def test_a_filter_that_does_not_exist_is_malformed(
    office: Office, browser: Callable[[str], Browser], asked: dict[str, str]
) -> None:
    office.session.commit()
    assert browser("yaohaiyang").get("/tickets", **asked).status_code == 400


def test_the_last_day_there_is_can_be_asked_for(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    office.session.commit()
    clerk = browser("yaohaiyang")
    for path in ("/tickets", "/tasks"):
        assert clerk.get(path, **{"from": "9999-12-31", "to": "9999-12-31"}).status_code == 200


def test_ticked_rows_become_a_file(office: Office, browser: Callable[[str], Browser]) -> None:
    """One ticked twice stands there once; the act is on record with its count."""
    numbers = [office.start().number for _ in range(2)]
    office.session.commit()
    answer = browser("yaohaiyang").post("/tickets/export", number=[*numbers, numbers[0]])
    assert answer.status_code == 200
    rows = list(load_workbook(io.BytesIO(answer.data)).active.values)
    assert "共 2 件。" in rows[1][0]
    assert rows[2][:2] == ("编号", "事项")
    assert [row[0] for row in rows[3:]] == numbers
    assert "秦永安" in rows[3][7]
    event = office.session.query(Event).filter_by(kind="tickets.exported").one()
    assert event.data["rows"] == 2


def test_a_file_leaves_out_what_its_asker_may_not_see(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    """A stranger's ticket, a draft of somebody else; and nothing but those is not found."""
    own, foreign = office.start("longjinhua"), office.start("yaohaiyang")
    hidden = office.draft("yaohaiyang").number
    office.session.commit()
    stranger = browser("longjinhua")
    answer = stranger.post("/tickets/export", number=[own.number, foreign.number, hidden])
    rows = list(load_workbook(io.BytesIO(answer.data)).active.values)
    assert [row[0] for row in rows[3:]] == [own.number]
    assert "另有 2 件不在查看范围内" in rows[1][0]
    assert stranger.post("/tickets/export", number=[foreign.number]).status_code == 404
    assert browser(HEAD).post("/tickets/export", number=[hidden]).status_code == 404


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_nothing_ticked_is_said(
    office: Office, browser: Callable[[str], Browser], count: int
) -> None:
    office.session.commit()
    answer = browser("yaohaiyang").post("/tickets/export", number=[f"QX-{n}" for n in range(count)])
    assert answer.status_code == 422
    assert "先勾选" in answer.text


# ── combined conditions ──


def numbers(office: Office, box: Box, by: str = HEAD, **given: str) -> list[str]:
    filters = narrowing.chosen(given, ahead(office))
    page = list_tasks(office.session, office.actor(by), box, q=given.get("q", ""), filters=filters)
    return [row.number for row in page.items]


def test_tasks_are_narrowed_by_everything_at_once(office: Office) -> None:
    """Each condition alone, and all of them together; what fits none is an empty page."""
    tickets = [office.start() for _ in range(3)]
    late, soon, none = (ticket.number for ticket in tickets)
    office.task(tickets[0]).due_at = NOW - timedelta(days=1)
    office.task(tickets[1]).due_at = NOW + timedelta(days=1)
    office.task(tickets[0]).claim(office.actor(HEAD).person_id, NOW)
    office.session.flush()
    every = [late, soon, none]
    todo = Box.TODO
    assert numbers(office, todo, person="姚海洋") == every
    assert numbers(office, todo, person="没有此人") == []
    assert numbers(office, todo, unit="公共就业") == every
    assert numbers(office, todo, unit="没有此单位") == []
    assert numbers(office, todo, state="claimed") == [late]
    assert numbers(office, todo, state="open") == [soon, none]
    assert numbers(office, todo, state="suspended") == []
    assert [numbers(office, todo, due=due) for due in ("late", "soon", "later", "never")] == [
        [late],
        [soon],
        [],
        [none],
    ]
    both = {"person": "姚海洋", "unit": "公共就业", "state": "claimed", "due": "late"}
    assert numbers(office, todo, process=PROCESS, q=late, **both) == [late]
    assert numbers(office, todo, process=PROCESS, q=soon, **both) == []


def test_done_tasks_by_how_they_stand(office: Office) -> None:
    tickets = [office.start() for _ in range(3)]
    office.decide(tickets[0])
    office.send_back(tickets[1])
    office.decide(tickets[2])
    office.send_back(tickets[2])
    went, back, undone = (ticket.number for ticket in tickets)
    done = Box.DONE
    assert set(numbers(office, done, state="running")) == {went, back, undone}
    assert numbers(office, done, state="ended") == []
    assert numbers(office, done, state="returned") == [back]
    assert set(numbers(office, done, state="void")) == {back, undone}


@pytest.mark.parametrize("box", TicketBox)
def test_tickets_by_light_person_and_unit(office: Office, box: TicketBox) -> None:
    tickets = [office.start() for _ in range(4)]
    for ticket, days in zip(tickets, (-1, 1, 9, None), strict=True):
        office.task(ticket).due_at = ticket.due_at = days and NOW + timedelta(days=days)
    office.session.flush()

    def found(**given: str) -> list[str]:
        filters = ticket_narrowing.chosen(given, ahead(office))
        page = list_tickets(office.session, office.actor(CLERK), box, filters=filters)
        return [row.number for row in page.items]

    every = [ticket.number for ticket in tickets]
    lights = [found(due=due) for due in ("late", "soon", "later", "never")]
    assert lights == [[number] for number in every]
    assert found(person="姚海洋", unit="公共就业", state="running") == every[::-1]
    assert found(person="姚海洋", unit="没有此单位") == []
    assert found(person="没有此人") == []
    assert found(due="late", state="closed") == []
    assert [found(whole=due) for due in ("late", "soon", "later", "never")] == lights
    assert found(whole_from="2026-11-20", whole_to="2026-11-21") == [every[1]]


@pytest.mark.parametrize("given", [{"due": "x"}, {"state": "x"}, {"from": "x"}])
def test_what_is_no_condition_is_told(office: Office, given: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        narrowing.chosen(given, ahead(office))
    with pytest.raises(Malformed):
        ticket_narrowing.chosen(given, ahead(office))


def test_nobody_counts_further_than_a_hundred(office: Office) -> None:
    task = office.task(office.start())
    columns = [column.key for column in Task.__table__.columns if column.key != "id"]
    row = {name: getattr(task, name) for name in columns}
    office.session.execute(insert(Task), [row] * (MOST_COUNTED + 20))
    counts = tally(office.session, office.actor(HEAD), ahead(office))
    assert (counts.todo, counts.claimable, counts.late) == (MOST_COUNTED, 0, 0)
    assert few(counts.todo) == "99+"


def test_chips_say_what_is_set_and_take_it_away(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    office.start()
    office.session.commit()
    head = browser(HEAD)
    page = head.get("/tasks", q="QX", person="姚海洋", due="never").text
    assert "含“QX”" in page
    assert "姓名：姚海洋" in page
    assert 'href="/tasks?box=todo&amp;q=QX&amp;person=' in page
    page = head.get("/tickets", box="all", unit="公共就业").text
    assert 'href="/tickets?box=all&amp;all=1"' in page
    assert head.get("/tasks", due="x").status_code == 400
