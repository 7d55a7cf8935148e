"""The operations whose requests the table of writes has prepared, as rows of the matrix."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.tasks import service as tasks
from app.tasks.types import BatchAct, Seen
from tests.rights.operations import Kind
from tests.rights.stages import BESIDE, HEAD, Operation, Way, begun
from tests.rights.writes import WRITES
from tests.support.office import Office

Body = Callable[[Mapping[str, Any]], dict[str, Any]]


def _written(page: str, rest: str, body: Body = dict, alone: Iterable[Kind] = ()) -> Operation:
    """What the table of writes has prepared for the page; `body`: how REST asks for the same."""

    def stage(office: Office, kind: Kind) -> dict[str, Any]:
        begun(office, kind)
        asked = WRITES[page].prepare(office)
        return {**asked.values, "page": asked.sent, "rest": body(asked.sent)}

    return Operation(stage, Way(page, {}, ("page",)), Way(rest, {}, ("rest",)), frozenset(alone))


def _only(*names: str) -> Body:
    return lambda sent: {name: sent[name] for name in names}


def _handed_over(sent: Mapping[str, Any]) -> dict[str, Any]:
    receivers = {
        name.removeprefix("to-"): who for name, who in sent.items() if name.startswith("to-")
    }
    return {"mark": sent["mark"], "reason": sent["reason"], "receivers": receivers}


def batched(office: Office, kind: Kind) -> dict[str, Any]:
    """The holder has asked for several at once; nothing of it has been done yet."""
    task = office.task(begun(office, kind))
    made = tasks.create_batch(
        office.session,
        actor=office.actor(HEAD),
        now=office.tick(),
        act=BatchAct.CLAIM,
        items=[Seen(task.id, task.version)],
        opinion="",
        client_key=tasks.new_key(),
    )
    return {"task_batch_id": made.id, "item": f"{task.id}:{task.version}"}


def stopped(office: Office, kind: Kind) -> dict[str, Any]:
    found = batched(office, kind)
    given: dict[str, Any] = {"actor": office.actor(HEAD), "now": office.tick()}
    tasks.stop_batch(office.session, batch_id=found["task_batch_id"], **given)
    return found


PREPARED: Mapping[str, Operation] = {
    "link": _written("tickets.link", "api.link", alone=BESIDE),
    "unlink": _written("tickets.unlink", "api.unlink", alone=BESIDE),
    "urge-several": _written(
        "tickets.urge_several", "api.create_urges", lambda sent: {"tickets": [sent["number"]]}
    ),
    "batch-stop": Operation(
        batched, Way("tasks.stop_batch", {}), Way("api.stop_task_batch", {}), frozenset()
    ),
    "batch-retry": Operation(
        stopped,
        Way("tasks.retry_batch", {}, ("item",)),
        Way("api.retry_task_batch", {}),
        frozenset(),
    ),
    "absence": _written(
        "identity.enter_absence", "api.create_absence", _only("from", "to", "kind")
    ),
    "absence-change": _written("identity.change_absence", "api.change_absence"),
    "absence-end": _written("identity.end_absence", "api.end_absence"),
    "mandate": _written(
        "identity.write_mandate", "api.create_mandate", _only("from", "to", "deputy")
    ),
    "mandate-change": _written("identity.change_mandate", "api.change_mandate"),
    "mandate-end": _written("identity.end_mandate", "api.end_mandate"),
    "mandate-revoke": _written("identity.revoke_mandate", "api.revoke_mandate"),
    "pair": _written("identity.enter_pair", "api.create_pair", _only("unit", "position", "a", "b")),
    "pair-end": _written("identity.end_pair", "api.end_pair"),
    "handover": _written("repairs.hand_over", "api.create_handover", _handed_over),
}
