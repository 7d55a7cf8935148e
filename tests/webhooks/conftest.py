"""Addresses of other systems: receivers on loopback, and an office that tells them."""

from collections.abc import Iterator

import pytest

from app.config import Settings
from app.identity.types import Position
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

COUNTY, OFFICE, AWAY = "422826", "422826-rsj", "422827-rsj"
ADMIN, STRANGER = "huangxuelian", "longjinhua"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    """Receivers are on this machine."""
    return Settings.from_env({**environment, "WEBHOOK_HOSTS": "127.0.0.1"})


@pytest.fixture
def administrators(office: Office) -> None:  # noqa: F811
    """Of two counties."""
    office.appoint(ADMIN, Position.SYSTEM_ADMIN, OFFICE)
    office.appoint(STRANGER, Position.SYSTEM_ADMIN, AWAY)
