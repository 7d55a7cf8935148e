"""What stands before the writes of several rooms are sent."""

from dataclasses import replace
from typing import Any

from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.tasks import service as tasks
from scripts.process import ROOT
from tests.attachments import samples
from tests.rights.writes.base import Asked, Prepare
from tests.rights.writes.people import ADMIN, CLERK
from tests.support.office import PROCESS, Office

EXECUTION = "account_execution"


def submitted(**sent: Any) -> Prepare:
    return lambda office: Asked({"number": office.start(CLERK).number}, sent)


def returned(**sent: Any) -> Prepare:
    def make(office: Office) -> Asked:
        ticket = office.start(CLERK)
        office.send_back(ticket)
        return Asked({"number": ticket.number}, sent)

    return make


def at(node: str, *, claimed: bool = False, **sent: Any) -> Prepare:
    """A task that waits at `node`, with the version its page shows."""

    def make(office: Office) -> Asked:
        ticket = office.walk(office.start(CLERK), to=node)
        task = office.task(ticket)
        if claimed:
            tasks.claim(
                office.session, actor=office.actor(ADMIN), now=office.tick(), task_id=task.id
            )
        return Asked({"task_id": task.id}, {"version": task.version, **sent})

    return make


def second_version(office: Office) -> None:
    """The same process with a remark in its diagram."""
    bundle = Bundle.read(ROOT, PROCESS)
    model = bundle.model.replace(b"</bpmn:definitions>", b"<!-- 2 --></bpmn:definitions>")
    made = publishing.deploy(office.session, now=office.now, bundle=replace(bundle, model=model))
    publishing.publish(office.session, now=office.now, key=made.key, number=made.number)


PAPER = {"file": (samples.pdf(), "签字件.pdf")}
