"""Names that diagrams and forms may use, joined to code by the wiring alone.

An *operation* is what a service task does, a *check* a rule of a form, a *preparation* mends
answers before they are judged, a *value list* fills a select, a *fill* lays out what the system
knows when a form is opened, a *reckoning* says beside the form what comes of what was typed so far.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.processes.types import UnitRef
from forms import CheckInput, Choice, FieldError, Form

Results = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class OperationContext:
    """What an operation may know: the ticket, the latest submission in clear, who acts and when.

    `results` are the answers given at nodes for this submission, by node; void ones are left out.
    """

    instance_id: int
    version_id: int
    ticket: str
    title: str
    requester_id: int
    unit: UnitRef
    node: str
    answers: Mapping[str, Any]
    submission: int
    variables: Mapping[str, Any]
    actor: Actor
    now: datetime
    results: Results = field(default_factory=dict)


@dataclass(frozen=True)
class CheckContext:
    """Who fills the form, for which unit, on which ticket (None before it has a number)."""

    actor: Actor
    unit: UnitRef
    ticket: str | None
    now: datetime


@dataclass(frozen=True)
class Reckoned:
    """One line beside a form; `is_wrong` when it says what would be refused."""

    label: str
    text: str
    is_wrong: bool = False


# What files of answers are bound as; tickets say who may see them, and those of drafts.
FILES, DRAFT_FILES = "ticket", "draft"

Operation = Callable[[Session, OperationContext], Mapping[str, Any] | None]
Check = Callable[[Session, CheckContext, CheckInput], Sequence[FieldError]]
Preparation = Callable[[Session, CheckContext, dict[str, Any]], tuple[dict[str, Any], list[str]]]
Fill = Callable[[Session, CheckContext], Mapping[str, Any]]
Reckoning = Callable[[Session, CheckContext, Mapping[str, Any]], Sequence[Reckoned]]
ValueList = Callable[[Session], Sequence[Choice]]
ReadResults = Callable[[Session, int, int], Results]
ReadDecided = Callable[[Session, int, int], Collection[str]]

operations: dict[str, Operation] = {}
checks: dict[str, Check] = {}
preparations: dict[str, Preparation] = {}
fills: dict[str, Fill] = {}
reckonings: dict[str, Reckoning] = {}
value_lists: dict[str, ValueList] = {}
written: dict[str, frozenset[str]] = {}
signed: set[str] = set()
_results: list[ReadResults] = []
_decided: list[ReadDecided] = []


def register_operation(
    name: str,
    function: Operation,
    *,
    writes: Collection[str] | None = None,
    is_signed: bool = False,
) -> None:
    """`writes` are the variables it answers, so that the lint knows them; None leaves it open.

    One that `is_signed` gives rights: it is carried out only when everybody has signed for this
    submission whom every way of the diagram to it asks (`signing`).
    """
    operations[name] = function
    written.pop(name, None)
    signed.discard(name)
    if is_signed:
        signed.add(name)
    if writes is not None:
        written[name] = frozenset(writes)


def register_check(name: str, function: Check) -> None:
    checks[name] = function


def register_preparation(name: str, function: Preparation) -> None:
    preparations[name] = function


def register_fill(name: str, function: Fill) -> None:
    """`function` answers values of fields by key. It is asked each time the form is opened and
    again when it is judged: what it answers must be kept somewhere until the task is done.
    """
    fills[name] = function


def register_reckoning(name: str, function: Reckoning) -> None:
    """`function` is asked again and again while somebody types: answers may be missing or half
    written, nothing is locked, and nothing but reads comes of it.
    """
    reckonings[name] = function


def register_values(name: str, function: ValueList) -> None:
    value_lists[name] = function


def unmet(form: Form) -> frozenset[str]:
    """What a form asks for by name and nobody has registered."""
    asked = (
        (form.check_names, checks.keys()),
        (frozenset(form.prepare), preparations.keys()),
        (frozenset(form.fill), fills.keys()),
        (frozenset(form.reckon), reckonings.keys()),
        (form.values_keys, value_lists.keys()),
    )
    return frozenset(name for names, known in asked for name in names - known)


def register_results(function: ReadResults) -> None:
    """Tasks keep what was answered at nodes; processes only pass it on."""
    _results[:] = [function]


def register_decided(function: ReadDecided) -> None:
    """Tasks know which nodes have a decision."""
    _decided[:] = [function]


def decided_at(session: Session, instance_id: int, submission: int) -> frozenset[str]:
    """The nodes with a decision on this submission that still holds."""
    return frozenset(_decided[0](session, instance_id, submission)) if _decided else frozenset()


def results_of(session: Session, instance_id: int, submission: int) -> Results:
    """What was answered at nodes for this submission and still holds, by node."""
    return _results[0](session, instance_id, submission) if _results else {}
