"""Bytes of a backup at rest: parts under a field key, the keys themselves under a passphrase.

Parts are zlib streams in frames of AES-256-GCM (the STREAM construction: the nonce is a counter
and a mark on the last frame, so that frames cannot be moved, dropped or cut off).
"""

import base64
import hashlib
import hmac
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.backup.types import BackupRefused, Part

MAGIC = b"banjian part 1\n"
KEYS_MAGIC = b"banjian keys 1\n"
FRAME = 2**20
PIECE = 8 * FRAME  # a frame of equal bytes would unpack to a gigabyte
TAG = 16
SALT = 16
LEVEL = 3  # a third of the time of 6 for a tenth more bytes
MIN_PASSPHRASE = 12
SCRYPT = {"length": 32, "n": 2**16, "r": 8, "p": 1}


class Unsound(Exception):
    """These bytes were not written by us with this key, or not all of them are there."""


class PartWriter:
    """Writes one part; `note` says afterwards what lies on the disk."""

    def __init__(self, path: Path, key: bytes, name: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = open_private(path)
        self._pack = zlib.compressobj(LEVEL)
        self._rest = bytearray()
        self._frames = 0
        self._digest = hashlib.sha256()
        self._size = 0
        salt = os.urandom(SALT)
        self._seal = AESGCM(_part_key(key, salt, name))
        self._put(MAGIC + salt)

    def write(self, data: bytes) -> None:
        self._rest += self._pack.compress(data)
        while len(self._rest) > FRAME:
            self._frame(bytes(self._rest[:FRAME]), last=False)
            del self._rest[:FRAME]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._file:
            if kind is None:
                self._rest += self._pack.flush()
                while len(self._rest) > FRAME:
                    self._frame(bytes(self._rest[:FRAME]), last=False)
                    del self._rest[:FRAME]
                self._frame(bytes(self._rest), last=True)
                self._file.flush()
                os.fsync(self._file.fileno())

    @property
    def note(self) -> Part:
        return Part(size=self._size, sha256=self._digest.hexdigest())

    def _frame(self, data: bytes, *, last: bool) -> None:
        self._put(self._seal.encrypt(_nonce(self._frames, last=last), data, None))
        self._frames += 1

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self._size += len(data)


def read_part(path: Path, key: bytes, name: str) -> Iterator[bytes]:
    """The plain bytes of one part, piece by piece.

    Raises: Unsound.
    """
    unpack = zlib.decompressobj()
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise Unsound(name)
        opened = AESGCM(_part_key(key, file.read(SALT), name))
        number, frame = 0, file.read(FRAME + TAG)
        while True:
            following = file.read(FRAME + TAG)
            try:
                data = opened.decrypt(_nonce(number, last=not following), frame, None)
                while data:
                    yield unpack.decompress(data, PIECE)
                    data = unpack.unconsumed_tail
            except (InvalidTag, ValueError, zlib.error) as error:
                raise Unsound(name) from error
            if not following:
                break
            number, frame = number + 1, following
    if not unpack.eof:
        raise Unsound(name)


def read_lines(path: Path, key: bytes, name: str) -> Iterator[bytes]:
    """The lines of one part, without their ends.

    Raises: Unsound.
    """
    rest = b""
    for piece in read_part(path, key, name):
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
    if rest:
        raise Unsound(name)


def manifest_seal(key: bytes, manifest: bytes) -> str:
    """Binds the manifest, and through it every part, to the key."""
    return hmac.digest(_derive(key, None, b"manifest"), manifest, "sha256").hex()


def seal_keys(values: Mapping[str, str], passphrase: str) -> bytes:
    """Raises: BackupRefused for a passphrase that would be guessed."""
    if len(passphrase) < MIN_PASSPHRASE or len(set(passphrase)) < MIN_PASSPHRASE // 2:
        raise BackupRefused(f"口令太弱：至少 {MIN_PASSPHRASE} 个字符，不要重复同一个字符。")
    salt, nonce = os.urandom(SALT), os.urandom(12)
    plain = json.dumps(dict(values), sort_keys=True).encode()
    sealed = AESGCM(_stretched(passphrase, salt)).encrypt(nonce, plain, KEYS_MAGIC)
    return KEYS_MAGIC + base64.b64encode(salt + nonce + sealed) + b"\n"


def open_keys(data: bytes, passphrase: str) -> dict[str, str]:
    """Raises: BackupRefused."""
    if not data.startswith(KEYS_MAGIC):
        raise BackupRefused("这不是密钥文件，或者文件头被改动过。")
    try:
        raw = base64.b64decode(data[len(KEYS_MAGIC) :].strip(), validate=True)
        key = _stretched(passphrase, raw[:SALT])
        plain = AESGCM(key).decrypt(raw[SALT : SALT + 12], raw[SALT + 12 :], KEYS_MAGIC)
    except (ValueError, InvalidTag) as error:
        raise BackupRefused("打不开密钥文件：口令不对，或者文件被改动过。") from error
    values: dict[str, str] = json.loads(plain)
    return values


def open_private(path: Path) -> IO[bytes]:
    """A new file that only its owner reads; one that is there is never overwritten."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + (b"\1" if last else b"\0")


def _part_key(key: bytes, salt: bytes, name: str) -> bytes:
    return _derive(key, salt, b"part " + name.encode())


def _derive(key: bytes, salt: bytes | None, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=salt, info=b"banjian backup " + purpose).derive(key)


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, **SCRYPT).derive(passphrase.encode())
