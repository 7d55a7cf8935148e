"""The demonstration: a dozen tickets at every place, played once, and nobody real in it."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.queries import first_break
from app.demo import commands, people
from app.demo.bootstrap import enter_numberings
from app.demo.service import play
from app.rules.models import NumberPattern
from app.tasks.models import Task
from app.tasks.types import ACTIVE
from app.tickets.models import Ticket
from app.tickets.queries import ticket_of
from app.tickets.types import TicketState
from tests.support.office import NOW, ROAD, ROOT, START


@pytest.mark.parametrize("seed", range(0, 2000, 97))
def test_invented_people_cannot_exist(seed: int) -> None:
    """An area code and a mobile prefix that nobody was given; a right check digit."""
    number = people.id_number(seed)
    assert number.startswith("422899")
    total = sum(
        int(digit) * weight for digit, weight in zip(number[:17], people.WEIGHTS, strict=True)
    )
    assert number[17] == people.CHECK[total % 11]
    assert people.row(seed, post="review")["phone"].startswith("154000")


def test_invented_people_are_different_people() -> None:
    assert len({people.id_number(seed) for seed in range(3000)}) == 3000


def test_dozen_tickets_stand_at_every_place(session: Session) -> None:
    """Played through the services: every node waits for somebody, every end was reached."""
    session.commit()
    said: list[str] = []
    count = play(NOW, said.append)
    assert count == len(said) == 14
    tickets = session.scalars(select(Ticket).order_by(Ticket.id)).all()
    states = Counter(ticket.state for ticket in tickets)
    assert states[TicketState.CLOSED] == 3
    wanted = {
        TicketState.DRAFT,
        TicketState.RUNNING,
        TicketState.RETURNED,
        TicketState.WITHDRAWN,
        TicketState.REFUSED,
    }
    assert wanted <= set(states)
    waiting = set(session.scalars(select(Task.node).where(Task.state.in_(ACTIVE))))
    assert waiting == {START, *ROAD}
    assert max(ticket.submission for ticket in tickets) == 3
    for ticket in tickets:
        instance = ticket_of(session, ticket.instance_id).instance
        assert first_break(session, instance.audit_chain, instance) is None
    assert play(NOW, said.append) == 0
    assert session.scalars(select(Ticket.id).order_by(Ticket.id)).all() == [
        one.id for one in tickets
    ]


@pytest.mark.usefixtures("joined")
def test_a_region_s_people_need_no_letterhead(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Somebody else's region has people and nothing else: they are loaded, no ticket is played."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(commands, "REGIONS", tmp_path)
    (tmp_path / "own.demo.yaml").write_text("people: []\n")
    answer = CliRunner().invoke(commands.load, ["--region", "own"])
    assert (answer.exit_code, answer.output) == (0, "装入 0 人。\n")


def test_numbers_look_as_the_region_says(session: Session) -> None:
    """Entered once, by whoever administers the system, long before anybody asks for a number."""
    data = yaml.safe_load((ROOT / "regions" / "enshi.demo.yaml").read_text(encoding="utf-8"))
    before = NOW - timedelta(days=365)
    assert enter_numberings(session, before, data["numberings"]) == ["requirement"]
    assert enter_numberings(session, before, data["numberings"]) == []
    pattern = session.scalars(select(NumberPattern)).one()
    assert (pattern.pattern, pattern.first) == ("LDLXX-XQ-{year}-{serial:4}", 1)
