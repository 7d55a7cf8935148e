"""The pdf process: an AF_UNIX socket before a few warm renderers, each a process of its own.

    python -m pdf.server --socket PATH [--workers 2]

A request is one JSON frame {template, data, mode} or {ping}; the answer is one JSON frame and,
where that says ok, one frame of PDF bytes. A renderer that crashes or takes too long is replaced.
"""

import argparse
import contextlib
import json
import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pdf import fonts, isolation, wire

TIME_LIMIT = 30.0
START_LIMIT = 60.0
WAITING_LIMIT = 64
CONNECTION_LIMIT = 96
# Thousands of forms leave a little behind; a fresh process is cheaper than to look for it.
MAX_FORMS = 2_000
READ_LIMIT = 10.0
_FAILED = "这张表打印时出错，管理员可在日志中查到原因。"
_SLOW = "这张表打印超过时限，请减少行数或文字。"
_BUSY = "打印服务正忙，请稍后再试。"

log = logging.getLogger("pdf.server")


@dataclass
class Job:
    request: dict[str, Any]
    done: threading.Event = field(default_factory=threading.Event)
    answer: dict[str, Any] = field(default_factory=dict)
    pdf: bytes = b""
    abandoned: bool = False


class _WorkerGone(Exception):
    pass


class Slot(threading.Thread):
    """Owns one renderer process for the life of the server.

    The thread that starts a process must outlive it: Linux sends the parent-death signal when
    that thread ends, not when its process does.
    """

    def __init__(self, jobs: "queue.Queue[Job]", *, time_limit: float) -> None:
        super().__init__(daemon=True)
        self.ready = threading.Event()
        self._jobs = jobs
        self._time_limit = time_limit
        self._process: subprocess.Popen[bytes] | None = None
        self._stream: socket.socket | None = None
        self._leaving = False
        self._next: Job | None = None

    def run(self) -> None:
        pause = 0.5
        while not self._leaving:
            try:
                self._start()
            except (_WorkerGone, OSError):
                log.exception("pdf.worker_not_started")
                threading.Event().wait(pause)
                pause = min(pause * 2, 30.0)
                continue
            pause = 0.5
            self._work()
            self.stop_worker()

    def _work(self) -> None:
        """Work off jobs until the renderer has to be replaced."""
        for _ in range(MAX_FORMS):
            job = self._next or self._jobs.get()
            self._next = None
            if self._process is None or self._process.poll() is not None:
                self._next = job  # it died while idle, which is not this job's fault
                return
            if not self._serve(job):
                return

    def leave(self) -> None:
        self._leaving = True
        self.stop_worker()

    def stop_worker(self) -> None:
        self.ready.clear()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._stream is not None:
            self._stream.close()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # our own module, fixed arguments
                [sys.executable, "-m", "pdf.worker", str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=_environment(),
                cwd=Path(__file__).parent.parent,
            )
        self._stream = ours
        ours.settimeout(START_LIMIT)
        try:
            wire.receive_json(ours, wire.MAX_REQUEST)
        except (OSError, EOFError, ValueError) as error:
            self.stop_worker()
            raise _WorkerGone from error
        self.ready.set()
        log.info("pdf.worker_ready pid=%s", self._process.pid)

    def _serve(self, job: Job) -> bool:
        """Work off one job; False if the renderer must be replaced."""
        if job.abandoned:
            return True
        stream = self._stream
        assert stream is not None and self._process is not None  # noqa: S101, PT018
        kept = True
        try:
            stream.settimeout(self._time_limit)
            wire.send_json(stream, job.request)
            job.answer = wire.receive_json(stream, wire.MAX_ANSWER)
            if job.answer.get("ok"):
                job.pdf = wire.receive(stream, wire.MAX_ANSWER)
        except TimeoutError:
            log.warning("pdf.overtime pid=%s", self._process.pid)
            job.answer, kept = {"code": "overtime", "message": _SLOW}, False
        except (OSError, EOFError, ValueError, wire.FrameTooLarge):
            log.warning("pdf.crashed pid=%s", self._process.pid)
            job.answer, kept = {"code": "crashed", "message": _FAILED}, False
        job.done.set()
        return kept


class Server:
    """Accepts connections and hands their requests to the slots."""

    def __init__(self, path: Path, *, workers: int, time_limit: float = TIME_LIMIT) -> None:
        self._path = path
        self._jobs: queue.Queue[Job] = queue.Queue(WAITING_LIMIT)
        self._slots = [Slot(self._jobs, time_limit=time_limit) for _ in range(workers)]
        self._connections = threading.BoundedSemaphore(CONNECTION_LIMIT)
        self._time_limit = time_limit

    def serve(self) -> None:
        for slot in self._slots:
            slot.start()
        try:
            with _listen(self._path) as listener:
                log.info("pdf.listening workers=%s", len(self._slots))
                while True:
                    stream, _ = listener.accept()
                    threading.Thread(target=self._handle, args=[stream], daemon=True).start()
        finally:
            for slot in self._slots:
                slot.leave()
            self._path.unlink(missing_ok=True)

    def _handle(self, stream: socket.socket) -> None:
        with stream, contextlib.suppress(OSError, EOFError, ValueError, wire.FrameTooLarge):
            stream.settimeout(READ_LIMIT)
            if not self._connections.acquire(blocking=False):
                wire.send_json(stream, {"code": "busy", "message": _BUSY, "retry": True})
                return
            try:
                self._answer(stream)
            finally:
                self._connections.release()

    def _answer(self, stream: socket.socket) -> None:
        request = wire.receive_json(stream, wire.MAX_REQUEST)
        if request.get("ping"):
            if any(slot.ready.wait(0.1) for slot in self._slots):
                wire.send_json(stream, {"ok": True})
                wire.send(stream, b"pong")
            else:
                wire.send_json(stream, {"code": "starting", "message": _BUSY, "retry": True})
            return
        job = Job(request)
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            job.abandoned = True
        if job.abandoned or not job.done.wait(2 * self._time_limit):
            job.abandoned = True
            wire.send_json(stream, {"code": "busy", "message": _BUSY, "retry": True})
            return
        wire.send_json(stream, job.answer)
        if job.answer.get("ok"):
            wire.send(stream, job.pdf)


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)  # the socket is never open to others, not even for a moment
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(WAITING_LIMIT)
    return listener


def _environment() -> dict[str, str]:
    """What a renderer needs to know: no secret of the installation is among it."""
    folder = fonts.default_folder()
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "BANJIAN_FONTS": str(folder),
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
    }


class _JsonLines(logging.Formatter):
    """One event, one line, with the names that the site's own lines have."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m pdf.server", description="打印服务")
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--time-limit", type=float, default=TIME_LIMIT, help="秒/张")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if os.environ.get("LOG_FORMAT") == "json":
        logging.getLogger().handlers[0].setFormatter(_JsonLines())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    isolation.die_with_parent()
    try:
        fonts.write_configuration(fonts.default_folder())
    except fonts.FontsMissing as missing:
        sys.exit(f"打印服务不能启动：{missing}")
    server = Server(chosen.socket.absolute(), workers=chosen.workers, time_limit=chosen.time_limit)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve()


if __name__ == "__main__":
    main()
