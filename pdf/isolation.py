"""What the pdf process gives up before it sees a form: its network, memory, core dumps.

Linux only where it must be; each step that the system refuses is left out and reported.
"""

import ctypes
import os
import resource
import signal
import sys

MEMORY = 512 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def die_with_parent(parent: int | None = None) -> None:
    """End with SIGTERM when the parent's starting thread ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if parent is not None and os.getppid() != parent:  # it was gone before we asked
        raise SystemExit(1)


def leave_network() -> bool:
    """Move to a network name space without interfaces; False where the system does not allow it."""
    if sys.platform != "linux":
        return False
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    return any(unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def limit_resources() -> None:
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),  # a dump would hold identity numbers
        (resource.RLIMIT_NOFILE, 128),
        (resource.RLIMIT_FSIZE, 64 * 1024 * 1024),
    ):
        _, hard = resource.getrlimit(kind)
        ceiling = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (ceiling, ceiling))
