"""The list of words that are not sent: entered whole, each time as a version with its reason."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core.actor import Actor
from app.core.errors import Fault
from app.messaging import wording
from app.messaging.models import WordVersion
from app.messaging.queries import current_words, may_keep_words
from app.messaging.types import BadWords, NotYourWords, WordsMoved

FEWEST_REASON, MOST_REASON = 2, 200


def enter_words(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    lines: Sequence[str],
    reason: str,
    version: int,
) -> WordVersion:
    """`version`: the one the page showed, 0 where there was none. Words that are in force already
    make no new version, and neither does the other click of a double click.

    Raises: NotYourWords, BadWords, WordsMoved.
    """
    if not may_keep_words(session, actor):
        raise NotYourWords
    words, faults = wording.judged(lines)
    if not FEWEST_REASON <= len(reason.strip()) <= MOST_REASON:
        told = f"请写明为什么改（{FEWEST_REASON} 到 {MOST_REASON} 个字）。"
        faults = [*faults, Fault("reason", "reason", told)]
    if faults:
        raise BadWords(faults)
    before = current_words(session)
    known = before.words if before else []
    if before is not None and known == words:
        clicked = before.by_id == actor.person_id and before.reason == reason.strip()
        if version == before.n or (clicked and version == before.n - 1):
            return before
    if version != (before.n if before else 0):
        raise WordsMoved(current=str(before.n if before else 0))
    made = session.scalars(
        upsert(WordVersion)
        .values(n=version + 1, words=words, reason=reason.strip(), by_id=actor.person_id, at=now)
        .on_conflict_do_nothing(index_elements=["n"])
        .returning(WordVersion)
    ).first()
    if made is None:  # of two at once the second
        n = session.scalars(select(WordVersion.n).order_by(WordVersion.n.desc()).limit(1)).one()
        raise WordsMoved(current=str(n))
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="words.entered",
        object=f"words:{made.n}",
        data={
            "count": len(words),
            "added": len(set(words) - set(known)),
            "removed": len(set(known) - set(words)),
            "reason": reason.strip(),
        },
    )
    return made
