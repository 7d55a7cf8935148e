"""Books of two counties under one region."""

import pytest
from sqlalchemy.orm import Session

from app.identity.models import Unit
from app.identity.types import UnitKind
from tests.access.county import make_unit


@pytest.fixture
def region(session: Session) -> Unit:
    return make_unit(session, "422800", "恩施州", UnitKind.DIVISION, None)


@pytest.fixture
def xianfeng(session: Session, region: Unit) -> Unit:
    return make_unit(session, "422826", "咸丰县", UnitKind.DIVISION, region)


@pytest.fixture
def laifeng(session: Session, region: Unit) -> Unit:
    return make_unit(session, "422827", "来凤县", UnitKind.DIVISION, region)
