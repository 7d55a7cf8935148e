"""Clerks and deciders who walk tickets over REST, and what the site promised them."""

import http.client
import itertools
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.demo.people import row, signature

PROCESS = "operator-account"
CLERK = "yaohaiyang"
HOLDERS = {"account_admin": "tanlihua", "permission_admin": "wuyiming"}
PASSWORD = "Banjian-2026"  # noqa: S105 - of the invented people
SEEDS = itertools.count(2000)  # behind those of the demo tickets
Json = dict[str, Any]


class Refused(Exception):
    """The site answered with an error; the words are its own."""


@dataclass
class Rest:
    """One person with a token."""

    url: str
    username: str
    token: str = ""

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        asked = urllib.request.Request(  # noqa: S310 - http://127.0.0.1
            f"{self.url}/api/v1{path}",
            json.dumps(body).encode() if body is not None else None,
            headers,
            method=method,
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
                found: Json = json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(f"{method} {path}: {error.code} {error.read().decode()[:300]}") from error
        return found

    def enter(self) -> "Rest":
        named = {"username": self.username, "password": PASSWORD}
        self.token = self.call("POST", "/tokens", named)["token"]
        return self


@dataclass
class Office:
    """Everybody of one county who has a part in the shipped process, at one site."""

    url: str
    seen: dict[str, Rest] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def person(self, username: str) -> Rest:
        with self.lock:
            if username not in self.seen:
                self.seen[username] = Rest(self.url, username).enter()
            return self.seen[username]

    def start(self) -> str:
        answers = {
            "subsystem": "gig-station",
            "contact_phone": "0718-8200000",
            "people": [row(next(SEEDS), post="review")],
        }
        made = self.person(CLERK).call("POST", "/tickets", {"process": PROCESS, "answers": answers})
        return str(made["number"])

    def look(self, number: str) -> Json:
        return self.person(CLERK).call("GET", f"/tickets/{number}")

    def step(self, number: str) -> bool:
        """Whoever is next agrees; False when nobody is."""
        waiting = [t for t in self.look(number)["tasks"] if t["state"] in ("open", "claimed")]
        if not waiting:
            return False
        brief = waiting[0]
        who = self.person(brief["assignee"] or HOLDERS[brief["candidates"][0].partition(":")[0]])
        task = who.call("GET", f"/tasks/{brief['id']}")
        if "claim" in task["actions"]:
            task = who.call("POST", f"/tasks/{task['id']}/claim", {"version": task["version"]})
        fields = (task["form"] or {"components": []})["components"]
        answers = {c["key"]: "已办理。" for c in fields if c.get("key") and not c.get("readonly")}
        body = {"version": task["version"], "outcome": task["outcomes"][0]["value"]}
        body |= {"answers": answers} | ({"signature": signature()} if task["sign"] else {})
        who.call("POST", f"/tasks/{task['id']}/complete", body)
        return True


@dataclass
class Load:
    """Walking clerks, and what the site promised them: (ticket, steps done, when)."""

    office: Office
    promised: list[tuple[str, int, float]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def walk(self) -> None:
        while not self.ended.is_set():
            with self._noted():
                number = self.office.start()
                self.promised.append((number, 0, time.time()))
                done = 0
                while not self.ended.is_set() and self.office.step(number):
                    done += 1
                    self.promised.append((number, done, time.time()))
                    if random.random() < 0.1:  # noqa: S311 - leaves some half way
                        break

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except (Refused, urllib.error.URLError, http.client.HTTPException, OSError) as error:
            self.refusals.append(str(error))

    @contextmanager
    def running(self, clerks: int) -> Iterator[None]:
        threads = [threading.Thread(target=self.walk, daemon=True) for _ in range(clerks)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ended.set()
            for thread in threads:
                thread.join(60)
