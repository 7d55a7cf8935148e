"""Runs one child and makes sure that nothing of it outlives the launcher.

    python guard.py --lifeline FD [--stop SIGNAL] [--grace SECONDS] [--user NAME] -- COMMAND …

The launcher holds the other end of the lifeline. When that closes, however the launcher ended, the
guard sends the child its stop signal, waits, then kills every descendant: it is their subreaper, so
workers of workers and those in sessions of their own are found too. When the guard itself dies, the
kernel ends the child (PR_SET_PDEATHSIG). Only the standard library: it runs as `python -I -S`.
"""

import argparse
import ctypes
import os
import pwd
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
KILL_AFTER = 5.0


def prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def descendants(pid: int) -> Iterator[int]:
    """Everything below `pid`, found by parent, since sessions and groups can be left."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                stat = (folder / "stat").read_bytes()
                parent = int(stat.rpartition(b")")[2].split()[1])
                parents.setdefault(parent, []).append(int(folder.name))
    waiting = list(parents.get(pid, []))
    while waiting:
        child = waiting.pop()
        yield child
        waiting.extend(parents.get(child, []))


def start(command: list[str], user: str | None, stop: int) -> int:
    me = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        os.closerange(3, 1024)  # the lifeline and the launcher's locks are ours alone
        if user:
            entry = pwd.getpwnam(user)
            os.initgroups(user, entry.pw_gid)
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
        prctl(PR_SET_PDEATHSIG, stop)  # after setuid, which clears it
        if os.getppid() != me:  # the guard died in between
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execvp(command[0], command)  # noqa: S606 - no shell is the point
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr, flush=True)
    os._exit(127)


def reap(child: int) -> int | None:
    """Collect whoever has ended; the child's exit code once it is among them."""
    code = None
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
    return code


def end_all(child: int, alive: bool, stop: int, grace: float) -> int | None:
    """Ask the child, then leave nobody. Answers its exit code if it ended in time."""
    code = None
    if alive:
        with suppress(ProcessLookupError):
            os.kill(child, stop)
        limit = time.monotonic() + grace
        while code is None and time.monotonic() < limit:
            time.sleep(0.02)
            code = reap(child)
    limit = time.monotonic() + KILL_AFTER
    while (left := list(descendants(os.getpid()))) and time.monotonic() < limit:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
        reap(child)
    return code


def guard(command: list[str], lifeline: int, stop: int, grace: float, user: str | None) -> int:
    os.setsid()  # a Ctrl-C at the terminal reaches the launcher alone, which ends us in order
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, lambda *_: None)  # not SIG_IGN, which the child would inherit
    child = start(command, user, stop)
    code = None
    while code is None:
        ready, _, _ = select.select([lifeline, read_end], [], [])
        if read_end in ready:
            woken_by = os.read(read_end, 512)
            code = reap(child)
            if {signal.SIGINT, signal.SIGTERM} & set(woken_by):
                break
        if lifeline in ready and not os.read(lifeline, 1):
            break
    code_at_end = end_all(child, code is None, stop, grace)
    code = code_at_end if code is None else code
    return 1 if code is None else code if code >= 0 else 128 - code


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lifeline", type=int, required=True)
    parser.add_argument("--stop", default="SIGTERM")
    parser.add_argument("--grace", type=float, default=4.0)
    parser.add_argument("--user")
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    return guard(given.command, given.lifeline, signal.Signals[given.stop], given.grace, given.user)


if __name__ == "__main__":
    sys.exit(main())
