"""Signing in, what ends a session, and what a session may do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core.errors import AppError
from app.identity import policy, queries, service
from app.identity.models import LoginSession, Person
from app.identity.types import (
    Issued,
    Position,
    SessionKind,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
)
from tests.identity.conftest import HERE, NOW, PASSWORD, MakePerson

SignIn = Callable[..., Issued | AppError]


@pytest.fixture
def sign_in(region: Session) -> SignIn:
    def sign_in(
        username: str = "ann",
        password: str = PASSWORD,
        kind: SessionKind = SessionKind.BROWSER,
        after: timedelta = timedelta(),
    ) -> Issued | AppError:
        return service.sign_in(
            region,
            username=username,
            password=password,
            kind=kind,
            client=HERE,
            now=NOW + after,
        )

    return sign_in


@pytest.fixture
def ann(make_person: MakePerson) -> Person:
    return make_person("ann", "422826-jyzx", Position.CLERK)


def issued(result: Issued | AppError) -> Issued:
    assert isinstance(result, Issued), result
    return result


@pytest.mark.usefixtures("ann")
def test_unknown_name_and_wrong_password_answer_alike(sign_in: SignIn) -> None:
    """Nobody learns from the answer whether a name exists."""
    wrong, unknown = sign_in(password="Wrong-1234"), sign_in(username="nobody")
    assert isinstance(wrong, WrongCredentials)
    assert isinstance(unknown, WrongCredentials)
    assert (wrong.code, wrong.text, wrong.facts) == (unknown.code, unknown.text, unknown.facts)
    assert isinstance(sign_in(), Issued)


@pytest.mark.usefixtures("ann")
def test_token_is_long_and_only_its_hash_is_kept(region: Session, sign_in: SignIn) -> None:
    """256 random bits leave the server; the table cannot be used to get in."""
    first, second = issued(sign_in()), issued(sign_in())
    assert first.token != second.token
    assert len(first.token) >= 43
    hashes = region.scalars(select(LoginSession.token_hash)).all()
    assert queries.token_hash(first.token) in hashes
    assert first.token.encode() not in hashes


@pytest.mark.usefixtures("ann")
def test_session_leads_to_the_actor(region: Session, sign_in: SignIn) -> None:
    """The presence carries unit, division and the positions of the moment."""
    presence = queries.find_presence(region, issued(sign_in()).token, NOW)
    assert presence is not None
    assert presence.actor.own_keys == ["clerk:422826-jyzx"]
    assert presence.actor.keys == ["clerk:422826-jyzx", "person:ann"]
    assert presence.actor.unit_code == "422826-jyzx"
    assert presence.actor.division_id == queries.unit_by_code(region, "422826").id
    assert queries.find_presence(region, "x" * 43, NOW) is None


@pytest.mark.usefixtures("ann")
def test_ended_session_is_refused_at_once(region: Session, sign_in: SignIn) -> None:
    """Signing out ends this session and no other."""
    gone, kept = issued(sign_in()), issued(sign_in())
    service.sign_out(region, token=gone.token, now=NOW)
    assert queries.find_presence(region, gone.token, NOW) is None
    assert queries.find_presence(region, kept.token, NOW) is not None


@pytest.mark.parametrize("act", ["disable", "reset", "appoint", "end_appointment"])
def test_grave_changes_end_all_sessions(
    region: Session, ann: Person, sign_in: SignIn, act: str
) -> None:
    """S13: a lock, a reset and a change of position leave no session behind."""
    browser, token = issued(sign_in()), issued(sign_in(kind=SessionKind.TOKEN))
    unit = queries.unit_by_code(region, "422826-jyzx")
    match act:
        case "disable":
            service.disable_login(region, actor=None, username="ann", now=NOW)
        case "reset":
            service.reset_password(region, actor=None, username="ann", now=NOW)
        case "appoint":
            service.appoint(
                region,
                actor=None,
                person_id=ann.id,
                position=Position.DEPT_HEAD,
                unit=unit,
                source="test",
                now=NOW,
            )
        case _:
            service.end_appointment(
                region,
                actor=None,
                person_id=ann.id,
                position=Position.CLERK,
                unit=unit,
                now=NOW,
            )
    region.flush()
    region.expire_all()
    assert queries.find_presence(region, browser.token, NOW) is None
    assert queries.find_presence(region, token.token, NOW) is None


@pytest.mark.usefixtures("ann")
def test_idle_and_absolute_limits(region: Session, sign_in: SignIn) -> None:
    """A browser goes idle after half an hour unless used; nothing lives over twelve hours."""
    browser, token = issued(sign_in()), issued(sign_in(kind=SessionKind.TOKEN))

    def lives(token: str, after: timedelta) -> bool:
        return queries.find_presence(region, token, NOW + after) is not None

    assert lives(browser.token, timedelta(minutes=29))
    assert not lives(browser.token, timedelta(minutes=30))
    presence = queries.find_presence(region, browser.token, NOW)
    assert presence is not None
    service.touch(
        region, session_id=presence.actor.session_id or 0, now=NOW + timedelta(minutes=20)
    )
    region.expire_all()
    assert lives(browser.token, timedelta(minutes=45))
    assert lives(token.token, timedelta(hours=11, minutes=59))
    assert not lives(token.token, timedelta(hours=12))


def test_administrators_go_idle_sooner() -> None:
    """S14: a quarter of an hour for those who change what others may do."""
    assert policy.idle_minutes(SessionKind.BROWSER, [Position.ACCOUNT_ADMIN]) == 15
    assert policy.idle_minutes(SessionKind.BROWSER, [Position.CLERK]) == 30
    assert policy.idle_minutes(SessionKind.TOKEN, [Position.CLERK]) is None


@pytest.mark.usefixtures("ann")
def test_guessing_is_slowed_and_the_owner_gets_in_later(region: Session, sign_in: SignIn) -> None:
    """After five failures even the right password waits; after the delay it opens again."""
    for _ in range(5):
        assert isinstance(sign_in(password="Wrong-1234"), WrongCredentials)
    refused = sign_in()
    assert isinstance(refused, TooManyAttempts)
    assert refused.facts["retry_after"] in range(30, 32)
    assert isinstance(sign_in(after=timedelta(seconds=31)), Issued)
    kinds = region.scalars(select(Event.kind).order_by(Event.id)).all()
    assert kinds[-2:] == ["login.delayed", "login.signed_in"]


@pytest.mark.usefixtures("ann")
def test_unknown_names_are_slowed_alike(sign_in: SignIn) -> None:
    """The delay does not tell either whether a name exists."""
    for _ in range(5):
        sign_in(username="nobody")
    assert isinstance(sign_in(username="nobody"), TooManyAttempts)


def test_delay_doubles_up_to_a_quarter_of_an_hour() -> None:
    """S5: never a lock for good."""
    assert policy.delay_after(4, 5) is None
    assert policy.delay_after(5, 5) == timedelta(seconds=30)
    assert policy.delay_after(6, 5) == timedelta(seconds=60)
    assert policy.delay_after(500, 5) == timedelta(minutes=15)


@pytest.mark.usefixtures("ann")
def test_own_password(region: Session, sign_in: SignIn) -> None:
    """The new one opens, the old does not; the session that changed it lives, the others end."""
    here, there = issued(sign_in()), issued(sign_in())
    presence = queries.find_presence(region, here.token, NOW)
    assert presence is not None

    def change(current: str, new: str) -> None:
        service.change_password(region, actor=presence.actor, now=NOW, current=current, new=new)

    for current, new in (
        ("Wrong-1234", "Lizhi-9966"),
        (PASSWORD, "short1A"),
        (PASSWORD, "onlylowercase"),
        (PASSWORD, "Password-99"),
        (PASSWORD, PASSWORD),
    ):
        with pytest.raises(WeakPassword):
            change(current, new)
    change(PASSWORD, "Lizhi-9966")
    region.flush()
    region.expire_all()
    assert queries.find_presence(region, here.token, NOW) is not None
    assert queries.find_presence(region, there.token, NOW) is None
    assert isinstance(sign_in(), WrongCredentials)
    assert isinstance(sign_in(password="Lizhi-9966"), Issued)


@pytest.mark.usefixtures("ann")
def test_disabled_login_answers_like_a_wrong_password(region: Session, sign_in: SignIn) -> None:
    """Opened again, its old password is gone: a one-time code must set a new one."""
    service.disable_login(region, actor=None, username="ann", now=NOW)
    assert isinstance(sign_in(), WrongCredentials)
    service.activate_login(region, actor=None, username="ann", now=NOW)
    assert isinstance(sign_in(), WrongCredentials)
    assert isinstance(sign_in(password=""), WrongCredentials)
