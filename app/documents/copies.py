"""The last print of each form, kept for a day, so that asking again costs no rendering.

A copy is good as long as the template, everything that is filled in, the mode and the press (fonts,
stylesheet, renderer) are the same; nothing else makes it old. It is sealed like every document.
"""

from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.crypto import digest, keyed_hash, seal, unseal
from app.documents.models import PrintCopy

KEPT = timedelta(days=1)


def edition_of(press: Path, fonts: Path) -> str:
    """Which press prints: another one may set the same words in another way."""
    parts = [version("weasyprint")]
    parts += [digest(file.read_bytes()) for file in sorted(press.glob("*.py"))]
    parts += [digest(file.read_bytes()) for file in sorted(press.glob("documents/*.css"))]
    parts += [f"{file.name} {file.stat().st_size}" for file in sorted(fonts.glob("*.ttf"))]
    return digest("\n".join(parts).encode())


def content_of(edition: str, template: str, data: dict[str, Any], mode: str) -> bytes:
    """What a print is made of. Keyed: who sees the table must not try numbers against it."""
    return keyed_hash([edition, template, data, mode])


def find(session: Session, instance_id: int, name: str, mode: str, content: bytes) -> bytes | None:
    sealed = session.scalar(
        select(PrintCopy.pdf_sealed).where(
            PrintCopy.instance_id == instance_id,
            PrintCopy.name == name,
            PrintCopy.mode == mode,
            PrintCopy.content == content,
        )
    )
    return unseal(sealed) if sealed else None


def keep(
    session: Session,
    *,
    now: datetime,
    instance_id: int,
    name: str,
    mode: str,
    content: bytes,
    data: bytes,
) -> None:
    """Instead of the one before: what was printed of older answers nobody will ask for again."""
    made = insert(PrintCopy).values(
        instance_id=instance_id,
        name=name,
        mode=mode,
        content=content,
        pdf_sealed=seal(data),
        created_at=now,
    )
    session.execute(
        made.on_conflict_do_update(
            index_elements=["instance_id", "name", "mode"],
            set_={
                "content": made.excluded.content,
                "pdf_sealed": made.excluded.pdf_sealed,
                "created_at": made.excluded.created_at,
            },
        )
    )


def sweep(session: Session, *, now: datetime) -> None:
    session.execute(delete(PrintCopy).where(PrintCopy.created_at < now - KEPT))
