"""`python -m tests.faults.reader PORT FILE`: another system that is told, made as it should be.

It writes down what it has not had yet, sees it onto the disk, and answers then. It knows nothing of
ours, and may be killed at any moment.
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def read(path: Path) -> list[dict[str, str]]:
    """What it has had; a line that a kill cut off was never answered."""
    found = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def serve(port: int, path: Path) -> None:
    seen = {line["id"] for line in read(path)}
    one_at_a_time = threading.Lock()
    with path.open("a") as kept:
        kept.write("\n")

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                message = self.headers["webhook-id"]
                with one_at_a_time:
                    if message not in seen:
                        line = {"id": message, "type": told["type"], "number": told["number"]}
                        kept.write(json.dumps(line) + "\n")
                        kept.flush()
                        os.fsync(kept.fileno())
                        seen.add(message)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
