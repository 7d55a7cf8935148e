"""An office that may send, and a gateway on this machine."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from app.messaging import channels
from tests.messaging.conftest import allowed, gateway  # noqa: F401 - fixtures
from tests.messaging.gateway import Gateway
from tests.sendings.office import Desk
from tests.weihai.conftest import app, bind, pdf_socket, session, story, weihai  # noqa: F401


@pytest.fixture
def desk(session: Session, gateway: Gateway) -> Iterator[Desk]:  # noqa: F811
    channels.configure([gateway.setting])
    made = Desk(session)
    yield made
    made.prove()
    channels.configure([])
