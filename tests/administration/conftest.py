"""An office whose county has an administrator of its own, beside the 州's and another county's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.administration import service
from app.identity.models import Person
from app.identity.queries import get_login, get_person, unit_by_code
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
    settings,
)

HOME, AWAY = "422826-rsj", "422827-rsj"
ADMIN, SECOND, STRANGER = "huangxuelian", "duanshiyu", "longjinhua"
DAY = timedelta(days=1)
Act = Callable[..., Any]


@pytest.fixture(autouse=True)
def administrators(office: Office) -> None:  # noqa: F811
    office.appoint(ADMIN, Position.SYSTEM_ADMIN, HOME)
    office.appoint(STRANGER, Position.SYSTEM_ADMIN, AWAY)
    office.session.commit()


def person_of(session: Session, username: str) -> Person:  # noqa: F811
    session.expire_all()
    return get_person(session, get_login(session, username).person_id)


@pytest.fixture
def keep(office: Office) -> Act:  # noqa: F811
    """One act of an administrator on somebody, from a page that shows how things stand."""

    def act(
        name: str, username: str, /, *, by: str = ADMIN, seen: int | None = None, **given: Any
    ) -> Any:
        person = person_of(office.session, username)
        if "unit" in given:
            given["unit"] = unit_by_code(office.session, given["unit"])
        answer = getattr(service, name)(
            office.session,
            actor=office.actor(by),
            now=office.tick(),
            person_id=person.id,
            seen=person.rev if seen is None else seen,
            **given,
        )
        office.session.commit()
        return answer

    return act
