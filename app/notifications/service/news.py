"""What is told of an act: to whom, of what kind, about which ticket."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.processes.models import Instance, ProcessVersion

TICKET = "ticket:"


@dataclass(frozen=True)
class News:
    """Who is told of what. Without a key it is told once for this event."""

    kind: str
    people: Sequence[int]
    facts: Mapping[str, str] = field(default_factory=dict)
    ticket: str | None = None
    task_id: int | None = None
    key: str = ""


Teller = Callable[[Session, Event, datetime], Iterator[News]]


@dataclass(frozen=True)
class About:
    """The ticket of an event, as texts name it."""

    run: Instance
    process: str

    def news(self, kind: str, people: Sequence[int], **more: Any) -> News:
        facts = {"process": self.process, **more.pop("facts", {})}
        return News(kind, people, facts, ticket=self.run.number, **more)


def about_of(session: Session, event: Event) -> About | None:
    number = event.object.removeprefix(TICKET)
    found = session.execute(
        select(Instance, ProcessVersion.title)
        .join(ProcessVersion, ProcessVersion.id == Instance.version_id)
        .where(Instance.number == number)
    ).first()
    return About(*found) if found else None
