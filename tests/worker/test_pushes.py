"""A push to a managed system whose worker is killed while the other side takes its time."""

import threading
from http.server import BaseHTTPRequestHandler

import pytest
from sqlalchemy import select, update

from app.config import Settings
from app.core import outbox
from app.core.clock import utcnow
from app.core.db import transaction
from app.core.outbox import Outbox, OutboxState
from app.managed import service
from app.managed.models import Push
from app.managed.types import TOPIC, PushState
from scripts.process import wait_until
from tests.support.office import Office
from tests.support.patience import PATIENCE
from tests.webhooks.receiver import Receiver, answers
from tests.worker.conftest import StartWorker

pytestmark = pytest.mark.committed
ADMIN, KEY = "duanshiyu", "labour-platform"


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """The system is on this machine."""
    return {**environment, "WEBHOOK_HOSTS": "127.0.0.1"}


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return Settings.from_env(environment)


def prepare(office: Office, receiver: Receiver) -> str:
    """Of one form an account and its post are to be pushed; answers the secret."""
    given = {"actor": office.actor(ADMIN), "key": KEY}
    _, secret = service.set_address(
        office.session, now=office.tick(), version=0, url=receiver.url, **given
    )
    service.switch_on(office.session, now=office.tick(), version=1, **given)
    office.walk(office.start())
    office.session.execute(
        update(Outbox).where(Outbox.topic != TOPIC).values(state=OutboxState.DONE)
    )
    office.session.commit()
    return secret


def states(office: Office) -> list[PushState]:
    office.session.rollback()
    return list(office.session.scalars(select(Push.state).order_by(Push.id)))


def test_killed_in_mid_push_it_arrives_again_under_the_same_key(
    office: Office, start_worker: StartWorker
) -> None:
    with Receiver() as receiver:
        hold, release = threading.Event(), threading.Event()

        def slow(handler: BaseHTTPRequestHandler) -> None:
            hold.set()
            release.wait(20)
            answers(200)(handler)

        receiver.misbehave = slow
        secret = prepare(office, receiver)
        worker = start_worker()
        outbox.wake()
        assert hold.wait(60)
        worker.kill()
        worker.wait(60)
        release.set()
        receiver.misbehave = None
        assert states(office) == [PushState.WAITING, PushState.WAITING]
        with transaction() as session:  # the pause after a cut is over
            session.execute(update(Outbox).where(Outbox.topic == TOPIC).values(due_at=utcnow()))
        start_worker()
        with transaction() as session:
            outbox.wake_after_commit(session)
        done = [PushState.DELIVERED, PushState.DELIVERED]
        assert wait_until(lambda: states(office) == done, PATIENCE)
        first, again, second = receiver.messages
        assert first == again != second
        assert receiver.heard[0].body == receiver.heard[1].body
        assert all(one.is_signed(secret) for one in receiver.heard)
        kinds = [one.told["type"] for one in receiver.heard]
        assert kinds == ["account.opened", "account.opened", "grant.given"]
