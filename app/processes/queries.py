"""Reads of versions, instances and submissions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, exists, literal, select
from sqlalchemy.orm import Session, defer

from app.core.crypto import unseal_json
from app.core.search import Asked, Words, mentions
from app.core.statements import Prepared
from app.core.writing import settle
from app.identity.models import Unit
from app.identity.queries import name_then
from app.processes.models import (
    HiddenProcess,
    Incident,
    Instance,
    InstanceWords,
    NodeLog,
    ProcessVersion,
    Submission,
    Subscription,
)
from app.processes.types import IncidentState, ProcessNotFound, UnitRef, VersionState


def published_version(session: Session, key: str) -> ProcessVersion:
    """Raises: ProcessNotFound."""
    found = session.scalars(
        select(ProcessVersion).where(
            ProcessVersion.key == key, ProcessVersion.state == VersionState.PUBLISHED
        )
    ).first()
    if found is None:
        raise ProcessNotFound
    return found


def list_published(session: Session) -> Sequence[ProcessVersion]:
    return session.scalars(
        select(ProcessVersion)
        .where(ProcessVersion.state == VersionState.PUBLISHED)
        .order_by(ProcessVersion.category, ProcessVersion.title)
    ).all()


def hidden_from(session: Session, unit_path: str) -> Mapping[str, int]:
    """Keys of processes that a unit may not start → the unit, it or one above, that hides them.

    Asked once a session and unit: a list of processes asks for each.
    """
    known: dict[str, dict[str, int]] = session.info.setdefault("hidden processes", {})
    if unit_path not in known:
        rows = session.execute(
            select(HiddenProcess.key, HiddenProcess.unit_id)
            .join(Unit, Unit.id == HiddenProcess.unit_id)
            .where(literal(unit_path).startswith(Unit.path))
            .order_by(Unit.path)
        )
        known[unit_path] = {row.key: row.unit_id for row in rows}
    return known[unit_path]


def was_published(*keys: str) -> ScalarSelect[bool]:
    """Whether one of these is in force, or was: what it left behind is still there."""
    is_known = ProcessVersion.state != VersionState.DRAFT
    return select(exists().where(ProcessVersion.key.in_(keys), is_known)).scalar_subquery()


def has_stages() -> ScalarSelect[bool]:
    """Whether a process in force names stages."""
    in_force = ProcessVersion.state == VersionState.PUBLISHED
    return select(exists().where(ProcessVersion.has_stages, in_force)).scalar_subquery()


def list_titles(session: Session) -> list[tuple[str, str]]:
    """Key and title of each process that is in force, without its diagram."""
    rows = session.execute(
        select(ProcessVersion.key, ProcessVersion.title)
        .where(ProcessVersion.state == VersionState.PUBLISHED)
        .order_by(ProcessVersion.category, ProcessVersion.title)
    )
    return [(key, title) for key, title in rows]


def titles_of(session: Session, version_ids: Collection[int]) -> dict[int, str]:
    """Of processes, as these versions call them."""
    if not version_ids:
        return {}
    rows = select(ProcessVersion.id, ProcessVersion.title).where(ProcessVersion.id.in_(version_ids))
    return dict(session.execute(rows).all())


def versions_of(session: Session, key: str) -> Sequence[int]:
    """Lists read them first: by its key PostgreSQL cannot tell a process of most runs from one of
    few, and would begin with its runs.
    """
    return session.scalars(select(ProcessVersion.id).where(ProcessVersion.key == key)).all()


def list_versions(session: Session, key: str | None = None) -> Sequence[ProcessVersion]:
    statement = select(ProcessVersion).order_by(ProcessVersion.key, ProcessVersion.number)
    if key:
        statement = statement.where(ProcessVersion.key == key)
    return session.scalars(statement).all()


def instance_heads() -> Select[str, int, bytes]:
    """Chain, number and hash of each ticket's last event: audit seals them."""
    return select(literal("ticket:") + Instance.number, Instance.audit_seq, Instance.audit_hash)


def requester_tag(person_id: int) -> str:
    """Stands among the words of every run that this person has begun."""
    return f"@{person_id}"


def unit_tag(unit_id: int) -> str:
    """Stands among the words of every run of this unit."""
    return f"#{unit_id}"


def mentioned_in(
    session: Session, instance_id: Any, asked: Sequence[Asked], tags: Sequence[str] = ()
) -> ColumnElement[bool]:
    """A condition on the id of a run: all that is asked, compared where its words may hold it. With
    `tags` only runs that have one of them: namesakes of all other offices are left aside.
    """
    words = Words(InstanceWords.instance_id, InstanceWords.words, InstanceWords.names, instance_id)
    return mentions(session, words, asked, tags=tags)


def get_instance(session: Session, instance_id: int, *, lock: bool = False) -> Instance:
    return session.get_one(Instance, instance_id, with_for_update=True if lock else None)


def instance_id_of(session: Session, number: str) -> int | None:
    return session.scalar(select(Instance.id).where(Instance.number == number))


def latest_submission(session: Session, instance_id: int) -> Submission | None:
    return session.scalars(_LATEST, {"instance_id": instance_id}).first()


def latest_answers(session: Session, instance_id: int) -> dict[str, Any]:
    """Of the latest submission, for a screen; empty if there is none."""
    settle(session, Submission)
    found = _LATEST_ANSWERS.rows(session.connection(), {"instance_id": instance_id})
    answers: dict[str, Any] = unseal_json(found[0][0]) if found else {}
    return answers


def first_submitted_at(session: Session, instance_id: int) -> datetime | None:
    return session.scalar(
        select(Submission.submitted_at).where(
            Submission.instance_id == instance_id, Submission.n == 1
        )
    )


def first_answers(session: Session, instance_id: int) -> dict[str, Any]:
    """Of the first submission; empty if there is none."""
    found = session.scalars(
        select(Submission).where(Submission.instance_id == instance_id, Submission.n == 1)
    ).first()
    return found.answers if found else {}


def latest_two(session: Session, instance_id: int) -> tuple[Submission | None, Submission | None]:
    """What was submitted last, and the time before."""
    found = session.scalars(
        select(Submission)
        .where(Submission.instance_id == instance_id)
        .order_by(Submission.n.desc())
        .limit(2)
    ).all()
    return (found[0] if found else None), (found[1] if len(found) > 1 else None)


def list_submissions(session: Session, instance_id: int) -> Sequence[Submission]:
    return session.scalars(
        select(Submission).where(Submission.instance_id == instance_id).order_by(Submission.n)
    ).all()


def node_log(session: Session, instance_id: int) -> Sequence[NodeLog]:
    return session.scalars(
        select(NodeLog).where(NodeLog.instance_id == instance_id).order_by(NodeLog.id)
    ).all()


def node_logs(session: Session, instance_ids: Collection[int]) -> dict[int, list[NodeLog]]:
    """`node_log` for several runs at once."""
    found: dict[int, list[NodeLog]] = {one: [] for one in instance_ids}
    for entry in session.scalars(
        select(NodeLog)
        .options(defer(NodeLog.changes))
        .where(NodeLog.instance_id.in_(instance_ids))
        .order_by(NodeLog.id)
    ):
        found[entry.instance_id].append(entry)
    return found


def open_incidents(session: Session, instance_id: int) -> Sequence[Incident]:
    return session.scalars(
        select(Incident).where(
            Incident.instance_id == instance_id, Incident.state == IncidentState.OPEN
        )
    ).all()


def awaited_nodes(session: Session, instance_id: int) -> Sequence[str]:
    """Where the run waits for a signal or a message, what has waited longest first."""
    return session.scalars(
        select(Subscription.node)
        .where(Subscription.instance_id == instance_id)
        .order_by(Subscription.id)
    ).all()


def unit_ref(session: Session, unit_id: int, at: datetime | None = None) -> UnitRef:
    """By the name it had at that moment; None is now."""
    unit = session.get_one(Unit, unit_id)
    name = name_then(session, unit, at)
    return UnitRef(unit.id, unit.code, name, unit.path, unit.division_id)


def unit_of(session: Session, instance: Instance) -> UnitRef:
    """The unit that a run is of, by the name it had when it was asked for."""
    return unit_ref(session, instance.unit_id, instance.opened_at)


# Put together once, since every act asks them.
_LATEST = (
    select(Submission)
    .where(Submission.instance_id == bindparam("instance_id"))
    .order_by(Submission.n.desc())
    .limit(1)
)
_LATEST_ANSWERS = Prepared(_LATEST.with_only_columns(Submission.answers_sealed))
