"""What this installation asks of those who sign in; set once by the wiring."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.identity import policy


@dataclass(frozen=True)
class Terms:
    """Strict unless told otherwise. The demonstration is open: its passwords stand on its page."""

    composed: bool = True  # 等保: three classes, renewal by administrators; ASVS forbids both
    demo: bool = False

    def session_limit(self, positions: Iterable[str]) -> int | None:
        return None if self.demo else policy.session_limit(positions)

    def needs_second_factor(self, positions: Iterable[str]) -> bool:
        return not self.demo and policy.needs_second_factor(positions)

    def password_is_due(
        self, changed_at: datetime, positions: Iterable[str], now: datetime
    ) -> bool:
        renews = self.composed and not self.demo
        return renews and policy.password_is_old(changed_at, positions, now)


_terms = [Terms()]


def configure(terms: Terms) -> None:
    _terms[:] = [terms]


def current() -> Terms:
    return _terms[0]
