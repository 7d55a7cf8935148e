"""Passwords: how they are kept (argon2id), made, and judged."""

import re
import secrets
import string
from collections.abc import Iterable
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.identity.common import is_common

# OWASP's first choice for argon2id; a sign-in costs about 20 ms.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
SHORTEST = 8
SHORTEST_ADMIN = 12
LONGEST = 128
CLASSES = 3
_CLASS = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
_HOUSE = ("banjian", "办件")
_ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Costs the same for an unknown name, or one without a password, as for a known one (S6)."""
    dummy = _dummy()
    known = bool(stored) and len(password) <= LONGEST
    try:
        return _hasher.verify(stored or dummy, password[:LONGEST]) and known
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    return _hasher.check_needs_rehash(stored)


def one_time_code() -> str:
    """71 bits, without letters that look alike on paper."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


def weakness(
    password: str, context: Iterable[str], *, is_admin: bool = False, composed: bool = True
) -> str | None:
    """Why a new password is refused, in Chinese; None if it is fine.

    `context`: names to avoid. `composed`: whether the rule of three classes holds (等保).
    """
    shortest = SHORTEST_ADMIN if is_admin else SHORTEST
    if not shortest <= len(password) <= LONGEST:
        whose = "管理岗位的密码" if is_admin else "密码"
        return f"{whose}要有 {shortest} 到 {LONGEST} 个字符。"
    if composed and sum(bool(re.search(kind, password)) for kind in _CLASS) < CLASSES:
        return "密码要包含大写字母、小写字母、数字、符号中的至少三种。"
    low = password.lower()
    if any(word.lower() in low for word in (*_HOUSE, *context) if len(word) > 2):
        return "密码里不要有用户名、姓名、单位代码或系统的名称。"
    if is_common(password):
        return "这个密码太常见，别人一猜就中，请换一个。"
    return None


@lru_cache(maxsize=1)
def _dummy() -> str:
    return _hasher.hash(secrets.token_hex())
