"""The region as shipped, and people made for one test."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import crypto
from app.identity import passwords, queries, service, terms
from app.identity.models import Appointment, Login, Person
from app.identity.types import Client, LoginState, Position

REGIONS = Path(__file__).parents[2] / "regions"
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
PASSWORD = "Kaoyan-7788"
HASH = passwords.hash_password(PASSWORD)
HERE = Client("127.0.0.1", "test")


@pytest.fixture(autouse=True)
def strict() -> Iterator[None]:
    """As in an office: the demonstration's openness is asked for by the test that wants it."""
    terms.configure(terms.Terms())
    yield
    terms.configure(terms.Terms())


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return Settings.from_env(environment)


@pytest.fixture(scope="session")
def region_data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((REGIONS / "enshi.yaml").read_text())
    return data


@pytest.fixture(scope="session")
def demo_data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((REGIONS / "enshi.demo.yaml").read_text())
    return data


@pytest.fixture
def region(session: Session, settings: Settings, region_data: dict[str, Any]) -> Session:
    """A session in which the shipped region stands."""
    crypto.configure(settings.field_keys)
    service.import_region(session, data=region_data, now=NOW)
    session.commit()
    return session


MakePerson = Callable[..., Person]


@pytest.fixture
def make_person(region: Session) -> MakePerson:
    """A person with a login (PASSWORD) holding `positions` in the unit, since a year ago."""

    def make(
        username: str,
        unit_code: str = "422826-jyzx",
        *positions: Position,
        since: datetime = NOW - timedelta(days=365),
        until: datetime | None = None,
        changed: datetime = NOW,
    ) -> Person:
        unit = queries.unit_by_code(region, unit_code)
        person = service.create_person(region, actor=None, name=f"人{username}", unit=unit, now=NOW)
        region.add(
            Login(
                person_id=person.id,
                username=username,
                state=LoginState.ACTIVE,
                password_hash=HASH,
                password_changed_at=changed,
                created_at=since,
            )
        )
        region.add_all(
            Appointment(
                person_id=person.id,
                position=position,
                unit_id=unit.id,
                starts_at=since,
                ends_at=until,
                source="test",
            )
            for position in positions
        )
        region.commit()
        return person

    return make
