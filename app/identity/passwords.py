"""Passwords: how they are kept (argon2id), made, and judged."""

import re
import secrets
import string
from collections.abc import Iterable
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's first choice for argon2id; a sign-in costs about 20 ms.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
SHORTEST = 8
LONGEST = 128
CLASSES = 3
_COMMON = ("password", "passw0rd", "qwerty", "123456", "abc123", "111111", "admin", "iloveyou")
_CLASS = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
_ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Costs the same for an unknown name (`stored` is None) as for a known one (S6)."""
    dummy = _dummy()
    known = stored is not None and len(password) <= LONGEST
    try:
        return _hasher.verify(stored or dummy, password[:LONGEST]) and known
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    return _hasher.check_needs_rehash(stored)


def one_time_password() -> str:
    """71 bits, without letters that look alike on paper."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


def weakness(password: str, context: Iterable[str]) -> str | None:
    """Why a new password is refused, in Chinese; None if it is fine. `context`: names to avoid."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"密码要有 {SHORTEST} 到 {LONGEST} 个字符。"
    if sum(bool(re.search(kind, password)) for kind in _CLASS) < CLASSES:
        return "密码要包含大写字母、小写字母、数字、符号中的至少三种。"
    low = password.lower()
    if any(word in low for word in (*_COMMON, *(w.lower() for w in context if len(w) > 2))):
        return "密码里不要有用户名、单位代码或常见的密码。"
    return None


@lru_cache(maxsize=1)
def _dummy() -> str:
    return _hasher.hash(secrets.token_hex())
