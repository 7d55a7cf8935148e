"""Tests of this room stand in an office where clearing and freezing are published too."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.processes.service import publishing
from tests.support.office import (  # noqa: F401 - fixtures
    app,
    bind,
    browser,
    count_queries,
    joined,
    office,
    office_database,
    session,
    settings,
)
from tests.support.story import Story, story  # noqa: F401 - fixtures

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = ("account-cleanup", "emergency-freeze")


@pytest.fixture
def published(session: Session) -> None:  # noqa: F811
    for key in PROCESSES:
        bundle = publishing.Bundle.read(ROOT, key)
        now = datetime(2020, 1, 1, tzinfo=UTC)
        version = publishing.deploy(session, now=now, bundle=bundle)
        publishing.publish(session, now=now, key=version.key, number=version.number)
    session.commit()


@pytest.fixture
def county(story: Story, published: None) -> Story:  # noqa: F811, ARG001
    return story
