"""S6: neither statements nor work tell whether a name exists."""

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, Engine, delete, event
from sqlalchemy.orm import Session

from app.core.errors import AppError
from app.identity import service
from app.identity.models import LoginFailure
from app.identity.types import Position, SessionKind
from tests.identity.conftest import HERE, NOW, MakePerson

TRIES = 100
Ask = Callable[[Session, str], object]


def _sign_in(session: Session, username: str) -> object:
    return service.sign_in(
        session,
        username=username,
        password="Wrong-1234",
        kind=SessionKind.BROWSER,
        client=HERE,
        now=NOW,
    )


def _redeem(session: Session, username: str) -> object:
    return service.redeem_code(
        session,
        username=username,
        code="abcd-efgh-ijkm",
        new="Lizhi-996655",
        client=HERE,
        now=NOW,
    )


@pytest.fixture
def statements(bind: Engine | Connection) -> Iterator[list[str]]:
    heard: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "SAVEPOINT" not in statement:  # of the test's own rollback
            heard.append(statement)

    engine = bind if isinstance(bind, Engine) else bind.engine
    event.listen(engine, "before_cursor_execute", note)
    yield heard
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("ask", [_sign_in, _redeem])
@pytest.mark.parametrize("state", ["open", "disabled", "reset"])
def test_same_statements(
    region: Session, make_person: MakePerson, statements: list[str], ask: Ask, state: str
) -> None:
    """Six tries each, into the delay: the same statements in the same order, the same answer."""
    make_person("ann", "422826-rsj", Position.ACCOUNT_ADMIN)
    if state != "open":
        service.reset_password(region, actor=None, username="ann", now=NOW)
    if state == "disabled":
        service.disable_login(region, actor=None, username="ann", now=NOW)
    region.commit()
    heard, answers = [], []
    for username in ("ann", "nobody"):
        for _ in range(6):
            region.expunge_all()
            statements.clear()
            answer = ask(region, username)
            region.flush()
            assert isinstance(answer, AppError)
            answers.append((type(answer), answer.text, answer.facts))
            heard.append(list(statements))
    assert heard[:6] == heard[6:]
    assert answers[:6] == answers[6:]


def test_same_work(region: Session, make_person: MakePerson) -> None:
    """Sorted by processor time, 100 known and 100 unknown names lie mixed (AUC near one half).

    One try in some thousands is off by chance, and three in a row are not.
    """
    make_person("ann", "422826-jyzx", Position.CLERK)
    assert any(0.35 < _mixed(region) < 0.65 for _ in range(3))


def _mixed(region: Session) -> float:
    spent: dict[str, list[float]] = {"ann": [], "nobody": []}
    for turn in range(2 * TRIES):
        username = ("ann", "nobody")[turn % 2]
        region.execute(delete(LoginFailure))
        region.expunge_all()
        begun = time.process_time()
        _sign_in(region, username)
        region.flush()
        spent[username].append(time.process_time() - begun)
    return _auc(spent["ann"], spent["nobody"])


def _auc(these: list[float], those: list[float]) -> float:
    """How likely one of these took longer than one of those; ties count half."""
    ordered = sorted(those)
    wins = sum(bisect_left(ordered, one) + bisect_right(ordered, one) for one in these)
    return wins / 2 / len(these) / len(those)
