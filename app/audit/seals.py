"""Seals as they are signed, written to a file, read back and judged; pure.

One line of an export is one seal with the heads that moved since the seal before. A file made by
`audit export-head` has one such line, and after it every head there is, one a line.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.audit.merkle import root_of
from app.audit.models import GENESIS
from app.audit.types import Break, ChainEnd
from app.core.crypto import canonical, digest

FILE = "seals.jsonl"
SEALS = "封存"


@dataclass(frozen=True)
class Statement:
    """What is signed. Hashes are in hex; `changed` is over the heads that moved."""

    n: int
    at: str
    prev: str
    root: str
    chains: int
    changed: str
    key: str

    @property
    def payload(self) -> bytes:
        return b"banjian seal 1\n" + canonical(asdict(self))

    @property
    def hash(self) -> bytes:
        return bytes.fromhex(digest(self.payload))


@dataclass(frozen=True)
class Sealed:
    """A statement with its signature and the heads it brings. `whole`: heads that follow it."""

    statement: Statement
    signature: bytes
    heads: tuple[ChainEnd, ...]
    whole: int | None = None

    def line(self) -> bytes:
        return canonical(
            {
                "seal": asdict(self.statement),
                "signature": self.signature.hex(),
                "heads": written(self.heads),
                **({} if self.whole is None else {"whole": self.whole}),
            }
        )

    @classmethod
    def parse(cls, line: bytes) -> "Sealed | None":
        """None for what is no seal, such as a line that a crash cut off."""
        try:
            found = json.loads(line)
            return cls(
                Statement(**found["seal"]),
                bytes.fromhex(found["signature"]),
                read(found["heads"]),
                found.get("whole"),
            )
        except (ValueError, TypeError, KeyError):
            return None

    def fault(self, before: "Sealed | None") -> str | None:
        """Why this seal does not hold by itself or behind the one before it."""
        says = self.statement
        if (says.n, says.prev) != (
            (before.statement.n + 1, before.statement.hash.hex()) if before else (1, GENESIS.hex())
        ):
            return "缺少封存，或前后接不上"
        if before and says.key != before.statement.key:
            return "换了签名密钥"
        return self.own_fault()

    def own_fault(self) -> str | None:
        if changed_hash(self.heads) != bytes.fromhex(self.statement.changed):
            return "链头被改过"
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.statement.key))
            key.verify(self.signature, self.statement.payload)
        except (InvalidSignature, ValueError):
            return "签名不对"
        return None


def sign(key: bytes, statement: Statement) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(key).sign(statement.payload)


def public_half(key: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()


def make_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw()


def written(heads: Iterable[ChainEnd]) -> list[list[Any]]:
    return [[end.chain, end.seq, end.hash.hex()] for end in heads]


def read(heads: Iterable[tuple[str, int, str]]) -> tuple[ChainEnd, ...]:
    return tuple(ChainEnd(str(c), int(seq), bytes.fromhex(hash_)) for c, seq, hash_ in heads)


def changed_hash(heads: Iterable[ChainEnd]) -> bytes:
    return bytes.fromhex(digest(canonical(written(heads))))


def pack(heads: Iterable[ChainEnd]) -> bytes:
    return zlib.compress(canonical(written(heads)))


def unpack(packed: bytes) -> tuple[ChainEnd, ...]:
    """Raises: ValueError for bytes that `pack` did not write."""
    try:
        return read(json.loads(zlib.decompress(packed)))
    except (zlib.error, TypeError) as error:
        raise ValueError("not packed heads") from error


def read_file(path: Path) -> Iterator[Sealed | Break]:
    """The seals of an exported file, in order; a break where the file itself does not hold.

    Lines that are no seal are passed over: what they hid is missed by the chain of seals.
    """
    before: Sealed | None = None
    with path.open("rb") as file:
        for line in file:
            found = Sealed.parse(line)
            if found is None:
                continue
            if found.whole is not None:
                yield from _whole(found, file)
                return
            if reason := found.fault(before):
                yield Break(f"{path.name} {SEALS}", found.statement.n, reason)
                return
            yield found
            before = found
    if before is None:
        yield Break(f"{path.name} {SEALS}", 1, "文件里没有封存")


def _whole(found: Sealed, lines: Iterable[bytes]) -> Iterator[Sealed | Break]:
    says = found.statement
    try:
        heads = tuple(end for line in lines for end in read([json.loads(line)]))
    except (ValueError, TypeError):
        yield Break(SEALS, says.n, "文件里的链头读不懂")
        return
    count, root = root_of(heads)
    if reason := found.own_fault():
        yield Break(SEALS, says.n, reason)
    elif (count, root.hex()) != (says.chains, says.root):
        yield Break(SEALS, says.n, "文件里的链头被改过")
    else:
        yield Sealed(says, found.signature, heads, count)
