"""Reads of filed templates: one, those a unit may use, and which version serves which operator."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.queries import get_unit, people_by_ids
from app.identity.types import PersonRef
from app.messaging import policy, wording
from app.messaging.models import MessageTemplate, WordVersion
from app.messaging.text import templates
from app.messaging.text.types import Purpose
from app.messaging.types import NotYourWords, Operator, TemplateNotFound

PREFECTURE = 2  # level of the unit that administers the whole region
PAGE = 50


def get_template(session: Session, template_id: int) -> MessageTemplate:
    """Replaced or not. Raises: TemplateNotFound."""
    found = session.get(MessageTemplate, template_id)
    if found is None:
        raise TemplateNotFound
    return found


def template_in_use(session: Session, unit_id: int, ticket: str) -> MessageTemplate | None:
    """A unit's own, by the number of its form, while some operator is served by it."""
    return session.scalars(
        select(MessageTemplate).where(
            MessageTemplate.ticket == ticket,
            MessageTemplate.unit_id == unit_id,
            MessageTemplate.replaced_at.is_(None),
        )
    ).first()


Versions = Mapping[Operator | None, MessageTemplate]


@dataclass(frozen=True)
class InUse:
    """A family by its newest version, with the version that goes to numbers of each operator."""

    newest: MessageTemplate
    versions: Versions


def templates_in_use(
    session: Session, unit_id: int, purposes: Collection[Purpose]
) -> Sequence[InUse]:
    """A unit's own for these purposes, the latest first."""
    families: dict[str, list[MessageTemplate]] = {}
    for one in session.scalars(
        select(MessageTemplate)
        .where(MessageTemplate.unit_id == unit_id, MessageTemplate.replaced_at.is_(None))
        .order_by(MessageTemplate.id)
    ):
        families.setdefault(one.family, []).append(one)
    found = [InUse(one[-1], _of_class(one, one[-1].purpose)) for one in families.values()]
    wanted = [one for one in found if one.newest.purpose in purposes]
    return sorted(wanted, key=lambda one: one.newest.id, reverse=True)


def may_keep_words(session: Session, actor: Actor) -> bool:
    division = get_unit(session, actor.division_id)
    return policy.can_keep_words(actor, is_prefecture=division.level == PREFECTURE)


def current_words(session: Session) -> WordVersion | None:
    """The version in force; none, and every word may be sent."""
    return session.scalars(select(WordVersion).order_by(WordVersion.n.desc()).limit(1)).first()


def words_in(session: Session, *texts: str) -> list[str]:
    """Which words of the list in force these texts say, each text by itself."""
    found = current_words(session)
    if found is None:
        return []
    return list(dict.fromkeys(word for text in texts for word in wording.hits(found.words, text)))


@dataclass(frozen=True)
class WordRow:
    """A version as the list of them shows it."""

    n: int
    count: int
    reason: str
    by: PersonRef
    at: datetime


def list_versions_of_words(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = PAGE
) -> Page[WordRow]:
    """The latest first. Raises: NotYourWords."""
    if not policy.can_read_words(actor):
        raise NotYourWords
    page = page_by_key(
        session, select(WordVersion, WordVersion.n), key=[WordVersion.n], cursor=cursor, limit=limit
    )
    versions = [row[0] for row in page.items]
    people = people_by_ids(session, {one.by_id for one in versions}) if versions else {}
    rows = [
        WordRow(one.n, len(one.words), one.reason, people[one.by_id], one.at) for one in versions
    ]
    return Page(tuple(rows), page.next_cursor)


@dataclass(frozen=True)
class Struck:
    """A filed text that a list of words strikes."""

    ticket: str
    name: str
    in_use: bool
    words: tuple[str, ...]


def struck_by(session: Session, words: Sequence[str]) -> list[Struck]:
    """Which filed texts, replaced ones too, say one of these words: everything that was sent was
    one of them. The latest first.
    """
    found = []
    for one in session.scalars(select(MessageTemplate).order_by(MessageTemplate.id.desc())):
        said = wording.hits(words, templates.shown(one.signature, one.body))
        if said:
            found.append(Struck(one.ticket, one.name, one.replaced_at is None, tuple(said)))
    return found


def family_of(session: Session, family: str) -> list[MessageTemplate]:
    """All versions, the first one first."""
    return list(
        session.scalars(
            select(MessageTemplate)
            .where(MessageTemplate.family == family)
            .order_by(MessageTemplate.id)
        )
    )


def versions_for(session: Session, template: MessageTemplate) -> Versions:
    """Of the family of a template: the version that goes to numbers of each operator, and, under
    None, to numbers whose operator nobody knows. An operator that has none on file is not in it.
    """
    return _of_class(family_of(session, template.family), template.purpose)


def _of_class(family: Sequence[MessageTemplate], purpose: Purpose) -> Versions:
    """A version of another class is another kind of message, and goes to nobody of a list."""
    versions = serving_all(family)
    return {one: found for one, found in versions.items() if found.purpose is purpose}


def serving(versions: Sequence[MessageTemplate]) -> Mapping[Operator, MessageTemplate]:
    """Of a family in its order: the version that each operator has on file last. Pure."""
    return {operator: version for version in versions for operator in version.filings}


def serving_all(versions: Sequence[MessageTemplate]) -> Versions:
    """As `serving`; under None the latest in use that every operator it concerns has on file, since
    that is right whoever's number it is. Pure.
    """
    served: dict[Operator | None, MessageTemplate] = dict(serving(versions).items())
    concerned = set(served)
    in_use = {one.id for one in served.values()}
    shared = [one for one in versions if one.id in in_use and concerned <= set(one.filings)]
    return {**served, None: shared[-1]} if shared else served
