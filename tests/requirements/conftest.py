"""An office in which requirements are asked for, assessed, made, tested and released."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.db import transaction
from app.documents import service as documents
from app.identity.queries import unit_by_code
from app.processes.service import publishing
from app.rules.models import NumberPattern
from pdf.client import PdfClient
from tests.documents.conftest import pdf_socket, words  # noqa: F401 - fixtures
from tests.requirements.road import KEY, Road
from tests.support.office import (  # noqa: F401 - fixtures
    ROOT,
    Office,
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
from tests.support.story import Story, story  # noqa: F401 - a fixture

BEGINS = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def shipped(
    app: Flask,  # noqa: ARG001, F811 - after the app
    joined: Settings,  # noqa: F811
    pdf_socket: Path,  # noqa: F811
) -> None:
    documents.configure(documents.Press(PdfClient(pdf_socket), joined.base_url, demo=True))
    with transaction() as session:  # noqa: F811
        version = publishing.deploy(session, now=BEGINS, bundle=publishing.Bundle.read(ROOT, KEY))
        publishing.publish(session, now=BEGINS, key=KEY, number=version.number)


@pytest.fixture(autouse=True)
def numbered(session: Session, shipped: None) -> None:  # noqa: F811, ARG001 - after it
    """Eleven numbers were given on paper before."""
    session.add(
        NumberPattern(
            name="requirement",
            title="业务需求编号",
            unit_id=unit_by_code(session, "422800").id,
            pattern="LDLXX-XQ-{year}-{serial:4}",
            since=date(2026, 1, 5),
            first=12,
            entered_by_id=Office(session).actor("duanshiyu").person_id,
            entered_at=BEGINS,
        )
    )
    session.commit()


@pytest.fixture
def road(story: Story) -> Road:  # noqa: F811
    return Road(story)
