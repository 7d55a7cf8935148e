"""The signature of a message, as Standard Webhooks 1.0.0 says (standardwebhooks.com). Pure."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
BYTES = 32
APART = 300  # seconds that two clocks may differ


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def headers(keys: Sequence[str], message: str, seconds: int, body: bytes) -> dict[str, str]:
    """While a secret is being changed there are two signatures, apart by a blank."""
    return {
        "webhook-id": message,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(sign(key, message, seconds, body) for key in keys),
    }


def sign(key: str, message: str, seconds: int, body: bytes) -> str:
    secret = base64.b64decode(key.removeprefix(PREFIX))
    signed = hmac.new(secret, f"{message}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def is_signed(key: str, headers: Mapping[str, str], body: bytes, seconds: int) -> bool:
    """Whether a request that came in is the key holder's own, and of now."""
    message, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
        return False
    wanted = sign(key, message, int(stamp), body)
    given = headers.get("webhook-signature", "").split(" ")
    is_right = any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given)
    return is_right and abs(int(stamp) - seconds) <= APART
