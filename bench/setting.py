"""What a leg is given: how large, how quick, a folder to throw away, and fresh servers in it."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.broker import Broker
from scripts.cluster import Cluster, make_password
from scripts.process import Child, Running
from scripts.served import Site


@dataclass(frozen=True)
class Setting:
    """`scale` in tickets for whoever loads many; `quick` for a look instead of a measurement.

    The folder's path is short: sockets live in it.
    """

    scale: int
    quick: bool
    scratch: Path

    def site(self, name: str = "site") -> Site:
        """`with setting.site() as site:` a site as `make run` starts it, with its demo tickets.

        The same name again serves the same folder: that is what a second start is.
        """
        return Site(self.scratch / name)

    @contextmanager
    def cluster(self, name: str = "pg") -> Iterator[Cluster]:
        """A running PostgreSQL of its own, as durable and as large as the one of `make run`."""
        made = Cluster(self.scratch / name, self.scratch / f"{name}.s", make_password())
        made.make()
        with self.running(made.child()):
            made.wait()
            yield made

    @contextmanager
    def broker(self, name: str = "redis") -> Iterator[Broker]:
        """A running Redis of its own."""
        made = Broker(self.scratch / name, make_password())
        made.make()
        with self.running(made.child()):
            made.wait()
            yield made

    @contextmanager
    def running(self, child: Child) -> Iterator[Running]:
        """Any child while the block lasts.

        Its lines go to a file: whoever writes to a pipe that nobody reads stands still.
        """
        with (self.scratch / f"{child.name}.log").open("ab") as log, Running(child) as running:
            lines = running.process.stdout
            if lines is None:
                raise AssertionError
            copying = threading.Thread(target=shutil.copyfileobj, args=(lines, log))
            copying.start()
            try:
                yield running
            finally:
                running.stop()
                copying.join()
