"""Tickets by the heap: every row as the product writes it, chains that hold, acts that go on."""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import Session

from app.access.models import Account, Grant
from app.audit import service as audit
from app.audit.models import Event, SealedHead
from app.audit.verifying import verify
from app.core import crypto
from app.core.db import Base
from app.core.errors import AppError
from app.demo import people as invented
from app.demo.load import fill, pouring
from app.demo.load.casting import DAY, MONDAY, Counters, Slice, minute_of, moment
from app.demo.load.moulds import make_mould
from app.demo.load.planning import plan
from app.demo.load.recording import POURED, record
from app.demo.load.service import ahead
from app.demo.load.stories import STORIES
from app.demo.load.types import LoadRefused, StoryOutgrown
from app.documents.queries import NO_ORIGINAL
from app.identity.models import Login
from app.ledgers.models import LedgerCounter, LedgerRow
from app.processes.models import Instance, Submission
from app.tasks.models import Task
from app.tasks.types import ACTIVE
from app.tickets.models import Ticket, TicketNumber, TicketPerson
from app.tickets.types import TicketState
from tests.support.loaded import SCALE
from tests.support.office import NOW, Browser, Office

# Poured tickets have no deadlines (ADR 101).
DATED = ("visit", "task", "ticket")
# What a database holds of a row that has not happened to it yet, or not any more.
PASSING = {("outbox", "error"), ("outbox", "state"), ("outbox", "done_at")}


@pytest.fixture
def loaded(office: Office) -> Session:
    """A few real tickets, and hundreds that were poured."""
    return office.session


def shape(value: Any, key: str = "") -> Any:
    """What kind of value it is; of JSON the names in it."""
    match value:
        case dict():
            return (key, frozenset(value))
        case bytes():
            return "bytes"
    return type(value).__name__


def shapes(session: Session, table: str, since: int, until: int | None) -> dict[str, set[Any]]:
    """For each column every shape it has, told apart by what kind of row it is."""
    found: dict[str, set[Any]] = defaultdict(set)
    columns = Base.metadata.tables[table].c
    statement = select(*columns).where(columns.id > since)
    if until is not None:
        statement = statement.where(columns.id <= until)
    for row in session.execute(statement).mappings():
        kind = next((str(row[name]) for name in ("kind", "node", "topic") if name in row), "")
        kind += f" {row['state']}" if "state" in row and table != "instance" else ""
        for name, value in row.items():
            if (table, name) not in PASSING and not (table in DATED and name.startswith("due_")):
                found[f"{kind} {name}"].add(shape(value))
    return found


def test_every_column_is_filled_as_the_product_fills_it(
    loaded: Session, played_ids: dict[str, int]
) -> None:
    """Beside tickets that people walked, kind by kind: nothing missing, nothing invented."""
    seen = 0
    for name in POURED:
        last = played_ids[name]
        real, poured = shapes(loaded, name, 0, last), shapes(loaded, name, last, None)
        for what in real.keys() & poured.keys():
            seen += 1
            assert poured[what] & real[what], f"{name}: {what}"
            if what.endswith((" changes", " variables")):
                continue  # which names there are depends on the process and how far it had come
            assert not {one for one in poured[what] - real[what] if isinstance(one, tuple)}, what
    assert seen > 200


def test_states_units_and_years_are_mixed(loaded: Session) -> None:
    """Finished ones by the number asked for; open ones beside them; six years; every county."""
    tickets = loaded.scalars(select(Ticket)).all()
    states = Counter(ticket.state for ticket in tickets)
    assert states[TicketState.CLOSED] > SCALE // 2
    assert {TicketState.REFUSED, TicketState.CANCELLED} & set(states)
    over = [t for t in tickets if t.closed_at and t.created_at.year < NOW.year]
    assert len({ticket.created_at.year for ticket in over}) >= 5
    assert len({ticket.unit_id for ticket in tickets}) > 10
    assert len({ticket.number for ticket in tickets}) == len(tickets)
    for ticket in tickets:
        assert ticket.created_at <= ticket.updated_at <= NOW


def test_chains_seals_and_heads_hold(loaded: Session) -> None:
    verdict = verify(loaded)
    assert verdict.first_break is None
    assert verdict.seals == 1
    assert verdict.chains == loaded.scalar(select(func.count()).select_from(SealedHead))
    assert audit.seal(loaded, now=NOW) is None  # nothing moved since


def test_events_and_ledger_rows_stand_in_the_order_of_time(loaded: Session) -> None:
    """Their ids rise with their moments, as if each had been written when it happened."""
    for model in (Event, LedgerRow):
        poured = select(model.at).join(Ticket, Ticket.number == _ticket_of(model))
        rows = loaded.scalars(
            poured.where(Ticket.created_at < NOW.replace(month=8)).order_by(model.id)
        ).all()
        assert len(rows) > SCALE
        assert all(earlier <= later for earlier, later in pairwise(rows))


def _ticket_of(model: type[Any]) -> Any:
    return model.ticket if model is LedgerRow else func.replace(model.chain, "ticket:", "")


def test_serials_have_no_gaps_and_counters_go_on(loaded: Session) -> None:
    books: dict[Any, list[int]] = defaultdict(list)
    for row in loaded.scalars(select(LedgerRow).order_by(LedgerRow.id)):
        books[row.name, row.unit_id, row.year].append(row.serial)
        assert row.year == row.at.year
    assert all(serials == list(range(1, len(serials) + 1)) for serials in books.values())
    counted = {(c.name, c.unit_id, c.year): c.last for c in loaded.scalars(select(LedgerCounter))}
    assert counted == {book: serials[-1] for book, serials in books.items()}
    summed = {
        (c.name, c.unit_id, c.year): sum(c.months) for c in loaded.scalars(select(LedgerCounter))
    }
    assert summed == counted
    for given in loaded.scalars(select(TicketNumber)):
        prefix = given.prefix.partition("{")[0]
        count = select(func.count()).where(Ticket.number.startswith(prefix))
        assert loaded.scalar(count) == given.last


def test_sealed_values_open_and_their_indexes_fit(loaded: Session) -> None:
    """Answers, numbers and phones are sealed with the field keys, not copied."""
    sealed = set()
    for submission in loaded.scalars(select(Submission)):
        answers = submission.answers
        sealed.add(submission.answers_sealed)
        assert submission.keyed_hash == crypto.keyed_hash(answers)
        ticket = loaded.scalars(
            select(Ticket).where(Ticket.instance_id == submission.instance_id)
        ).one()
        assert answers["applied_on"] <= submission.submitted_at.date().isoformat()
        if submission.n == ticket.submission:
            named = loaded.scalars(
                select(TicketPerson.blind_index)
                .where(TicketPerson.ticket_id == ticket.id)
                .order_by(TicketPerson.row)
            ).all()
            numbers = [row["id_number"] for row in answers.get("people", ())]
            assert named == [crypto.blind_index("id_number", number) for number in numbers]
    assert len(sealed) == loaded.scalar(select(func.count()).select_from(Submission))
    for account in loaded.scalars(select(Account)):
        number = crypto.unseal(account.id_number).decode()
        assert account.person_ref == crypto.blind_index("id_number", number)
        assert crypto.unseal(account.phone).decode().startswith("154")


def test_granted_is_what_the_ledger_says(loaded: Session) -> None:
    """Each account's grants are its ledger rows, one after the other."""
    for grant in loaded.scalars(select(Grant)):
        rows = loaded.scalars(
            select(LedgerRow).where(LedgerRow.name == "grants", LedgerRow.ticket == grant.ticket)
        ).all()
        assert rows
        assert all(row.values["name"] for row in rows)


def test_open_ones_go_on(loaded: Session, office: Office) -> None:
    """A poured ticket that waits is walked to its end by the services."""
    open_now = loaded.scalars(
        select(Task)
        .join(Instance, Task.instance_id == Instance.id)
        .where(Task.state.in_(ACTIVE), Task.node == "department_opinion")
        .order_by(Task.id.desc())
        .limit(1)
    ).one()
    ticket = loaded.scalars(select(Ticket).where(Ticket.instance_id == open_now.instance_id)).one()
    office.now = NOW
    while tasks := [t for t in office.tasks(ticket) if t.state in ACTIVE]:
        by = tasks[0].assignee_id or _someone(office, tasks[0])
        office.decide(ticket, by=office.username(by))
    loaded.refresh(ticket)
    assert ticket.state is TicketState.CLOSED
    assert verify(loaded).first_break is None


def _someone(office: Office, task: Task) -> int:
    position, _, unit = task.candidates[0].partition(":")
    for login in office.session.scalars(select(Login)):
        actor = office.actor(login.username)
        if f"{position}:{unit}" in actor.keys and actor.person_id not in task.excluded:
            return actor.person_id
    raise AssertionError(task.candidates)


def test_pages_show_them(
    loaded: Session, browser: Callable[[str], Browser], office: Office
) -> None:
    """Ticket, log, diagram, search, ledger, REST: nothing tells them from others."""
    loaded.commit()
    ticket = loaded.scalars(
        select(Ticket).where(Ticket.state == TicketState.CLOSED).order_by(Ticket.id.desc()).limit(1)
    ).one()
    clerk = browser(office.username(ticket.requester_id))
    page = clerk.get(f"/tickets/{ticket.number}")
    assert page.status_code == 200
    assert NO_ORIGINAL in page.text
    for view in ("print", "flow", "log"):
        assert clerk.get(f"/tickets/{ticket.number}", view=view).status_code == 200
    person = loaded.scalars(select(TicketPerson).where(TicketPerson.ticket_id == ticket.id)).first()
    assert person
    assert ticket.number in clerk.get("/tickets", q=ticket.number).text
    assert ticket.number in clerk.get("/tickets", q=person.name).text
    booked = loaded.scalars(select(LedgerRow).where(LedgerRow.ticket == ticket.number)).first()
    if booked:
        assert ticket.number in clerk.get(f"/ledgers/{booked.name}", q=ticket.number).text


def test_second_load_is_refused(loaded: Session) -> None:
    before = loaded.scalar(select(func.count()).select_from(Ticket))
    with pytest.raises(LoadRefused):
        fill(SCALE, NOW, lambda _line: None)
    assert loaded.scalar(select(func.count()).select_from(Ticket)) == before


def test_office_without_people_is_told_what_to_do(session: Session) -> None:
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("DELETE FROM event WHERE kind = 'demo.loaded'"))
    session.execute(text("UPDATE login SET state = 'disabled'"))
    session.commit()
    with pytest.raises(AppError, match="demo load"):
        fill(1, NOW, lambda _line: None)


def test_schema_comes_back_as_it_was(office: Office, bind: Connection) -> None:
    """Large loads go past indexes and keys; afterwards every one of them stands again."""
    before = _schema(bind)
    down = pouring.take_down(office.session)
    assert len(down.statements) > 35
    assert _schema(bind) != before
    pouring.bring_back(office.session, down)
    assert _schema(bind) == before


def _schema(bind: Connection) -> set[tuple[str, str]]:
    indexes = bind.execute(text("SELECT indexname, indexdef FROM pg_indexes"))
    keys = bind.execute(text("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"))
    return {*map(tuple, indexes), *map(tuple, keys)}


def test_casting_goes_on_in_a_process_of_its_own() -> None:
    """What it makes arrives in order, and what breaks in it is heard of."""
    counters = Counters({}, Counter(), Counter())
    made = [Slice(n, {"event": str(n)}, counters) for n in range(3)]
    assert [one.tickets for one in ahead(iter(made))] == [0, 1, 2]

    def breaks() -> Iterator[Slice]:
        yield made[0]
        raise StoryOutgrown("in the child")

    with pytest.raises(StoryOutgrown, match="in the child"):
        list(ahead(breaks()))


def test_minutes_of_work_know_no_weekend() -> None:
    for minute in range(0, 40 * DAY, 97):
        day, at = moment(minute)
        assert day.weekday() < 5
        assert at.startswith(day.isoformat())
        assert minute_of(day) <= minute
    assert minute_of(MONDAY) == 0
    assert moment(minute_of(date(2026, 11, 22)))[0] == date(2026, 11, 20)


@pytest.mark.parametrize("scale", [1, 7, 200])
def test_plan_finishes_as_many_as_were_asked_for(scale: int) -> None:
    lengths = [2 if story.name in {"moved", "left"} else 1 for story in STORIES]
    planned = list(plan(STORIES, lengths, 5, scale, NOW.date()))
    finished = [one for one in planned if not STORIES[one.story].is_open]
    assert sum(lengths[one.story] for one in finished) == scale
    starts = [one.start for one in planned]
    assert starts == sorted(starts)


def test_loaded_people_are_different_people() -> None:
    """Far beyond a million: id numbers of their own, names as common as names are."""
    rng = random.Random(7)
    seeds = rng.sample(range(1_500_000), 20_000)
    assert len({invented.id_number(seed) for seed in seeds}) == len(seeds)
    names = Counter(invented.many_names(seed) for seed in range(50_000))
    assert len(names) > 10_000


def test_unknown_table_stops_the_load(office: Office) -> None:
    """A story that writes what no mould repeats is an error of ours, never a ticket with holes."""
    story = next(story for story in STORIES if story.name == "opened")
    choices = {"subsystem": "gig-station", "post": "review", "other_post": "query"}
    clerk = office.actor("yaohaiyang").person_id
    recording = record(office.session, story, clerk, NOW, choices)
    labels = {value: f"label of {value}" for value in choices.values()}
    mould = make_mould(story, recording, labels)
    assert json.dumps(mould.counts)
    recording.rows["event"].pop()  # type: ignore[attr-defined]
    with pytest.raises(StoryOutgrown):
        make_mould(story, recording, labels)
