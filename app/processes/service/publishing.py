"""A process is three files under one key; here they become a frozen version."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

import forms
from app.core.crypto import canonical, digest
from app.identity.types import Position
from app.processes import engine
from app.processes.models import ProcessVersion
from app.processes.types import DefinitionRefused, ProcessNotFound, VersionState
from forms import FieldError

POSITIONS = frozenset(position.value for position in Position)


@dataclass(frozen=True)
class Bundle:
    """The files of one process: diagram bytes, forms by name, print templates by name."""

    model: bytes
    forms: Mapping[str, Any] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path, key: str) -> "Bundle":
        """The shipped layout: bpmn/processes, forms/definitions, pdf/documents under `root`."""
        form_files = sorted((root / "forms" / "definitions" / key).glob("*.json"))
        return cls(
            (root / "bpmn" / "processes" / f"{key}.bpmn").read_bytes(),
            {f"{key}/{file.stem}": json.loads(file.read_text()) for file in form_files},
            {
                file.stem: file.read_text()
                for file in sorted((root / "pdf" / "documents").glob(f"{key}*.html"))
            },
        )


def findings(bundle: Bundle) -> list[FieldError]:
    """Everything that keeps the bundle from being accepted."""
    found = [
        FieldError(name, "form", f"表单定义有误：{error}")
        for name, error in _form_errors(bundle.forms)
    ]
    found += [
        FieldError(item.element, "element", f"{item.message}{item.remedy}")
        for item in engine.lint(bundle.model, frozenset(bundle.forms), POSITIONS)
        if item.severity == "error"
    ]
    return found


def deploy(session: Session, *, now: datetime, bundle: Bundle) -> ProcessVersion:
    """Keep the bundle as a draft version; the same content gives the version there is.

    Raises: DefinitionRefused.
    """
    if errors := findings(bundle):
        raise DefinitionRefused(errors)
    definition = engine.parse(bundle.model)
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
        created_at=now,
    )
    session.add(version)
    session.flush()  # callers show or publish it by id
    return version


def publish(session: Session, *, now: datetime, key: str, number: int) -> ProcessVersion:
    """From now on new tickets start under this version; running ones keep theirs.

    Raises: ProcessNotFound.
    """
    version = session.scalars(
        select(ProcessVersion)
        .where(ProcessVersion.key == key, ProcessVersion.number == number)
        .with_for_update()
    ).first()
    if version is None:
        raise ProcessNotFound
    if version.state is not VersionState.PUBLISHED:
        session.execute(
            update(ProcessVersion)
            .where(ProcessVersion.key == key, ProcessVersion.state == VersionState.PUBLISHED)
            .values(state=VersionState.RETIRED)
        )
        version.state, version.published_at = VersionState.PUBLISHED, now
    return version


def _form_errors(definitions: Mapping[str, Any]) -> list[tuple[str, str]]:
    errors = []
    for name, data in definitions.items():
        try:
            forms.load(data)
        except forms.DefinitionError as error:
            errors.append((name, str(error)))
    return errors
