"""Where a managed system is pushed to: address, secret, switch; the administrator of the 州."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import crypto
from app.core.actor import Actor
from app.core.errors import Fault
from app.managed import queries
from app.managed.models import System
from app.managed.types import BadAddress, NoAddress, StaleSystem
from app.webhooks import sending, signing
from app.webhooks.addresses import Refused


def set_address(
    session: Session, *, actor: Actor, now: datetime, key: str, version: int, url: str
) -> tuple[System, str]:
    """The first time it answers the secret, which can be read this once; later an empty text.

    Raises: SystemNotFound, NotYourSystem, StaleSystem, BadAddress.
    """
    system = queries.access_system(session, key, actor)
    if version != (system.rev if system else 0):
        raise StaleSystem(version=system.rev if system else 0)
    url = url.strip()
    try:
        sending.check(url)
    except Refused as error:
        raise BadAddress([Fault("url", "url", str(error))]) from error
    secret = ""
    if system is None:
        secret = signing.new_secret()
        system = System(
            key=key,
            url=url,
            is_on=False,
            rev=1,
            secret_sealed=crypto.seal(secret),
            changed_at=now,
            changed_by_id=actor.person_id,
        )
        session.add(system)
    else:
        system.url = url
        system.touch(actor.person_id, now)
    _record(session, actor, now, "managed.address_set", key)
    return system, secret


def switch_on(session: Session, *, actor: Actor, now: datetime, key: str, version: int) -> System:
    """What is executed from now on is pushed. Raises: as `set_address`, NoAddress."""
    return _change(session, actor, now, key, version, "managed.switched_on", _on)


def switch_off(session: Session, *, actor: Actor, now: datetime, key: str, version: int) -> System:
    """By hand from now on; what still waits is left for a person. Raises: as `switch_on`."""
    return _change(session, actor, now, key, version, "managed.switched_off", _off)


def rotate_secret(
    session: Session, *, actor: Actor, now: datetime, key: str, version: int
) -> tuple[System, str]:
    """A new secret, shown once; the old one signs beside it for a day. Raises: as `switch_on`."""
    secret = signing.new_secret()

    def change(system: System) -> None:
        system.change_secret(secret, now)

    return _change(session, actor, now, key, version, "managed.rotated", change), secret


def pause_all(session: Session) -> int:
    """After a restore: what is pushed from a copy of the data is a person's to decide. Answers how
    many.
    """
    off = update(System).where(System.is_on).values(is_on=False, rev=System.rev + 1)
    return len(session.scalars(off.returning(System.key)).all())


def _on(system: System) -> None:
    system.is_on = True


def _off(system: System) -> None:
    system.is_on = False


def _change(
    session: Session,
    actor: Actor,
    now: datetime,
    key: str,
    version: int,
    kind: str,
    change: Callable[[System], None],
) -> System:
    system = queries.access_system(session, key, actor)
    if system is None:
        raise NoAddress
    if version != system.rev:
        raise StaleSystem(version=system.rev)
    change(system)
    system.touch(actor.person_id, now)
    _record(session, actor, now, kind, key)
    return system


def _record(session: Session, actor: Actor, now: datetime, kind: str, key: str) -> None:
    """Never the secret, nor the address: its end may hold a key of the reader's."""
    label = queries.label_of(session, key)
    record(
        session, now=now, actor=actor, kind=kind, object=f"managed:{key}", data={"system": label}
    )
