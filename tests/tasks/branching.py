"""A process with two branches between a check and a signature; nothing is drawn that goes back."""

from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.queries import active_tasks
from app.tickets import service as tickets
from app.tickets.models import Ticket
from tests.bpmn.models import element, end, model, parallel, properties
from tests.support.office import NOW, Office

KEY = "branching"
PEOPLE = {
    "check": "qinyongan",
    "money": "tanlihua",
    "paid": "wuyiming",
    "room": "tanlihua",
    "sign": "pengxiuying",
}
APPLY = {
    "key": f"{KEY}/apply",
    "title": "申请表",
    "components": [{"type": "textfield", "key": "note", "label": "说明"}],
}


def _user(name: str, title: str, assign: str) -> str:
    given = {"assign": assign, "actions": "return", "outcomes": "approve=同意"}
    return element("userTask", name, properties(**given), f'name="{title}"')


def bundle() -> Bundle:
    """check, then money → paid beside room, then sign."""
    parts = (
        element("startEvent", "apply", properties(form=f"{KEY}/apply"), 'name="填表"')
        + _user("check", "核对", "position:dept_head@requester.unit")
        + parallel("fork", "join")
        + _user("money", "经费", "position:account_admin@same_level(requester.unit)")
        + _user("paid", "拨付", "position:permission_admin@same_level(requester.unit)")
        + _user("room", "场地", "position:account_admin@same_level(requester.unit)")
        + _user("sign", "签发", "position:unit_leader@requester.unit")
        + end("done")
    )
    ways = """apply->check
        check->fork
        fork->money
        money->paid
        paid->join
        fork->room
        room->join
        join->sign
        sign->done"""
    own = properties(title="两路办理", category="试验", start_positions="clerk")
    made = model(own + parts, ways).replace(b'id="trial"', f'id="{KEY}"'.encode())
    return Bundle(made, {APPLY["key"]: APPLY})


def begun(office: Office) -> Ticket:
    """Submitted under it, waiting at `check`."""
    version = publishing.deploy(office.session, now=NOW, bundle=bundle())
    publishing.publish(office.session, now=NOW, key=version.key, number=version.number)
    ticket = tickets.create_draft(
        office.session,
        actor=office.actor("yaohaiyang"),
        now=office.tick(),
        process=KEY,
        answers={"note": "两间会议室"},
    )
    return office.submit(ticket)


def at(office: Office, ticket: Ticket, node: str) -> Task:
    return next(t for t in active_tasks(office.session, ticket.instance_id) if t.node == node)


def agree(office: Office, ticket: Ticket, node: str, by: str = "", opinion: str = "") -> Task:
    task = at(office, ticket, node)
    return tasks.complete(
        office.session,
        actor=office.actor(by or PEOPLE[node]),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
        decision=tasks.Decision("approve", opinion=opinion),
    )
