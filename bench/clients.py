"""Clients who cost next to nothing: one thread, keep-alive connections, requests written ahead.

They share the cores with the site that is measured, so a comfortable client would measure itself.
"""

import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 30.0
HEAD_END = b"\r\n\r\n"


@dataclass
class Driven:
    """What came back within a window."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    waited: list[float] = field(default_factory=list)
    refused: str = ""

    @property
    def done(self) -> int:
        return sum(self.statuses.values())

    @property
    def rate(self) -> float:
        return self.done / self.seconds if self.seconds else 0.0


@dataclass
class _Line:
    """One connection and what it is waiting for."""

    connection: socket.socket
    got: bytes = b""
    asked_at: float = 0.0

    def ask(self, request: bytes) -> None:
        self.got, self.asked_at = b"", time.monotonic()
        self.connection.sendall(request)

    def answer(self) -> tuple[int, bytes] | None:
        """Read what is there; the status and the body once all of it is."""
        self.got += self.connection.recv(262_144)
        head, found, body = self.got.partition(HEAD_END)
        if not found:
            return None
        fields = head.lower()
        at = fields.find(b"content-length:")
        length = int(fields[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        return (int(head[9:12]), body) if len(body) >= length else None


def request(
    url: str, method: str, path: str, *, token: str = "", body: Any = None, **headers: str
) -> bytes:
    """The bytes of one request to the REST interface; `headers` with _ for -."""
    data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


def ask(url: str, asked: bytes) -> dict[str, Any]:
    """One request on a connection of its own. Raises: RuntimeError, with what the site said."""
    with _connect(url) as connection:
        line = _Line(connection)
        line.ask(asked)
        while (answer := line.answer()) is None:
            pass
    status, body = answer
    if status >= 300:
        raise RuntimeError(f"{asked.splitlines()[0].decode()}: {status} {body.decode()[:500]}")
    found: dict[str, Any] = json.loads(body)
    return found


def drive(url: str, requests: Iterator[bytes], *, clients: int, seconds: float) -> Driven:
    """Let `clients` ask one after the other for a while; requests under way at the end count."""
    driven = Driven()
    with selectors.DefaultSelector() as waiting:
        lines = [_Line(_connect(url)) for _ in range(clients)]
        begun = time.monotonic()
        for line in lines:
            waiting.register(line.connection, selectors.EVENT_READ, line)
            line.ask(next(requests))
        busy = clients
        while busy:
            for key, _ in waiting.select(PATIENCE):
                line = key.data
                answer = line.answer()
                if answer is None:
                    continue
                now = time.monotonic()
                status, body = answer
                driven.statuses[status] += 1
                driven.waited.append(now - line.asked_at)
                if status >= 300:
                    driven.refused = body.decode(errors="replace")[:300]
                following = next(requests, None) if now - begun < seconds else None
                if following is None:
                    busy -= 1
                else:
                    line.ask(following)
        driven.seconds = time.monotonic() - begun
        for line in lines:
            line.connection.close()
    return driven


def _connect(url: str) -> socket.socket:
    at = urlsplit(url)
    made = socket.create_connection((at.hostname or "127.0.0.1", at.port or 80), PATIENCE)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
