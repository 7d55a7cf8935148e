"""One request to another system: bounded in time and size, to an address that was judged.

Redirects are answers like others: nobody follows them, an address that moved is entered anew.
"""

import logging
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http.client import HTTPException

import structlog
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from app.core.masking import masked
from app.webhooks.addresses import Allowed, Refused, Target, find, read

log = structlog.get_logger()

CONNECTS_IN, ANSWERS_IN, ALL_IN = 2.0, 4.0, 5.0  # seconds
MOST_READ = 4096
MOST_SHOWN = 200
LONGEST_ASKED = 3600  # seconds to be left alone, if the other side asks for it
GONE = 410
BUSY = (429, 503)
AGENT = "Banjian-Webhooks/1"


@dataclass(frozen=True)
class Answer:
    """`pause`: nobody answered (0), or asks to be left alone for so long.

    `has_left`: the other side may have read it, whatever it said. `body`: of a good answer, as many
    bytes as were asked for.
    """

    status: int | None
    error: str
    took_ms: int
    pause: timedelta | None = None
    has_left: bool = True
    body: bytes = b""

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class _Unreached(Exception):
    """Not a byte of the request has left; the cause says why."""


@dataclass
class Door:
    """What the operator allows; set once by the wiring."""

    allowed: Allowed


_door = Door(Allowed())


def configure(allowed: Allowed) -> None:
    """Its client stays silent: it would write whole addresses into the log, keys in them too."""
    _door.allowed = allowed
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)


def check(url: str) -> None:
    """Before it is kept. Raises: Refused."""
    read(url, _door.allowed)


def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    patience: float | None = None,
    keep: int = 0,
) -> Answer:
    """Never raises: what went wrong is an answer too. `patience`: seconds for all of it, where five
    are not enough. `keep`: bytes of a good answer to hand over.
    """
    began = time.monotonic()
    try:
        target = read(url, _door.allowed)
        address = find(target, _door.allowed)
    except Refused as error:
        return Answer(None, str(error), _since(began), timedelta(), has_left=False)
    answers_in, all_in = (patience, patience) if patience else (ANSWERS_IN, ALL_IN)
    asked = _Asked(target, headers, body, answers_in, all_in, keep)
    try:
        return _ask(_connection(target, address), asked, began)
    except _Unreached as error:
        return _silence(error.__cause__ or error, asked, began, has_left=False)
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        return _silence(error, asked, began, has_left=True)


@dataclass(frozen=True)
class _Asked:
    target: Target
    headers: Mapping[str, str]
    body: bytes
    answers_in: float
    all_in: float
    keep: int


def _silence(error: BaseException, asked: _Asked, began: float, *, has_left: bool) -> Answer:
    log.info("webhook.silent", host=asked.target.host, why=type(error).__name__)
    why = _why(error, time.monotonic() - began, asked.all_in)
    return Answer(None, why, _since(began), timedelta(), has_left=has_left)


def _ask(connection: HTTPConnection, asked: _Asked, began: float) -> Answer:
    """The watch cuts whoever sends a byte now and then for ever: socket timeouts begin anew."""
    is_cut = threading.Event()
    watch = threading.Timer(asked.all_in, _cut, [connection, is_cut])
    watch.daemon = True
    watch.start()
    try:
        try:
            connection.connect()
        except (OSError, HTTPError) as error:
            raise _Unreached from error
        if connection.sock is not None:
            connection.sock.settimeout(asked.answers_in)
        connection.request(
            "POST",
            asked.target.path,
            body=asked.body,
            headers={
                "Host": asked.target.host_header,
                "User-Agent": AGENT,
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",
                "Connection": "close",
                **asked.headers,
            },
            preload_content=False,
            decode_content=False,
        )
        response = connection.getresponse()
        status = response.status
        is_good = 200 <= status < 300
        most = asked.keep if is_good else MOST_READ
        said = response.read(most, False) if most else b""
        later = response.headers.get("Retry-After", "")
        if is_cut.is_set():
            raise TimeoutError("timed out")  # what was read is what had come until it was cut
    finally:
        watch.cancel()
        connection.close()
    if is_good:
        return Answer(status, "", _since(began), body=said)
    return Answer(status, _told(status, said), _since(began), _pause(status, later))


def _connection(target: Target, address: str) -> HTTPConnection:
    """To that very address; certificate and name asked for are those of the host."""
    if target.scheme == "http":
        return HTTPConnection(address, target.port, timeout=CONNECTS_IN)
    return HTTPSConnection(
        address,
        target.port,
        timeout=CONNECTS_IN,
        ssl_context=_trust(),
        server_hostname=target.host,
    )


@cache
def _trust() -> ssl.SSLContext:
    """The system's certificates: an office's own authority is installed there."""
    return ssl.create_default_context()


def _cut(connection: HTTPConnection, is_cut: threading.Event) -> None:
    """Whoever waits for it wakes up; TLS is not asked, it may be in the middle of something."""
    is_cut.set()
    if connection.sock is not None:
        with suppress(OSError):
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def _pause(status: int, asked: str) -> timedelta | None:
    if status not in BUSY:
        return None
    seconds = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 0
    return timedelta(seconds=min(seconds, LONGEST_ASKED))


def _told(status: int, said: bytes) -> str:
    if 300 <= status < 400:
        return f"对方要转到别的地址（{status}），本系统不跟着转。请把推送地址改成新的那个。"
    words = masked("".join(c for c in said.decode(errors="replace") if c.isprintable()))
    shown = f"，说：{words[:MOST_SHOWN]}" if words.strip() else ""
    return f"对方答 {status}{shown}"


def _why(error: BaseException, took: float, all_in: float) -> str:
    if isinstance(error, ssl.SSLCertVerificationError) or "certificate verify" in str(error):
        return "对方的证书不被信任：请对方换证书，或者请运维把对方的证书机构装到系统里。"
    if took >= all_in - 0.1 or "timed out" in str(error):
        return f"对方没有在 {all_in:.0f} 秒内答完。请对方先收下再办，几秒内答 200。"
    if "refused" in str(error):
        return "对方没有程序在这个地址上收：连接被拒绝。请对方核对地址、端口，看程序是不是在运行。"
    return "连不上对方，或者对方中途断开。请对方核对地址，看程序是不是在运行。"


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
