"""How long a test waits for what must come: never the thing that is tested.

A machine that runs the whole suite at once has slow minutes. A wait ends when what it waits for
is there, so a long one costs nothing; a short one fails on a busy day and says nothing.
"""

import sys
from collections.abc import Callable

from scripts.process import wait_until

PATIENCE = 300.0  # seconds


def calls(act: Callable[[], object]) -> int:
    """How many functions an act calls, in Python and in C: its cost, the same on every machine."""
    count = 0

    def note(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


def until(holds: Callable[[], bool], pause: float = 0.05) -> None:
    """Wait for it. Raises AssertionError when it does not come."""
    assert wait_until(holds, PATIENCE, pause), "waited in vain"
