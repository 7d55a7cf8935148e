"""Start events: armed when a version comes into force, rung once each, begun in somebody's name."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.core import outbox
from app.core.outbox import OutboxState
from app.identity.types import Position
from app.processes import jobs
from app.processes.models import StartTrigger
from app.processes.service import delivering, publishing, starting
from app.processes.service.publishing import Bundle
from app.processes.types import DefinitionRefused, NoStarter
from app.tasks.queries import active_tasks
from app.tickets.models import Ticket
from app.tickets.types import MayNotStart, TicketState
from tests.bpmn.models import (
    declared,
    defined,
    element,
    end,
    model,
    properties,
    send,
    start,
    user,
)
from tests.processes.events import (
    PUBLISHER,
    TESTER,
    begin,
    publish,
    real_time,
    rows,
    soon,
    variables,
)
from tests.support.office import Office

HOUR = timedelta(hours=1)


def started_by(event: str, *, plain: bool = False, **given: str) -> bytes:
    inside = (properties(**given) if given else "") + defined(event)
    first = element("startEvent", "by_event", inside)
    beside = declared(event) if event.startswith("message") else ""
    parts = first + user("ask") + end() + (start() if plain else "")
    flows = "by_event->ask\nask->end" + ("\nstart->ask" if plain else "")
    return model(parts, flows, beside=beside)


def armed(office: Office) -> list[tuple[str, timedelta | None, int | None]]:
    office.session.flush()
    found = office.session.scalars(select(StartTrigger).order_by(StartTrigger.id))
    return [(row.node, row.due_at and row.due_at - office.now, row.left) for row in found]


def ring(office: Office) -> int:
    count = 0
    while starting.ring(office.session, now=office.now):
        count += 1
    return count


def begun(office: Office) -> list[Ticket]:
    office.session.commit()
    outbox.work_off()
    office.session.expire_all()
    return list(office.session.scalars(select(Ticket).order_by(Ticket.id)))


def test_a_duration_is_counted_from_publication_and_comes_once(office: Office) -> None:
    real_time(office)
    office.now -= 2 * HOUR
    publish(office, started_by("timer PT1H"))
    assert armed(office) == [("by_event", HOUR, 1)]
    assert ring(office) == 0
    soon(office, hours=1)
    assert ring(office) == 1
    assert armed(office) == []
    (ticket,) = begun(office)
    publisher = office.actor(PUBLISHER)
    assert (ticket.requester_id, ticket.unit_id) == (publisher.person_id, publisher.unit_id)
    assert ticket.state is TicketState.RUNNING
    assert [task.node for task in active_tasks(office.session, ticket.instance_id)] == ["ask"]
    timer = office.session.execute(text("SELECT ticket, node, fired_at FROM report_timers")).one()
    assert (timer.ticket, timer.node) == (ticket.number, "by_event")
    assert timer.fired_at is not None


def test_a_row_that_is_worked_off_twice_begins_one_ticket(office: Office) -> None:
    real_time(office)
    publish(office, started_by("timer PT0S"))
    assert ring(office) == 1
    assert len(begun(office)) == 1
    office.session.execute(
        text("UPDATE outbox SET state = 'waiting', due_at = now() WHERE topic = 'processes.start'")
    )
    assert len(begun(office)) == 1


def test_a_cycle_with_a_number_comes_each_time_also_late(office: Office) -> None:
    publish(office, started_by("cycle R3/PT1H"))
    soon(office, hours=2)
    assert ring(office) == 2
    assert armed(office) == [("by_event", HOUR, 1)]
    soon(office, hours=5)
    assert ring(office) == 1
    assert armed(office) == []
    assert len({row.key for row in rows(office, delivering.START)}) == 3


def test_a_cycle_without_end_comes_once_for_what_it_missed(office: Office) -> None:
    publish(office, started_by("cycle R/PT1H"))
    soon(office, hours=5, minutes=30)
    assert ring(office) == 1
    assert armed(office) == [("by_event", timedelta(minutes=30), None)]


def test_what_is_past_at_publication_is_not_made_up_for(office: Office) -> None:
    long_ago = office.now - timedelta(days=3)
    publish(office, started_by(f"date {long_ago.isoformat()}"))
    publish(office, started_by(f"cycle R3/{long_ago.isoformat()}/P2D"), key="second")
    publish(office, started_by(f"cycle R2/{long_ago.isoformat()}/P1D"), key="third")
    assert armed(office) == [("by_event", timedelta(days=1), 1)]


def test_a_new_version_takes_the_place_of_the_old_one(office: Office) -> None:
    """Timers of a retired version stop; publishing the old one again arms it anew."""
    publish(office, started_by("timer PT1H"))
    soon(office, minutes=30)
    publish(office, started_by("timer PT5H"))
    assert armed(office) == [("by_event", 5 * HOUR, 1)]
    publishing.publish(
        office.session,
        now=office.now,
        key="trial",
        number=1,
        publisher_id=office.actor(PUBLISHER).person_id,
    )
    assert armed(office) == [("by_event", HOUR, 1)]


def test_the_diagram_may_name_whose_it_is(office: Office) -> None:
    real_time(office)
    clerk = office.actor("yaohaiyang")
    publish(office, started_by("timer PT0S", starter=f"position:clerk@{clerk.unit_code}"))
    assert ring(office) == 1
    (ticket,) = begun(office)
    assert ticket.unit_id == clerk.unit_id
    holder = office.actor(office.username(ticket.requester_id))
    assert holder.holds("clerk")


def test_a_place_without_holder_is_tried_again_and_shown(office: Office) -> None:
    real_time(office)
    clerk = office.actor("yaohaiyang")
    publish(office, started_by("timer PT0S", starter=f"position:clerk@{clerk.unit_code}"))
    office.dismiss(Position.CLERK, clerk.unit_code)
    ring(office)
    assert begun(office) == []
    (row,) = rows(office, delivering.START)
    assert row.state is OutboxState.WAITING
    assert "NoStarter" in (row.error or "")


@pytest.mark.parametrize(
    "starter", ["clerk", "position:clerk", "position:nobody@422826-x", "person:a"]
)
def test_a_starter_that_means_nothing_is_refused(office: Office, starter: str) -> None:
    with pytest.raises(DefinitionRefused):
        publish(office, started_by("timer PT1H", starter=starter))


def test_a_timer_without_anybody_is_not_published_from_the_command_line(office: Office) -> None:
    version = publishing.deploy(
        office.session, now=office.now, bundle=Bundle(started_by("timer PT1H"))
    )
    with pytest.raises(NoStarter):
        publishing.publish(office.session, now=office.now, key="trial", number=version.number)


def test_nobody_starts_by_hand_what_only_events_begin(office: Office) -> None:
    publish(office, started_by("timer PT1H"))
    with pytest.raises(MayNotStart):
        begin(office)
    publish(office, started_by("timer PT1H", plain=True))
    assert begin(office).state is TicketState.RUNNING


def test_a_message_of_another_ticket_begins_one_in_its_name(office: Office) -> None:
    real_time(office)
    publish(office, started_by("message order", payload="word"), key="served")
    sends = start() + send("tell", "order", payload="word;secret") + end()
    flows = "start->tell\ntell->end"
    publish(office, model(sends, flows, beside=declared("message order")))
    sender = begin(office, word="now", secret="x")
    office.session.commit()
    outbox.work_off()
    first, second = begun(office)
    assert first.id == sender.id
    assert (second.process, second.requester_id) == ("served", sender.requester_id)
    assert second.unit_id == office.actor(TESTER).unit_id
    assert variables(office, second) == {"word": "now"}


def test_the_sweep_rings(office: Office) -> None:
    real_time(office)
    publish(office, started_by("timer PT0S"))
    office.session.commit()
    assert jobs.fire_timers() == 1
    assert jobs.fire_timers() == 0
    assert len(begun(office)) == 1
