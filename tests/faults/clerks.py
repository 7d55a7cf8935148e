"""The load: clerks and deciders who speak REST, and write down what they asked and heard."""

import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from app.demo.people import id_number, name, signature
from scripts.process import wait_until
from tests.faults.history import History

PROCESS = "operator-account"
PATIENCE = 15.0
AGAIN = 60.0
START, RESULT = "apply", "已按表办理完毕。"
WITH_RESULT = ("account_execution", "permission_execution")


class Lost(Exception):
    """The connection ended before an answer was there."""


@dataclass
class Answer:
    status: int
    body: dict[str, Any]


DRAWN = signature()


@dataclass
class Office:
    """Who is who in the demonstration, and everybody's token."""

    url: str
    logins: list[dict[str, Any]]
    history: History
    tokens: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    seeds: Iterator[int] = field(default_factory=lambda: iter(range(1000, 9_000_000)))
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def clerks(self) -> list[str]:
        return [str(entry["username"]) for entry in self.logins if entry["positions"] == ["clerk"]]

    def holders(self, candidate: str) -> list[str]:
        """Who holds `position:unit`."""
        position, _, unit = candidate.partition(":")
        return [
            str(entry["username"])
            for entry in self.logins
            if position in entry["positions"] and entry["unit_code"] == unit
        ]

    def password(self, username: str) -> str:
        return next(str(e["password"]) for e in self.logins if e["username"] == username)

    def next_seed(self) -> int:
        with self._lock:
            return next(self.seeds)

    def learn(self, rest: "Rest") -> None:
        """First choices of the form's lists."""
        found: dict[str, Any] = {}

        def told() -> bool:  # a broken build may answer with a token that is not committed yet
            found.update(rest.get(self.clerks[0], f"/processes/{PROCESS}").body)
            return "form" in found

        wait_until(told, 10, 0.2)
        form = found["form"]
        for component in _leaves(form["components"]):
            for inner in [component, *component.get("components", [])]:
                if inner.get("values"):
                    self.values[inner["key"]] = inner["values"][0]["value"]

    def answers(self, seed: int, rows: int = 1) -> dict[str, Any]:
        """A form whose first person nobody else asks for: the seed names the act in the tables."""
        people = [
            {
                "kind": "add",
                "name": name(one),
                "id_number": id_number(one),
                "phone": f"154{one:08d}",
                "post": self.values["post"],
                "requirement": "新增用户，分配岗位权限",
            }
            for one in [seed, *(self.next_seed() for _ in range(rows - 1))]
        ]
        return {
            "subsystem": self.values["subsystem"],
            "contact_phone": "0718-8200000",
            "people": people,
        }


def _leaves(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        if component["type"] == "group":
            yield from _leaves(component["components"])
        elif component.get("key"):
            yield component


class Rest:
    """One client's connection. Reads are repeated when lost; writes only by who wants them so."""

    def __init__(self, office: Office, stop: threading.Event | None = None) -> None:
        self.office = office
        self.stop = stop or threading.Event()
        self._address = urlsplit(office.url).netloc
        self._connection: http.client.HTTPConnection | None = None

    def get(self, who: str, path: str) -> Answer:
        limit = time.monotonic() + AGAIN
        while True:
            try:
                answer = self.call(who, "GET", path)
                if answer.status < 500:
                    return answer
            except Lost:
                pass
            if self.stop.is_set() or time.monotonic() > limit:
                raise Lost(path)
            time.sleep(0.1)

    def act(
        self,
        kind: str,
        who: str,
        path: str,
        body: Mapping[str, Any],
        *,
        repeat: bool = True,
        key: str = "",
        **facts: Any,
    ) -> Answer | None:
        """A write: noted before it leaves; a lost answer is asked for again with the same key.

        None: nobody will ever know from here what became of it.
        """
        key = key or uuid.uuid4().hex
        n = self.office.history.sent(kind, who=who, path=path, key=key, **facts)
        limit = time.monotonic() + AGAIN
        while True:
            try:
                answer = self.call(who, "POST", path, body, key)
            except Lost as error:
                self.office.history.lost(n, str(error))
                if not repeat:
                    return None
            else:
                told = {k: answer.body[k] for k in ("number", "state", "code") if k in answer.body}
                if answer.status < 500:
                    self.office.history.heard(n, answer.status, **told)
                    return answer
                self.office.history.lost(n, f"{answer.status} {told}")
                if not repeat:
                    return None
            if time.monotonic() > limit:
                return None
            time.sleep(0.15)

    def call(
        self, who: str, method: str, path: str, body: Mapping[str, Any] | None = None, key: str = ""
    ) -> Answer:
        """One request, signing in first where there is no token. Raises: Lost."""
        if who not in self.office.tokens:
            self._sign_in(who)
        token = self.office.tokens.get(who, "")
        answer = self._send(method, path, body, token, key)
        # Another thread may have signed this person in anew meanwhile.
        if answer.status == 401 and (self.office.tokens.get(who) != token or self._sign_in(who)):
            answer = self._send(method, path, body, self.office.tokens.get(who, ""), key)
        return answer

    def once(self, who: str, path: str, body: Mapping[str, Any]) -> Answer:
        """One POST with the token there is: no key, no second try, no new sign-in. Raises: Lost."""
        return self._send("POST", path, body, self.office.tokens.get(who, ""), "")

    def drop(self, who: str, path: str, body: Mapping[str, Any], key: str, wait: float) -> None:
        """Send a request whole, and hang up without reading the answer."""
        connection = http.client.HTTPConnection(self._address, timeout=PATIENCE)
        try:
            connection.request("POST", f"/api/v1{path}", json.dumps(body), self._head(who, key))
            time.sleep(wait)
        except OSError:
            pass
        finally:
            connection.close()

    def _head(self, who: str, key: str) -> dict[str, str]:
        head = {"Content-Type": "application/json"}
        if token := self.office.tokens.get(who, ""):
            head["Authorization"] = f"Bearer {token}"
        return head | ({"Idempotency-Key": key} if key else {})

    def _sign_in(self, who: str) -> bool:
        given = {"username": who, "password": self.office.password(who)}
        answer = self._send("POST", "/tokens", given, "", "")
        if answer.status == 201:
            self.office.tokens[who] = answer.body["token"]
        return answer.status == 201

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, token: str, key: str
    ) -> Answer:
        head = {"Content-Type": "application/json"}
        if token:
            head["Authorization"] = f"Bearer {token}"
        if key:
            head["Idempotency-Key"] = key
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self._address, timeout=PATIENCE)
            content = None if body is None else json.dumps(body)
            self._connection.request(method, f"/api/v1{path}", content, head)
            response = self._connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException) as error:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            raise Lost(type(error).__name__) from error
        try:
            return Answer(response.status, json.loads(data) if data else {})
        except ValueError:
            return Answer(response.status, {})


class Clerk(threading.Thread):
    """Plays tickets from form to end, at random, until told to stop."""

    def __init__(self, office: Office, seed: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.office, self.stopping = office, stop
        self.rest = Rest(office, stop)
        self.dice = random.Random(seed)
        self.tickets = self.closed = 0
        self.failure = ""

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.play()
            except Lost:
                time.sleep(0.2)
            except Exception as error:  # told by the judge: a load that ended early proves nothing
                self.failure = f"{type(error).__name__}: {error}"
                raise

    def play(self) -> None:
        who = self.dice.choice(self.office.clerks)
        seed = self.office.next_seed()
        answers = self.office.answers(seed, self.dice.choice((1, 1, 1, 3)))
        # Some never ask again: what was not acknowledged must be there wholly or not at all.
        made = self.rest.act(
            "create",
            who,
            "/tickets",
            {"process": PROCESS, "answers": answers},
            repeat=self.dice.random() < 0.8,
            seed=seed,
        )
        if made is None or made.status != 201:
            return
        self.tickets += 1
        number = str(made.body["number"])
        if self.dice.random() < 0.12:
            path = f"/tickets/{number}/withdraw"
            self.rest.act("withdraw", who, path, {"reason": "填错了"}, ticket=number)
            if self.dice.random() < 0.5:
                return
            path = f"/tickets/{number}/resubmit"
            self.rest.act("resubmit", who, path, {"answers": answers}, ticket=number)
        for _ in range(16):
            if self.stopping.is_set() or not self.step(who, number, answers):
                return

    def step(self, who: str, number: str, answers: Mapping[str, Any]) -> bool:
        """Whoever has the open task acts. False: the ticket is over, or left lying."""
        ticket = self.rest.get(who, f"/tickets/{number}").body
        task = open_task(ticket)
        if task is None:
            self.closed += ticket.get("state") == "closed"
            return False
        if task["node"] == START:
            path = f"/tickets/{number}/resubmit"
            self.rest.act("resubmit", who, path, {"answers": answers}, ticket=number)
            return True
        by = self.pick(task)
        if by is None:
            return False
        path, facts = f"/tasks/{task['id']}", {"task": task["id"], "ticket": number}
        repeat = self.dice.random() < 0.85
        chance = self.dice.random()
        if chance < 0.06:
            body = {"version": task["version"], "reason": "第 1 行请补充。"}
            self.rest.act("return", by, f"{path}/return", body, repeat=repeat, **facts)
        else:
            outcome = "reject" if chance < 0.1 and task["node"] not in WITH_RESULT else None
            body = decision(task, outcome)
            facts["outcome"] = body["outcome"]
            self.rest.act("complete", by, f"{path}/complete", body, repeat=repeat, **facts)
        return True

    def pick(self, task: Mapping[str, Any]) -> str | None:
        if task["assignee"]:
            return str(task["assignee"])
        holders = [who for key in task["candidates"] for who in self.office.holders(key)]
        return self.dice.choice(holders) if holders else None


def open_task(ticket: Mapping[str, Any]) -> dict[str, Any] | None:
    active = (task for task in ticket.get("tasks", ()) if task["state"] in ("open", "claimed"))
    return next(active, None)


def decision(task: Mapping[str, Any], outcome: str | None = None) -> dict[str, Any]:
    executes = task["node"] in WITH_RESULT
    return {
        "version": task["version"],
        "outcome": outcome or ("done" if executes else "approve"),
        "opinion": "资料不全" if outcome == "reject" else "",
        "answers": {"result": RESULT} if executes else {},
        "signature": DRAWN,
    }
