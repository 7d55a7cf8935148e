"""A bundle of files as it is made: packed piece by piece, its list of hashes at its end. Pure.

No piece is kept: whoever takes it away gets the first bytes before the last row was read.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

MANIFEST = "manifest.json"
FULL = 2**16  # bytes that leave together


@dataclass(frozen=True)
class File:
    """`name` with its folder; `pieces` are read once."""

    name: str
    pieces: Iterable[bytes]


class _Sink:
    """What a ZipFile writes into that cannot go back."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self.size = 0

    def write(self, data: bytes, /) -> int:
        self._kept.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing lies anywhere else."""

    def taken(self) -> bytes:
        found = b"".join(self._kept)
        self._kept, self.size = [], 0
        return found


def packed(files: Iterable[File], facts: dict[str, Any], moment: datetime) -> Iterator[bytes]:
    """`facts` begin the manifest; name, size and SHA-256 of each file follow."""
    sink, listed = _Sink(), []
    with ZipFile(cast("BinaryIO", sink), "w", ZIP_DEFLATED) as archive:
        for one in files:
            hashed, size = hashlib.sha256(), 0
            with archive.open(_entry(one.name, moment), "w") as out:
                for piece in one.pieces:
                    out.write(piece)
                    hashed.update(piece)
                    size += len(piece)
                    if sink.size >= FULL:
                        yield sink.taken()
            listed.append({"name": one.name, "size": size, "sha256": hashed.hexdigest()})
        told = json.dumps({**facts, "files": listed}, ensure_ascii=False, indent=2)
        archive.writestr(_entry(MANIFEST, moment), told)
    yield sink.taken()


def _entry(name: str, moment: datetime) -> ZipInfo:
    made = ZipInfo(name, moment.timetuple()[:6])
    made.compress_type = ZIP_DEFLATED
    made.external_attr = 0o600 << 16
    return made
