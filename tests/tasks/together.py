"""A form, then one node that several people decide, then the leader; and who they are.

The four whom `review` names, in this order: two account administrators, the permission
administrator and the head of the department of 咸丰县人社局.
"""

from typing import Any

from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.types import TaskKind
from app.tickets import service as tickets
from app.tickets.models import Ticket
from tests.bpmn.models import choice, element, end, model, properties
from tests.support.office import NOW, Office

KEY = "together"
VOTERS = ("tanlihua", "tanguifang", "wuyiming", "qinyongan")
NAMED = (
    "position:account_admin@same_level(requester.unit);"
    "position:permission_admin@same_level(requester.unit);"
    "position:dept_head@requester.unit"
)
APPLY = {
    "key": f"{KEY}/apply",
    "title": "申请表",
    "components": [{"type": "textfield", "key": "note", "label": "说明"}],
}
ACTIONS = "return;transfer;delegate;add-signers"
OUTCOMES = "approve=同意;amend=修改后同意;reject=不同意"


def bundle(decide: str, **given: str) -> Bundle:
    review = {
        "assign": NAMED,
        "decide": decide,
        "actions": ACTIONS,
        "outcomes": OUTCOMES,
        **given,
    }
    leader = {
        "assign": "position:unit_leader@requester.unit",
        "outcomes": "approve=同意",
        "empty": "up",
    }
    parts = (
        element("startEvent", "apply", properties(form=f"{KEY}/apply"), 'name="填表"')
        + element("userTask", "review", properties(**review), 'name="会审"')
        + element("userTask", "sign", properties(**leader), 'name="签发"')
        + choice("decided", "decided-sign")
        + end("done")
        + element("endEvent", "refused", properties(result="refused"), 'name="不予办理"')
    )
    ways = """apply->review
        review->decided
        decided->sign
        decided->refused ? review_outcome == "reject"
        sign->done"""
    own = properties(title="几人会审", category="试验", start_positions="clerk")
    made = model(own + parts, ways).replace(b'id="trial"', f'id="{KEY}"'.encode())
    return Bundle(made, {APPLY["key"]: APPLY})


def begun(office: Office, decide: str = "all", **given: str) -> Ticket:
    """Submitted by 姚海燕, waiting at `review`."""
    version = publishing.deploy(office.session, now=NOW, bundle=bundle(decide, **given))
    publishing.publish(office.session, now=NOW, key=version.key, number=version.number)
    return another(office)


def another(office: Office) -> Ticket:
    """One more of what `begun` has published."""
    ticket = tickets.create_draft(
        office.session,
        actor=office.actor("yaohaiyang"),
        now=office.tick(),
        process=KEY,
        answers={"note": "两间会议室"},
    )
    return office.submit(ticket)


def share(office: Office, ticket: Ticket, username: str) -> Task:
    """The latest task of this person on the ticket that is not just kept to be read."""
    person = office.actor(username).person_id
    return [
        task
        for task in office.tasks(ticket)
        if task.assignee_id == person and task.kind is not TaskKind.HANDED
    ][-1]


def say(
    office: Office, ticket: Ticket, username: str, outcome: str = "approve", **given: Any
) -> Task:
    task = share(office, ticket, username)
    opinion = given.pop("opinion", "不妥" if outcome == "reject" else "")
    return tasks.complete(
        office.session,
        actor=office.actor(username),
        now=office.tick(),
        task_id=task.id,
        version=given.pop("version", task.version),
        decision=tasks.Decision(outcome=outcome, opinion=opinion, **given),
    )


def inboxes(office: Office, ticket: Ticket) -> set[str]:
    """Who finds the ticket in his inbox now."""
    everybody = (*VOTERS, "pengxiuying", "yaohaiyang", "qinxuemei", "jiangqiuju", "humin")
    ids = {office.actor(name).person_id: name for name in everybody}
    return {
        ids.get(task.assignee_id or 0, str(task.assignee_id))
        for task in office.tasks(ticket)
        if task.is_active
    }
