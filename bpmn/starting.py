"""Start events that wait: when a timer begins instances, which messages do.

A cycle is counted from its first time; what lies before the moment it is armed is past and is not
made up for. An occurrence is one moment at one start event.
"""

from dataclasses import dataclass
from datetime import datetime

from bpmn import timers
from bpmn.definition import Definition
from bpmn.types import Node


@dataclass(frozen=True)
class Alarm:
    """The next moment a start event begins an instance; `left` counts it, None is without end."""

    node: str
    due_at: datetime
    left: int | None


def alarms(definition: Definition, now: datetime) -> tuple[Alarm, ...]:
    """Return what is to be armed when the definition comes into force."""
    found = (
        _first(node.id, *definition.triggers[node.id].timer, now) for node in timed(definition)
    )
    return tuple(alarm for alarm in found if alarm is not None)


def following(definition: Definition, alarm: Alarm, now: datetime) -> Alarm | None:
    """Return the next moment after one that has come, None when it was the last.

    A cycle with a number comes each time, also late; one without end comes once for all it missed.
    """
    kind, text = definition.triggers[alarm.node].timer
    left = None if alarm.left is None else alarm.left - 1
    if kind != "timeCycle" or left == 0:
        return None
    every = timers.cycle(text).every
    due_at = alarm.due_at + every
    if left is None and due_at <= now:
        due_at += ((now - due_at) // every + 1) * every
    return Alarm(alarm.node, due_at, left)


def messages(definition: Definition) -> dict[str, str]:
    """Return the start event each message begins an instance at, by the message's name."""
    starts = [node.id for node in definition.starts if node.event == "message"]
    return {definition.triggers[name].name: name for name in reversed(starts)}


def timed(definition: Definition) -> list[Node]:
    return [node for node in definition.starts if node.event == "timer"]


def _first(node: str, kind: str, text: str, now: datetime) -> Alarm | None:
    if kind != "timeCycle":
        due_at = timers.due_at(kind, text, now)
        return Alarm(node, due_at, 1) if due_at >= now else None
    cycle = timers.cycle(text)
    due_at = cycle.due_at(now)
    missed = max(-((due_at - now) // cycle.every), 0)
    left = None if cycle.times is None else cycle.times - missed
    if left is not None and left <= 0:
        return None
    return Alarm(node, due_at + missed * cycle.every, left)
