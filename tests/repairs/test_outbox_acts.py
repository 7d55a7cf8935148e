"""Dead and held deliveries in a person's hands."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.audit.queries import list_chain
from app.core import outbox
from app.core.clock import utcnow
from app.core.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from app.core.outbox import Outbox, OutboxState
from app.processes.types import Resolution
from app.repairs import queries, service
from tests.repairs.conftest import (
    ADMIN,
    PUBLISHER,
    SECOND,
    STRANGER,
    TOPIC,
    Broken,
    Machine,
    letter,
)
from tests.support.office import Office

Act = Callable[[Office, Outbox, str], object]


def again(office: Office, row: Outbox, by: str) -> object:
    return service.retry_row(
        office.session, actor=office.actor(by), now=utcnow(), row_id=row.id, seen=0
    )


def discard(office: Office, row: Outbox, by: str) -> object:
    return service.discard_row(
        office.session, actor=office.actor(by), now=utcnow(), row_id=row.id, reason="已在窗口告知。"
    )


def release(office: Office, row: Outbox, by: str) -> object:
    return service.release_rows(office.session, actor=office.actor(by), now=utcnow(), ids=[row.id])


ACTS = {"retry": again, "discard": discard, "release": release}
every = pytest.mark.parametrize("name", ACTS)


@pytest.fixture
def stand(office: Office, broken: Broken) -> Callable[[str], Outbox]:
    """A row on which the act may be done."""

    def make(name: str) -> Outbox:
        broken("outbox")
        row = letter(office.session)
        if name == "release":
            row.state, row.attempts = OutboxState.HELD, 0
            office.session.flush()
        return row

    return make


def refusal(act: Callable[[], object]) -> AppError:
    with pytest.raises(AppError) as caught:
        act()
    return caught.value


@every
def test_the_act_is_done_once_and_recorded(
    office: Office, stand: Callable[[str], Outbox], name: str
) -> None:
    """A double click is a conflict, and so is the second person with the page still open."""
    row = stand(name)
    ACTS[name](office, row, ADMIN)
    state = row.state
    assert state is (OutboxState.DISCARDED if name == "discard" else OutboxState.WAITING)
    for by in (ADMIN, SECOND):
        found = refusal(lambda who=by: ACTS[name](office, row, who))  # type: ignore[misc]
        assert isinstance(found, Conflict)
        assert found.facts["current"] == state.value
    unit = office.actor(ADMIN).unit_code
    chains = (f"ticket:{row.ticket}", f"unit:{unit}")
    kinds = [event.kind for chain in chains for event in list_chain(office.session, chain)]
    word = {"retry": "retried", "discard": "discarded", "release": "released"}[name]
    assert kinds.count(f"outbox.{word}") == 1


@every
def test_a_stranger_finds_nothing_and_others_may_not(
    office: Office, stand: Callable[[str], Outbox], name: str
) -> None:
    row = stand(name)
    state = row.state
    assert isinstance(refusal(lambda: ACTS[name](office, row, STRANGER)), NotFound)
    for by in (PUBLISHER, "yaohaiyang", "qinyongan"):
        found = refusal(lambda who=by: ACTS[name](office, row, who))  # type: ignore[misc]
        assert isinstance(found, Forbidden)
    assert row.state is state


def test_all_attempts_begin_anew(
    office: Office, stand: Callable[[str], Outbox], machine: Machine
) -> None:
    row = stand("retry")
    again(office, row, ADMIN)
    assert (row.attempts, row.retries) == (0, 1)
    machine.failure = None
    office.session.commit()
    assert outbox.work_off() == 1
    done = letter(office.session)
    assert (done.state, done.attempts) == (OutboxState.DONE, 1)
    assert queries.count_open(office.session, None) == 0


def test_discarding_closes_the_incident_and_needs_a_reason(
    office: Office, stand: Callable[[str], Outbox]
) -> None:
    row = stand("discard")
    incident = queries.open_incident_of(office.session, row.id)
    assert incident
    for reason in ("", "  ", "长" * 501):
        with pytest.raises(Invalid):
            service.discard_row(
                office.session,
                actor=office.actor(ADMIN),
                now=utcnow(),
                row_id=row.id,
                reason=reason,
            )
    assert row.state is OutboxState.DEAD
    discard(office, row, ADMIN)
    assert incident.resolution is Resolution.DISCARDED
    assert office.username(incident.resolved_by_id) == ADMIN


def test_release_of_all_keeps_to_the_scope(office: Office, stand: Callable[[str], Outbox]) -> None:
    """What belongs to no ticket is the 州's; a county releases its own."""
    row = stand("release")
    outbox.add(office.session, TOPIC, {}, key="nobody's", now=utcnow())
    office.session.flush()
    outbox.hold_unfinished(office.session)
    released = service.release_rows(office.session, actor=office.actor(ADMIN), now=utcnow())
    assert released == [row.id]
    assert service.release_rows(office.session, actor=office.actor(STRANGER), now=utcnow()) == []
    rest = service.release_rows(office.session, actor=office.actor(SECOND), now=utcnow())
    assert len(rest) == 1
    assert service.release_rows(office.session, actor=None, now=utcnow()) == []


def test_counts_and_the_oldest(office: Office, stand: Callable[[str], Outbox]) -> None:
    row = stand("retry")
    found = queries.tallies(office.session, office.actor(ADMIN))
    assert (found[OutboxState.DEAD].count, found[OutboxState.DEAD].oldest) == (1, row.created_at)
    assert found[OutboxState.HELD].count == 0
    stuck = {
        who: office.session.scalar(select(queries.stuck_count(office.session, office.actor(who))))
        for who in (ADMIN, STRANGER)
    }
    assert stuck == {ADMIN: 1, STRANGER: 0}
    page = queries.list_outbox(
        office.session, office.actor(ADMIN), states=[OutboxState.DEAD], limit=1
    )
    assert [shown.topic_label for shown in page.items] == ["通知办理结果"]
