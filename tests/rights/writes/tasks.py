"""Tasks, one by one and many at once."""

from collections.abc import Mapping
from typing import Any

from app.tasks import service as tasks
from app.tasks.types import BatchAct, Seen
from tests.rights.writes.base import WORDS, Asked, Case, Prepare, Write, because
from tests.rights.writes.people import ADMIN, CLERK, CUSTODIAN, HEAD, OTHER_ADMIN
from tests.rights.writes.prepared import EXECUTION, at
from tests.rights.writes.why import FORM, MINE, NO_BODY, NUMBER, OWN, PAGE, STATE, TOLD
from tests.support.office import DRAWN, RESULT, Office


def decided(**sent: Any) -> Prepare:
    """A step that 秦永安 has done and nobody has followed."""

    def make(office: Office) -> Asked:
        ticket = office.walk(office.start(CLERK), to="leader_approval")
        task = next(t for t in office.tasks(ticket) if t.node == "department_opinion")
        return Asked({"task_id": task.id}, {"version": task.version, **sent})

    return make


def signed_with(**sent: Any) -> Prepare:
    """秦永安 has asked the keeper of the seal to sign beside him."""

    def make(office: Office) -> Asked:
        task = office.task(office.start(CLERK))
        tasks.add_signers(
            office.session,
            actor=office.actor(HEAD),
            now=office.tick(),
            task_id=task.id,
            version=task.version,
            to=[CUSTODIAN],
            place="parallel",
            reason="",
        )
        return Asked({"task_id": task.id}, {"version": task.version, **sent})

    return make


def claimable(office: Office) -> tuple[int, int]:
    """A task that both administrators are offered, with its version."""
    task = office.task(office.walk(office.start(CLERK), to=EXECUTION))
    return task.id, task.version


def acted(office: Office) -> Asked:
    """A batch of one task that still waits for the worker."""
    task_id, version = claimable(office)
    made = tasks.create_batch(
        office.session,
        actor=office.actor(ADMIN),
        now=office.tick(),
        act=BatchAct.CLAIM,
        items=[Seen(task_id, version)],
        opinion="",
        client_key="k" * 32,
    )
    return Asked({"task_batch_id": made.id})


def claiming(office: Office) -> Asked:
    given = {"act": "claim", "client_key": "k" * 32}
    return Asked({}, {"item": "{}:{}".format(*claimable(office)), **given})


def claiming_over_rest(office: Office) -> Asked:
    task_id, version = claimable(office)
    return Asked({}, {"act": "claim", "items": [{"id": task_id, "version": version}]})


DECIDE = {
    "act": "complete:done",
    "result": RESULT,
    "own-opinion": WORDS,
    "own-signature_kind": "drawn",
    "own-signature": DRAWN.image,
}
COMPLETE = {
    "outcome": "done",
    "answers": {"result": RESULT},
    "signature": {"kind": "drawn", "image": DRAWN.image},
}

ROWS: Mapping[str, Write] = {
    "tasks.claim": Write(
        ADMIN, at(EXECUTION), STATE | PAGE | FORM, second=OTHER_ADMIN, again="same"
    ),
    "tasks.release": Write(
        ADMIN,
        at(EXECUTION, claimed=True),
        PAGE | FORM | because("only its holder may: tests/tickets", Case.SECOND),
    ),
    "tasks.withdraw": Write(
        HEAD,
        decided(reason=WORDS),
        PAGE | FORM | because("its decider alone: tests/tasks", Case.SECOND),
    ),
    "tasks.create_batch": Write(ADMIN, claiming, OWN | TOLD | PAGE | FORM, again="same"),
    "tasks.stop_batch": Write(ADMIN, acted, STATE | PAGE | FORM | MINE, again="same"),
    "tasks.retry_batch": Write(ADMIN, acted, STATE | PAGE | FORM | MINE, again="same"),
    "api.claim": Write(
        ADMIN,
        at(EXECUTION),
        FORM | NUMBER,
        second=OTHER_ADMIN,
        again="same",
    ),
    "api.release": Write(
        ADMIN,
        at(EXECUTION, claimed=True),
        FORM | NUMBER | because("only its holder may: tests/tickets", Case.SECOND),
        again="same",
    ),
    "api.complete": Write(
        ADMIN,
        at(EXECUTION, **COMPLETE),
        because("its form has one text", Case.MONTH, Case.READ_ONLY, Case.ROWS),
        second=OTHER_ADMIN,
        again="same",
    ),
    "api.return_task": Write(
        ADMIN, at(EXECUTION, reason=WORDS), FORM, second=OTHER_ADMIN, again="same"
    ),
    "api.transfer": Write(
        ADMIN,
        at(EXECUTION, to=OTHER_ADMIN, reason=WORDS),
        FORM,
        second=OTHER_ADMIN,
        again="same",
    ),
    "api.delegate": Write(
        HEAD,
        at("department_opinion", to=CUSTODIAN, reason=WORDS),
        FORM | because("it has one holder", Case.SECOND),
        again="same",
    ),
    "api.add_signers": Write(
        HEAD,
        at("department_opinion", to=[CUSTODIAN], reason=WORDS),
        FORM | because("it has one holder", Case.SECOND) | because("takes a list", Case.LIST),
        again="same",
    ),
    "api.remove_signer": Write(
        HEAD,
        signed_with(to=CUSTODIAN, reason=WORDS),
        FORM | because("only who added: tests/tasks", Case.SECOND),
        again="same",
    ),
    "api.withdraw_task": Write(
        HEAD,
        decided(reason=WORDS),
        FORM | because("its decider alone: tests/tasks", Case.SECOND),
        again="same",
    ),
    "api.create_task_batch": Write(ADMIN, claiming_over_rest, OWN | TOLD | FORM, again="same"),
    "api.stop_task_batch": Write(ADMIN, acted, STATE | FORM | MINE | NO_BODY, again="same"),
    "api.retry_task_batch": Write(ADMIN, acted, STATE | FORM | MINE, again="same"),
}
