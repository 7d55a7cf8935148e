"""A county and its people, and forms that take effect without the road before them."""

import pytest
from sqlalchemy.orm import Session

from app.core import crypto
from app.core.actor import Actor
from app.identity.models import Unit
from app.identity.types import UnitKind
from app.processes import registry
from app.processes.models import Instance, ProcessVersion
from app.processes.queries import unit_ref
from app.processes.registry import CheckContext
from app.processes.types import VersionState
from tests.access.county import LISTS, NOW, County, Form, MakeForm, Row, make_unit, numbers


@pytest.fixture(autouse=True)
def keys() -> None:
    crypto.configure({"test": bytes(range(32))})


@pytest.fixture(autouse=True)
def lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """The region's lists, for this test only."""
    for name, choices in LISTS.items():
        monkeypatch.setitem(registry.value_lists, name, lambda _session, found=choices: found)


@pytest.fixture
def region(session: Session) -> Unit:
    return make_unit(session, "422800", "恩施州", UnitKind.DIVISION, None)


@pytest.fixture
def county(session: Session, region: Unit) -> County:
    return County(session, region, "422826", "咸丰县")


@pytest.fixture
def other(session: Session, region: Unit) -> County:
    return County(session, region, "422827", "来凤县")


@pytest.fixture
def clerk(county: County) -> Actor:
    return county.person("龙金花")


@pytest.fixture
def account_admin(county: County) -> Actor:
    return county.person("谭丽华", county.center, "account_admin")


@pytest.fixture
def permission_admin(county: County) -> Actor:
    return county.person("吴一鸣", county.center, "permission_admin")


@pytest.fixture
def version(session: Session) -> ProcessVersion:
    made = ProcessVersion(
        key="operator-account",
        number=1,
        title="操作员账户权限申请",
        category="账户与权限",
        state=VersionState.PUBLISHED,
        model=b"",
        forms={},
        documents={},
        sha256="",
        created_at=NOW,
    )
    session.add(made)
    session.flush()
    return made


@pytest.fixture
def make_form(
    session: Session,
    county: County,
    clerk: Actor,
    account_admin: Actor,
    permission_admin: Actor,
    version: ProcessVersion,
) -> MakeForm:
    def make(
        *rows: Row,
        of: County = county,
        unit: Unit | None = None,
        subsystem: str = "gig-station",
    ) -> Form:
        instance = Instance(
            version_id=version.id,
            number=f"QX-CZY-2026-{next(numbers):05}",
            title="",
            requester_id=clerk.person_id,
            unit_id=(unit or of.agency).id,
            variables={},
            state=b"",
            created_at=NOW,
        )
        session.add(instance)
        session.flush()
        form = Form(session, instance, (account_admin, permission_admin), list(rows))
        form.subsystem = subsystem
        return form

    return make


@pytest.fixture
def check_context(session: Session, county: County, clerk: Actor) -> CheckContext:
    return CheckContext(actor=clerk, unit=unit_ref(session, county.agency.id), ticket=None, now=NOW)
