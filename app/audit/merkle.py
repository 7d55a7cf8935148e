"""The root of a Merkle tree (RFC 9162 §2.1) over heads that come one by one; pure."""

import hashlib
from collections.abc import Iterable

from app.audit.types import ChainEnd

LEAF, NODE = b"\0", b"\1"


class Tree:
    """Keeps one hash for each full subtree: a million leaves cost twenty."""

    def __init__(self) -> None:
        self.count = 0
        self._peaks: list[bytes] = []

    def add(self, end: ChainEnd) -> None:
        """Heads come in the order of their chains' names, byte by byte."""
        # Fixed widths first, so that no two heads give the same bytes.
        self._peaks.append(_sha256(LEAF, end.hash, end.seq.to_bytes(8), end.chain.encode()))
        self.count += 1
        size = self.count
        while size % 2 == 0:
            right = self._peaks.pop()
            self._peaks.append(_sha256(NODE, self._peaks.pop(), right))
            size //= 2

    def root(self) -> bytes:
        if not self._peaks:
            return _sha256()
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = _sha256(NODE, peak, node)
        return node


def root_of(ends: Iterable[ChainEnd]) -> tuple[int, bytes]:
    """How many heads, and the root over them."""
    tree = Tree()
    for end in ends:
        tree.add(end)
    return tree.count, tree.root()


def _sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()
