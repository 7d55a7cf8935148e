"""S36: the scanner hook speaks clamd's INSTREAM, and without an answer nothing is taken."""

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.attachments import scanner
from app.attachments.types import FileRefused, ScannerSilent

BAD = b"X5O!P%@AP-as-a-test"


class Clamd:
    """Reads one INSTREAM as clamd does and answers what clamd would."""

    def __init__(self, listening: socket.socket) -> None:
        self.seen: list[bytes] = []
        self.answer = ""
        self._listening = listening
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                data = b""
                while size := struct.unpack(">I", stream.read(4))[0]:
                    data += stream.read(size)
                self.seen.append(data)
                bad = "stream: Test-Signature FOUND" if BAD in data else "stream: OK"
                connection.sendall((self.answer or bad).encode() + b"\0")

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)


@pytest.fixture(params=["unix", "tcp"])
def clamd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clamd]:
    if request.param == "unix":
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(tmp_path / "s"))
        address = f"unix:{tmp_path / 's'}"
    else:
        listening = socket.create_server(("127.0.0.1", 0))
        address = f"tcp:127.0.0.1:{listening.getsockname()[1]}"
    listening.listen()
    made = Clamd(listening)
    scanner.configure(address)
    yield made
    scanner.configure("")
    made.close()


def test_a_clean_file_passes_whole(clamd: Clamd) -> None:
    data = bytes(200_000)
    scanner.scan(data)
    assert clamd.seen == [data]


def test_a_found_one_is_refused(clamd: Clamd) -> None:
    with pytest.raises(FileRefused) as caught:
        scanner.scan(b"begin " + BAD)
    assert caught.value.reason == "virus"
    assert clamd.seen


@pytest.mark.parametrize("answer", ["INSTREAM size limit exceeded. ERROR", " "])
def test_any_other_answer_takes_nothing(clamd: Clamd, answer: str) -> None:
    clamd.answer = answer
    with pytest.raises(ScannerSilent):
        scanner.scan(b"a")


def test_a_scanner_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    scanner.configure(f"unix:{tmp_path / 'nobody'}")
    with pytest.raises(ScannerSilent):
        scanner.scan(b"a")
    scanner.configure("")
    scanner.scan(b"a")
