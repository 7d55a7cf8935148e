"""`ledgers.append`: what a diagram describes is booked once, and corrected only by new rows."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.queries import list_chain
from app.ledgers import operations, queries
from app.ledgers.models import LedgerRow
from app.ledgers.queries import Filters
from app.ledgers.reach import Opened
from app.ledgers.service import export_ledger
from app.ledgers.types import LedgerNotFound, LedgerTaken
from app.processes.models import ProcessVersion
from app.processes.queries import latest_submission, published_version, unit_ref
from app.processes.registry import OperationContext
from app.processes.service import publishing
from app.tasks import service as tasks
from app.tasks.queries import results_of
from app.tickets import service as tickets
from app.tickets.models import Ticket
from tests.books.process import KEY, PARTS, bundle
from tests.support.office import DRAWN, NOW, Office

HEAD, LEADER, KEEPER = "qinyongan", "pengxiuying", "qinxuemei"
THINGS = [{"thing": "档案盒", "count": 12}, {"thing": "复写纸", "count": 3}]
ANSWERS: dict[str, Any] = {
    "note": "联系电话15400000108，身份证422899198906113733",
    "owner_id": "422899198906113733",
    "things": THINGS,
}


def publish(session: Session, made: publishing.Bundle | None = None) -> ProcessVersion:
    version = publishing.deploy(session, now=NOW, bundle=made or bundle())
    return publishing.publish(session, now=NOW, key=version.key, number=version.number)


@pytest.fixture
def ticket(office: Office) -> Ticket:
    publish(office.session)
    draft = tickets.create_draft(
        office.session,
        actor=office.actor("yaohaiyang"),
        now=office.tick(),
        process=KEY,
        answers=ANSWERS,
    )
    return office.submit(draft)


def decide(
    office: Office, ticket: Ticket, by: str, outcome: str = "approve", **answers: Any
) -> None:
    task = office.task(ticket)
    tasks.complete(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
        decision=tasks.Decision(
            outcome=outcome, answers=answers, signing=DRAWN, opinion="见说明。"
        ),
    )


def send_back(office: Office, ticket: Ticket, by: str, node: str) -> None:
    task = office.task(ticket)
    tasks.return_task(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
        reason="请改一下。",
        node=node,
    )


def rows(session: Session) -> list[LedgerRow]:
    found = select(LedgerRow).where(LedgerRow.name == KEY).order_by(LedgerRow.id)
    return list(session.scalars(found))


def book_of(office: Office, username: str) -> Opened:
    return queries.access_ledger(office.session, office.actor(username), KEY)


def test_each_row_of_the_list_is_booked(office: Office, ticket: Ticket) -> None:
    """Serials without gaps, values in words, numbers only masked, also in free text."""
    decide(office, ticket, HEAD, place="库房")
    booked = rows(office.session)
    assert [(row.serial, row.row_no, row.ticket) for row in booked] == [
        (1, 1, ticket.number),
        (2, 2, ticket.number),
    ]
    assert booked[0].values == {
        "unit": "咸丰县公共就业服务中心",
        "_unit": "咸丰县公共就业服务中心",
        "_executor": "秦永安",
        "things.thing": "档案盒",
        "things.count": "12",
        "note": "联系电话154****0108，身份证422899********3733",
        "owner_id": "422899********3733",
        "check.place": "库房",
        "check.signer": "秦永安",
    }


def test_calling_it_again_books_nothing(office: Office, ticket: Ticket) -> None:
    """A retry of the same step finds its rows."""
    decide(office, ticket, HEAD, place="库房")
    operations.append(office.session, context(office, ticket))
    assert len(rows(office.session)) == 2


def context(office: Office, ticket: Ticket) -> OperationContext:
    session, instance = office.session, ticket.instance
    latest = latest_submission(session, instance.id)
    assert latest is not None
    return OperationContext(
        instance_id=instance.id,
        version_id=instance.version_id,
        ticket=ticket.number,
        title=ticket.title,
        requester_id=ticket.requester_id,
        unit=unit_ref(session, ticket.unit_id),
        node="book",
        answers=latest.answers,
        submission=latest.n,
        variables={},
        actor=office.actor(HEAD),
        now=office.tick(),
        results=results_of(session, instance.id, latest.n),
    )


def test_what_changed_is_a_new_row_that_voids_the_old(office: Office, ticket: Ticket) -> None:
    decide(office, ticket, HEAD, place="库房")
    send_back(office, ticket, LEADER, "check")
    decide(office, ticket, HEAD, place="库房")
    assert len(rows(office.session)) == 2  # nothing is different
    send_back(office, ticket, LEADER, "check")
    decide(office, ticket, HEAD, place="二楼")
    found = rows(office.session)
    assert [row.values["check.place"] for row in found] == ["库房", "库房", "二楼", "二楼"]
    assert [row.values.get("_remark") for row in found[2:]] == ["更正第1号", "更正第2号"]
    lines = queries.list_rows(office.session, book_of(office, KEEPER)).items
    assert [line.void for line in lines] == [False, False, True, True]


def test_a_row_that_is_asked_for_no_more_is_undone(office: Office, ticket: Ticket) -> None:
    decide(office, ticket, HEAD, place="库房")
    send_back(office, ticket, LEADER, "apply")
    office.submit(ticket, ANSWERS | {"things": THINGS[:1]})
    decide(office, ticket, HEAD, place="库房")
    last = rows(office.session)[-1]
    assert (last.serial, last.row_no) == (3, 2)
    assert last.values["_remark"] == "冲销第2号：申请已经改过，不再有这一行"


def test_asked_for_again_it_stands_again(office: Office, ticket: Ticket) -> None:
    for things in (THINGS[:1], THINGS):
        decide(office, ticket, HEAD, place="库房")
        send_back(office, ticket, LEADER, "apply")
        office.submit(ticket, ANSWERS | {"things": things})
    decide(office, ticket, HEAD, place="库房")
    last = rows(office.session)[-1]
    assert (last.serial, last.row_no, last.corrects_id) == (4, 2, None)


def test_a_ticket_that_comes_to_nothing_leaves_no_row_in_force(
    office: Office, ticket: Ticket
) -> None:
    decide(office, ticket, HEAD, place="库房")
    decide(office, ticket, LEADER, "reject")
    found = rows(office.session)
    assert [row.values.get("_remark", "") for row in found] == [
        "",
        "",
        "冲销第1号：申请没有办成",
        "冲销第2号：申请没有办成",
    ]


def test_closed_it_stays_as_it_is(office: Office, ticket: Ticket) -> None:
    decide(office, ticket, HEAD, place="库房")
    decide(office, ticket, LEADER)
    assert len(rows(office.session)) == 2


@pytest.mark.parametrize(
    ("reader", "count"),
    [
        ("yaohaiyang", 2),  # the unit that asked
        (LEADER, 2),  # the bureau above it
        (KEEPER, 2),  # ledger_keepers: the whole county
        ("humin", 2),  # the auditor of the prefecture
        ("tanlihua", 0),  # an account admin keeps other books
        ("zhangchangjiang", 0),  # the keeper of another county
        ("longjinhua", 0),
    ],
)
def test_who_reads_it(office: Office, ticket: Ticket, reader: str, count: int) -> None:
    decide(office, ticket, HEAD, place="库房")
    actor = office.actor(reader)
    assert len(queries.list_rows(office.session, book_of(office, reader)).items) == count
    offers = {one.name: one.rows_count for one in queries.list_ledgers(office.session, actor)}
    assert offers[KEY] == count


def test_a_company_does_not_know_the_book(office: Office, ticket: Ticket) -> None:
    assert ticket.number
    with pytest.raises(LedgerNotFound):
        queries.access_ledger(office.session, office.actor("wenbin"), KEY)


@pytest.mark.parametrize(
    ("q", "count"), [("档案", 1), ("公共就业", 2), ("WP-", 2), ("库房", 0), ("%", 0)]
)
def test_the_search_looks_where_the_diagram_says(
    office: Office, ticket: Ticket, q: str, count: int
) -> None:
    decide(office, ticket, HEAD, place="库房")
    found = queries.list_rows(office.session, book_of(office, KEEPER), Filters(q=q))
    assert len(found.items) == count, ticket.number


def test_it_leaves_the_house_as_a_file(office: Office, ticket: Ticket) -> None:
    decide(office, ticket, HEAD, place="库房")
    made = export_ledger(office.session, actor=office.actor(KEEPER), now=office.now, name=KEY)
    assert (made.rows_count, made.name.startswith("物品领用台账-"), ticket.state) == (
        2,
        True,
        "running",
    )


def test_a_later_version_may_add_and_rename_and_loses_nothing(
    office: Office, ticket: Ticket
) -> None:
    decide(office, ticket, HEAD, place="库房")
    columns = "things.thing=物品名称,search;things.count=数量"
    publish(office.session, bundle(book=PARTS["book"] | {"ledger_columns": columns}))
    ledger = queries.find_ledger(office.session, KEY)
    assert ledger is not None
    labels = [column.label for column in ledger.columns]
    assert labels[3:9] == ["物品名称", "数量", "说明", "证件号", "地点", "核对人"]
    line = queries.list_rows(office.session, book_of(office, KEEPER)).items[0]
    assert "库房" in line.cells, ticket.number


def test_two_processes_do_not_share_a_book(office: Office) -> None:
    """`handing` and `handing-out` both may begin a name with handing-out."""
    publish(office.session)
    other = bundle()
    model = other.model.replace(b'id="handing-out"', b'id="handing"')
    short = publishing.Bundle(model, other.forms)
    with pytest.raises(LedgerTaken):
        publish(office.session, short)
    assert published_version(office.session, KEY)


def test_the_act_is_on_the_tickets_chain(office: Office, ticket: Ticket) -> None:
    decide(office, ticket, HEAD, place="库房")
    kinds = [event.kind for event in list_chain(office.session, ticket.instance.audit_chain)]
    assert kinds.count("ledger.appended") == 1
