"""Personal data at rest: sealed with a key id, found through a keyed index, hashed with a key.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; the key id is authenticated with it.
Keys for sealing, index and hash are derived apart (HKDF, RFC 5869), so one never serves two ends.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


class Unreadable(Exception):
    """The bytes were not sealed with a key we have, or were changed."""


@dataclass(frozen=True)
class _Keys:
    current: str = ""
    sealing: dict[str, AESGCM] = field(default_factory=dict)
    index: bytes = b""
    hashing: bytes = b""


_keys = _Keys()


def configure(keys: Mapping[str, bytes]) -> None:
    """Key id → 32 bytes; the first seals, all open.

    The index and the hash hang on the last (oldest) key, so that adding a key in front moves
    neither; replacing the oldest means indexing anew.
    """
    global _keys  # noqa: PLW0603 - set once by the wiring
    names = list(keys)
    oldest = keys[names[-1]]
    _keys = _Keys(
        names[0],
        {name: AESGCM(_derive(key, b"seal")) for name, key in keys.items()},
        _derive(oldest, b"index"),
        _derive(oldest, b"hash"),
    )


def seal(plain: str | bytes) -> bytes:
    data = plain.encode() if isinstance(plain, str) else plain
    name, nonce = _keys.current.encode(), os.urandom(NONCE)
    return b"%c%s%s" % (len(name), name, nonce) + _keys.sealing[_keys.current].encrypt(
        nonce, data, name
    )


def unseal(sealed: bytes) -> bytes:
    """Raises: Unreadable."""
    width = 1 + int.from_bytes(sealed[:1])
    name, rest = sealed[1:width], sealed[width:]
    try:
        return _keys.sealing[name.decode()].decrypt(rest[:NONCE], rest[NONCE:], name)
    except (KeyError, InvalidTag, ValueError) as error:  # ValueError: too short, or no text
        raise Unreadable("sealed with an unknown key, or changed") from error


def seal_json(value: Any) -> bytes:
    return seal(canonical(value))


def unseal_json(sealed: bytes) -> Any:
    """Raises: Unreadable."""
    return json.loads(unseal(sealed))


def blind_index(kind: str, text: str) -> bytes:
    """Equal texts of one kind give equal indexes; without the key nothing can be guessed."""
    return hmac.digest(_keys.index, f"{kind}\0{text}".encode(), "sha256")


def keyed_hash(value: Any) -> bytes:
    """Binds a record to answers that could be guessed (ID numbers) without revealing them."""
    return hmac.digest(_keys.hashing, canonical(value), "sha256")


def canonical(value: Any) -> bytes:
    """One byte form for one JSON value."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    ).encode()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"banjian " + purpose).derive(key)
