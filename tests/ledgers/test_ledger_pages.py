"""The books as a reader meets them in the browser."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.config import Settings
from app.identity.models import Unit
from app.ledgers.service import append_rows
from app.web.actor import set_loader
from tests.ledgers.books import actor_in, entry, office, ref
from tests.support.warm import app_on

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def client(
    bind: Any, session: Session, environment: dict[str, str], xianfeng: Unit, laifeng: Unit
) -> Iterator[FlaskClient]:
    """谭丽华 of 咸丰县 reads; a row stands in her book and one in 来凤县's."""
    own = office(session, xianfeng)
    append_rows(session, now=NOW, unit=ref(own), entries=[entry("QX-CZY-2026-00001#1")])
    foreign = entry("QX-CZY-2026-00002#1", name="龙金花")
    append_rows(session, now=NOW, unit=ref(office(session, laifeng)), entries=[foreign])
    session.commit()
    app = app_on(Settings.from_env(environment), bind)
    set_loader(lambda _request: actor_in(own, "account_admin"))
    yield app.test_client()
    set_loader(lambda _request: None)


def test_the_catalogue_counts_rows_within_reach(client: FlaskClient) -> None:
    page = client.get("/ledgers").text
    assert "账户管理台账" in page
    assert "权限管理台账" in page
    assert "1 行" in page


def test_a_book_shows_its_columns_and_leads_to_the_ticket(client: FlaskClient) -> None:
    page = client.get("/ledgers/accounts").text
    for text in ("序号", "申请表编号及行号", "姚海洋", "QX-CZY-2026-00001-1"):
        assert text in page
    assert "龙金花" not in page


def test_searching_finds_nothing_of_another_county(client: FlaskClient) -> None:
    assert "姚海洋" in client.get("/ledgers/accounts?q=海洋").text
    assert "QX-CZY-2026-00002" not in client.get("/ledgers/accounts?q=龙金花").text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/ledgers/nothing", 404),
        ("/ledgers/accounts?from=x", 400),
        ("/ledgers/accounts?cursor=x", 400),
    ],
)
def test_wrong_addresses_are_answered(client: FlaskClient, address: str, status: int) -> None:
    assert client.get(address).status_code == status
