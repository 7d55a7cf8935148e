"""What others do meanwhile, over REST: a story plays in a browser only what it is about."""

import json
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from app.demo.people import signature
from app.identity.demo import DEMO_PASSWORD
from tests.support.patience import PATIENCE

PROCESS = "operator-account"
RESULT = "已按申请表办理完毕。"
Row = dict[str, str]

_tokens: dict[tuple[str, str], str] = {}


class Errands:
    """Everybody at once, each with a token of the own."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, username: str, *people: Row) -> str:
        """A request for these people, sent; answers its number."""
        answers = {
            "subsystem": "gig-station",
            "contact_phone": "0718-6820011",
            "people": list(people),
        }
        return self.start(username, PROCESS, answers)

    def start(self, username: str, process: str, answers: Mapping[str, Any]) -> str:
        """Any other request, sent; answers its number."""
        made = self._send(username, "/tickets", {"process": process, "answers": answers})
        return str(made["number"])

    def finish(
        self, number: str, *usernames: str, answers: Mapping[str, Any] | None = None
    ) -> None:
        """Each does what waits for him: the first outcome, and what has to be filled."""
        for username in usernames:
            task = self._taken(username, number)
            fields = (task["form"] or {"components": []})["components"]
            body = {
                "version": task["version"],
                "outcome": task["outcomes"][0]["value"],
                "answers": answers or {one["key"]: RESULT for one in fields if _is_asked(one)},
            }
            if task["sign"]:
                body["signature"] = signature()
            self._send(username, f"/tasks/{task['id']}/complete", body)

    def decide(self, number: str, *usernames: str) -> str:
        """Each agrees in turn."""
        for username in usernames:
            (row,) = self._send(username, f"/tasks?{urlencode({'q': number})}")["items"]
            body = {"version": row["version"], "outcome": "approve", "signature": signature()}
            self._send(username, f"/tasks/{row['id']}/complete", body)
        return number

    def act(self, what: str, number: str, username: str, box: str = "todo") -> None:
        """What needs no more than the task that was seen: claim, release."""
        query = urlencode({"q": number, "box": box})
        (row,) = self._send(username, f"/tasks?{query}")["items"]
        self._send(username, f"/tasks/{row['id']}/{what}", {"version": row["version"]})

    def _taken(self, username: str, number: str) -> Any:
        for box in ("todo", "claimable"):
            query = urlencode({"q": number, "box": box})
            for row in self._send(username, f"/tasks?{query}")["items"]:
                task = self._send(username, f"/tasks/{row['id']}")
                if "claim" in task["actions"]:
                    body = {"version": task["version"]}
                    task = self._send(username, f"/tasks/{task['id']}/claim", body)
                return task
        raise AssertionError(f"nothing waits for {username} on {number}")

    def _send(self, username: str, path: str, body: Any = None) -> Any:
        known = (self._url, username)
        if known not in _tokens:
            login = {"username": username, "password": DEMO_PASSWORD}
            _tokens[known] = self._call("/tokens", login, "")["token"]
        return self._call(path, body, _tokens[known])

    def _call(self, path: str, body: Any, token: str) -> Any:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(  # noqa: S310 - our own site
            f"{self._url}/api/v1{path}", data, headers
        )
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310 - our own site
            return json.load(answer)


def _is_asked(component: Mapping[str, Any]) -> bool:
    return bool(component.get("validate", {}).get("required")) and not component.get("readonly")
