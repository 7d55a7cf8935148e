"""How many messages may go a second, and who watches and steers a sending. Pure."""

from datetime import datetime, timedelta

from app.core.actor import Actor

REST = timedelta(seconds=2)  # so much of unused time is made up for
REVIEWERS = ("message_reviewer", "second_reviewer")
SENDERS = ("message_clerk", "unit_leader")
WATCHERS = (*SENDERS, *REVIEWERS, "auditor")


def used_until(before: datetime, segments: int, rate: int, now: datetime) -> tuple[datetime, bool]:
    """Up to when a gateway's rate is used, and whether so many segments may go now.

    They may when their share of time has passed: since any start no more has gone than rate × time.
    What was not used for long is not made up for; when the clock went back, time begins anew.
    """
    took = timedelta(seconds=segments / rate)
    begins = min(max(before, now - took - REST), now)
    until = begins + took
    return (until, True) if until <= now else (begins, False)


def own_paths(actor: Actor) -> list[str]:
    """Of the units for which he may send."""
    return sorted({held.unit_path for held in actor.positions if held.position in SENDERS})


def can_watch(actor: Actor) -> bool:
    return actor.holds(*WATCHERS)


def sees_all(actor: Actor) -> bool:
    """Of the units within his reach; whoever sends sees those of his own."""
    return actor.holds(*REVIEWERS, "auditor")


def can_steer(actor: Actor, unit_path: str) -> bool:
    """Whoever sends answers for it; who reviewed may stop it too. An auditor only looks."""
    is_own = any(unit_path.startswith(path) for path in own_paths(actor))
    return is_own or actor.holds(*REVIEWERS)


def can_archive(actor: Actor, unit_path: str) -> bool:
    return can_steer(actor, unit_path) or actor.holds("auditor")
