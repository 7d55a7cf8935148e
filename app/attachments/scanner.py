"""A virus scanner beside us, asked over clamd's INSTREAM; without one nothing is asked.

An address is `unix:/path/to/socket` or `tcp:host:port`. A scanner that is named and does not
answer stops uploads: a file nobody looked at must not slip in.
"""

import socket
import struct

import structlog

from app.attachments.types import FileRefused, ScannerSilent

log = structlog.get_logger()
PATIENCE = 60.0
PIECE = 64 * 1024
LONGEST_ANSWER = 4096
_address: list[str] = []


def configure(address: str) -> None:
    _address[:] = [address] if address else []


def scan(data: bytes) -> None:
    """Raises: FileRefused, ScannerSilent."""
    for address in _address:
        try:
            answer = _ask(address, data)
        except (OSError, ValueError) as error:
            log.warning("scanner.silent", cause=type(error).__name__)
            raise ScannerSilent from error
        if answer.endswith("FOUND"):
            log.warning("scanner.found", answer=answer[:100])
            raise FileRefused(
                "virus", "病毒扫描程序说这个文件有问题，没有收下。请先在自己的电脑上查毒。"
            )
        if not answer.endswith("OK"):
            log.warning("scanner.silent", answer=answer[:100])
            raise ScannerSilent


def _ask(address: str, data: bytes) -> str:
    with _connect(address) as connection:
        connection.sendall(b"zINSTREAM\0")
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            connection.sendall(struct.pack(">I", len(piece)) + piece)
        connection.sendall(struct.pack(">I", 0))
        answer = b""
        while len(answer) < LONGEST_ANSWER and (more := connection.recv(LONGEST_ANSWER)):
            answer += more
    return answer.decode("utf-8", "replace").strip("\0\n ")


def _connect(address: str) -> socket.socket:
    kind, _, place = address.partition(":")
    if kind == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(PATIENCE)
        try:
            connection.connect(place)
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = place.rpartition(":")
    return socket.create_connection((host, int(port)), PATIENCE)
