"""Who is acting now: a value that services receive, with the positions held at this moment."""

from dataclasses import dataclass

# Begins the candidate key of one person, who stands in for a holder of a position (代).
PERSON = "person"


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
    # On whose behalf he acts (代).
    acting_for: int | None = None

    @property
    def keys(self) -> list[str]:
        """Candidate keys that tasks are offered under: `position:unit`, and `person:username`."""
        return [*self.own_keys, f"{PERSON}:{self.username}"]

    @property
    def own_keys(self) -> list[str]:
        """Those of the positions he holds."""
        return sorted(held.key for held in self.positions)

    def holds(self, *names: str) -> bool:
        return any(held.position in names for held in self.positions)
