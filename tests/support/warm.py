"""What a worker keeps warm from test to test, as a site does from request to request.

An engine keeps the statements that it has compiled, an app its rules and its compiled pages; made
anew for each test they took half of its time. What a test changes is still undone or its own: rows
by the rollback, whole databases by a new copy, the wiring by `join`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flask import Flask
from sqlalchemy import Connection, Engine, create_engine

from app.config import Settings
from app.identity.loading import load_actor
from app.web.actor import set_loader
from app.wiring import create_app, join
from scripts.cluster import Cluster

POOL = 10  # races want as many connections at once
_apps: list[tuple[Settings, Flask]] = []


class Engines:
    """One for each database of this worker."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._made: dict[str, Engine] = {}

    def on(self, database: str) -> Engine:
        if database not in self._made:
            self._made[database] = create_engine(self.cluster.url(database), pool_size=POOL)
        return self._made[database]

    @contextmanager
    def rolled_back(self, database: str) -> Iterator[Connection]:
        """A connection; whatever is done on it is undone."""
        with self.on(database).connect() as connection:
            outer = connection.begin()
            yield connection
            outer.rollback()

    @contextmanager
    def copied(self, database: str, template: str) -> Iterator[Engine]:
        """A new copy of the template, where commits stay; gone with the test."""
        self.cluster.drop(database)
        self.cluster.create(database, template)
        engine = self.on(database)
        yield engine
        engine.dispose()
        self.cluster.drop(database)

    def end(self) -> None:
        for engine in self._made.values():
            engine.dispose()


def app_on(settings: Settings, bind: Engine | Connection) -> Flask:
    """The app with these settings on this test's database; its folder may be the test's own.

    A test that changes the app itself makes one of its own with `create_app`.
    """
    for known, app in _apps:
        if replace(known, data_dir=settings.data_dir) == settings:
            join(settings, bind=bind)
            set_loader(load_actor)  # a test may have put its own in its place
            return app
    app = create_app(settings, bind=bind)
    _apps.append((settings, app))
    return app
