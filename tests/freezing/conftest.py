"""Tests of this room stand in an office with its people and the shipped process."""

import pytest
from sqlalchemy import select

from app.identity.models import Unit
from app.ledgers.service import append_rows
from app.processes.types import UnitRef
from tests.freezing.months import OCTOBER_DAY
from tests.ledgers.books import entry, ref
from tests.support.office import (  # noqa: F401 - fixtures
    NOW,
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


@pytest.fixture
def county(office: Office) -> UnitRef:  # noqa: F811 - the fixture
    """咸丰县, with three rows of October and one of November in its book of accounts."""
    unit = ref(office.session.scalars(select(Unit).where(Unit.code == "422826-jyzx")).one())
    for day, sources in ((OCTOBER_DAY, ("T1#1", "T1#2", "T2#1")), (NOW, ("T3#1",))):
        append_rows(office.session, now=day, unit=unit, entries=[entry(one) for one in sources])
    return unit
