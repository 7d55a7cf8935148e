"""What was approved is what leaves: each batch proves its rows, whatever tables say since."""

import pytest
from sqlalchemy import func, select, text

from app.audit.models import Event
from app.core import crypto
from app.messaging.audience.numbers import phone_ref
from app.sendings.models import Delivery, Sending
from app.sendings.types import DeliveryState, SendingState, Voided
from tests.messaging.gateway import Gateway
from tests.sendings.office import REVIEWER, Desk
from tests.sendings.test_steering import act
from tests.sendings.test_submitting import run

S = DeliveryState
OF_LIST = "UPDATE recipient SET {} WHERE list_id = :list_id AND n = :n"
OF_ROW = "UPDATE sending_delivery SET {} WHERE sending_id = :id AND n = :n"
OF_HEAD = "UPDATE sending SET {} WHERE id = :id"
OF_TEXT = OF_HEAD.format("texts = jsonb_set(texts, '{{unknown,{}}}', '\"{}\"')")
OTHER = "15400009999"
CHANGES = {
    "another number": OF_LIST.format("phone = :phone"),
    "another number with its index": OF_LIST.format("phone = :phone, phone_ref = :ref"),
    "another name": OF_LIST.format("values_sealed = :values"),
    "another operator": OF_LIST.format("operator = 'mobile'"),
    "another area": OF_LIST.format("area = '371083'"),
    "a row of the list less": "DELETE FROM recipient WHERE list_id = :list_id AND n = :n",
    "two rows of the list for each other": """
        UPDATE recipient r SET phone = o.phone, phone_ref = o.phone_ref
        FROM recipient o WHERE o.list_id = r.list_id AND r.list_id = :list_id
        AND (r.n, o.n) IN ((:n, :n + 1), (:n + 1, :n))""",
    "an index that is on no block list": OF_ROW.format("phone_ref = :ref"),
    "more to pay": OF_ROW.format("segments = 9"),
    "the binding of another row": """
        UPDATE sending_delivery d SET bound = o.bound FROM sending_delivery o
        WHERE o.sending_id = d.sending_id AND d.sending_id = :id AND d.n = :n AND o.n = :n + 1""",
    "no binding": OF_ROW.format("bound = ''"),
    "another text": OF_TEXT.format("body", "。"),
    "another signature": OF_TEXT.format("signature", "文登就业中心"),
    "another list": OF_HEAD.format("list_id = :other"),
    "another unit to pay": OF_HEAD.format("unit_id = (SELECT min(id) FROM unit)"),
    "another token": OF_HEAD.format("token = 'ffffffffffffffffffffffff'"),
    "no binding of the whole": OF_HEAD.format("bound = ''"),
}

ROW_MORE = (
    """
    INSERT INTO recipient (list_id, n, phone, phone_ref, area, values_sealed, segments)
    SELECT list_id, 4, :phone, :ref, area, values_sealed, segments FROM recipient
    WHERE list_id = :list_id AND n = 3""",
    """
    INSERT INTO sending_delivery (sending_id, n, phone_ref, segments, bound)
    SELECT sending_id, 4, :ref, segments, bound FROM sending_delivery
    WHERE sending_id = :id AND n = 3""",
)


def tamper(desk: Desk, sending: Sending, statement: str, n: int) -> None:
    other = desk.list_of([OTHER], desk.template()).id
    values = {
        "id": sending.id,
        "list_id": sending.list_id,
        "n": n,
        "other": other,
        "phone": crypto.seal(OTHER),
        "ref": phone_ref(OTHER),
        "values": crypto.seal_json({"姓名": "毕淑芳"}),
    }
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    desk.session.execute(text(statement), used)
    desk.session.commit()


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_further_leaves(desk: Desk, gateway: Gateway, change: str) -> None:
    """In the second batch; the first had left before anybody wrote into the tables."""
    sending = desk.open(150)
    run(desk, turns=1)
    assert gateway.handed.total() == 100
    tamper(desk, sending, CHANGES[change], 120)
    run(desk)
    found = desk.sending(sending)
    assert gateway.handed.total() == 100, "not one of the batch in which the changed one stands"
    assert found.state is SendingState.PAUSED
    assert "和批准时不一样" in found.reason
    events = select(func.count()).where(Event.kind == "sending.changed")
    assert desk.session.scalar(events) == 1
    act(desk, "resume", sending, REVIEWER)
    run(desk)
    assert desk.sending(sending).state is SendingState.PAUSED, "nor when somebody goes on"
    assert gateway.handed.total() == 100
    desk.opened.remove(sending.id)  # its figures are what was written there


def test_a_row_more_is_not_sent(desk: Desk, gateway: Gateway) -> None:
    sending = desk.open(3)
    for statement in ROW_MORE:
        tamper(desk, sending, statement, 4)
    run(desk)
    assert not gateway.handed
    assert "名单第 4 号" in desk.sending(sending).reason
    desk.opened.remove(sending.id)


def test_what_is_mended_goes_on(desk: Desk, gateway: Gateway) -> None:
    """Each number once all the same."""
    sending = desk.open(30)
    tamper(desk, sending, CHANGES["more to pay"], 7)
    run(desk)
    assert not gateway.handed
    mended = "UPDATE sending_delivery SET segments = (SELECT segments FROM recipient WHERE "
    mended += "list_id = :list_id AND n = :n) WHERE sending_id = :id AND n = :n"
    tamper(desk, sending, mended, 7)
    act(desk, "resume", sending)
    run(desk)
    assert set(gateway.handed.values()) == {1}
    assert desk.states(sending) == {S.SUBMITTED: 30}


def test_a_list_that_was_changed_leaves_no_row(desk: Desk) -> None:
    """Rows are entered while they are read; of a list that proves wrong at its end none stays."""
    template = desk.template()
    listed = desk.list_of(["15400000001", "15400000002"], template)
    listed.digest = b"another"
    desk.session.flush()
    with pytest.raises(Voided):
        desk.open_list(listed, template)
    assert not desk.session.scalar(select(func.count()).select_from(Delivery))
    assert not desk.session.scalar(select(func.count()).select_from(Sending))
