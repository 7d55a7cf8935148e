"""Rows that an act is about: locked, and met in one prepared statement (ADR 94).

SQLAlchemy works out at each use how the columns of a joined row become objects. For the four rows
that every act on a task locks, that is more work than the statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Select, inspect
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import instance_state

from app.core.statements import Prepared


@dataclass(frozen=True)
class Met:
    """A class of the joined row; the row of `holder` has it under this name."""

    kind: type[Any]
    holder: type[Any] | None = None
    name: str = ""


@dataclass(frozen=True)
class _Place:
    """Where a class stands among the columns."""

    mapper: Mapper[Any]
    names: tuple[str, ...]
    part: slice
    key: int


@dataclass(frozen=True)
class _Loading:
    """What a listener for loaded rows is told."""

    session: Session


class Meeting:
    """`joined` selects the first class of `met` and joins the others, none of which may lack."""

    def __init__(self, joined: Select[*tuple[Any, ...]], met: Sequence[Met]) -> None:
        self._joined, self._met = joined, met

    def first(self, session: Session, given: Mapping[str, Any]) -> Any:
        """The row, with those that belong to it; None if there is none.

        For a session that holds no rows yet: it would have to know its own again among these.
        """
        rows = self._prepared.rows(session.connection(), given)
        if not rows:
            return None
        made = dict[type[Any], Any]()
        for met, place in zip(self._met, self._places, strict=True):
            made[met.kind] = row = place.mapper.class_manager.new_instance()
            state, values = instance_state(row), rows[0][place.part]
            state.dict.update(zip(place.names, values, strict=True))
            state.key = place.mapper.identity_key_from_primary_key((values[place.key],))
            state.session_id = session.hash_key
            session.identity_map.add(state)
            if met.holder is not None:
                instance_state(made[met.holder]).dict[met.name] = row
            state.manager.dispatch.load(state, _Loading(session))
        return made[self._met[0].kind]

    @cached_property
    def _places(self) -> tuple[_Place, ...]:
        found, begin = list[_Place](), 0
        for met in self._met:
            mapper = inspect(met.kind)
            names = tuple(prop.key for prop in mapper.column_attrs)
            (key,) = mapper.primary_key
            found.append(
                _Place(mapper, names, slice(begin, begin + len(names)), names.index(key.key))
            )
            begin += len(names)
        return tuple(found)

    @cached_property
    def _prepared(self) -> Prepared:
        columns = [
            place.mapper.column_attrs[name].columns[0]
            for place in self._places
            for name in place.names
        ]
        return Prepared(self._joined.with_only_columns(*columns, maintain_column_froms=True))
