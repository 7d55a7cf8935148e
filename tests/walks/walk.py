"""One ticket from its first form to its end, over REST alone, by people who choose at random.

Whatever is refused is a part of the walk; only an answer of 500 and above, or one that no list of
the interface knows, ends it. After the acts the ticket is brought to an end the straight way.
"""

import io
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from app.core import clock
from app.core.sheets import XLSX, Sheet, as_xlsx
from app.demo.people import signature
from app.recipients.sheets import Column
from tests.walks.cast import BEFORE, Play
from tests.walks.conftest import Site
from tests.walks.filling import fill, mend

Json = dict[str, Any]
ADMIN = {"enshi": "duanshiyu", "weihai": "liuguodong"}
AUDITOR = {"enshi": "humin", "weihai": "jiangliping"}
ENDED = frozenset({"closed", "refused", "cancelled", "archived"})
KNOWN = frozenset({200, 201, 400, 403, 404, 409, 422, 429})
WORDS = "请补充。"
TRIES, ROUNDS = 6, 24
ACTS = (
    *["complete"] * 14,
    *["return", "return", "claim", "release", "resubmit", "resubmit", "wait"],
    *["transfer", "delegate", "add-signers", "add-signers", "remove-signer", "take back"],
    *["withdraw", "comment", "suspend", "resume", "move", "stranger"],
)


class Astray(AssertionError):
    """The walk found something that must not be; its own story is told with it."""


@dataclass
class Walk:
    site: Site
    key: str
    dice: random.Random
    play: Play
    number: str = ""
    known: Json = field(default_factory=dict)  # of the first form, from what was done before
    told: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    @property
    def admin(self) -> str:
        return ADMIN[self.play.region]

    @property
    def auditor(self) -> str:
        return AUDITOR[self.play.region]

    @property
    def ticket(self) -> Json:
        return self.see(self.auditor, f"/tickets/{self.number}")

    def go(self, acts: int) -> None:
        for key in self.play.before:
            self.prepare(key)
        if self.play.days_before:
            self.site.pass_by(days=self.play.days_before)
        if not self.begin():
            return
        for _ in range(acts):
            ticket = self.ticket
            if ticket["state"] in ENDED:
                break
            self.act(self.dice.choice(ACTS), ticket)
            self.site.settle()
        self.bring_to_an_end()

    def prepare(self, key: str) -> None:
        """A straight walk of another process, and what is made of it besides."""
        first = Walk(self.site, key, self.dice, BEFORE[key])
        if not first.begin():
            raise Astray("\n".join(first.told))
        first.bring_to_an_end()
        if key == "message-template":
            self.known = {"list_number": self._list_for(first)}

    def _list_for(self, filed: "Walk") -> str:
        """Numbers of nobody, uploaded for the template that is on file now."""
        clerk = filed.play.starters[0]
        columns = [Column(title) for title in ("手机号", "姓名")]
        rows = [(f"1540020{n:04}", "毕淑芬") for n in self.dice.sample(range(9999), 3)]
        data = io.BytesIO(as_xlsx(Sheet("收信名单", "", columns, rows)))
        path = f"/recipient-lists?template={filed.number}"
        answer = self.site.who(clerk).upload(path, {"file": (data, "名单.xlsx", XLSX)})
        if answer.status_code != 201:
            raise Astray(answer.text)
        return str(answer.json["number"])

    # ── what is asked of the interface ──

    def see(self, username: str, path: str, **query: Any) -> Json:
        answer = self.site.who(username).get(path, **query)
        if answer.status_code != 200:
            raise Astray(f"GET {path}: {answer.status_code} {answer.text}")
        found: Json = answer.json
        return found

    def do(self, name: str, username: str, path: str, body: Json) -> TestResponse:
        answer = self.site.who(username).post(path, body)
        said = "" if answer.status_code < 400 else _said(answer.json)
        self.told.append(f"{username} {name} {path}: {answer.status_code} {said}")
        if answer.status_code not in KNOWN and not self._broke_after_a_move(answer):
            raise Astray(self.told[-1])
        self.done[name] += answer.status_code < 400
        return answer

    def _broke_after_a_move(self, answer: TestResponse) -> bool:
        """Who is moved past a step goes without what it reckons, and an incident says so."""
        is_incident = answer.status_code == 503 and answer.json.get("code") == "incident"
        return is_incident and self.done["move"] > 0

    # ── the form ──

    def begin(self) -> bool:
        clerk = self.dice.choice(self.play.starters)
        form = self.see(clerk, f"/processes/{self.key}")["form"]
        answers = self._answers("apply", form, {})
        for _ in range(TRIES):
            answer = self.do("begin", clerk, "/tickets", {"process": self.key, "answers": answers})
            if answer.status_code == 201:
                self.number = answer.json["number"]
                self.site.settle()
                return True
            if not mend(answers, answer.json.get("errors", ()), form, self._day):
                break
        return False

    def resubmit(self, ticket: Json) -> bool:
        clerk, path = ticket["requester"]["username"], f"/tickets/{self.number}/resubmit"
        form = self.see(clerk, f"/processes/{self.key}")["form"]
        answers = None if self.dice.random() < 0.3 else self._answers("apply", form, {})
        for _ in range(TRIES):
            answer = self.do("resubmit", clerk, path, {"answers": answers})
            if answer.status_code == 200:
                return True
            errors = answer.json.get("errors", ())
            if answers is None or not mend(answers, errors, form, self._day):
                break
        return False

    def _answers(self, node: str, form: Json, there: Json) -> Json:
        knows = self.play.knows.get(node)
        made = fill(form, there, self.dice, self._day)
        made |= knows(self.dice, self._day) if knows else {}
        return made | (self.known if node == "apply" else {})

    @property
    def _day(self) -> Any:
        return clock.local(self.site.now).date()

    # ── what people do ──

    def act(self, name: str, ticket: Json) -> None:
        task = self._some_task(ticket)
        match name:
            case "wait":
                self.site.pass_by(hours=self.dice.choice((1, 5, 24, 24 * 7, 24 * 40)))
            case "resubmit":
                self.resubmit(ticket)
            case "withdraw":
                self._of_ticket(name, ticket["requester"]["username"], ticket, reason=WORDS)
            case "comment":
                self._of_ticket(name, ticket["requester"]["username"], ticket, text=WORDS)
            case "suspend" | "resume":
                self._of_ticket(name, self.admin, ticket, reason=WORDS)
            case "move":
                nodes = sorted({one["node"] for one in ticket["tasks"]} | {"apply"})
                self._of_ticket(name, self.admin, ticket, to=self.dice.choice(nodes), reason=WORDS)
            case "take back":
                self._take_back(ticket)
            case _ if task:
                self._of_task(name, task)

    def _of_ticket(self, name: str, username: str, ticket: Json, **body: Any) -> None:
        self.do(name, username, f"/tickets/{ticket['number']}/{name}", body)

    def _some_task(self, ticket: Json) -> Json | None:
        waiting = [one for one in ticket["tasks"] if one["state"] in ("open", "claimed")]
        return self.dice.choice(waiting) if waiting else None

    def _of_task(self, name: str, brief: Json) -> None:
        path = f"/tasks/{brief['id']}"
        version = {"version": brief["version"]}
        if name == "stranger":
            everybody = sorted({who for names in self.site.holders.values() for who in names})
            self.complete(brief, self.dice.choice(everybody))
            return
        username = self._whoever(brief)
        if username is None:
            return
        match name:
            case "complete":
                self.complete(brief, username)
            case "claim" | "release":
                self.do(name, username, f"{path}/{name}", version)
            case "return":
                task = self.site.who(username).get(path).json
                targets = [one["node"] for one in task.get("return_targets", ())] or [None]
                body = {**version, "reason": WORDS, "node": self.dice.choice(targets)}
                self.do(name, username, f"{path}/return", body)
            case "transfer" | "delegate" | "add-signers":
                self._hand(name, username, path, version)
            case "remove-signer":
                others = [one["assignee"] for one in self.ticket["tasks"] if one["parent"]]
                for other in others[-1:]:
                    self.do(name, username, f"{path}/{name}", {**version, "to": other})

    def _hand(self, name: str, username: str, path: str, version: Json) -> None:
        found = self.site.who(username).get(f"{path}/receivers", act=name)
        names = [one["username"] for one in (found.json.get("items") or ())]
        if found.status_code != 200 or not names:
            return
        body = {**version, "to": self.dice.choice(names), "reason": WORDS}
        if name == "add-signers":
            body["place"] = self.dice.choice(("before", "parallel", "after"))
        self.do(name, username, f"{path}/{name}", body)

    def _take_back(self, ticket: Json) -> None:
        own = [one for one in ticket["tasks"] if one["state"] == "done" and one["assignee"]]
        if own:
            last = max(own, key=lambda one: (one["done_at"], one["id"]))
            body = {"version": last["version"], "reason": WORDS}
            self.do("take back", last["assignee"], f"/tasks/{last['id']}/withdraw", body)

    def complete(self, brief: Json, username: str, *, straight: bool = False) -> bool:
        found = self.site.who(username).get(f"/tasks/{brief['id']}")
        if found.status_code != 200 or not found.json["outcomes"]:
            return False
        task = found.json
        values = [one["value"] for one in task["outcomes"]]
        outcome = values[0] if straight or self.dice.random() < 0.8 else self.dice.choice(values)
        answers = {}
        if task["form"]:
            answers = self._answers(task["node"], task["form"], task["answers"])
        body = {
            "version": task["version"],
            "outcome": outcome,
            "opinion": "" if outcome == values[0] else "不妥。",
            "answers": answers,
            **({"signature": signature()} if task["sign"] else {}),
        }
        for _ in range(TRIES):
            answer = self.do("complete", username, f"/tasks/{task['id']}/complete", body)
            if answer.status_code == 200:
                return True
            errors = answer.json.get("errors", ())
            if not (task["form"] and mend(answers, errors, task["form"], self._day)):
                break
        return False

    def _whoever(self, brief: Json) -> str | None:
        if brief["assignee"]:
            return str(brief["assignee"])
        able = [
            who
            for candidate in brief["candidates"]
            for who in (
                [candidate.removeprefix("person:")]
                if candidate.startswith("person:")
                else self.site.holders.get(candidate, [])
            )
        ]
        return self.dice.choice(able) if able else None

    # ── the end ──

    def bring_to_an_end(self) -> None:
        """The straight way: the first outcome of each step, and what is returned comes again."""
        for turn in range(ROUNDS):
            ticket = self.ticket
            if ticket["state"] in ENDED:
                return
            if not self._one_step(ticket, turn):
                self.site.pass_by(days=5)
            self.site.settle()
        body = {"reason": "无法办下去，作废。"}
        self.do("cancel", self.admin, f"/tickets/{self.number}/cancel", body)
        if self.ticket["state"] not in ENDED:
            raise Astray("there is no end to it")

    def _one_step(self, ticket: Json, turn: int) -> bool:
        if ticket["state"] == "suspended":
            self._of_ticket("resume", self.admin, ticket, reason=WORDS)
            return True
        if ticket["state"] in ("returned", "withdrawn"):
            return self.resubmit(ticket)
        waiting = [
            one
            for one in ticket["tasks"]
            if one["state"] in ("open", "claimed") and not one["waiting"]
        ]
        for brief in waiting:
            username = self._whoever(brief)
            if username and self.complete(brief, username, straight=turn < ROUNDS // 2):
                return True
        return False


def _said(answer: Json) -> str:
    errors = (f"{one['path']} {one['message']}" for one in answer.get("errors") or ())
    return " ".join([answer.get("detail", ""), *errors])
