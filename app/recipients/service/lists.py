"""A list is made from a sheet and stays as it is, until it is used, or deleted unused."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock, crypto
from app.core.actor import Actor
from app.core.errors import Fault
from app.core.tables import Line
from app.identity.queries import get_unit
from app.messaging import wording
from app.messaging.areas import areas_of
from app.messaging.audience import judging, reading
from app.messaging.audience.numbers import phone_ref
from app.messaging.audience.types import Audience, Block, Funnel, Version, Wanted
from app.messaging.audience.types import Recipient as Judged
from app.messaging.models import MessageTemplate
from app.messaging.queries import (
    Versions,
    current_words,
    get_template,
    templates_in_use,
    versions_for,
)
from app.messaging.text import segments, templates
from app.messaging.types import TemplateNotFound, word_of
from app.phonebook.queries import wrong_refs
from app.recipients import policy
from app.recipients.models import ListFinding, ListNumber, Recipient, RecipientList
from app.recipients.queries import access_list, blocked_refs, digest_now, lock_frozen
from app.recipients.types import (
    LISTED,
    ListGone,
    ListInUse,
    ListNotFound,
    NobodyLeft,
    NotYourList,
)

LEFT_OUT = {
    Block.DUPLICATE: "这个号码上面的行里已经有了，只发一次。",
    Block.REFUSED: "这个号码已经退订，不发。",
    Block.BLACKLISTED: "这个号码在黑名单里，不发。",
    Block.WRONG_NUMBER: "这个号码是空号或者错号，不发。",
}


def template_for(session: Session, actor: Actor, ticket: str) -> MessageTemplate:
    """A filed one of the actor's unit that lists are made for; of an older version that some
    operator still has, the newest of its family. Raises: TemplateNotFound.
    """
    for one in templates_in_use(session, actor.unit_id, LISTED):
        if ticket in {found.ticket for found in one.versions.values()}:
            return one.newest
    raise TemplateNotFound


def template_with_id(session: Session, actor: Actor, template_id: int) -> MessageTemplate:
    """As `template_for`. Raises: TemplateNotFound."""
    return template_for(session, actor, get_template(session, template_id).ticket)


def wanted_for(session: Session, template: MessageTemplate) -> Wanted:
    """What a sheet for this template has to have."""
    return _wanted(session, template, versions_for(session, template))


def _wanted(session: Session, template: MessageTemplate, texts: Versions) -> Wanted:
    words = current_words(session)

    def judged(one: MessageTemplate) -> Version:
        def says(values: Mapping[str, str]) -> list[str]:
            if words is None:
                return []
            return wording.hits(words.words, templates.compose(one.signature, one.body, values))

        return Version(one.blanks, says)

    judges = {one.id: judged(one) for one in texts.values()}
    areas = areas_of(session, get_unit(session, template.unit_id))
    return Wanted({operator: judges[one.id] for operator, one in texts.items()}, areas)


def freeze(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    template: MessageTemplate,
    sheet: str,
    lines: Iterable[Line],
    client_key: str,
    is_from_book: bool = False,
) -> RecipientList:
    """Judge a sheet and keep what is left of it, with why the rest is not. `sheet`: its file name,
    or what was chosen of the address book.

    The same `client_key` is the same list.

    Raises: NotYourList, NobodyLeft; SheetRefused while it is read.
    """
    if not policy.can_make(actor) or template.unit_id != actor.unit_id:
        raise NotYourList
    known = select(RecipientList).where(RecipientList.client_key == client_key)
    if (made := session.scalars(known).first()) is not None:
        return made
    refs: dict[str, bytes] = {}

    def blocked(phones: Iterable[str]) -> dict[str, Block]:
        refs.update((phone, phone_ref(phone)) for phone in phones)
        wrong = wrong_refs(session, actor.unit_id, refs.values())
        reasons = dict.fromkeys(wrong, Block.WRONG_NUMBER) | blocked_refs(session, refs.values())
        return {phone: reasons[ref] for phone, ref in refs.items() if ref in reasons}

    texts = versions_for(session, template)
    audience = judging.judge(lines, _wanted(session, template, texts), blocked)
    findings = _findings(audience)
    if not audience.recipients:
        raise NobodyLeft([_as_fault(one) for one in findings], audience.funnel.read)
    rows = _rows(texts, audience, refs)
    made = RecipientList(
        number=_next_number(session, clock.local(now).year),
        unit_id=actor.unit_id,
        template_id=template.id,
        client_key=client_key,
        sheet_sealed=crypto.seal(sheet),
        is_from_book=is_from_book,
        digest=judging.digest(audience.recipients),
        funnel=_as_json(audience.funnel),
        areas=dict(audience.funnel.by_area),
        versions={
            word_of(operator): {"template": texts[operator].id, "people": people}
            for operator, people in audience.funnel.by_operator.items()
        },
        kept=audience.funnel.kept,
        segments=sum(row["segments"] for row in rows),
        made_by_id=actor.person_id,
        made_at=now,
    )
    session.add(made)
    session.flush()  # the rows name it
    session.execute(insert(Recipient), [{"list_id": made.id, **row} for row in rows])
    if findings:
        session.execute(insert(ListFinding), [{"list_id": made.id, **one} for one in findings])
    _record(session, actor, now, "list.made", made)
    return made


def use(session: Session, *, number: str, unit_id: int, ticket: str) -> RecipientList:
    """The ticket sends to it from now on, and nothing else does.

    Raises: ListNotFound, ListInUse, ListGone.
    """
    found = lock_frozen(session, number).list
    if found.unit_id != unit_id:
        raise ListNotFound
    if found.used_by not in (None, ticket):
        raise ListInUse(current="used")
    if digest_now(session, found.id) != found.digest:
        raise ListGone(current="changed")
    found.used_by = ticket
    return found


def let_go(session: Session, *, ticket: str) -> None:
    """A ticket that will not send leaves its list to another."""
    held = select(RecipientList).where(RecipientList.used_by == ticket).with_for_update()
    for one in session.scalars(held):
        one.used_by = None


def delete(session: Session, *, actor: Actor, now: datetime, list_id: int) -> None:
    """With its rows and its report, while nothing uses it.

    Raises: ListNotFound, NotYourList, ListInUse.
    """
    found = access_list(session, list_id, actor)
    if found.used_by is not None:
        raise ListInUse(current="used")
    _record(session, actor, now, "list.deleted", found)
    session.delete(found)


def _findings(audience: Audience) -> list[dict[str, Any]]:
    """In the order of the sheet, as they are kept."""
    found = [(one.row, one.column, one.code, one.message) for one in audience.faults]
    found += [
        (one.row, reading.PHONE, one.block.value, LEFT_OUT[one.block]) for one in audience.left_out
    ]
    titles = ("row", "column_title", "code", "message")
    ordered = sorted(found, key=lambda each: each[0])
    return [
        {"n": n, **dict(zip(titles, one, strict=True))} for n, one in enumerate(ordered, start=1)
    ]


def _as_fault(finding: Mapping[str, Any]) -> Fault:
    path = f"rows.{finding['row']}.{finding['column_title']}"
    return Fault(path, finding["code"], f"第 {finding['row']} 行：{finding['message']}")


def _as_json(funnel: Funnel) -> dict[str, int]:
    """Every sieve, also those that kept nobody back."""
    sieved = {kind.value: funnel.blocked.get(kind, 0) for kind in Block}
    return {"read": funnel.read, "faulty": funnel.faulty, **sieved, "kept": funnel.kept}


def _rows(
    texts: Versions,
    audience: Audience,
    refs: Mapping[str, bytes],
) -> list[dict[str, Any]]:
    def extent(one: Judged) -> int:
        text = texts[one.operator]
        return segments.count(templates.compose(text.signature, text.body, one.values))

    return [
        {
            "n": n,
            "phone": crypto.seal(one.phone),
            "phone_ref": refs[one.phone],
            "area": one.area,
            "values_sealed": crypto.seal_json(dict(one.values)),
            "operator": one.operator,
            "segments": extent(one),
        }
        for n, one in enumerate(audience.recipients, start=1)
    ]


def _next_number(session: Session, year: int) -> str:
    last = session.scalars(
        upsert(ListNumber)
        .values(year=year, last=1)
        .on_conflict_do_update(index_elements=[ListNumber.year], set_={"last": ListNumber.last + 1})
        .returning(ListNumber.last)
    ).one()
    return f"MD-{year}-{last:05}"


def _record(session: Session, actor: Actor, now: datetime, kind: str, one: RecipientList) -> None:
    facts = {"number": one.number, "read": one.funnel["read"], "kept": one.kept}
    audit.record(session, now=now, actor=actor, kind=kind, object=f"list:{one.id}", data=facts)
