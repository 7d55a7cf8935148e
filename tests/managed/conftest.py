"""A managed system on loopback, which can misbehave, and an office that pushes to it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from app.config import Settings
from app.core import outbox
from app.core.clock import utcnow
from app.core.outbox import MAX_ATTEMPTS, Outbox, OutboxState
from app.identity.types import Position
from app.managed import service
from app.managed.models import Push, System
from app.managed.types import TOPIC, PushState
from tests.support.office import (  # noqa: F401 - fixtures
    Office,
    app,
    bind,
    browser,
    count_queries,
    joined,
    office,
    office_database,
    session,
)
from tests.webhooks.receiver import Receiver

KEY = "labour-platform"
ADMIN, COUNTY_ADMIN, STRANGER = "duanshiyu", "huangxuelian", "longjinhua"


@dataclass
class Platform:
    """The office with its system, what it is told, and the secret it knows."""

    office: Office
    receiver: Receiver
    secret: str = ""

    def pushes(self) -> list[Push]:
        self.office.session.expire_all()
        return list(self.office.session.scalars(select(Push).order_by(Push.id)))

    def states(self) -> list[PushState]:
        return [one.state for one in self.pushes()]

    def work(self) -> int:
        """What is due is tried once; other things of the outbox stay where they are."""
        session = self.office.session  # noqa: F811
        session.execute(
            update(Outbox)
            .where(Outbox.topic != TOPIC, Outbox.state == OutboxState.WAITING)
            .values(state=OutboxState.DONE)
        )
        session.execute(
            update(Outbox)
            .where(Outbox.topic == TOPIC, Outbox.state == OutboxState.WAITING)
            .values(due_at=utcnow())
        )
        session.execute(update(System).values(quiet_until=None))
        session.commit()
        return outbox.work_off(100)

    def exhaust(self) -> None:
        for _ in range(MAX_ATTEMPTS):
            self.work()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    """The system is on this machine."""
    return Settings.from_env({**environment, "WEBHOOK_HOSTS": "127.0.0.1"})


@pytest.fixture
def platform(office: Office, receiver: Receiver) -> Platform:  # noqa: F811
    """Pushed to, by the administrator of the 州."""
    office.appoint(COUNTY_ADMIN, Position.SYSTEM_ADMIN, "422826-rsj")
    office.appoint(STRANGER, Position.SYSTEM_ADMIN, "422827-rsj")
    made = Platform(office, receiver)
    _, made.secret = set_address(office, receiver.url, version=0)
    service.switch_on(
        office.session, actor=office.actor(ADMIN), now=office.tick(), key=KEY, version=1
    )
    office.session.commit()
    return made


def set_address(
    office: Office,  # noqa: F811
    url: str,
    *,
    version: int,
    by: str = ADMIN,
) -> tuple[System, str]:
    return service.set_address(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        key=KEY,
        version=version,
        url=url,
    )
