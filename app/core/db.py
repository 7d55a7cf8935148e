"""The database: base class, engine, and `transaction()`, the only place that commits."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import structlog
from sqlalchemy import Connection, DateTime, Engine, Enum, LargeBinary, MetaData, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from app.core import origin
from app.core.writing import ActSession

log = structlog.get_logger()

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# Of an index of words: what is new goes in at once. Else every search reads a list of it (ADR 95).
AT_ONCE = {"fastupdate": "off"}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
        dict[str, Any]: JSONB,
        Mapping[str, Any]: JSONB,
    }

    def __init__(self, **values: Any) -> None:
        """A new row. Columns are put where SQLAlchemy keeps them: nobody listens to each, and the
        telling costs more than all the rest of making a row.

        Raises: TypeError.
        """
        plain = _plain(type(self))
        if plain.issuperset(values):
            self.__dict__.update(values)
            return
        for name, value in values.items():
            if name in plain:
                self.__dict__[name] = value
            elif hasattr(type(self), name):
                setattr(self, name, value)
            else:
                raise TypeError(f"{type(self).__name__} has no {name}")


@cache
def _plain(kind: type[Base]) -> frozenset[str]:
    """Attributes that are a column and nothing else."""
    mapper = inspect(kind)
    return frozenset(prop.key for prop in mapper.column_attrs) - frozenset(mapper.validators)


def enum_column(kind: type[StrEnum]) -> Enum:
    """Enums are stored by value in a text column, so that a new member needs no migration."""
    return Enum(
        kind,
        native_enum=False,
        length=32,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )


_sessions: sessionmaker[ActSession] = sessionmaker(class_=ActSession, expire_on_commit=False)
_glanced: list[Engine | Connection] = []


def configure(bind: Engine | Connection, *, glanced: Engine | None = None) -> None:
    """Point later transactions at `bind`; tests hand over a connection in a transaction.

    `glanced`: connections that are in no transaction, for `glance`; else those of `bind` leave
    theirs for the moment.
    """
    if isinstance(bind, Connection):
        _sessions.configure(bind=bind, join_transaction_mode="create_savepoint")
        _glanced[:] = [bind]
    else:
        _sessions.configure(bind=bind, join_transaction_mode="conditional_savepoint")
        _glanced[:] = [glanced or bind.execution_options(isolation_level="AUTOCOMMIT")]


@contextmanager
def transaction() -> Iterator[Session]:
    """One act: everything inside commits together or not at all.

    What was asked for with `after_commit` runs afterwards and may fail without harm: it only
    wakes workers, the truth is committed.
    """
    with _sessions() as session:
        session.info[origin.KEY] = origin.current()
        with session.begin():
            yield session
        for wake in session.info.pop("after_commit", {}):
            try:
                wake()
            except Exception:
                log.warning("after_commit.failed", exc_info=True)


@contextmanager
def reading() -> Iterator[Session]:
    """A session for screens; whatever it changed is thrown away."""
    with _sessions() as session:
        yield session
        session.rollback()


@contextmanager
def glance() -> Iterator[Connection]:
    """For one statement that reads: outside any transaction, so without a BEGIN and a ROLLBACK.

    Each is a journey to the database, and every request begins with such a statement.
    """
    (bind,) = _glanced
    if isinstance(bind, Connection):
        yield bind
        return
    with bind.connect() as connection:
        yield connection


@contextmanager
def snapshot() -> Iterator[Session]:
    """A session for long reads: all its statements see the same moment, whatever commits."""
    with _sessions() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session
        session.rollback()


def after_commit(session: Session, wake: Callable[[], object]) -> None:
    """Run `wake` once the transaction has committed, best effort; asked for twice, it runs once."""
    session.info.setdefault("after_commit", {})[wake] = None
