"""A gateway for tests: it counts what it was handed, and can be slow, cut, break or talk nonsense.

Written from the operator guide, not with the simulator's code; signatures are checked as in
`tests/webhooks/receiver.py`.
"""

import json
from base64 import b64encode
from collections import Counter
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any

from app.config import SmsGateway
from tests.webhooks.receiver import Receiver

SECRET = "whsec_" + b64encode(b"the gateway and we know it alone").decode()


class Gateway(Receiver):
    """Takes everything unless `misbehave` says otherwise; `handed` counts keys as they arrived."""

    answer: Any = None  # instead of results, where a test wants to say something else

    @property
    def setting(self) -> SmsGateway:
        url = f"http://127.0.0.1:{self.port}/gateway"
        return SmsGateway("mas", "http", url, SECRET, Decimal("0.045"))

    @property
    def handed(self) -> Counter[str]:
        rows = [row for one in self.heard for row in one.told.get("messages", ())]
        return Counter(row["key"] for row in rows)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """As the guide says."""
        asked = self.heard[-1].told
        told = self.answer
        if told is None:
            rows = asked.get("messages", ())
            told = {"results": [{"key": row["key"], "id": f"gw-{row['key']}"} for row in rows]}
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def cut(handler: BaseHTTPRequestHandler) -> None:
    """It took the request, begins an answer, and the line breaks."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"results":[{"key":"a","id":"gw')
    handler.wfile.flush()
    handler.connection.close()


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """It took the request and says nothing at all."""
    handler.close_connection = True
    handler.connection.close()
