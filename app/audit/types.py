"""What the chains speak of; imports nothing of ours but core."""

from typing import Protocol


class Head(Protocol):
    """The end of a chain. A ticket's head lives on its locked instance row: no global lock."""

    audit_seq: int
    audit_hash: bytes

    @property
    def audit_chain(self) -> str: ...
