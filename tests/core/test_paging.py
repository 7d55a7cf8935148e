"""Lists page by key: nothing twice, nothing missed, also while rows come and go."""

import pytest

from app.core.errors import Malformed
from app.core.paging import encode
from app.tasks.queries import list_tasks
from app.tasks.types import Box
from app.tickets.queries import list_tickets
from app.tickets.types import TicketBox
from tests.support.office import Office


def test_tickets_page_through_without_gap_or_repeat(office: Office) -> None:
    """Latest first; what is begun meanwhile does not push anything onto the next page."""
    numbers = [office.draft().number for _ in range(7)]
    clerk, cursor, seen = office.actor("yaohaiyang"), None, []
    for _ in range(3):
        page = list_tickets(office.session, clerk, TicketBox.MINE, cursor=cursor, limit=3)
        seen += [row.number for row in page.items]
        cursor = page.next_cursor
        office.draft()
    assert seen == numbers[::-1]
    assert cursor is None


def test_inbox_pages_oldest_first_and_done_latest_first(office: Office) -> None:
    tickets = [office.start() for _ in range(5)]
    head = office.actor("qinyongan")

    def walk(box: Box) -> list[str]:
        seen, cursor = [], None
        while True:
            page = list_tasks(office.session, head, box, cursor=cursor, limit=2)
            seen += [row.number for row in page.items]
            if (cursor := page.next_cursor) is None:
                return seen

    numbers = [ticket.number for ticket in tickets]
    assert walk(Box.TODO) == numbers
    for ticket in tickets:
        office.decide(ticket)
    assert walk(Box.TODO) == []
    assert walk(Box.DONE) == numbers[::-1]


def test_search_takes_wildcards_as_letters(office: Office) -> None:
    office.start()
    clerk = office.actor("yaohaiyang")
    for q, count in (("零工", 1), ("%", 0), ("_", 0), ("咸丰", 1), ("没有这样的", 0)):
        page = list_tickets(office.session, clerk, TicketBox.MINE, q=q)
        assert len(page.items) == count, q


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "é",
        "e30",
        encode(["2026-11-22T00:00:00+00:00", "not a number"]),
        encode([5, 5]),
        encode(["2026-11-22T00:00:00+00:00"]),
        encode(["2026-11-22T00:00:00+00:00", 2**80]),
        encode(["2026-11-22T00:00:00", 1]),
        encode(["2026-11-22T00:00:00+00:00", True]),
        "W1tb" * 5000,
    ],
)
def test_cursor_that_is_not_ours_is_refused(office: Office, cursor: str) -> None:
    """Never an error of the database."""
    clerk = office.actor("yaohaiyang")
    with pytest.raises(Malformed):
        list_tickets(office.session, clerk, TicketBox.MINE, cursor=cursor)
