"""S31, T5: a form reaches no network and no file, whatever it names, and stays in bounds."""

import base64
import contextlib
import re
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from pdf import isolation
from pdf.client import PdfClient, RenderFailed
from tests.pdf.support import box

CANARY = "a-word-that-stands-in-one-file-of-this-machine"
SVG = (
    "data:image/svg+xml;base64,"
    + base64.b64encode(
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        b'<image xlink:href="{url}" width="9" height="9"/></svg>'
    ).decode()
)
# Every way in which HTML, CSS and SVG name something outside.
WAYS = {
    "stylesheet": '<head><link rel="stylesheet" href="{url}"></head>',
    "attachment": '<head><link rel="attachment" href="{url}"></head>',
    "icon": '<head><link rel="icon" href="{url}"></head>',
    "base": '<head><base href="{url}"></head><img src="x.png">',
    "style import": "<style>@import url({url});</style>",
    "font": "<style>@font-face {{font-family: x; src: url({url})}}</style><p>x",
    "script": '<script src="{url}"></script>',
    "frame": '<iframe src="{url}"></iframe>',
    "object": '<object data="{url}"></object>',
    "embed": '<embed src="{url}">',
    "picture": '<img src="{url}">',
    "picture set": '<img srcset="{url} 2x" src="{url}">',
    "video poster": '<video poster="{url}"></video>',
    "background": '<p style="background: url({url})">x',
    "background attribute": '<body background="{url}">x',
    "list sign": '<li style="list-style-image: url({url})">x',
    "border picture": '<p style="border: 1px solid; border-image: url({url}) 1">x',
    "content": '<p style="content: url({url})">x',
    "cursor": '<p style="cursor: url({url}), auto">x',
    "mask": '<p style="mask-image: url({url}); clip-path: url({url})">x',
    "svg picture": '<svg width="9" height="9"><image href="{url}" width="9" height="9"/></svg>',
    "svg old picture": '<svg width="9"><image xlink:href="{url}" width="9" height="9"/></svg>',
    "svg use": '<svg width="9" height="9"><use href="{url}#a"/></svg>',
    "svg style": "<svg><style>@import url({url});</style><rect width='9' height='9'/></svg>",
    "svg in data": f'<img src="{SVG}">',
    "attached by a link": '<a rel="attachment" href="{url}">x</a>',
    "link": '<a href="{url}">x</a>',
    "meta": '<meta http-equiv="refresh" content="0; url={url}">',
}


@pytest.fixture
def hits() -> Iterator[tuple[int, list[object]]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        visits: list[object] = []

        def wait() -> None:
            with contextlib.suppress(OSError):
                while True:
                    visitor, address = server.accept()
                    visits.append(address)
                    visitor.close()

        threading.Thread(target=wait, daemon=True).start()
        yield server.getsockname()[1], visits
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(CANARY)
    path.chmod(0o644)
    return path


@pytest.mark.parametrize("way", WAYS)
def test_a_template_reaches_nothing(
    client: PdfClient, hits: tuple[int, list[object]], canary: Path, way: str
) -> None:
    """Refused, or printed without it: no visit, no attached file, no word of a local file."""
    port, visits = hits
    for url in (
        f"http://127.0.0.1:{port}/x",
        f"file://{canary}",
        str(canary),
        f"//127.0.0.1:{port}/",
    ):
        part = WAYS[way].replace("{{", "{").replace("}}", "}")
        for page in (part.replace("{url}", url), f"<html><body>{part.replace('{url}', url)}"):
            with contextlib.suppress(RenderFailed):
                _is_clean(client.render(page, {}, mode="final"))
    assert visits == []


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_reaches_nothing(
    client: PdfClient,
    operator_form: str,
    make_form: Callable[..., dict[str, Any]],
    hits: tuple[int, list[object]],
    canary: Path,
    way: str,
) -> None:
    """What people type into the shipped form is printed as the letters it is."""
    port, visits = hits
    data = make_form(2)
    for url in (f"http://127.0.0.1:{port}/x", f"file://{canary}"):
        typed = WAYS[way].replace("{url}", url)[:200]
        data["answers"]["people"][0]["requirement"] = typed
        data["boxes"]["department_opinion"] = box(typed, 1)
        _is_clean(client.render(operator_form, data, mode="final"))
    assert visits == []


def _is_clean(pdf: bytes) -> None:
    found = pypdfium2.PdfDocument(pdf)
    assert found.count_attachments() == 0
    found.close()
    assert b"/EmbeddedFile" not in pdf
    assert CANARY.encode() not in pdf
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        with contextlib.suppress(zlib.error):
            assert CANARY.encode() not in zlib.decompress(stream)


def test_two_thousand_rows_end_in_a_sentence(
    client: PdfClient, operator_form: str, make_form: Callable[..., dict[str, Any]]
) -> None:
    """Refused before it is laid out, not after half a minute."""
    with pytest.raises(RenderFailed) as refused:
        client.render(operator_form, make_form(2000), mode="final")
    assert refused.value.code == "too_many_rows"
    assert "最多打印200行" in str(refused.value)


def test_the_memory_of_a_renderer_is_bounded() -> None:
    """S31: half a gigabyte of addresses, which also the fonts must fit into."""
    assert isolation.MEMORY <= 512 * 1024 * 1024


def test_the_largest_form_fits_into_it(
    client: PdfClient, operator_form: str, make_form: Callable[..., dict[str, Any]]
) -> None:
    """200 wordy rows, the most that a form may print."""
    pdf = client.render(operator_form, make_form(200, wordy=True), mode="final")
    assert len(pypdfium2.PdfDocument(pdf)) > 5
