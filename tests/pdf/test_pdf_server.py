"""The pdf process: private, without network, and alive after whatever a form does to it."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pdf import wire
from pdf.client import PdfClient, PdfUnavailable, RenderFailed
from tests.pdf.support import ROOT
from tests.support.patience import until

StartServer = Callable[..., tuple[subprocess.Popen[bytes], Path]]
PAGE = "<html><p>{word}</p></html>"


def children(pid: int) -> list[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that just ended
            found.update(int(child) for child in (task / "children").read_text().split())
    return sorted(found)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture
def small(start_server: StartServer) -> tuple[subprocess.Popen[bytes], Path]:
    """A server of its own with one renderer, to be ill-treated."""
    return start_server("--workers", "1")


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A web server on loopback that remembers who came."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        visits: list[object] = []

        def wait() -> None:
            while True:
                try:
                    visitor, address = server.accept()
                except OSError:
                    return
                visits.append(address)
                visitor.close()

        threading.Thread(target=wait, daemon=True).start()
        yield server.getsockname()[1], visits
        server.shutdown(socket.SHUT_RDWR)


def test_client_imports_no_renderer() -> None:
    code = "import sys, pdf.client; print({'weasyprint', 'fontTools', 'lxml'} & set(sys.modules))"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert printed.stdout.strip() == "set()"


def test_socket_is_private(small: tuple[subprocess.Popen[bytes], Path]) -> None:
    mode = small[1].stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize(
    "template",
    [
        '<img src="http://127.0.0.1:{port}/a.png">',
        '<p style="background: url(http://127.0.0.1:{port}/b)">x</p>',
        '<p style="list-style-image: url(http://127.0.0.1:{port}/c); display: list-item">x</p>',
        '<img src="file:///etc/hostname">',
        '<img src="data:image/svg+xml;base64,PHN2Zy8+">',
        '<img src="asset:7">',
        '<p style="border-image: url(file:///etc/passwd) 1; border: 1px solid">x</p>',
    ],
)
def test_nothing_outside_the_form_is_loaded(
    client: PdfClient, listener: tuple[int, list[object]], template: str
) -> None:
    port, visits = listener
    page = f"<html><body>{template.replace('{port}', str(port))}</body></html>"
    with pytest.raises(RenderFailed) as caught:
        client.render(page, {}, mode="final")
    assert caught.value.code == "forbidden_resource"
    assert visits == []


def test_drawings_in_the_page_load_nothing(
    client: PdfClient, listener: tuple[int, list[object]]
) -> None:
    port, visits = listener
    image = f'<image xlink:href="http://127.0.0.1:{port}/d" width="9" height="9"/>'
    page = f"<html><svg width=9 height=9>{image}{image.replace('xlink:', '')}</svg></html>"
    with contextlib.suppress(RenderFailed):
        client.render(page, {}, mode="final")
    assert visits == []


def test_no_file_can_be_attached(client: PdfClient) -> None:
    with pytest.raises(RenderFailed) as caught:
        client.render(
            "<html><head><link rel=attachment href=file:///etc/passwd></head></html>",
            {},
            mode="final",
        )
    assert caught.value.code == "bad_template"
    anchor = '<html><a rel="attachment" href="file:///etc/passwd">x</a></html>'
    with pytest.raises(RenderFailed) as caught:
        client.render(anchor, {}, mode="final")
    assert caught.value.code == "forbidden_resource"


def test_renderers_have_no_network_and_no_secrets(start_server: StartServer) -> None:
    process, _ = start_server("--workers", "1", SECRET_KEY="top")
    (worker,) = children(process.pid)
    assert b"top" not in Path(f"/proc/{worker}/environ").read_bytes()
    if os.geteuid() == 0:
        network = Path(f"/proc/{worker}/net/dev").read_text().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in network] == ["lo"]
        assert Path(f"/proc/{worker}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


def test_bad_mode_and_bad_data_are_answers(client: PdfClient) -> None:
    with pytest.raises(RenderFailed) as caught:
        client.render(PAGE, {"word": "x"}, mode="other")  # type: ignore[arg-type]
    assert caught.value.code == "bad_mode"
    with pytest.raises(RenderFailed) as caught:
        client.render(PAGE, {}, mode="draft")
    assert (caught.value.code, caught.value.path) == ("missing_value", "word")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x00\x00",
        b"\x00\x00\x00\x04nope",
        b"\x00\x00\x00\x02[]",
        b"\xff\xff\xff\xff",
        b"GET /",
    ],
)
def test_noise_on_the_socket_hurts_nobody(
    small: tuple[subprocess.Popen[bytes], Path], sent: bytes
) -> None:
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(str(small[1]))
        stream.sendall(sent)
        stream.shutdown(socket.SHUT_WR)
        stream.settimeout(20)
        with contextlib.suppress(ConnectionResetError):
            assert stream.recv(1) == b""
    assert PdfClient(small[1]).render(PAGE, {"word": "好"}, mode="final").startswith(b"%PDF")


def test_incomplete_request_is_refused(small: tuple[subprocess.Popen[bytes], Path]) -> None:
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(str(small[1]))
        wire.send_json(stream, {"template": 5})
        assert wire.receive_json(stream, 1000)["code"] == "bad_request"


def test_dead_renderer_is_replaced_before_anybody_notices(
    small: tuple[subprocess.Popen[bytes], Path],
) -> None:
    process, path = small
    (worker,) = children(process.pid)
    os.kill(worker, signal.SIGKILL)
    until(lambda: is_gone(worker))
    assert PdfClient(path).render(PAGE, {"word": "好"}, mode="final").startswith(b"%PDF")


def test_form_that_kills_its_renderer_fails_alone(
    small: tuple[subprocess.Popen[bytes], Path],
) -> None:
    process, path = small
    (worker,) = children(process.pid)
    deep = "<html>" + "<b>" * 3000 + "{word}" + "</b>" * 3000
    with pytest.raises(RenderFailed):
        PdfClient(path).render(deep, {"word": "x" * 10}, mode="final")
    assert PdfClient(path).render(PAGE, {"word": "好"}, mode="final").startswith(b"%PDF")
    assert children(process.pid) != [worker]


def test_overtime_ends_the_form_and_not_the_service(
    start_server: StartServer, operator_form: str, make_form: Callable[..., dict[str, Any]]
) -> None:
    process, path = start_server("--workers", "1", "--time-limit", "0.6")
    (slow,) = children(process.pid)
    with pytest.raises(RenderFailed) as caught:
        PdfClient(path).render(operator_form, make_form(200), mode="final")
    assert caught.value.code == "overtime"
    until(lambda: is_gone(slow))
    until(PdfClient(path).ping)
    assert PdfClient(path).render(PAGE, {"word": "好"}, mode="final").startswith(b"%PDF")


@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGKILL])
def test_no_renderer_outlives_the_server(start_server: StartServer, kill: signal.Signals) -> None:
    process, path = start_server()
    workers = children(process.pid)
    assert workers
    process.send_signal(kill)
    process.wait(60)
    until(lambda: all(is_gone(worker) for worker in workers))
    assert path.exists() is (kill == signal.SIGKILL)
    assert not PdfClient(path).ping()
    with pytest.raises(PdfUnavailable):
        PdfClient(path).render(PAGE, {"word": "x"}, mode="final")


def test_server_ends_with_its_launcher(fonts_folder: Path, tmp_path: Path) -> None:
    launch = textwrap.dedent("""
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-m", "pdf.server", "--socket", sys.argv[1]])
        print(child.pid, flush=True)
        time.sleep(600)
    """)
    path = tmp_path / "pdf.sock"
    with subprocess.Popen(
        [sys.executable, "-c", launch, str(path)],
        env=os.environ | {"BANJIAN_FONTS": str(fonts_folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    ) as launcher:
        assert launcher.stdout
        with closing(launcher.stdout):
            server = int(launcher.stdout.readline())
            until(PdfClient(path).ping)
            family = [server, *children(server)]
            launcher.kill()
    until(lambda: all(is_gone(pid) for pid in family))


def test_server_without_fonts_says_so(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "pdf.server", "--socket", str(tmp_path / "s")],
        env=os.environ | {"BANJIAN_FONTS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert ended.returncode == 1
    assert "缺少打印字体" in ended.stderr
