"""Lists: judged, frozen, proved, used once, deleted unused; numbers that get nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core import crypto
from app.messaging.audience.numbers import phone_ref
from app.messaging.audience.types import Block
from app.messaging.text.types import Purpose
from app.messaging.types import TemplateNotFound
from app.recipients import queries, service
from app.recipients.models import ListFinding, NumberBlock, Recipient, RecipientList
from app.recipients.types import (
    BadBlock,
    BlockNotFound,
    BlockTwice,
    ListGone,
    ListInUse,
    ListNotFound,
    NobodyLeft,
    NotYourBlock,
    NotYourList,
)
from tests.weihai.lists import FIRST, NOW, filed, frozen, lines, numbers, person

CITY, COUNTY, OTHER = "biwenbo", "congpeijun", "bixuemei"
REVIEWER = "songhaiyan"
NAMED = {
    "body": "${姓名}您好，请持身份证到窗口办理。",
    "variables": [{"name": "姓名", "example": "毕淑芬", "longest": 10}],
    "purpose": Purpose.DIRECTED,
}


def blocked(session: Session, *phones: str, kind: Block = Block.REFUSED) -> None:
    for phone in phones:
        service.block(session, phone=phone, kind=kind, source="回复T", now=NOW)


def kinds(session: Session) -> Iterator[str]:
    yield from session.scalars(select(Event.kind).order_by(Event.id.desc()).limit(3))


def test_a_list_adds_up(session: Session) -> None:
    """S8 at a thousandth: 300 good rows, 3 refused, 2 wrong numbers, 2 twice: 293 are left."""
    city = person(session, CITY)
    template = filed(session, city)
    phones = numbers(298)
    blocked(session, *phones[:3])
    blocked(session, *phones[3:5], kind=Block.WRONG_NUMBER)
    rows = [*phones, phones[10], phones[11]]
    made = frozen(session, city, template, lines(rows, ("荣成市", "文登", "乳山市")))
    assert made.funnel == {
        "read": 300,
        "faulty": 0,
        "duplicate": 2,
        "refused": 3,
        "blacklisted": 0,
        "wrong_number": 2,
        "kept": 293,
    }
    assert sum(made.areas.values()) == made.kept == 293
    assert set(made.areas) == {"371082", "371003", "371083"}
    assert made.segments == 293 * 2
    assert made.number == "MD-2027-00001"
    assert next(kinds(session)) == "list.made"
    report = session.scalars(select(ListFinding.code).where(ListFinding.list_id == made.id))
    assert sorted(report) == ["duplicate"] * 2 + ["refused"] * 3 + ["wrong_number"] * 2


def test_a_county_sends_to_its_own_people_only(session: Session) -> None:
    """R13: rows of others are faults, told at their column; the own ones stay."""
    county = person(session, COUNTY)
    template = filed(session, county)
    made = frozen(session, county, template, lines(numbers(9), ("荣成市", "文登区", "乳山市")))
    assert made.areas == {"371082": 3}
    assert made.funnel["faulty"] == 6
    found = session.scalars(select(ListFinding).where(ListFinding.list_id == made.id)).all()
    assert {(one.column_title, one.code) for one in found} == {("区市", "foreign")}
    with pytest.raises(NobodyLeft) as told:
        frozen(session, county, template, lines(numbers(3), ("文登区",)))
    assert [one.path for one in told.value.errors] == [f"rows.{n}.区市" for n in (4, 5, 6)]


def test_rows_come_back_in_clear_by_key(session: Session) -> None:
    county = person(session, COUNTY)
    made = frozen(session, county, filed(session, county, **NAMED), lines(numbers(5), 姓名="杨𬱖"))
    first = queries.after(session, made.id, 0, 2)
    rest = queries.after(session, made.id, first[-1].n, 10)
    assert [one.phone for one in (*first, *rest)] == numbers(5)
    assert [one.n for one in (*first, *rest)] == [1, 2, 3, 4, 5]
    assert first[0].values == {"姓名": "杨𬱖"}
    assert first[0].area == "371082"
    assert first[0].phone_ref == phone_ref(str(FIRST))
    stored = session.execute(select(Recipient.phone, Recipient.values_sealed)).first()
    assert stored is not None
    assert str(FIRST).encode() not in stored.phone
    assert "杨".encode() not in stored.values_sealed


@pytest.mark.parametrize(
    "change",
    [
        {"phone": lambda: crypto.seal("15400999999")},
        {"area": lambda: "371003"},
        {"values_sealed": lambda: crypto.seal_json({"姓名": "毕淑芳"})},
        {"n": lambda: 99},
    ],
)
def test_a_changed_row_is_noticed(session: Session, change: dict) -> None:
    """One number, one character of a value, one place in the order: it is another list."""
    county = person(session, COUNTY)
    template = filed(session, county, **NAMED)
    made = frozen(session, county, template, lines(numbers(3), 姓名="毕淑芬"))
    assert queries.digest_now(session, made.id) == made.digest
    values = {column: value() for column, value in change.items()}
    session.execute(
        update(Recipient).where(Recipient.list_id == made.id, Recipient.n == 2).values(**values)
    )
    assert queries.digest_now(session, made.id) != made.digest
    with pytest.raises(ListGone):
        service.use(session, number=made.number, unit_id=county.unit_id, ticket="XXFS-1")


def test_a_row_that_is_gone_or_new_is_noticed(session: Session) -> None:
    county = person(session, COUNTY)
    made = frozen(session, county, filed(session, county), lines(numbers(3)))
    row = session.scalars(select(Recipient).where(Recipient.n == 3)).one()
    session.delete(row)
    session.flush()
    assert queries.digest_now(session, made.id) != made.digest


def test_one_list_serves_one_ticket(session: Session) -> None:
    """Asked again it is the same; another ticket gets it only when the first has let it go."""
    county = person(session, COUNTY)
    made = frozen(session, county, filed(session, county), lines(numbers(2)))
    ask = {"number": made.number, "unit_id": county.unit_id}
    for _ in range(2):
        assert service.use(session, **ask, ticket="XXFS-1").used_by == "XXFS-1"
    with pytest.raises(ListInUse):
        service.use(session, **ask, ticket="XXFS-2")
    with pytest.raises(ListInUse):
        service.delete(session, actor=county, now=NOW, list_id=made.id)
    service.let_go(session, ticket="XXFS-1")
    assert service.use(session, **ask, ticket="XXFS-2").used_by == "XXFS-2"
    with pytest.raises(ListNotFound):
        service.use(session, number=made.number, unit_id=0, ticket="XXFS-2")


def test_an_unused_list_goes_with_all_its_rows(session: Session) -> None:
    """Its number is not given again."""
    county = person(session, COUNTY)
    template = filed(session, county)
    made = frozen(session, county, template, lines([*numbers(2), numbers(1)[0]]))
    for stranger, refusal in ((OTHER, ListNotFound), (REVIEWER, NotYourList)):
        with pytest.raises(refusal):
            service.delete(session, actor=person(session, stranger), now=NOW, list_id=made.id)
    service.delete(session, actor=county, now=NOW, list_id=made.id)
    session.flush()
    for table in (RecipientList, Recipient, ListFinding):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    assert next(kinds(session)) == "list.deleted"
    later = frozen(session, county, template, lines(numbers(2)))
    assert later.number == "MD-2027-00002"


def test_lists_are_for_what_is_sent_to_lists(session: Session) -> None:
    """Not for what is triggered, not with a template of others, or one that was replaced."""
    county = person(session, COUNTY)
    for n, changed in enumerate(
        [{"purpose": Purpose.TRIGGERED}, {"replaced_at": NOW}, {"unit_id": 1}], start=1
    ):
        ticket = f"XXMB-2026-0000{n}"
        filed(session, county, ticket=ticket, **changed)
        with pytest.raises(TemplateNotFound):
            service.template_for(session, county, ticket)
    good = filed(session, county, ticket="XXMB-2026-00004")
    assert service.template_for(session, county, good.ticket) is good
    with pytest.raises(NotYourList):
        frozen(session, person(session, OTHER), good, lines(numbers(1)))


def test_a_number_is_blocked_once(session: Session) -> None:
    """By people, or by the system for an answer; who lifts it is of the 市."""
    county, reviewer = person(session, COUNTY), person(session, REVIEWER)
    told = {"phone": "154 0010 0000", "kind": Block.REFUSED, "source": "来电要求", "now": NOW}
    made = service.block(session, actor=county, **told)
    assert queries.blocked_refs(session, [made.phone_ref]) == {made.phone_ref: Block.REFUSED}
    with pytest.raises(BlockTwice):
        service.block(session, actor=county, **told)
    assert service.block(session, **told).id == made.id
    with pytest.raises(NotYourBlock):
        service.lift(session, actor=county, now=NOW, block_id=made.id, reason="来电要求恢复")
    with pytest.raises(BadBlock):
        service.lift(session, actor=reviewer, now=NOW, block_id=made.id, reason=" ")
    service.lift(session, actor=reviewer, now=NOW, block_id=made.id, reason="来电要求恢复")
    session.flush()
    assert session.scalars(select(NumberBlock)).all() == []
    with pytest.raises(BlockNotFound):
        service.lift(session, actor=reviewer, now=NOW, block_id=made.id, reason="来电要求恢复")
    told_of = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
    assert told_of.kind == "number.unblocked"
    assert "154****0000" in str(told_of.data)


def test_the_first_reason_counts(session: Session) -> None:
    phone = numbers(1)[0]
    blocked(session, phone, kind=Block.WRONG_NUMBER)
    blocked(session, phone, kind=Block.REFUSED)
    ref = phone_ref(phone)
    assert queries.blocked_refs(session, [ref]) == {ref: Block.REFUSED}


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"phone": "0631-5200000"}, "phone"),
        ({"kind": Block.DUPLICATE}, "kind"),
        ({"source": "无"}, "source"),
    ],
)
def test_a_bad_block_is_told_at_its_field(session: Session, changed: dict, path: str) -> None:
    told = {"phone": numbers(1)[0], "kind": Block.REFUSED, "source": "来电要求", **changed}
    with pytest.raises(BadBlock) as refused:
        service.block(session, actor=person(session, COUNTY), now=NOW, **told)
    assert [one.path for one in refused.value.errors] == [path]


def test_numbers_of_lists_begin_anew_each_year(session: Session) -> None:
    county = person(session, COUNTY)
    template = filed(session, county)
    for now, number in (
        (NOW, "MD-2027-00001"),
        (NOW, "MD-2027-00002"),
        (NOW + timedelta(days=365), "MD-2028-00001"),
    ):
        made = frozen(session, county, template, lines(numbers(1)), now)
        assert made.number == number
