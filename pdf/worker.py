"""One warm renderer: reads requests from the socket it was started with until that closes.

`python -m pdf.worker FD`; only pdf.server starts it.
"""

import os
import socket
import sys

from pdf import fonts, isolation, wire
from pdf.render import Renderer
from pdf.types import RenderFailed


def main(descriptor: int, parent: int) -> None:
    isolation.die_with_parent(parent)
    isolation.leave_network()
    isolation.limit_resources()
    renderer = Renderer(fonts.default_folder())
    warm_up(renderer)
    with socket.socket(fileno=descriptor) as stream:
        wire.send_json(stream, {"ready": True})
        while True:
            try:
                request = wire.receive_json(stream, wire.MAX_REQUEST)
            except EOFError:
                return
            answer(stream, renderer, request)


def warm_up(renderer: Renderer) -> None:
    """The first form loads fonts and code; nobody should wait for that."""
    page = "<html><body><h1>{t}</h1><p class='annex'>{t}</p><table><tr><td>{t}</td></tr></table>"
    renderer.render(page, {"t": "办件123"}, "final")


def answer(stream: socket.socket, renderer: Renderer, request: dict[str, object]) -> None:
    template, data, mode = (request.get(key) for key in ("template", "data", "mode"))
    if not isinstance(template, str) or not isinstance(data, dict) or not isinstance(mode, str):
        wire.send_json(stream, {"code": "bad_request", "message": "打印请求不完整。"})
        return
    try:
        pdf = renderer.render(template, data, mode)  # type: ignore[arg-type]  # it checks the mode
    except RenderFailed as failure:
        wire.send_json(stream, failure.facts())
    except MemoryError:
        # The heap is in an unknown state: the server starts another worker.
        os._exit(3)
    else:
        wire.send_json(stream, {"ok": True})
        wire.send(stream, pdf)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
