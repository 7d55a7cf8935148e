"""A process is three files under one key; here they become a frozen version."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

import forms
from app.audit.service import record
from app.core import events
from app.core.actor import Actor
from app.core.crypto import canonical, digest
from app.identity.region import read_region
from app.identity.types import Position
from app.processes import engine, judges
from app.processes.models import ProcessVersion
from app.processes.service import starting
from app.processes.stages import names_stages
from app.processes.types import (
    AlreadyPublished,
    DefinitionRefused,
    MayNotPublish,
    MayNotUpload,
    OtherInForce,
    ProcessNotFound,
    SecondPersonNeeded,
    VersionPublished,
    VersionState,
)
from forms import FieldError

LEVEL = re.compile(r"\{level:(\d)\}")  # what a level of the tree is called in this region
POSITIONS = frozenset(position.value for position in Position)


@dataclass(frozen=True)
class Bundle:
    """The files of one process: diagram bytes, forms by name, print templates by name."""

    model: bytes
    forms: Mapping[str, Any] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path, key: str) -> "Bundle":
        """The shipped layout: bpmn/processes, forms/definitions, pdf/documents under `root`.

        A template belongs to the longest key its name begins with.
        """
        keys = [file.stem for file in (root / "bpmn" / "processes").glob("*.bpmn")]
        model = (root / "bpmn" / "processes" / f"{key}.bpmn").read_bytes()
        form_files = sorted((root / "forms" / "definitions" / key).glob("*.json"))
        return cls(
            model,
            {f"{key}/{file.stem}": json.loads(file.read_text()) for file in form_files},
            {
                file.stem: file.read_text()
                for file in sorted((root / "pdf" / "documents").glob(f"{key}*.html"))
                if key == max(filter(file.stem.startswith, keys), key=len)
            },
        )

    def in_words_of(self, levels: Mapping[int, str]) -> "Bundle":
        """As people of a region read it. Raises: KeyError for a level that it does not name."""

        def worded(text: str) -> str:
            return LEVEL.sub(lambda found: levels[int(found[1])], text)

        return Bundle(
            worded(self.model.decode(errors="surrogateescape")).encode(errors="surrogateescape"),
            json.loads(worded(json.dumps(self.forms, ensure_ascii=False))),
            {name: worded(text) for name, text in self.documents.items()},
        )


def keys_here(session: Session, root: Path) -> list[str]:
    """What stands in the shipped layout under `root` and is for this region."""
    keys = {file.stem for file in (root / "bpmn" / "processes").glob("*.bpmn")}
    return sorted(keys - read_region(session).without)


def findings_of(bundle: Bundle) -> list[engine.Finding]:
    """What the lint says of the diagram, and which forms cannot be read."""
    readable, errors = _read_forms(bundle.forms)
    found = [
        engine.Finding(name, "error", f"表单定义有误：{error}。", "请按表单定义的格式改好。")
        for name, error in errors
    ]
    found += engine.lint(bundle.model, readable, POSITIONS)
    if any(item.severity == "error" for item in found):
        return found
    rehearsed = engine.rehearse(bundle.model, bundle.forms, bundle.documents)
    return [*found, *judges.findings(rehearsed)]


def findings(bundle: Bundle) -> list[FieldError]:
    """Everything that keeps the bundle from being accepted."""
    return _errors(findings_of(bundle))


def _errors(found: Sequence[engine.Finding]) -> list[FieldError]:
    return [
        FieldError(item.element, "element", f"{item.message}{item.remedy}")
        for item in found
        if item.severity == "error"
    ]


def upload(session: Session, *, actor: Actor, now: datetime, bundle: Bundle) -> ProcessVersion:
    """A designer's new version, as a draft that somebody else publishes.

    Raises: MayNotUpload, DefinitionRefused.
    """
    if not actor.holds("process_designer"):
        raise MayNotUpload
    version = deploy(session, now=now, bundle=bundle, actor=actor)
    _record(session, actor, now, "process.uploaded", version)
    return version


def approve(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    key: str,
    number: int,
    instead_of: int | None = None,
) -> ProcessVersion:
    """A publisher who did not upload this version puts it into force (S29).

    `instead_of` is the number that was in force on the page (0 for none); None does not ask.
    Raises: AlreadyPublished, MayNotPublish, OtherInForce, ProcessNotFound, SecondPersonNeeded.
    """
    if not actor.holds("process_publisher"):
        raise MayNotPublish
    _lock_versions(session, key)
    version = _locked(session, key, number)
    if version.state is VersionState.PUBLISHED:
        raise AlreadyPublished(current=version.state.value)
    if version.created_by_id == actor.person_id:
        raise SecondPersonNeeded
    in_force = number_in_force(session, key)
    if instead_of is not None and instead_of != in_force:
        raise OtherInForce(current=str(in_force))
    publish(session, now=now, key=key, number=number, publisher_id=actor.person_id)
    _record(session, actor, now, "process.published", version)
    return version


def deploy(
    session: Session, *, now: datetime, bundle: Bundle, actor: Actor | None = None
) -> ProcessVersion:
    """Keep the bundle as a draft version; the same content gives the version there is.

    Raises: DefinitionRefused.
    """
    bundle = _worded(session, bundle)
    found = findings_of(bundle)
    if errors := _errors(found):
        raise DefinitionRefused(errors, [asdict(finding) for finding in found])
    definition = engine.parse(bundle.model)
    _lock_versions(session, definition.key)
    sha256 = digest(canonical([digest(bundle.model), bundle.forms, bundle.documents]))
    same = session.scalars(
        select(ProcessVersion).where(
            ProcessVersion.key == definition.key, ProcessVersion.sha256 == sha256
        )
    ).first()
    if same is not None:
        return same
    last = session.scalar(
        select(func.max(ProcessVersion.number)).where(ProcessVersion.key == definition.key)
    )
    version = ProcessVersion(
        key=definition.key,
        number=(last or 0) + 1,
        title=definition.properties.get("title") or definition.name,
        category=definition.properties.get("category", ""),
        model=bundle.model,
        forms=dict(bundle.forms),
        documents=dict(bundle.documents),
        sha256=sha256,
        has_stages=names_stages(definition.nodes.values()),
        created_by_id=actor.person_id if actor else None,
        created_at=now,
    )
    session.add(version)
    session.flush()  # callers show or publish it by id
    return version


def _worded(session: Session, bundle: Bundle) -> Bundle:
    """In the words of this region, of which nothing need be known by a bundle that has none."""
    texts = (bundle.model.decode(errors="replace"), *bundle.documents.values(), str(bundle.forms))
    if not any(map(LEVEL.search, texts)):
        return bundle
    try:
        return bundle.in_words_of(read_region(session).levels)
    except KeyError as error:
        told = f"地区文件的 levels 没有写第 {error} 级叫什么。"
        raise DefinitionRefused([FieldError("", "level", told)], []) from error


def publish(
    session: Session, *, now: datetime, key: str, number: int, publisher_id: int | None = None
) -> ProcessVersion:
    """From now on new tickets start under this version; running ones keep theirs.

    Its start events wait for their timers and messages, those of its predecessor no more.
    Raises: ProcessNotFound, NoStarter, and what those who hear of it raise.
    """
    version = _locked(session, key, number)
    if version.state is not VersionState.PUBLISHED:
        session.execute(
            update(ProcessVersion)
            .where(ProcessVersion.key == key, ProcessVersion.state == VersionState.PUBLISHED)
            .values(state=VersionState.RETIRED)
        )
        version.state, version.published_at = VersionState.PUBLISHED, now
        starting.arm(session, now=now, version=version, publisher_id=publisher_id)
        events.publish(session, VersionPublished(version.id, key, number, now))
    return version


def number_in_force(session: Session, key: str) -> int:
    """0 for none."""
    in_force = select(ProcessVersion.number).where(
        ProcessVersion.key == key, ProcessVersion.state == VersionState.PUBLISHED
    )
    return session.scalar(in_force) or 0


def _lock_versions(session: Session, key: str) -> None:
    """Two uploads, or two publishers, at once: the second waits and finds what the first did."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"process:{key}"))))


def _locked(session: Session, key: str, number: int) -> ProcessVersion:
    version = session.scalars(
        select(ProcessVersion)
        .where(ProcessVersion.key == key, ProcessVersion.number == number)
        .with_for_update()
    ).first()
    if version is None:
        raise ProcessNotFound
    return version


def _record(
    session: Session, actor: Actor, now: datetime, kind: str, version: ProcessVersion
) -> None:
    record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"process:{version.key}:{version.number}",
        data={"sha256": version.sha256},
    )


def _read_forms(
    definitions: Mapping[str, Any],
) -> tuple[dict[str, forms.Form | None], list[tuple[str, str]]]:
    """Each form, None when it cannot be read, and why."""
    read: dict[str, forms.Form | None] = {}
    errors = []
    for name, data in definitions.items():
        try:
            read[name] = forms.load(data)
        except forms.DefinitionError as error:
            read[name] = None
            errors.append((name, str(error)))
    return read, errors
