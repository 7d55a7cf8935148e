"""What wakes the worker of this room: best effort, the sweep finds what no message tells of."""

from collections.abc import Callable

_wake: list[Callable[[], object]] = []


def configure(wake: Callable[[], object] | None) -> None:
    _wake[:] = [wake] if wake else []


def wake() -> None:
    for one in _wake:
        one()
