"""Incidents over REST: list, filter, page by key, try again."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import utcnow
from app.core.db import transaction
from app.identity import service as identity
from app.identity.models import Login
from app.identity.queries import unit_by_code
from app.identity.types import Position
from app.processes.models import Instance
from app.processes.service import running
from tests.api.conftest import Rest

ADMIN, STRANGER = "duanshiyu", "longjinhua"


@pytest.fixture
def incidents(ticket: dict[str, Any]) -> list[int]:
    """Three incidents of one ticket."""
    found = []
    with transaction() as session:
        instance = session.scalars(
            select(Instance).where(Instance.number == ticket["number"])
        ).one()
        for node in ("a", "b", "c"):
            made = running.open_incident(
                session, now=utcnow(), instance=instance, node=node, cause=node, detail=""
            )
            found.append(made.id)
    return found


@pytest.fixture
def admin(login: Callable[[str], Rest]) -> Rest:
    return login(ADMIN)


def test_list_pages_by_key_and_filters_by_state(admin: Rest, incidents: list[int]) -> None:
    first = admin.get("/incidents", limit=2).json
    rest = admin.get("/incidents", limit=2, cursor=first["next_cursor"]).json
    listed = [item["id"] for item in (*first["items"], *rest["items"])]
    assert listed == sorted(incidents, reverse=True)
    assert admin.post(f"/incidents/{incidents[0]}/retry").status_code == 200
    assert len(admin.get("/incidents").json["items"]) == 2
    (done,) = admin.get("/incidents", state="resolved").json["items"]
    assert (done["id"], done["resolution"], done["tries"]) == (incidents[0], "handed_back", 1)
    assert len(admin.get("/incidents", state="all").json["items"]) == 3
    assert admin.get("/incidents", state="lost").status_code == 400


def test_retry_is_one_act(admin: Rest, incidents: list[int]) -> None:
    """The same key answers as before; without one the second click and the stale page are 409."""
    path = f"/incidents/{incidents[0]}/retry"
    first = admin.post(path, {"tries": 0}, key="once")
    assert (first.status_code, first.json["state"]) == (200, "resolved")
    assert admin.post(path, {"tries": 0}, key="once").json == first.json
    assert admin.post(path, {"tries": 1}, key="once").status_code == 422
    second = admin.post(path, {"tries": 0})
    assert (second.status_code, second.json["code"]) == (409, "already_resolved")
    assert second.json["current"] == "resolved"
    stale = admin.post(f"/incidents/{incidents[1]}/retry", {"tries": 3})
    assert (stale.status_code, stale.json["current"]) == (409, "open")


def test_only_a_system_administrator_within_reach(
    incidents: list[int], login: Callable[[str], Rest]
) -> None:
    path = f"/incidents/{incidents[0]}/retry"
    for username in ("raowentao", "yaohaiyang"):
        assert login(username).post(path).status_code == 403
    with transaction() as session:
        person = session.scalars(select(Login.person_id).where(Login.username == STRANGER)).one()
        identity.appoint(
            session,
            actor=None,
            person_id=person,
            position=Position.SYSTEM_ADMIN,
            unit=unit_by_code(session, "422827-rsj"),
            source="test",
            now=utcnow(),
        )
    stranger = login(STRANGER)
    foreign, missing = (stranger.post(f"/incidents/{n}/retry") for n in (incidents[0], 10**9))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json["code"] == missing.json["code"]
    assert stranger.get("/incidents", state="all").json["items"] == []
