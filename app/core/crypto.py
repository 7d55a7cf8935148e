"""Personal data at rest: sealed with a key id, found through a keyed index, hashed with a key.

AES-256-GCM (NIST SP 800-38D) or SM4-GCM (GB/T 32907) with a random 96-bit nonce. The header says
which, and the key id; it is authenticated. Both open, whichever seals.
Keys for sealing, index and hash are derived apart (HKDF, RFC 5869), so one never serves two ends.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as Machine
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
TAG = 16
# A header is the key id with its length before it (AES), or these two bytes before that.
SM4_MARK = b"\x00\x02"
CLEAR_PDF = b"%PDF-"
_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
)


class Unreadable(Exception):
    """The bytes were not sealed with a key we have, or were changed."""


class FieldCipher(StrEnum):
    AES_256_GCM = "aes-256-gcm"
    SM4_GCM = "sm4-gcm"


class _Sealer(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...


class _SM4GCM:
    """SM4 in GCM, which `cryptography` has as parts only; in the shape of its AESGCM."""

    def __init__(self, key: bytes) -> None:
        self._key = SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        machine = Machine(self._key, GCM(nonce)).encryptor()
        machine.authenticate_additional_data(associated_data)
        return machine.update(data) + machine.finalize() + machine.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        machine = Machine(self._key, GCM(nonce, data[-TAG:])).decryptor()
        machine.authenticate_additional_data(associated_data)
        return machine.update(data[:-TAG]) + machine.finalize()


@dataclass(frozen=True)
class _Keys:
    current: str = ""
    cipher: FieldCipher = FieldCipher.AES_256_GCM
    sealing: dict[tuple[FieldCipher, str], _Sealer] = field(default_factory=dict)
    index: bytes = b""
    hashing: bytes = b""


_keys = _Keys()


def configure(
    keys: Mapping[str, bytes], cipher: FieldCipher | str = FieldCipher.AES_256_GCM
) -> None:
    """Key id → 32 bytes; the first seals with `cipher`, all open with either.

    The index and the hash hang on the last (oldest) key, so that adding a key in front moves
    neither; replacing the oldest means indexing anew.
    """
    global _keys  # noqa: PLW0603 - set once by the wiring
    names = list(keys)
    oldest = keys[names[-1]]
    _keys = _Keys(
        names[0],
        FieldCipher(cipher),
        {
            **{
                (FieldCipher.AES_256_GCM, name): AESGCM(_derive(key, b"seal"))
                for name, key in keys.items()
            },
            **{
                (FieldCipher.SM4_GCM, name): _SM4GCM(_derive(key, b"seal sm4", 16))
                for name, key in keys.items()
            },
        },
        _derive(oldest, b"index"),
        _derive(oldest, b"hash"),
    )


def seal(plain: str | bytes) -> bytes:
    data = plain.encode() if isinstance(plain, str) else plain
    nonce = os.urandom(NONCE)
    sealer = _keys.sealing[_keys.cipher, _keys.current]
    return current_header() + nonce + sealer.encrypt(nonce, data, _bound(_keys.cipher))


def current_header() -> bytes:
    """What everything begins with that is sealed now."""
    mark = SM4_MARK if _keys.cipher is FieldCipher.SM4_GCM else b""
    name = _keys.current.encode()
    return b"%s%c%s" % (mark, len(name), name)


def is_clear(data: bytes) -> bool:
    """A printed form from before originals were sealed. No header begins like this."""
    return data.startswith(CLEAR_PDF)


def unseal(sealed: bytes) -> bytes:
    """Raises: Unreadable."""
    cipher = FieldCipher.AES_256_GCM
    if sealed.startswith(SM4_MARK):
        cipher, sealed = FieldCipher.SM4_GCM, sealed[len(SM4_MARK) :]
    width = 1 + int.from_bytes(sealed[:1])
    name, rest = sealed[1:width], sealed[width:]
    try:
        sealer = _keys.sealing[cipher, name.decode()]
        return sealer.decrypt(rest[:NONCE], rest[NONCE:], _bound(cipher, name))
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


def keyed_hash_of_rows(rows: Iterable[Any]) -> bytes:
    """The same as of the list of them, which need not be held at once."""
    made = hmac.new(_keys.hashing, b"[", "sha256")
    for n, row in enumerate(rows):
        made.update(b"," + canonical(row) if n else canonical(row))
    made.update(b"]")
    return made.digest()


def canonical(value: Any) -> bytes:
    """One byte form for one JSON value."""
    return _CANONICAL.encode(value).encode()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _bound(cipher: FieldCipher, name: bytes = b"") -> bytes:
    """What is authenticated beside the text: the key id, and SM4's mark."""
    named = name or _keys.current.encode()
    return SM4_MARK + named if cipher is FieldCipher.SM4_GCM else named


def _derive(key: bytes, purpose: bytes, length: int = 32) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"banjian " + purpose).derive(key)
