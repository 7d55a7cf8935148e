"""Published versions, running instances, what was submitted, what the engine did."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit.models import GENESIS
from app.core import crypto
from app.core.db import AT_ONCE, Base, enum_column
from app.identity.models import Unit
from app.processes.types import IncidentKind, IncidentState, Resolution, VersionState


class ProcessVersion(Base):
    """Diagram, forms and print templates as they were published; never changed afterwards."""

    __tablename__ = "process_version"
    __table_args__ = (
        UniqueConstraint("key", "number"),
        Index(
            "uq_process_version_published",
            "key",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(Text)
    state: Mapped[VersionState] = mapped_column(
        enum_column(VersionState), default=VersionState.DRAFT
    )
    model: Mapped[bytes]
    forms: Mapped[dict[str, Any]]
    documents: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(Text)
    # Who uploaded it; empty for what came in by the operator's command line.
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    # Its diagram names stages (property `stage`): it has a board.
    has_stages: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class HiddenProcess(Base):
    """A process that nobody of a unit, or of those below it, may start for the time being."""

    __tablename__ = "process_hidden"
    __table_args__ = (UniqueConstraint("unit_id", "key"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    hidden_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    hidden_at: Mapped[datetime]


class Instance(Base):
    """One run. Its row is the lock of every act on the ticket and holds the audit chain's head."""

    __tablename__ = "instance"
    __table_args__ = (
        Index("ix_instance_due", "due_at", "id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_instance_tried", "due_at", "id", postgresql_where=text("due_tries > 0")),
        Index("ix_instance_id", "id", postgresql_using="hash"),  # lists look up fifty of them
        # How many run under each version, counted without looking at them.
        Index("ix_instance_running", "version_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"), index=True)
    number: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    people: Mapped[str] = mapped_column(Text, default="")  # names on the form, for lists to search
    requester_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    variables: Mapped[dict[str, Any]]
    state: Mapped[bytes]
    open_visits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rev: Mapped[int] = mapped_column(default=0)
    submission_count: Mapped[int] = mapped_column(default=0)
    open_incident_count: Mapped[int] = mapped_column(default=0)
    # How often a leader asked for an answer (督办): where nobody did, nobody looks for it.
    supervision_count: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    # When the sweep looks: at the earliest timer, or some time after an attempt it has begun.
    due_at: Mapped[datetime | None]
    due_tries: Mapped[int] = mapped_column(default=0)
    # Has timers or subscriptions: a step of any other run need not look for rows of those.
    is_awaiting: Mapped[bool] = mapped_column(default=False)
    suspended_at: Mapped[datetime | None]
    # 密件: known to its requester and to those who have or had a step of it, to nobody else.
    is_confidential: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    # When it was first asked for: what its unit was called then is what it is called here.
    opened_at: Mapped[datetime | None]
    # Who stands on the form as it was last sent, and may decide nothing of it (property `bars`).
    barred: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), default=list, server_default=text("'{}'")
    )
    # 补录: when it was asked for on paper, while the system stood.
    paper_at: Mapped[datetime | None]
    audit_seq: Mapped[int] = mapped_column(default=0)
    audit_hash: Mapped[bytes] = mapped_column(default=GENESIS)

    version: Mapped[ProcessVersion] = relationship(lazy="raise_on_sql")
    unit: Mapped[Unit] = relationship(lazy="raise_on_sql")

    @property
    def audit_chain(self) -> str:
        return f"ticket:{self.number}"


class InstanceWords(Base):
    """By what a run is found in lists. Apart from it: the run is written at each act, this seldom.

    Names as they were when it was written: what somebody is called later is found in later runs.
    They and numbers are without end, words of texts are few: an index of these is not deep.
    """

    __tablename__ = "instance_words"
    __table_args__ = (
        Index("ix_instance_words_words", "words", postgresql_using="gin", postgresql_with=AT_ONCE),
        Index("ix_instance_words_names", "names", postgresql_using="gin", postgresql_with=AT_ONCE),
    )

    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    words: Mapped[str] = mapped_column(TSVECTOR)
    names: Mapped[str] = mapped_column(TSVECTOR)


class Submission(Base):
    """第n次提交: the answers of the start form, sealed; never changed. Signatures name it."""

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("instance_id", "n"),
        Index("ix_submission_instance", "instance_id", postgresql_using="hash"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    n: Mapped[int]
    answers_sealed: Mapped[bytes]
    keyed_hash: Mapped[bytes]
    notices: Mapped[list[str]] = mapped_column(JSONB)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime]

    @property
    def answers(self) -> dict[str, Any]:
        answers: dict[str, Any] = crypto.unseal_json(self.answers_sealed)
        return answers


class NodeLog(Base):
    """What the engine did, in order, and the variables each node changed: name -> [old, new]."""

    __tablename__ = "node_log"
    __table_args__ = (Index("ix_node_log_instance", "instance_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    at: Mapped[datetime]
    node: Mapped[str] = mapped_column(Text)
    element: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(Text)
    changes: Mapped[dict[str, Any] | None]

    @property
    def is_completed(self) -> bool:
        return self.event == "completed"


class Timer(Base):
    """One moment a run waits for, or waited for: armed as long as it has not fired.

    A timer that was taken away before it fired leaves no row.
    """

    __tablename__ = "timer"
    __table_args__ = (UniqueConstraint("instance_id", "key", "due_at"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    key: Mapped[str] = mapped_column(Text)  # the engine's, by token and event
    node: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime | None]


class Subscription(Base):
    """A signal or message a run waits for; who waits longest has the lowest id."""

    __tablename__ = "subscription"
    __table_args__ = (
        Index(
            "ix_subscription_plain",
            *("kind", "name", "division_id", "id"),
            postgresql_where=text("correlation IS NULL"),
        ),
        Index(
            "ix_subscription_correlated",
            *("kind", "name", "correlation", "id"),
            postgresql_where=text("correlation IS NOT NULL"),
        ),
        Index("ix_subscription_instance", "instance_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    division_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    correlation: Mapped[str | None] = mapped_column(Text)
    node: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]


class StartTrigger(Base):
    """A start event of a version in force that waits for a timer (`due_at`) or a message (`name`).

    The rows of a version go when it is retired.
    """

    __tablename__ = "start_trigger"
    __table_args__ = (
        UniqueConstraint("version_id", "node"),
        Index("ix_start_trigger_due", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_start_trigger_name", "name", "id", postgresql_where=text("name IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("process_version.id"))
    node: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None]
    left: Mapped[int | None]  # occurrences to come, None without end
    # Who published it: requester of what begins here where the diagram names nobody.
    publisher_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class HeldEvent(Base):
    """A signal or message for a run that is suspended; it is handed over when the run goes on."""

    __tablename__ = "held_event"
    __table_args__ = (Index("ix_held_event_instance", "instance_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    correlation: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Incident(Base):
    """Something a person must repair; the ticket stands where it was."""

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_instance", "instance_id"),
        Index("ix_incident_state", "state", "id"),
        Index("ix_incident_outbox", "outbox_id", postgresql_where=text("outbox_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    kind: Mapped[IncidentKind] = mapped_column(enum_column(IncidentKind), default=IncidentKind.ACT)
    outbox_id: Mapped[int | None] = mapped_column(BigInteger)
    node: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    # As the run had them when it broke; what was to be written in that step never was.
    variables: Mapped[dict[str, Any] | None]
    state: Mapped[IncidentState] = mapped_column(
        enum_column(IncidentState), default=IncidentState.OPEN
    )
    created_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)  # by people; also the version that a page saw
    tried_at: Mapped[datetime | None]
    tried_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    resolution: Mapped[Resolution | None] = mapped_column(enum_column(Resolution))
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    @property
    def is_open(self) -> bool:
        return self.state is IncidentState.OPEN

    def tried(self, person_id: int | None, now: datetime) -> None:
        self.tries += 1
        self.tried_at, self.tried_by_id = now, person_id

    def resolve(self, how: Resolution, person_id: int | None, now: datetime) -> None:
        self.state, self.resolution = IncidentState.RESOLVED, how
        self.resolved_at, self.resolved_by_id = now, person_id
