"""Frames on a stream socket: four bytes of length, then that many bytes."""

import json
import socket
import struct
from typing import Any

MAX_REQUEST = 8 * 1024 * 1024
MAX_ANSWER = 48 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class FrameTooLarge(Exception):
    """The other side announced more than is accepted."""


def send(stream: socket.socket, content: bytes) -> None:
    stream.sendall(_LENGTH.pack(len(content)) + content)


def receive(stream: socket.socket, limit: int) -> bytes:
    """One frame.

    Raises: EOFError if the other side closed, FrameTooLarge, OSError, TimeoutError.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > limit:
        raise FrameTooLarge(length)
    return _exactly(stream, length)


def send_json(stream: socket.socket, message: dict[str, Any]) -> None:
    send(stream, json.dumps(message, ensure_ascii=False).encode())


def receive_json(stream: socket.socket, limit: int) -> dict[str, Any]:
    """One message.

    Raises: ValueError if it is not a JSON object; see `receive` for the others.
    """
    message = json.loads(receive(stream, limit))
    if not isinstance(message, dict):
        raise ValueError("not an object")  # noqa: TRY004  # wrong bytes, not a wrong call
    return message


def _exactly(stream: socket.socket, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        part = stream.recv(min(length - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
