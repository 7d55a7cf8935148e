"""One-time codes: started by an administrator, used by the person alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core.errors import AppError
from app.identity import queries, service
from app.identity.models import Login, OneTimeCode, Person
from app.identity.types import (
    Issued,
    Position,
    SessionKind,
    TooManyAttempts,
    WeakPassword,
    WrongCode,
    WrongCredentials,
)
from tests.identity.conftest import HERE, NOW, PASSWORD, MakePerson

NEW = "Lizhi-996655"
Redeem = Callable[..., Login | AppError]


@pytest.fixture
def ann(make_person: MakePerson) -> Person:
    return make_person("ann", "422826-jyzx", Position.CLERK)


@pytest.fixture
def redeem(region: Session) -> Redeem:
    def redeem(
        code: str, username: str = "ann", new: str = NEW, after: timedelta = timedelta()
    ) -> Login | AppError:
        return service.redeem_code(
            region, username=username, code=code, new=new, client=HERE, now=NOW + after
        )

    return redeem


def opens(region: Session, password: str) -> bool:
    result = service.sign_in(
        region, username="ann", password=password, kind=SessionKind.BROWSER, client=HERE, now=NOW
    )
    assert isinstance(result, Issued | WrongCredentials)
    return isinstance(result, Issued)


@pytest.mark.usefixtures("ann")
def test_reset_without_a_password_of_the_administrator(region: Session, redeem: Redeem) -> None:
    """S1, S9: the code opens nothing by itself; with it the person sets a password, once."""
    code = service.reset_password(region, actor=None, username="ann", now=NOW)
    assert not opens(region, PASSWORD)
    assert not opens(region, code)
    assert not opens(region, "")
    assert isinstance(redeem(code), Login)
    assert opens(region, NEW)
    assert isinstance(redeem(code, new="Putao-773322"), WrongCode)
    assert opens(region, NEW)
    kept = region.scalars(select(OneTimeCode.code_hash)).all()
    assert code.encode() not in b"".join(kept)
    kinds = region.scalars(select(Event.kind)).all()
    assert {"login.reset", "login.redeemed"} <= set(kinds)
    assert code not in str(region.scalars(select(Event.data)).all())


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize(("hours", "lives"), [(23.9, True), (24, False), (48, False)])
def test_code_lives_a_day(region: Session, redeem: Redeem, hours: float, lives: bool) -> None:
    code = service.reset_password(region, actor=None, username="ann", now=NOW)
    result = redeem(code, after=timedelta(hours=hours))
    assert isinstance(result, Login if lives else WrongCode)


@pytest.mark.usefixtures("ann")
def test_newer_code_ends_the_older(region: Session, redeem: Redeem) -> None:
    first = service.reset_password(region, actor=None, username="ann", now=NOW)
    second = service.reset_password(region, actor=None, username="ann", now=NOW)
    assert isinstance(redeem(first), WrongCode)
    assert isinstance(redeem(f" {second.replace('-', ' ')} "), Login)


def test_administrators_need_twelve(
    region: Session, make_person: MakePerson, redeem: Redeem
) -> None:
    """The code is not spent by a password that is refused."""
    make_person("ann", "422826-rsj", Position.ACCOUNT_ADMIN)
    code = service.reset_password(region, actor=None, username="ann", now=NOW)
    for weak in ("Lizhi-9966", "Ann-123456789", "password1234"):
        assert isinstance(redeem(code, new=weak), WeakPassword)
    assert isinstance(redeem(code), Login)


@pytest.mark.usefixtures("ann")
def test_codes_answer_alike_and_are_slowed_alike(region: Session, redeem: Redeem) -> None:
    """S6: unknown name, wrong code, no code, disabled login: one answer, one delay."""
    service.reset_password(region, actor=None, username="ann", now=NOW)
    answers = [[redeem("x" * 14, username=who) for _ in range(6)] for who in ("ann", "nobody")]
    for known, unknown in zip(*answers, strict=True):
        assert isinstance(known, AppError)
        assert isinstance(unknown, AppError)
        assert (known.code, known.text, known.facts) == (
            unknown.code,
            unknown.text,
            unknown.facts,
        )
    assert isinstance(answers[0][4], WrongCode)
    assert isinstance(answers[0][5], TooManyAttempts)


@pytest.mark.usefixtures("ann")
def test_disabled_login_takes_no_code(region: Session, redeem: Redeem) -> None:
    code = service.reset_password(region, actor=None, username="ann", now=NOW)
    service.disable_login(region, actor=None, username="ann", now=NOW)
    assert isinstance(redeem(code), WrongCode)


def test_new_login_has_no_password(region: Session, redeem: Redeem) -> None:
    """S1: what is created opens with the person's own password or not at all."""
    unit = queries.unit_by_code(region, "422826-jyzx")
    person = service.create_person(region, actor=None, name="甲", unit=unit, now=NOW)
    code = service.create_login(region, actor=None, person_id=person.id, username="ann", now=NOW)
    assert queries.get_login(region, "ann").password_hash == ""
    assert not opens(region, code)
    assert isinstance(redeem(code), Login)
    assert opens(region, NEW)
