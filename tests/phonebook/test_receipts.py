"""C10: a receipt of a number where nobody is marks it in the address book."""

import pytest

from app.audit.queries import list_chain
from app.messaging.audience.numbers import phone_ref
from app.phonebook import listing, service
from app.phonebook.models import PhoneEntry
from app.phonebook.types import State
from app.recipients.models import ListNumber
from app.sendings.models import Sending
from tests.sendings.office import CLERK, Desk, some_phones
from tests.sendings.test_receipts import take, told
from tests.sendings.test_submitting import run
from tests.support.phonebook import imported, written
from tests.weihai.lists import filed, frozen, lines

OTHER_COUNTY = "bixuemei"


@pytest.fixture
def phones(desk: Desk) -> list[str]:
    """In the books of two counties."""
    found = some_phones(3)
    desk.session.add(ListNumber(year=2027, last=9_000))  # the desk's own lists have small ones
    for username in (CLERK, OTHER_COUNTY):
        imported(desk.session, desk.actor(username), desk.now, *map(written, found))
    desk.session.commit()
    return found


@pytest.fixture
def sent(desk: Desk, phones: list[str]) -> Sending:
    sending = desk.open(phones)
    run(desk)
    return sending


def entry(desk: Desk, phone: str, username: str = CLERK) -> PhoneEntry:
    desk.session.expire_all()
    (row,) = listing.find_entries(desk.session, actor=desk.actor(username), phone=phone)
    return row.entry


def test_a_wrong_number_leaves_later_lists_until_it_is_set_right(
    desk: Desk, sent: Sending, phones: list[str]
) -> None:
    take(desk, told(sent, 1), told(sent, 2, "MK:0001"), told(sent, 3, "EXPIRED"))
    assert [entry(desk, one).state for one in phones] == [
        *(State.ACTIVE, State.WRONG, State.ACTIVE),
    ]
    wrong = entry(desk, phones[1])
    assert (wrong.wrong_in, wrong.state_at, wrong.rev) == (sent.ticket, desk.now, 2)
    assert entry(desk, phones[1], OTHER_COUNTY).state is State.ACTIVE
    clerk = desk.actor()
    template = filed(desk.session, clerk)
    listed = frozen(desk.session, clerk, template, lines(phones), desk.now)
    assert (listed.kept, listed.funnel["wrong_number"]) == (2, 1)
    service.mark(
        desk.session,
        actor=clerk,
        now=desk.now,
        entry_id=wrong.id,
        version=2,
        state=State.ACTIVE,
        reason="本人来电，号码没有错",
    )
    again = frozen(desk.session, clerk, template, lines(phones), desk.now)
    assert (again.kept, again.funnel["wrong_number"]) == (3, 0)
    changes = listing.changes_of(desk.session, wrong.id)
    assert [one.data["value"] for one in changes] == ["在用", "错号"]
    told_of = [one for one in list_chain(desk.session, "unit:system") if one.kind == "phone.marked"]
    assert [one.data["number"] for one in told_of] == [sent.ticket]


def test_a_second_receipt_marks_nothing_anew(desk: Desk, sent: Sending, phones: list[str]) -> None:
    for _ in range(2):
        take(desk, told(sent, 2, "MK:0001"))
        refs = [phone_ref(phones[1])]
        assert (
            service.mark_unreachable(
                desk.session, unit_id=sent.unit_id, ticket=sent.ticket, refs=refs, now=desk.now
            )
            == 0
        )
    assert entry(desk, phones[1]).rev == 2
