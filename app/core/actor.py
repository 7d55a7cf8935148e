"""Who is acting now: a value that services receive, with the positions held at this moment."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Held:
    """One position in the unit it is held in; it reaches over that unit's subtree."""

    position: str
    unit_id: int
    unit_code: str
    unit_path: str
    division_id: int

    @property
    def key(self) -> str:
        return f"{self.position}:{self.unit_code}"


@dataclass(frozen=True)
class Actor:
    """A person with a login. `unit_path` is `/parent/…/own/` in unit codes."""

    person_id: int
    username: str
    name: str
    unit_id: int
    unit_code: str
    unit_name: str
    unit_path: str
    division_id: int
    positions: frozenset[Held] = frozenset()
    session_id: int | None = None
    # Whose positions are used, once there are mandates (委托).
    acting_for: int | None = None

    @property
    def keys(self) -> list[str]:
        """Candidate keys (`position:unit`) that tasks are offered under."""
        return sorted(held.key for held in self.positions)

    def holds(self, *names: str) -> bool:
        return any(held.position in names for held in self.positions)
