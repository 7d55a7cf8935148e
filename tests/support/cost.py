"""What a run of the suite costs: processor time, which tells more than a clock on a shared machine.

Of the workers and all they started and waited for: sites, job workers, printers, browsers. Its own
PostgreSQL is nobody's child and not counted; it is about an eighth besides.
"""

import resource
from typing import Any

import pytest

CPU = "cpu"
ALL = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


class Cost:
    """A pytest plugin; under xdist the workers tell the one who asked."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        told = getattr(session.config, "workeroutput", None)
        if told is not None:
            told[CPU] = _spent(*ALL)
        elif session.config.pluginmanager.hasplugin("dsession"):
            self.seconds += _spent(resource.RUSAGE_SELF)  # the workers are its children, and tell
        else:
            self.seconds += _spent(*ALL)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.seconds += getattr(node, "workeroutput", {}).get(CPU, 0.0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(f"processor time: {self.seconds / 60:.1f} minutes")


def _spent(*kinds: int) -> float:
    return sum(use.ru_utime + use.ru_stime for use in map(resource.getrusage, kinds))
