"""An office that is no demonstration: everything that DEMO=1 turns off is on."""

import pytest

from app.config import Settings
from tests.support.office import app, bind, joined, office_database, session

__all__ = ["app", "bind", "joined", "office_database", "session"]


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return Settings.from_env({**environment, "DEMO": "0"})
