"""Two at once: one file serves one ticket, and nobody fills the disk by hurrying."""

from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.attachments import service
from app.attachments.models import Attachment, Binding
from app.attachments.types import MAX_LOOSE_COUNT, Accepted, NotUsable, TooManyFiles
from app.core.db import reading, transaction
from tests.support.office import NOW, Office, race

pytestmark = pytest.mark.committed
TEXT = Accepted("说明.txt", "text/plain", b"a")


def test_one_file_goes_to_one_of_two_tickets(office: Office, session: Session) -> None:
    tickets = [office.start(), office.start()]
    actor = office.requester(tickets[0])
    session.commit()
    with transaction() as act:
        one = service.keep(act, actor=actor, now=NOW, accepted=TEXT).id

    def bind(instance_id: int, act: Session) -> object:
        return service.bind(
            act,
            actor=actor,
            now=NOW,
            ids=[("papers", one)],
            kind="ticket",
            instance_id=instance_id,
            place="general",
        )

    answers = race(*(partial(bind, ticket.instance_id) for ticket in tickets))
    assert sorted(isinstance(answer, NotUsable) for answer in answers) == [False, True]
    with reading() as now:
        assert now.scalar(select(func.count()).select_from(Binding)) == 1


def test_a_file_is_bound_or_swept_never_both(office: Office, session: Session) -> None:
    ticket = office.start()
    actor = office.requester(ticket)
    session.commit()
    for _ in range(5):
        with transaction() as act:
            one = service.keep(act, actor=actor, now=NOW, accepted=TEXT).id

        def bind(act: Session, one: str = one) -> object:
            return service.bind(
                act,
                actor=actor,
                now=NOW,
                ids=[("papers", one)],
                kind="ticket",
                instance_id=ticket.instance_id,
                place="general",
            )

        bound, swept = race(bind, lambda act: service.sweep_rows(act, now=NOW.replace(day=25)))
        with reading() as now:
            is_there = now.get(Attachment, one) is not None
        assert is_there is not isinstance(bound, NotUsable)
        assert swept == int(not is_there)


def test_uploads_at_once_do_not_pass_the_limit(office: Office, session: Session) -> None:
    actor = office.actor("yaohaiyang")
    session.commit()
    with transaction() as act:
        for _ in range(MAX_LOOSE_COUNT - 2):
            service.keep(act, actor=actor, now=NOW, accepted=TEXT)

    def keep(act: Session) -> object:
        return service.keep(act, actor=actor, now=NOW, accepted=TEXT)

    answers = race(*[keep] * 5)
    assert sum(isinstance(answer, TooManyFiles) for answer in answers) == 3
    with reading() as now:
        assert now.scalar(select(func.count()).select_from(Attachment)) == MAX_LOOSE_COUNT
