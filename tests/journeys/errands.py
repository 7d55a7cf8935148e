"""What others do meanwhile, over REST: a story plays in a browser only what it is about."""

import json
import urllib.request
from typing import Any
from urllib.parse import urlencode

from app.demo.people import signature
from app.identity.demo import DEMO_PASSWORD

PROCESS = "operator-account"
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
        made = self._send(username, "/tickets", {"process": PROCESS, "answers": answers})
        return str(made["number"])

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
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own site
            return json.load(answer)
