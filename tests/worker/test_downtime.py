"""A small halt: what fell due meanwhile comes once, in due order.

`python -m tests.faults --downtime` has the full size.
"""

from datetime import timedelta

from sqlalchemy import func, select, update

from app.audit.models import Event
from app.core import outbox
from app.core.clock import utcnow
from app.core.outbox import Outbox
from app.processes import jobs
from app.processes.service import running
from tests.faults import downtime
from tests.support.office import Office

TIMERS, LETTERS = 60, 120


def test_what_fell_due_meanwhile_comes_once_in_due_order(office: Office) -> None:
    first = utcnow() - downtime.DOWN
    downtime.lay(office.session, "jiangqiuju", TIMERS, LETTERS, first)
    office.session.commit()
    while jobs.fire_timers() or outbox.work_off():
        pass
    office.session.expire_all()
    caught = downtime.judge(office.session, TIMERS, LETTERS)
    assert caught.violations == []
    assert caught.figures["timers_fired"] == TIMERS


def test_a_clock_set_back_neither_doubles_nor_starves(office: Office) -> None:
    """Attempts that were cut off, and rows written, in a time that is to come again: once each."""
    ahead = utcnow() + timedelta(days=2)
    downtime.lay(office.session, "jiangqiuju", 4, 4, utcnow() - 2 * downtime.DOWN)
    for _ in range(2):
        assert running.claim_due(office.session, now=ahead) is not None
    soon = utcnow() + timedelta(minutes=30)
    office.session.execute(
        update(Outbox).where(Outbox.key.startswith("down:")).values(created_at=soon, due_at=soon)
    )
    office.session.commit()
    assert jobs.fire_timers() == 4
    assert outbox.work_off() >= 4
    assert jobs.fire_timers() == outbox.work_off() == 0
    office.session.expire_all()
    assert downtime.judge(office.session, 4, 4).violations == []
    fired = select(func.count()).where(Event.kind == "timer.fired")
    assert office.session.scalar(fired) == 4
