"""Signals, messages and processes without forms, as somebody who tests them speaks to REST."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import utcnow
from app.core.db import transaction
from app.identity import queries as people
from app.identity.models import Appointment
from app.identity.types import Position
from app.processes.models import Instance
from tests.api.conftest import PROCESS, Rest, answers_for
from tests.bpmn.models import (
    boundary,
    call,
    called,
    catch,
    choice,
    declared,
    defined,
    element,
    end,
    ends,
    model,
    multi,
    parallel,
    properties,
    receive,
    script,
    start,
    subprocess,
    terminate,
    user,
)
from tests.rights.counties import LAIFENG
from tests.support.office import drawing

Login = Callable[[str], Rest]
TESTER, DESIGNER, PUBLISHER = "jiangqiuju", "lvdesheng", "raowentao"
HEARS = model(
    start() + catch("hear", "signal go") + user("ask") + end(),
    "start->hear\nhear->ask\nask->end",
    beside=declared("signal go"),
)
WAITS = model(
    start() + receive("wait", "reply", correlation="order") + user("ask") + end(),
    "start->wait\nwait->ask\nask->end",
    beside=declared("message reply"),
)


def publish(login: Login, content: bytes, key: str = "trial") -> None:
    content = content.replace(b'<bpmn:process id="trial"', f'<bpmn:process id="{key}"'.encode())
    files = {"bpmn": (io.BytesIO(content), f"{key}.bpmn")}
    draft = login(DESIGNER).upload("/processes", files)
    assert draft.status_code == 201, draft.text
    path = f"/processes/{key}/versions/{draft.json['version']}/publish"
    assert login(PUBLISHER).post(path).status_code == 200


def begin(rest: Rest, key: str = "trial", **variables: Any) -> dict[str, Any]:
    answer = rest.post("/tickets", {"process": key, "variables": variables})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def open_nodes(ticket: dict[str, Any]) -> list[str]:
    return [task["node"] for task in ticket["tasks"] if task["state"] == "open"]


def complete(rest: Rest, number: str, node: str, **body: Any) -> dict[str, Any]:
    """As a stranger to the process does it: look for the task, answer it, look at the ticket."""
    items = rest.get("/tasks", q=number).json["items"]
    task = next(item for item in items if (item["ticket"], item["node"]) == (number, node))
    answer = rest.post(f"/tasks/{task['id']}/complete", {"version": task["version"], **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = rest.get(f"/tickets/{number}").json
    return found


def log(rest: Rest, number: str) -> list[tuple[str, str]]:
    lines = rest.get(f"/tickets/{number}/log").json["items"]
    return [(line["node"], line["event"]) for line in lines]


@pytest.fixture
def tester(login: Login) -> Rest:
    return login(TESTER)


@pytest.fixture
def far_tester(login: Login) -> Rest:
    """A process tester of another county."""
    with transaction() as session:
        person = people.find_person_by_username(session, LAIFENG.holders[0])
        assert person is not None
        session.add(
            Appointment(
                person_id=person.id,
                position=Position.PROCESS_TESTER,
                unit_id=person.unit_id,
                starts_at=utcnow(),
                source="test",
            )
        )
    return login(LAIFENG.holders[0])


# --- signals ---


def test_a_signal_wakes_what_waits_for_it(login: Login, tester: Rest) -> None:
    publish(login, HEARS)
    ticket = begin(tester)
    assert open_nodes(ticket) == []
    path = f"/tickets/{ticket['number']}/signals"
    answer = tester.post(path, {"name": "go", "payload": {"word": "now", "many": [1, 2]}})
    assert answer.status_code == 200, answer.text
    assert open_nodes(answer.json) == ["ask"]
    assert answer.json["variables"] == {"word": "now", "many": [1, 2]}
    again = tester.post(path, {"name": "go"})
    assert (again.status_code, again.json["code"]) == (409, "nobody_waits")
    lines = tester.get(f"/tickets/{ticket['number']}/log").json["items"]
    changed = {line["node"]: line["changes"] for line in lines if line["changes"]}
    assert changed == {"hear": {"word": [None, "now"], "many": [None, [1, 2]]}}
    told = [said["title"] for said in answer.json["timeline"]]
    assert "收到信号" in told


def test_a_double_click_is_one_signal(login: Login, tester: Rest) -> None:
    """The same key answers as the first did; without a key the second finds nobody."""
    publish(login, HEARS)
    number = begin(tester)["number"]
    path = f"/tickets/{number}/signals"
    answers = [tester.post(path, {"name": "go"}, key="one") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].data == answers[1].data
    other = tester.post(path, {"name": "stop"}, key="one")
    assert other.json["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"_x": 1}, "payload._x"),
        ({"a b": 1}, "payload.a b"),
        ({"outcome": "approve"}, "payload.outcome"),
        ({"ask_outcome": "approve"}, "payload.ask_outcome"),
        ({"loopCounter": 1}, "payload.loopCounter"),
        ({"x": "y" * 3000}, "payload.x"),
        ({"x": [[[[1]]]]}, "payload.x"),
        ({"x": list(range(1000))}, "payload.x"),
        ({"x": 10**30}, "payload.x"),
        ({f"x{n}": n for n in range(101)}, "payload"),
    ],
)
def test_what_may_not_be_set_is_refused_with_its_path(
    login: Login, tester: Rest, payload: dict[str, Any], path: str
) -> None:
    publish(login, HEARS)
    number = begin(tester)["number"]
    answer = tester.post(f"/tickets/{number}/signals", {"name": "go", "payload": payload})
    assert answer.status_code == 422, answer.text
    assert [error["path"] for error in answer.json["errors"]] == [path]
    assert tester.get(f"/tickets/{number}").json["variables"] == {}


def test_who_may_send_what(login: Login, tester: Rest, far_tester: Rest) -> None:
    """A clerk may not; a tester of another county does not see the ticket."""
    publish(login, HEARS)
    number = begin(tester)["number"]
    clerk = login("yaohaiyang")
    assert clerk.post(f"/tickets/{number}/signals", {"name": "go"}).status_code == 403
    assert clerk.post("/messages", {"name": "go"}).status_code == 403
    far = far_tester.post(f"/tickets/{number}/signals", {"name": "go"})
    assert far.status_code == 404
    assert tester.post("/tickets/BJ-2026-99999/signals", {"name": "go"}).status_code == 404
    assert tester.post(f"/tickets/{number}/signals", {}).status_code == 422


# --- messages ---


def test_a_message_finds_the_ticket_with_its_correlation(login: Login, tester: Rest) -> None:
    publish(login, WAITS)
    other, ticket = begin(tester, order="A1"), begin(tester, order=7)
    nobody = tester.post("/messages", {"name": "reply", "correlation": "A2"})
    assert (nobody.status_code, nobody.json["code"]) == (409, "nobody_waits")
    plain = tester.post("/messages", {"name": "reply"})
    assert plain.json["code"] == "nobody_waits"
    answer = tester.post(
        "/messages", {"name": "reply", "correlation": 7, "payload": {"sum": 1.5}}, key="k"
    )
    assert answer.status_code == 200, answer.text
    assert answer.json["number"] == ticket["number"]
    assert answer.json["variables"] == {"order": 7, "sum": 1.5}
    again = tester.post(
        "/messages", {"name": "reply", "correlation": 7, "payload": {"sum": 1.5}}, key="k"
    )
    assert again.json == answer.json
    assert open_nodes(tester.get(f"/tickets/{other['number']}").json) == []


def test_a_message_of_another_county_does_not_reach_over_rest(
    login: Login, tester: Rest, far_tester: Rest
) -> None:
    """A person's message goes no further than what the person may see."""
    publish(login, WAITS)
    begin(tester, order="A1")
    answer = far_tester.post("/messages", {"name": "reply", "correlation": "A1"})
    assert answer.json["code"] == "nobody_waits"


def test_a_message_begins_a_ticket(login: Login, tester: Rest) -> None:
    first = element("startEvent", "asked", properties(payload="word") + defined("message order"))
    content = model(
        first + user("ask") + end(), "asked->ask\nask->end", beside=declared("message order")
    )
    publish(login, content)
    refused = tester.post("/tickets", {"process": "trial"})
    assert (refused.status_code, refused.json["code"]) == (403, "may_not_start")
    body = {"name": "order", "payload": {"word": "now", "more": 1}}
    made = tester.post("/messages", body, key="k")
    assert made.status_code == 200, made.text
    assert made.json["variables"] == {"word": "now"}
    assert made.json["requester"]["username"] == TESTER
    assert open_nodes(made.json) == ["ask"]
    assert tester.post("/messages", body, key="k").json["number"] == made.json["number"]
    assert complete(tester, made.json["number"], "ask")["state"] == "closed"


# --- processes without forms ---


def test_answers_without_a_form_are_variables(login: Login, tester: Rest) -> None:
    """Where no form says what is asked; the one outcome there is need not be named."""
    content = model(
        start() + user("ask") + choice("big", default="big-end") + user("more") + end(),
        "start->ask\nask->big\nbig->more ? amount > 3\nbig->end\nmore->end",
    )
    publish(login, content)
    ticket = begin(tester, given=1)
    task = tester.get(f"/tasks/{ticket['tasks'][0]['id']}").json
    assert task["form"] is None
    assert [outcome["value"] for outcome in task["outcomes"]] == ["done"]
    bad = {"version": task["version"], "answers": {"ask_outcome": "x"}}
    refused = tester.post(f"/tasks/{task['id']}/complete", bad)
    assert (refused.status_code, refused.json["errors"][0]["path"]) == (422, "ask_outcome")
    seen = complete(tester, ticket["number"], "ask", answers={"amount": 5})
    assert open_nodes(seen) == ["more"]
    assert seen["variables"] == {"given": 1, "amount": 5, "outcome": "done", "ask_outcome": "done"}
    assert complete(tester, ticket["number"], "more", outcome="done")["state"] == "closed"


def test_answers_of_a_process_with_forms_are_not_variables(clerk: Rest, login: Login) -> None:
    """An approver cannot slip in what the form did not ask."""
    made = clerk.post("/tickets", {"process": PROCESS, "answers": answers_for(clerk)}).json
    task = next(task for task in made["tasks"] if task["state"] == "open")
    body = {
        "version": task["version"],
        "outcome": "approve",
        "answers": {"amount": 5},
        "signature": {"kind": "drawn", "image": drawing()},
    }
    answer = login(task["assignee"]).post(f"/tasks/{task['id']}/complete", body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] == "unknown_field"


@pytest.mark.parametrize("variables", [{"a_outcome": "x"}, {"_a": 1}, {"x": [[[[1]]]]}])
def test_variables_that_may_not_be_set(
    login: Login, tester: Rest, variables: dict[str, Any]
) -> None:
    publish(login, HEARS)
    answer = tester.post("/tickets", {"process": "trial", "variables": variables})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["path"].startswith("variables.")


def test_people_inside_subprocesses_and_called_processes(login: Login, tester: Rest) -> None:
    """Their tasks are found, decided and logged like all others; the call hands in and out."""
    inner = start().replace('"start"', '"in"') + user("deep") + end("out")
    other = (
        start().replace('"start"', '"called_start"')
        + user("asked", outcomes="yes=是;no=否")
        + script("sum", "total = n + 1")
        + end("called_end")
    )
    content = model(
        start()
        + subprocess("sub", inner, "in->deep\ndeep->out")
        + call("callit", "other", **{"in": "n=amount", "out": "result=total"})
        + end(),
        "start->sub\nsub->callit\ncallit->end",
        beside=called("other", other, "called_start->asked\nasked->sum\nsum->called_end"),
    )
    publish(login, content)
    number = begin(tester, amount=2)["number"]
    assert open_nodes(tester.get(f"/tickets/{number}").json) == ["deep"]
    assert open_nodes(complete(tester, number, "deep")) == ["asked"]
    done = complete(tester, number, "asked", outcome="yes")
    assert done["state"] == "closed"
    assert done["variables"]["result"] == 3
    assert "total" not in done["variables"]
    assert log(tester, number)[-3:] == [
        ("callit", "completed"),
        ("end", "entered"),
        ("end", "completed"),
    ]


def test_two_visits_of_one_node_at_once(login: Login, tester: Rest) -> None:
    """Two tokens at one place are two tasks; each is answered by itself."""
    content = model(
        start() + parallel("fork") + user("ask") + end(),
        "start->fork\nfork->ask\nask->end",
    ).replace(
        b'<bpmn:sequenceFlow id="fork-ask"',
        b'<bpmn:sequenceFlow id="second" sourceRef="fork" targetRef="ask"/>'
        b'<bpmn:sequenceFlow id="fork-ask"',
    )
    publish(login, content)
    number = begin(tester)["number"]
    assert open_nodes(tester.get(f"/tickets/{number}").json) == ["ask", "ask"]
    assert open_nodes(complete(tester, number, "ask")) == ["ask"]
    assert complete(tester, number, "ask")["state"] == "closed"


def test_a_terminate_end_closes_the_ticket_and_its_tasks(login: Login, tester: Rest) -> None:
    parts = start() + parallel("fork") + user("a") + user("b") + terminate("stop") + end()
    flows = "start->fork\nfork->a\nfork->b\na->stop\nb->end"
    publish(login, model(parts, flows))
    number = begin(tester)["number"]
    seen = complete(tester, number, "a")
    assert seen["state"] == "closed"
    assert {task["node"]: task["state"] for task in seen["tasks"]} == {
        "a": "done",
        "b": "cancelled",
    }
    assert ("b", "cancelled") in log(tester, number)


def test_work_taken_away_by_an_event(login: Login, tester: Rest) -> None:
    parts = start() + user("ask") + boundary("stop", "ask", "signal go") + end() + ends("no", "")
    content = model(parts, "start->ask\nask->end\nstop->no", beside=declared("signal go"))
    publish(login, content.replace(b'id="no" ', b'id="no" name="no" '))
    ticket = begin(tester)
    task = ticket["tasks"][0]
    seen = tester.post(f"/tickets/{ticket['number']}/signals", {"name": "go"}).json
    assert (seen["state"], seen["tasks"][0]["state"]) == ("closed", "cancelled")
    late = tester.post(f"/tasks/{task['id']}/complete", {"version": task["version"]})
    assert (late.status_code, late.json["current"]) == (409, "cancelled")


def test_lists_are_worked_off_item_by_item(login: Login, tester: Rest) -> None:
    each = multi(items="rows", item="row", results="all", result="one")
    content = model(
        start() + script("double", "one = row + row", loop=each) + end(),
        "start->double\ndouble->end",
    )
    publish(login, content)
    ticket = begin(tester, rows=[1, 2, 3])
    assert ticket["state"] == "closed"
    assert ticket["variables"]["all"] == [2, 4, 6]
    lines = tester.get(f"/tickets/{ticket['number']}/log").json["items"]
    assert [line["changes"] for line in lines if line["changes"]] == [{"all": [None, [2, 4, 6]]}]


def test_refused_bundle_brings_its_findings(login: Login) -> None:
    """422 with all the lint has to say, in the shape of POST /processes/lint."""
    content = model(start() + element("manualTask", "m") + end(), "start->m\nm->end")
    answer = login(DESIGNER).upload("/processes", {"bpmn": (io.BytesIO(content), "trial.bpmn")})
    assert (answer.status_code, answer.json["code"]) == (422, "definition_refused")
    (finding,) = answer.json["findings"]
    assert finding["element"] == "m"
    assert finding["severity"] == "error"
    assert finding["remedy"]


def test_a_broken_step_is_an_incident_with_its_ticket(login: Login, tester: Rest) -> None:
    """What a signal sets off and what breaks then leaves the ticket where it was."""
    parts = start() + catch("hear", "signal go") + script("spoil", "n = 1 / zero") + end()
    publish(
        login, model(parts, "start->hear\nhear->spoil\nspoil->end", beside=declared("signal go"))
    )
    number = begin(tester, zero=0)["number"]
    answer = tester.post(f"/tickets/{number}/signals", {"name": "go"})
    assert (answer.status_code, answer.json["code"]) == (503, "incident")
    seen = tester.get(f"/tickets/{number}").json
    assert [incident["node"] for incident in seen["incidents"]] == ["spoil"]
    with transaction() as session:
        assert session.scalars(select(Instance).where(Instance.number == number)).one().is_awaiting
