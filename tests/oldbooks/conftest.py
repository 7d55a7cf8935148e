"""Tests of this room stand in an office on a day in November, where problems can be reported."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.processes.service import publishing
from tests.oldbooks.paper import Paper
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
from tests.support.story import Story, story  # noqa: F401 - fixture

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def paper(story: Story, session: Session) -> Paper:  # noqa: F811
    now = datetime(2020, 1, 1, tzinfo=UTC)
    bundle = publishing.Bundle.read(ROOT, "problem-report")
    version = publishing.deploy(session, now=now, bundle=bundle)
    publishing.publish(session, now=now, key=version.key, number=version.number)
    session.commit()
    story.at("2026-11-23 09:00")
    return Paper(story)
