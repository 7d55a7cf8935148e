"""常用语: one list, written as a whole, which adds, mends, orders and drops in one act.

It is a person's own; nobody else sees it, so it leaves no event.
"""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Fault
from app.core.masking import masked
from app.saved.models import Phrases
from app.saved.queries import phrases_of
from app.saved.types import LONGEST_PHRASE, MOST_PHRASES, BadPhrases, OwnPhrases, StalePhrases


def write(session: Session, *, actor: Actor, texts: Sequence[str], seen: int) -> OwnPhrases:
    """`seen`: the number of the list that was mended. The same list again changes nothing.

    Raises: BadPhrases, StalePhrases.
    """
    wanted = _judged(texts)
    session.get(Phrases, actor.person_id, with_for_update=True)
    known = phrases_of(session, actor)
    if tuple(wanted) == known.texts:
        return known
    if seen != known.rev:
        raise StalePhrases(current=known.rev)
    made = insert(Phrases).values(person_id=actor.person_id, texts=wanted, rev=known.rev + 1)
    changed = made.on_conflict_do_update(
        index_elements=["person_id"],
        set_={"texts": wanted, "rev": known.rev + 1},
        where=Phrases.rev == known.rev,
    )
    if session.execute(changed.returning(Phrases.rev)).first() is None:  # two first lists at once
        raise StalePhrases
    return OwnPhrases(tuple(wanted), known.rev + 1)


def _judged(texts: Sequence[str]) -> list[str]:
    """Each once, without empty ones; numbers of people masked. Raises: BadPhrases."""
    tidy = [" ".join(masked(text.replace("\0", "")).split()) for text in texts]
    wanted = list(dict.fromkeys(text for text in tidy if text))
    wrong = [
        Fault("phrases", "too_long", f"第 {n} 句超过 {LONGEST_PHRASE} 个字，请写短一些。")
        for n, text in enumerate(wanted, start=1)
        if len(text) > LONGEST_PHRASE
    ]
    if len(wanted) > MOST_PHRASES:
        told = f"最多存 {MOST_PHRASES} 句，现在有 {len(wanted)} 句，请删掉几句。"
        wrong.append(Fault("phrases", "too_many", told))
    if wrong:
        raise BadPhrases(wrong)
    return wanted
