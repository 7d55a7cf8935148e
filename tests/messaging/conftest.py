"""A gateway on this machine, and what the operator allows to be sent there."""

from collections.abc import Iterator

import pytest

from app.messaging.channels.http import HttpChannel
from app.webhooks import sending
from app.webhooks.addresses import Allowed
from tests.messaging.gateway import Gateway


@pytest.fixture
def allowed() -> Iterator[None]:
    sending.configure(Allowed.of(["127.0.0.1"]))
    yield
    sending.configure(Allowed())


@pytest.fixture
def gateway(allowed: None) -> Iterator[Gateway]:  # noqa: ARG001 - it stays while this does
    with Gateway() as made:
        made.misbehave = made.serve
        yield made


@pytest.fixture
def channel(gateway: Gateway) -> HttpChannel:
    return HttpChannel(gateway.setting)
