"""A gateway that sends nothing: `flask sms simulate`, to try the site against, and for its maker.

It speaks the protocol `http` of the operator guide: it takes each key once, answers a key it knows
as it did before, and writes receipts. What becomes of a message its number says, by its last
digits.
"""

import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.messaging.text import segments
from app.webhooks import sending, signing

MOST_BODY = 2**20
MOST_RECEIPTS = 500
# Last digits → the error it is refused with, or the word on its receipts.
REFUSES = {"99": "BADNUM", "98": "MBBLACK"}
FAILS = {"97": "MK:0001", "96": "EXPIRED"}
MARK = re.compile(r"(?P<run>[0-9a-f]{8})-(?P<place>[0-9]{1,9})")
SILENT = "95"  # no receipt ever comes
ANSWERS = {"94": "T", "93": "谢谢，知道了。"}  # that come with the receipts
PUSHED_EVERY = 0.2  # seconds
REST = 2.0  # seconds, after a push that was not taken


class Misspoken(Exception):
    """What came is not the protocol; answered 400."""


@dataclass
class Taken:
    """What the gateway has: results by key; receipts and replies in order, with the
    second they are due and which they are.
    """

    delay: float = 0.0  # seconds until receipts come
    say: Callable[[str], object] = print
    clock: Callable[[], datetime] = datetime.now
    # Begun anew it knows nothing of before, and no number of then may come again.
    run: str = field(default_factory=partial(secrets.token_hex, 4))
    results: dict[str, dict[str, str]] = field(default_factory=dict)
    news: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, asked: dict[str, Any]) -> dict[str, Any]:
        rows = _listed(asked, "messages")
        with self.lock:
            return {"results": [self._take_one(row) for row in rows]}

    def look_up(self, asked: dict[str, Any]) -> dict[str, Any]:
        keys = [str(key) for key in _listed(asked, "keys")]
        with self.lock:
            return {
                "results": [self.results.get(key, {"key": key, "error": "UNSEEN"}) for key in keys]
            }

    def tell(self, asked: dict[str, Any]) -> dict[str, Any]:
        """News after a mark; one that is not due holds up those behind it."""
        after = self._place(str(asked.get("after") or ""))
        found: dict[str, list[dict[str, Any]]] = {"receipts": [], "replies": []}
        with self.lock:
            for due, kind, one in self.news[after : after + MOST_RECEIPTS]:
                if due > time.monotonic():
                    break
                found[kind].append(one)
        told = len(found["receipts"]) + len(found["replies"])
        return {**found, "next": f"{self.run}-{after + told}"}

    def _place(self, mark: str) -> int:
        """Where a mark is. One of another run means nothing here: those receipts are gone."""
        named = MARK.fullmatch(mark or f"{self.run}-0")
        if named is None:
            raise Misspoken
        return int(named["place"]) if named["run"] == self.run else 0

    def _take_one(self, row: Any) -> dict[str, str]:
        try:
            key, to, text = str(row["key"]), str(row["to"]), str(row["text"])
        except (KeyError, TypeError) as error:
            raise Misspoken from error
        if key not in self.results:
            self.results[key] = self._decide(key, to, text)
        return self.results[key]

    def _decide(self, key: str, to: str, text: str) -> dict[str, str]:
        ending = to[-2:]
        if ending in REFUSES:
            self.say(f"{to} {REFUSES[ending]}")
            return {"key": key, "error": REFUSES[ending]}
        parts, given = segments.split(text), f"sim-{self.run}-{len(self.results) + 1}"
        self.say(f"{to} {len(parts)} {text}")
        due = time.monotonic() + self.delay
        for part in range(1, len(parts) + 1) if ending != SILENT else ():
            receipt = {
                "id": given,
                "part": part,
                "parts": len(parts),
                "status": FAILS.get(ending, "DELIVRD"),
                "at": self.clock().isoformat(timespec="seconds"),
            }
            self.news.append((due, "receipts", receipt))
        if ending in ANSWERS:
            reply = {
                "id": f"{given}-r",
                "from": to,
                "text": ANSWERS[ending],
                "at": self.clock().isoformat(timespec="seconds"),
            }
            self.news.append((due, "replies", reply))
        return {"key": key, "id": given}


def server(port: int, secret: str, taken: Taken) -> ThreadingHTTPServer:
    """On this machine alone. It is not started yet; port 0 takes a free one."""
    made = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, secret, taken))
    made.daemon_threads = True
    return made


@dataclass
class Pusher:
    """Brings the news to the site by itself, as the guide says a gateway may."""

    url: str
    secret: str
    taken: Taken
    mark: str = ""

    def push(self) -> bool:
        """Whether the site took what there was; if not, the same is brought again."""
        told = self.taken.tell({"after": self.mark})
        following = told.pop("next")
        if not any(told.values()):
            return True
        body = json.dumps(told, ensure_ascii=False).encode()
        seconds = int(self.taken.clock().timestamp())
        headers = signing.headers([self.secret], f"push-{following}", seconds, body)
        answer = sending.post(self.url, headers, body)
        if answer.is_good:
            self.mark = following
        self.taken.say(f"推送 {answer.status or answer.error}")
        return answer.is_good

    def run(self, ended: threading.Event) -> None:
        while not ended.is_set():
            ended.wait(PUSHED_EVERY if self.push() else REST)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, secret: str, taken: Taken, *given: Any) -> None:
        self._secret, self._taken = secret, taken
        super().__init__(*given)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BODY:
            self.close_connection = True
            self._answer(413, {"error": "TOOLARGE"})
            return
        body = self.rfile.read(int(length))
        known = {name.lower(): value for name, value in self.headers.items()}
        if not signing.is_signed(self._secret, known, body, int(self._taken.clock().timestamp())):
            self._answer(401, {"error": "SIGNATURE"})
            return
        doors = {"messages": self._taken.take, "lookup": self._taken.look_up}
        door = (doors | {"receipts": self._taken.tell}).get(self.path.rpartition("/")[2])
        if door is None:
            self._answer(404, {"error": "PATH"})
            return
        try:
            asked = json.loads(body)
            self._answer(200, door(asked if isinstance(asked, dict) else {}))
        except (ValueError, RecursionError, Misspoken):
            self._answer(400, {"error": "BODY"})

    def _answer(self, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """What was taken is said, requests are not."""


def _listed(asked: dict[str, Any], key: str) -> list[Any]:
    found = asked.get(key)
    if not isinstance(found, list) or not found:
        raise Misspoken
    return found
