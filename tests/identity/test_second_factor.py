"""The phone's codes at the door, for programs, and in place of a password at a step-up."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core.actor import Actor
from app.core.errors import AppError, Conflict
from app.identity import policy, queries, service, terms
from app.identity.models import RecoveryCode, SecondFactor
from app.identity.types import (
    ChallengeOver,
    Issued,
    OtpNeeded,
    Position,
    SecondFactorDue,
    SessionKind,
    TooManyAttempts,
    WrongCredentials,
    WrongOtp,
    WrongProof,
)
from tests.identity.conftest import HERE, NOW, PASSWORD, MakePerson

STEP = timedelta(seconds=30)


class Phone:
    """Somebody with an authenticator, and with what a browser or a program would send."""

    def __init__(self, session: Session, username: str) -> None:
        self.session, self.username = session, username
        self.recovery: list[str] = []
        self.secret = ""

    def set_up(self) -> None:
        actor = self.actor()
        self.secret = service.begin_second_factor(self.session, actor=actor, now=NOW).secret
        self.session.flush()
        # The minute before, so that the codes of the test are new.
        earlier = NOW - 2 * STEP
        self.recovery = service.confirm_second_factor(
            self.session, actor=actor, code=self.code(earlier), now=earlier
        )
        self.session.flush()

    def code(self, at: datetime = NOW) -> str:
        return pyotp.TOTP(self.secret).at(int(at.timestamp()))

    def actor(self) -> Actor:
        login = queries.get_login(self.session, self.username)
        return queries.actor_of(self.session, login.person_id, NOW)

    def sign_in(
        self,
        kind: SessionKind = SessionKind.BROWSER,
        otp: str = "",
        at: datetime = NOW,
        password: str = PASSWORD,
    ) -> Issued | AppError:
        return service.sign_in(
            self.session,
            username=self.username,
            password=password,
            kind=kind,
            client=HERE,
            now=at,
            otp_code=otp,
        )

    def challenge(self, at: datetime = NOW) -> str:
        needed = self.sign_in(at=at)
        assert isinstance(needed, OtpNeeded)
        return service.open_challenge(self.session, login_id=needed.login_id, now=at).token

    def answer(self, token: str, code: str, at: datetime = NOW) -> Issued | AppError:
        return service.answer_challenge(self.session, token=token, code=code, client=HERE, now=at)


@pytest.fixture
def phone(region: Session, make_person: MakePerson) -> Phone:
    make_person("ann", "422826-rsj", Position.ACCOUNT_ADMIN)
    phone = Phone(region, "ann")
    phone.set_up()
    return phone


def test_password_alone_opens_nothing(phone: Phone) -> None:
    """S7: the browser gets a challenge, a program is told to send the code."""
    for kind in SessionKind:
        refused = phone.sign_in(kind)
        assert isinstance(refused, OtpNeeded)
        assert refused.code == "step_up"
    assert isinstance(phone.sign_in(password="Wrong-1234"), WrongCredentials)
    assert isinstance(phone.answer(phone.challenge(), phone.code()), Issued)


def test_program_sends_password_and_code(phone: Phone) -> None:
    assert isinstance(phone.sign_in(SessionKind.TOKEN, otp="000000"), WrongCredentials)
    assert isinstance(phone.sign_in(SessionKind.TOKEN, otp=phone.code()), Issued)
    later = NOW + STEP
    assert isinstance(phone.sign_in(SessionKind.TOKEN, phone.code(), later), WrongCredentials)


@pytest.mark.parametrize(("seconds", "right"), [(0, True), (29, True), (30, False), (-1, False)])
def test_code_lives_half_a_minute(phone: Phone, seconds: int, right: bool) -> None:
    """S8. NOW is the beginning of a step."""
    at = NOW + timedelta(seconds=seconds)
    result = phone.answer(phone.challenge(NOW - STEP), phone.code(), at)
    assert isinstance(result, Issued if right else WrongOtp)


def test_code_is_used_once(phone: Phone) -> None:
    """S8: in the same half minute it opens no second session, and proves nothing."""
    assert isinstance(phone.answer(phone.challenge(), phone.code()), Issued)
    assert isinstance(phone.answer(phone.challenge(), phone.code()), WrongOtp)
    assert isinstance(phone.sign_in(SessionKind.TOKEN, otp=phone.code()), WrongCredentials)


def test_five_tries_a_challenge(phone: Phone) -> None:
    """S8: then it begins anew with the password, which has to wait by then."""
    token = phone.challenge()
    for _ in range(4):
        assert isinstance(phone.answer(token, "000000"), WrongOtp)
    assert isinstance(phone.answer(token, "000000"), ChallengeOver)
    assert isinstance(phone.answer(token, phone.code()), ChallengeOver)
    assert isinstance(phone.sign_in(), TooManyAttempts)


def test_tries_do_not_multiply_with_challenges(phone: Phone) -> None:
    """Ten open challenges are still five tries."""
    tokens = [phone.challenge() for _ in range(10)]
    said = [phone.answer(token, "000000") for token in tokens]
    assert [type(each) for each in said] == [WrongOtp] * 5 + [TooManyAttempts] * 5


def test_challenge_is_over_after_five_minutes(phone: Phone) -> None:
    token, late = phone.challenge(), NOW + policy.CHALLENGE
    assert isinstance(phone.answer(token, phone.code(late), late), ChallengeOver)
    assert isinstance(phone.answer("", phone.code()), ChallengeOver)


def test_recovery_code_stands_in_once(phone: Phone, region: Session) -> None:
    """It is kept as a keyed hash only, and its use is an event."""
    code = phone.recovery[0]
    written = f"{code[:4]}-{code[4:8]}-{code[8:]}".upper()
    assert isinstance(phone.answer(phone.challenge(), written), Issued)
    assert isinstance(phone.answer(phone.challenge(), written), WrongOtp)
    assert code.encode() not in b"".join(region.scalars(select(RecoveryCode.code_hash)).all())
    event = region.scalars(select(Event).where(Event.kind == "login.recovery_code")).one()
    assert event.data == {"left": 9}


def test_secret_is_sealed(phone: Phone, region: Session) -> None:
    factor = region.scalars(select(SecondFactor)).one()
    assert phone.secret.encode() not in factor.secret
    with pytest.raises(Conflict):
        service.begin_second_factor(region, actor=phone.actor(), now=NOW)


def test_removed_factor_is_due_again(phone: Phone, region: Session) -> None:
    """A lost phone: the sessions end, and a program gets nothing until a new one is set up."""
    issued = phone.answer(phone.challenge(), phone.code())
    assert isinstance(issued, Issued)
    service.remove_second_factor(region, actor=None, username="ann", now=NOW)
    region.expire_all()
    assert queries.find_presence(region, issued.token, NOW) is None
    assert isinstance(phone.sign_in(), Issued)
    assert isinstance(phone.sign_in(SessionKind.TOKEN), SecondFactorDue)


def test_demonstration_asks_for_no_code(phone: Phone) -> None:
    """DEMO=1: neither those who must nor those who have set one up."""
    terms.configure(terms.Terms(demo=True))
    for kind in SessionKind:
        assert isinstance(phone.sign_in(kind), Issued)


def test_second_factor_is_optional_for_others(region: Session, make_person: MakePerson) -> None:
    make_person("bob", "422826-jyzx", Position.CLERK)
    bob = Phone(region, "bob")
    assert isinstance(bob.sign_in(SessionKind.TOKEN), Issued)
    bob.set_up()
    assert isinstance(bob.sign_in(SessionKind.TOKEN), OtpNeeded)


Prove = Callable[[str], Issued | AppError]


@pytest.fixture
def prove(region: Session, phone: Phone) -> Prove:
    issued = phone.answer(phone.challenge(), phone.recovery[1])
    assert isinstance(issued, Issued)
    presence = queries.find_presence(region, issued.token, NOW)
    assert presence is not None

    def prove(proof: str) -> Issued | AppError:
        return service.prove(region, actor=presence.actor, proof=proof, client=HERE, now=NOW + STEP)

    return prove


def test_step_up_asks_for_the_code(region: Session, phone: Phone, prove: Prove) -> None:
    """S12, S17: with a phone the password is not enough; the session gets a new id."""
    assert isinstance(prove(PASSWORD), WrongProof)
    proved = prove(phone.code(NOW + STEP))
    assert isinstance(proved, Issued)
    presence = queries.find_presence(region, proved.token, NOW)
    assert presence is not None
    assert presence.proved_at == NOW + STEP


def test_guessing_at_a_step_up_does_not_keep_the_owner_out(prove: Prove, phone: Phone) -> None:
    """It is slowed, but the door is not."""
    for _ in range(5):
        assert isinstance(prove("000000"), WrongProof)
    assert isinstance(prove("000000"), TooManyAttempts)
    assert isinstance(phone.sign_in(at=NOW + STEP), OtpNeeded)
