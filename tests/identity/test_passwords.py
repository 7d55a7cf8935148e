"""Which new passwords are refused, under both policies."""

from datetime import timedelta

import pytest

from app.identity import policy, terms
from app.identity.common import is_common
from app.identity.passwords import LONGEST, hash_password, verify, weakness
from app.identity.types import Position
from tests.identity.conftest import NOW

CONTEXT = ("yaohaiyang", "姚海洋", "422826-jyzx")
LONG = "Lu-" + "shan99x" * 9


@pytest.mark.parametrize(
    ("password", "is_admin", "under_db", "under_asvs"),
    [
        ("Lizhi-9966", False, True, True),
        ("Lizhi-9966", True, False, False),
        ("Lizhi-996655", True, True, True),
        ("Lz-9966", False, False, False),
        ("lizhiandgolu", False, False, True),
        ("lizhi9966kuo", False, False, True),
        (LONG[:64], False, True, True),
        (LONG[:64], True, True, True),
        ("Lz-9" * (LONGEST // 4) + "x", False, False, False),
        ("Passw0rd!", False, False, False),
        ("Qwerty-123", False, False, False),
        ("Woaini1314!", False, False, False),
        ("1qaz@WSX", False, False, False),
        ("20261122", False, False, False),
        ("Aa1!Aa1!Aa1!", False, False, False),
        ("Yaohaiyang-77", False, False, False),
        ("X姚海洋-77ab", False, False, False),
        ("My-422826-JYZX", False, False, False),
        ("Banjian-2027", False, False, False),
    ],
)
def test_new_passwords_are_judged(
    password: str, is_admin: bool, under_db: bool, under_asvs: bool
) -> None:
    """S2, S3: length and common words always, three classes only under the 等保 policy."""
    for composed, fine in ((True, under_db), (False, under_asvs)):
        reason = weakness(password, CONTEXT, is_admin=is_admin, composed=composed)
        assert (reason is None) is fine, (composed, reason)


def test_many_common_passwords_are_known() -> None:
    """What guessers make of common words by habit is common too."""
    words = ("password", "admin", "woaini", "guanliyuan", "qwerty", "asdfgh", "welcome", "iloveyou")
    tails = ("", "1", "123", "!", "@2026", "888", "123!", "#1", "2026")
    for word in words:
        for tail in tails:
            assert is_common(word + tail)
            assert is_common(word.capitalize() + tail)
    assert not is_common("lizhi-hongshao-7")


def test_nothing_is_cut_off() -> None:
    """S2: the 64th character counts; what is too long to be kept opens nothing."""
    stored = hash_password(LONG[:64])
    assert verify(stored, LONG[:64])
    assert not verify(stored, LONG[:63] + "!")
    assert not verify("", "")
    assert not verify(None, "anything")


@pytest.mark.parametrize(
    ("strict", "position", "days", "due"),
    [
        (terms.Terms(), Position.SYSTEM_ADMIN, 89, False),
        (terms.Terms(), Position.SYSTEM_ADMIN, 90, True),
        (terms.Terms(), Position.CLERK, 900, False),
        (terms.Terms(composed=False), Position.SYSTEM_ADMIN, 900, False),
        (terms.Terms(demo=True), Position.SYSTEM_ADMIN, 900, False),
    ],
)
def test_administrators_renew(
    strict: terms.Terms, position: Position, days: int, due: bool
) -> None:
    """S3: every 90 days under the 等保 policy; never under ASVS, nor in the demonstration."""
    assert strict.password_is_due(NOW - timedelta(days=days), [position], NOW) is due


@pytest.mark.parametrize(
    ("position", "sessions", "needs"),
    [
        (Position.CLERK, 2, False),
        (Position.OPERATOR, 2, False),
        (Position.ACCOUNT_ADMIN, 1, True),
        (Position.AUDITOR, 1, True),
        (Position.MESSAGE_CLERK, 2, True),
        (Position.PROCESS_PUBLISHER, 2, True),
    ],
)
def test_what_a_position_asks(position: Position, sessions: int, needs: bool) -> None:
    """S7, S15, and nothing of it in the demonstration."""
    assert policy.session_limit([position]) == sessions
    assert policy.needs_second_factor([position]) is needs
    open_house = terms.Terms(demo=True)
    assert open_house.session_limit([position]) is None
    assert not open_house.needs_second_factor([position])
