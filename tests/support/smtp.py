"""A mail server on loopback that speaks the real protocol, and dies at the moment it is told to."""

import re
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

# Before it says a word, at the sender, in the middle of the message, and after it has the message
# but before it says so: then the same comes a second time.
STAGES = ("greeting", "mail", "data", "stored")


class MailServer:
    """What it has taken stays with it, however often it dies."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answers: dict[str, str] = {}  # address → what RCPT is answered instead of 250
        self.dies_at = ""
        self.hangs_up = False  # once it has a message, each time
        self.goodbye = "221 bye"
        self.connections = 0
        self.port = 0
        self._server: socketserver.ThreadingTCPServer | None = None
        self._dying: threading.Thread | None = None

    def start(self) -> None:
        server = _Server(("127.0.0.1", self.port), _Session, bind_and_activate=False)
        server.mailbox = self
        server.allow_reuse_address = True
        server.server_bind()
        server.server_activate()
        self.port = server.server_address[1]
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self._dying is not None:
            self._dying.join()
            self._dying = None
        self._end()

    def die(self) -> None:
        """From within a connection, which cannot wait for the end."""
        self._dying = threading.Thread(target=self._end)
        self._dying.start()

    def _end(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    @property
    def by_id(self) -> dict[str, EmailMessage]:
        """As a reader sees them: what came twice under one Message-ID is one."""
        return {str(one["Message-ID"]): one for one in self.taken}


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mailbox: MailServer


class _Died(Exception):
    pass


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        mailbox = self.server.mailbox
        mailbox.connections += 1
        try:
            self._talk(mailbox)
        except _Died:
            linger = struct.pack("ii", 1, 0)  # not a goodbye, but a reset
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        except OSError:
            pass

    def _talk(self, mailbox: MailServer) -> None:
        self._may_die("greeting")
        self._say("220 here")
        while line := self.rfile.readline():
            verb = line[:4].upper().strip()
            if verb == b"MAIL":
                self._may_die("mail")
            if verb == b"RCPT":
                found = re.search(rb"<(.*)>", line)
                self._say(mailbox.answers.get(found[1].decode() if found else "", "250 ok"))
            elif verb == b"DATA":
                self._take(mailbox)
            elif verb == b"QUIT":
                self._say(mailbox.goodbye)
                return
            else:
                self._say("250 ok")

    def _take(self, mailbox: MailServer) -> None:
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            if len(lines) == 3:
                self._may_die("data")
        mailbox.taken.append(message_from_bytes(b"".join(lines), policy=policy.default))  # type: ignore[arg-type]
        self._may_die("stored")
        if mailbox.hangs_up:
            raise _Died
        self._say("250 taken")

    def _may_die(self, stage: str) -> None:
        mailbox = self.server.mailbox
        if mailbox.dies_at == stage:
            mailbox.dies_at = ""
            mailbox.die()
            raise _Died

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


def words_of(message: EmailMessage) -> str:
    body: Any = message.get_body(("plain",))
    return str(body.get_content())
