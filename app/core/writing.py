"""A session that writes what an act has changed in one statement (ADR 76, ADR 94).

SQLAlchemy's own flush sends a statement a row and spends three times as much on each as the same
statement costs elsewhere: a third of an approval. What cannot be written here goes its way, all of
it: something to delete, an SQL expression as a value, many rows, a relation to more than one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Table, bindparam, cast, select
from sqlalchemy.orm import (
    InstanceState,
    Mapper,
    RelationshipDirection,
    Session,
    SessionTransaction,
)
from sqlalchemy.orm.attributes import QueryableAttribute, instance_state
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.expression import ClauseElement, insert, update
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from app.core.statements import Prepared

MOST_ROWS = 20  # more of them are a load and no act
MOST_VALUES = (
    300  # more than any plain act writes; the text of a load is met once and kept for long
)
State = InstanceState[Any]
SQL = (ClauseElement, QueryableAttribute)


class _NotPlain(Exception):
    """A change that SQLAlchemy writes itself."""


class _Field(NamedTuple):
    """A column; `make` makes its default, `takes_none` says that None is a value of its own."""

    name: str
    make: Callable[[], Any] | None
    takes_none: bool
    has_server_default: bool
    is_made_key: bool


@dataclass(frozen=True, eq=False)
class _Plan:
    """A table and its class, looked through once. `parents`: relation → column that names it."""

    table: Table
    columns: Mapping[str, Column[Any]]
    fields: tuple[_Field, ...]
    parents: Mapping[str, str]
    relations: frozenset[str]
    keys: tuple[str, ...]
    condition: ColumnElement[bool] | None


@dataclass(frozen=True)
class _Shape:
    """One row's part of the statement: `columns` are given, `after` are ids of rows before it."""

    plan: _Plan
    is_new: bool
    columns: tuple[str, ...]
    after: tuple[tuple[str, int], ...] = ()


@dataclass
class _Change:
    """A row, with the values that are written; `sets` are those that it did not know before."""

    state: State
    shape: _Shape
    values: Mapping[str, Any]
    sets: Mapping[str, Any]


def settle(session: Session, *kinds: type[Any]) -> None:
    """Before a question that does not flush: write what is pending if it asks for rows of these."""
    if any(isinstance(row, kinds) for row in (*session.new, *session.dirty)):
        session.flush()


class ActSession(Session):
    """Flushes as SQLAlchemy does, in one statement where the rows are few and plain.

    A new row of a class that has `written_if()` is written where that condition holds at that
    moment, and else forgotten; SQLAlchemy's own flush writes it always.
    """

    _met: tuple[SessionTransaction, Connection] | None = None

    def connection(self, *asked: Any, **more: Any) -> Connection:
        """Asked for again within a transaction or savepoint, the one that was given."""
        transaction = self.get_nested_transaction() or self.get_transaction()
        if asked or more or transaction is None or not transaction.is_active:
            return super().connection(*asked, **more)
        if self._met is None or self._met[0] is not transaction:
            self._met = transaction, super().connection()
        return self._met[1]

    def add(self, instance: object, *, _warn: bool = True) -> None:
        """A new row brings along what it names, and nobody need look further for it."""
        state: State = instance_state(instance)
        one, many = _relations(state.mapper)
        if state.key is not None or not many.isdisjoint(state.dict):
            super().add(instance, _warn=_warn)
            return
        self._save_impl(state)
        for name in one.intersection(state.dict):
            named = state.dict[name]
            if named is not None and instance_state(named).session_id != self.hash_key:
                self.add(named)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Raises: StaleDataError (a row that was changed is gone)."""
        if self._is_clean():
            return
        if objects or self.deleted or not self._writes_together():
            super().flush(objects)

    def _writes_together(self) -> bool:
        """Whether all of it was plain; what had been written before it was not stays written."""
        try:
            with self.no_autoflush:  # a row that was undone to a savepoint reads its key again
                for batch in _batches([*self.new, *self.dirty]):
                    left_out = self._write(_changes(batch))
                    self._register_persistent({one for one in batch if one not in left_out})
        except _NotPlain:
            return False
        return True

    def _write(self, changes: Sequence[_Change]) -> set[State]:
        """Answers the new rows that nobody wanted; they leave the session."""
        left_out: set[State] = set()
        if not changes:
            return left_out
        statement, names = _statement(tuple(change.shape for change in changes))
        values = chain.from_iterable(change.values.values() for change in changes)
        given = dict(zip(names, values, strict=True))
        (ids,) = statement.rows(self.connection(), given)
        for change, written in zip(changes, ids, strict=True):
            if written is None and change.shape.is_new and change.shape.plan.condition is not None:
                left_out.add(change.state)
                self.expunge(change.state.obj())
                continue
            if written is None:
                raise StaleDataError("a row that was to be changed is gone")
            known = change.state.dict
            known.update(change.sets)
            known.update((name, ids[n]) for name, n in change.shape.after)
            if change.shape.is_new:
                known[change.shape.plan.keys[0]] = written
        return left_out


def _batches(rows: Sequence[Any]) -> list[list[State]]:
    """As many together as fill a statement at most.

    First the changed ones, since a new one may take the unique place of one that ends; then the new
    ones in their order, each after what it belongs to.
    """
    if len(rows) > MOST_ROWS:
        raise _NotPlain
    states: list[State] = [instance_state(row) for row in rows]
    new = [state for state in states if state.key is None]
    changed = [state for state in states if state.key is not None]
    found, count = list[list[State]](), MOST_VALUES
    for state in (*sorted(changed, key=_place), *_parents_first(new)):
        plan = _plan(state.mapper)
        size = len(plan.columns if state.key is None else state.committed_state) + len(plan.keys)
        if count + size > MOST_VALUES:
            found.append([])
            count = 0
        found[-1].append(state)
        count += size
    return found


def _place(state: State) -> tuple[str, Any]:
    return _plan(state.mapper).table.name, state.identity


def _changes(batch: Sequence[State]) -> list[_Change]:
    found: list[_Change] = []
    placed: dict[State, int] = {}
    for state in batch:
        if state.key is None:
            placed[state] = len(found)
            found.append(_inserted(state, placed))
        else:
            found += _updated(state)
    return found


def _parents_first(new: Sequence[State]) -> Iterator[State]:
    waiting = dict.fromkeys(new)
    while waiting:
        state = next(iter(waiting))
        while parent := next((p for p in _parents(state).values() if p in waiting), None):
            state = parent
        del waiting[state]
        yield state


def _parents(state: State) -> dict[str, State]:
    """Column → the row it will name."""
    plan, known = _plan(state.mapper), state.dict
    if plan.relations.isdisjoint(known):
        return {}
    given = {name: known[name] for name in plan.relations if known.get(name) is not None}
    if not given.keys() <= plan.parents.keys():
        raise _NotPlain
    return {plan.parents[name]: instance_state(row) for name, row in given.items()}


def _inserted(state: State, placed: Mapping[State, int]) -> _Change:
    plan, known = _plan(state.mapper), state.dict
    values, sets, after = dict[str, Any](), dict[str, Any](), list[tuple[str, int]]()
    for name, parent in _parents(state).items():
        if parent in placed:
            after.append((name, placed[parent]))
        else:
            sets[name] = values[name] = _key_of(parent)
    named = {*values, *(name for name, _ in after)}
    for name, make, takes_none, has_server_default, is_made_key in plan.fields:
        if name in named:
            continue
        value = known.get(name)
        if value is not None or (takes_none and name in known):
            if isinstance(value, SQL):
                raise _NotPlain
            values[name] = value
        elif make is not None:
            values[name] = sets[name] = make()
        elif has_server_default:
            raise _NotPlain
        elif not is_made_key:
            sets[name] = None
    return _Change(state, _Shape(plan, True, tuple(values), tuple(after)), values, sets)


def _key_of(state: State) -> Any:
    """Rows of a batch before have theirs in hand, persistent ones may have nothing else."""
    return state.identity[0] if state.identity else state.dict[_plan(state.mapper).keys[0]]


def _updated(state: State) -> Iterator[_Change]:
    """None for what was set to what it was."""
    plan, known = _plan(state.mapper), state.dict
    values = {}
    for name, old in state.committed_state.items():
        if name not in plan.columns or name in plan.keys or name not in known:
            raise _NotPlain
        value = known[name]
        if isinstance(value, SQL):
            raise _NotPlain
        if value != old:
            values[name] = value
    if values:
        values = dict(sorted(values.items()))
        shape = _Shape(plan, False, tuple(values))
        values.update(zip(plan.keys, state.identity or (), strict=True))
        yield _Change(state, shape, values, {})


@lru_cache(maxsize=256)
def _relations(mapper: Mapper[Any]) -> tuple[frozenset[str], frozenset[str]]:
    """To one row, and to many."""
    ways = {relation.key: relation.direction for relation in mapper.relationships}
    one = {name for name, way in ways.items() if way is RelationshipDirection.MANYTOONE}
    return frozenset(one), frozenset(ways.keys() - one)


@lru_cache(maxsize=256)
def _plan(mapper: Mapper[Any]) -> _Plan:
    """Raises: _NotPlain."""
    table = mapper.local_table
    columns: dict[str, Any] = {prop.key: prop.columns[0] for prop in mapper.column_attrs}
    keys = tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)
    if (
        not isinstance(table, Table)
        or mapper.polymorphic_on is not None
        or mapper.version_id_col is not None
        or any(name != column.key or column.onupdate for name, column in columns.items())
    ):
        raise _NotPlain
    return _Plan(
        table,
        columns,
        tuple(
            _Field(
                name,
                _default(column),
                column.type.should_evaluate_none,
                column.server_default is not None,
                keys == (name,),
            )
            for name, column in columns.items()
        ),
        {
            relation.key: str(next(iter(relation.local_columns)).key)
            for relation in mapper.relationships
            if relation.direction is RelationshipDirection.MANYTOONE
            and relation.remote_side == set(relation.mapper.primary_key)
            and len(relation.local_columns) == 1
        },
        frozenset(mapper.relationships.keys()),
        keys,
        mapper.class_.written_if() if hasattr(mapper.class_, "written_if") else None,
    )


def _default(column: Column[Any]) -> Callable[[], Any] | None:
    match column.default:
        case None:
            return None
        case ScalarElementColumnDefault(arg=value):
            return lambda: value
        case CallableColumnDefault(arg=make):
            return lambda: make(None)  # type: ignore[arg-type]
    raise _NotPlain


@lru_cache(maxsize=512)
def _statement(shapes: tuple[_Shape, ...]) -> tuple[Prepared, list[str]]:
    """Put together once, with names where the values go: those of the rows one after the other.

    It answers the first key of each row; what is asked first is written first.
    """
    written: list[Any] = []
    names: list[str] = []
    for n, shape in enumerate(shapes):
        table, keys = shape.plan.table, [shape.plan.columns[name] for name in shape.plan.keys]
        given = {name: _value(n, shape.plan.columns[name]) for name in shape.columns}
        names += [f"w{n}_{name}" for name in shape.columns]
        if shape.is_new:
            after = {name: _first(written[other]) for name, other in shape.after}
            one: Any = _inserting(table, {**given, **after}, shape.plan.condition)
        else:
            one = update(table).where(*(key == _value(n, key) for key in keys)).values(given)
            names += [f"w{n}_{name}" for name in shape.plan.keys]
        written.append(one.returning(keys[0]).cte(f"w{n}"))
    return Prepared(select(*map(_first, written))), names


def _inserting(
    table: Table, values: Mapping[str, Any], condition: ColumnElement[bool] | None
) -> Any:
    if condition is None:
        return insert(table).values(values)
    typed = [cast(value, table.columns[name].type) for name, value in values.items()]
    return insert(table).from_select(list(values), select(*typed).where(condition), False)


def _first(written: Any) -> Any:
    (key,) = written.c
    return select(key).scalar_subquery()


def _value(n: int, column: Column[Any]) -> Any:
    return bindparam(f"w{n}_{column.key}", type_=column.type)
