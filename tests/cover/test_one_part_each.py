"""Of one step nobody has two parts, whoever goes on leave, hands on or lets others sign."""

import pytest

from app.core.errors import Invalid
from app.identity import service
from app.tasks import service as tasks
from app.tasks.types import NotYourTask, TaskState
from tests.cover.leaves import (
    ADMIN,
    DEPUTY,
    HEAD,
    PERMISSION,
    A,
    B,
    away,
    incidents,
    mandate,
)
from tests.support.office import Office
from tests.tasks.together import begun, share


def test_for_whom_somebody_stands_in_has_a_share_already(office: Office) -> None:
    """Of one step nobody has two: one by his deputy, and one that a colleague hands on to him."""
    ticket = begun(office, "all")
    mandate(office, A)
    mine = share(office, ticket, B)
    with pytest.raises(Invalid) as refused:
        tasks.transfer(
            office.session,
            actor=office.actor(B),
            now=office.tick(),
            task_id=mine.id,
            version=mine.version,
            to=A,
            reason="",
        )
    assert [one.message for one in refused.value.errors] == ["谭丽华已经在办这一步。"]


def test_for_whom_a_share_waits_gets_no_second_one(office: Office) -> None:
    """He is away and nobody stands in: a colleague does not hand him another part of the step."""
    ticket = begun(office, "all")
    away(office, PERMISSION)
    mine = share(office, ticket, A)
    with pytest.raises(Invalid) as refused:
        tasks.transfer(
            office.session,
            actor=office.actor(A),
            now=office.tick(),
            task_id=mine.id,
            version=mine.version,
            to=PERMISSION,
            reason="",
        )
    assert [one.message for one in refused.value.errors] == ["吴一鸣已经在办这一步。"]


def test_a_share_that_nobody_has_is_not_for_who_has_one(office: Office) -> None:
    """Both of a position are away, one with his share in hand: the other's waits for somebody."""
    ticket = begun(office, "all")
    mine = share(office, ticket, A)
    tasks.claim(office.session, actor=office.actor(A), now=office.tick(), task_id=mine.id)
    other = share(office, ticket, B)
    away(office, A)
    away(office, B)
    office.session.refresh(other)
    assert (other.assignee_id, other.state) == (None, TaskState.OPEN)
    with pytest.raises(NotYourTask):
        tasks.claim(office.session, actor=office.actor(A), now=office.tick(), task_id=other.id)
    tasks.claim(office.session, actor=office.actor(B), now=office.tick(), task_id=other.id)


def test_for_whom_one_signs_does_not_sign_beside_it(office: Office) -> None:
    """The deputy gives the share back to him, or signs it; he does not add him as well."""
    ticket = begun(office, "all")
    mandate(office, HEAD)
    away(office, HEAD)
    mine = share(office, ticket, DEPUTY)
    with pytest.raises(Invalid) as refused:
        tasks.add_signers(
            office.session,
            actor=office.actor(DEPUTY),
            now=office.tick(),
            task_id=mine.id,
            version=mine.version,
            to=[HEAD],
            place="parallel",
            reason="",
        )
    assert [one.message for one in refused.value.errors] == ["秦永安已经在办这一步。"]


def test_who_signs_after_it_does_not_take_what_is_given_back(office: Office) -> None:
    """With nobody left for it, it waits for somebody, and is seen to wait."""
    ticket = begun(office, "any", assign="position:account_admin@same_level(requester.unit)")
    (first,) = office.tasks(ticket)[-1:]
    tasks.add_signers(
        office.session,
        actor=office.actor(A),
        now=office.tick(),
        task_id=first.id,
        version=first.version,
        to=[B],
        place="after",
        reason="",
    )
    tasks.release(
        office.session,
        actor=office.actor(A),
        now=office.tick(),
        task_id=first.id,
        version=first.version,
    )
    with pytest.raises(NotYourTask):
        tasks.claim(office.session, actor=office.actor(B), now=office.tick(), task_id=first.id)
    assert incidents(office, ticket) == []
    away(office, A)
    office.session.refresh(first)
    office.session.flush()
    assert (first.assignee_id, first.state) == (None, TaskState.OPEN)
    assert incidents(office, ticket) == ["review"]


def test_who_has_a_deputy_does_not_stand_in_beside_him(office: Office) -> None:
    """His deputy signs for him; he does not sign the same step again for somebody else."""
    service.enter_pair(
        office.session,
        actor=office.actor(ADMIN),
        now=office.tick(),
        unit="422826-xxzx",
        position="account_admin",
        a=A,
        b=B,
    )
    mandate(office, A)
    away(office, B)
    ticket = begun(office, "all")
    who = [office.username(one.assignee_id) for one in office.tasks(ticket) if one.is_active]
    assert (A in who, DEPUTY in who) == (False, True)
