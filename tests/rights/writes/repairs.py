"""What administrators do to tickets that stand, and to what a leaver has in hand."""

from collections.abc import Mapping
from typing import Any

from app.core import clock
from app.core.outbox import Outbox, OutboxState
from app.processes.models import Incident
from app.processes.service import running
from app.repairs import handover, migrations, standing
from tests.rights.writes.base import WORDS, Asked, Prepare, Write
from tests.rights.writes.people import (
    ADMIN,
    CLERK,
    FAR_REPAIRER,
    OTHER_ADMIN,
    REPAIRER,
    SECOND_REPAIRER,
)
from tests.rights.writes.prepared import EXECUTION, at, second_version
from tests.rights.writes.why import (
    ALONE,
    FORM,
    MAP,
    MARK,
    NO_BODY,
    NO_VERSION,
    NUMBER,
    PAGE,
    STATE,
    STOPS,
)
from tests.support.office import PROCESS, Office


def broken(office: Office) -> Incident:
    """An act whose effect failed; somebody has tried once."""
    ticket = office.walk(office.start(CLERK), to="permission_execution")
    incident = running.open_incident(
        office.session,
        now=office.tick(),
        instance=ticket.instance,
        node="apply_grants",
        cause="账户平台没有应答。",
        detail="",
    )
    incident.tries = 1
    office.session.flush()
    return incident


def letter(office: Office, state: OutboxState) -> Outbox:
    """A notice of a ticket that did not go out; somebody has sent it again once."""
    ticket = office.start(CLERK)
    row = Outbox(
        topic="tickets.notice",
        key=f"rows:{ticket.number}",
        payload={},
        ticket=ticket.number,
        state=state,
        retries=1,
        error="没有应答。",
        due_at=office.now,
        created_at=office.now,
    )
    office.session.add(row)
    office.session.flush()
    return row


def dead(**sent: Any) -> Prepare:
    return lambda office: Asked({"row_id": letter(office, OutboxState.DEAD).id}, sent)


def held(office: Office) -> Asked:
    return Asked({}, {"row": letter(office, OutboxState.HELD).id})


def repairable(what: str, *, over_rest: bool) -> Prepare:
    def make(office: Office) -> Asked:
        ticket = office.walk(office.start(CLERK), to="leader_approval")
        given: dict[str, Any] = {
            "move": {"to" if over_rest else "target": "department_opinion"},
            "edit": {"changes": {"n": 1}} if over_rest else {"name": "n", "value": "1"},
            "migrate": {"version": 2},
        }.get(what, {})
        if what == "resume":
            given_by: dict[str, Any] = {"actor": office.actor(REPAIRER), "now": office.tick()}
            standing.suspend(office.session, number=ticket.number, reason=WORDS, **given_by)
        if what == "migrate":
            second_version(office)
        sent = {"reason": WORDS, "rev": ticket.instance.rev, **given}
        if what in ("move", "migrate") and not over_rest:
            sent["step"] = "do"
        return Asked({"number": ticket.number}, sent)

    return make


def many(**sent: Any) -> Prepare:
    def make(office: Office) -> Asked:
        office.start(CLERK)
        second_version(office)
        return Asked({"key": PROCESS, "number": 1}, sent)

    return make


def running_migration(office: Office) -> Asked:
    office.start(CLERK)
    second_version(office)
    made = migrations.create(
        office.session,
        actor=office.actor(REPAIRER),
        now=office.tick(),
        key=PROCESS,
        number=1,
        version=2,
        reason="",
        client_key="k" * 32,
    )
    return Asked({"migration_id": made.id})


def leaving_office(*, over_rest: bool) -> Prepare:
    """谭丽华 leaves; what she has in hand is to go to her colleague."""

    def make(office: Office) -> Asked:
        at(EXECUTION, claimed=True)(office)
        found = handover.preview(
            office.session, actor=office.actor(REPAIRER), now=clock.utcnow(), username=ADMIN
        )
        to = {part.key: OTHER_ADMIN for part in found.parts if part.what is handover.What.TASK}
        sent: dict[str, Any] = {"mark": found.mark, "reason": WORDS}
        sent |= {"receivers": to} if over_rest else {f"to-{key}": who for key, who in to.items()}
        return Asked({"username": ADMIN}, sent)

    return make


def mended(what: str, *, over_rest: bool = False) -> Write:
    """An administrator's repair, from a page that knows the ticket's state."""
    more = FORM if over_rest else PAGE | FORM
    return Write(
        REPAIRER,
        repairable(what, over_rest=over_rest),
        more | (MAP if over_rest and what == "edit" else {}),
        second=SECOND_REPAIRER,
        again="same" if over_rest else "refused",
        stranger=FAR_REPAIRER,
        seen="rev",
    )


ROWS: Mapping[str, Write] = {
    "repairs.retry": Write(
        REPAIRER,
        lambda office: Asked({"incident_id": broken(office).id}, {"tries": 1}),
        PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
        seen="tries",
    ),
    "repairs.retry_row": Write(
        REPAIRER,
        dead(retries=1),
        PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
        seen="retries",
    ),
    "repairs.discard_row": Write(
        REPAIRER,
        dead(reason=WORDS, state="dead"),
        STATE | PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "repairs.release_rows": Write(
        REPAIRER,
        held,
        STATE | PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "repairs.suspend": mended("suspend"),
    "repairs.resume": mended("resume"),
    "repairs.cancel": mended("cancel"),
    "repairs.move": mended("move"),
    "repairs.edit": mended("edit"),
    "repairs.migrate": mended("migrate"),
    "repairs.hand_over": Write(
        REPAIRER,
        leaving_office(over_rest=False),
        MARK | PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
    ),
    "repairs.create_migration": Write(
        REPAIRER,
        many(version=2, client_key="k" * 32, reason=WORDS),
        ALONE | NO_VERSION | PAGE | FORM,
        second=SECOND_REPAIRER,
        again="same",
    ),
    "repairs.stop_migration": Write(
        REPAIRER,
        running_migration,
        STATE | STOPS | PAGE | FORM,
        stranger=FAR_REPAIRER,
        again="same",
    ),
    "api.retry_incident": Write(
        REPAIRER,
        lambda office: Asked({"incident_id": broken(office).id}, {"tries": 1}),
        FORM | NUMBER,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
        seen="tries",
    ),
    "api.suspend": mended("suspend", over_rest=True),
    "api.resume": mended("resume", over_rest=True),
    "api.move": mended("move", over_rest=True),
    "api.edit_variables": mended("edit", over_rest=True),
    "api.migrate": mended("migrate", over_rest=True),
    "api.create_handover": Write(
        REPAIRER,
        leaving_office(over_rest=True),
        MARK | FORM,
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    ),
    "api.create_migration": Write(
        REPAIRER,
        many(version=2),
        ALONE | NO_VERSION | FORM,
        second=SECOND_REPAIRER,
        again="same",
    ),
    "api.stop_migration": Write(
        REPAIRER,
        running_migration,
        STATE | STOPS | FORM | NO_BODY,
        stranger=FAR_REPAIRER,
        again="same",
    ),
}
