"""An official form to PDF by the warm pdf process, beside WeasyPrint and Chromium on the same page.

附件2 as it is closed: five people, four boxes with signatures, a seal and the QR code. Rendering
alone: no database and no PDF signature.
"""

import base64
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from bench.figures import Figure
from bench.setting import Setting
from pdf import fonts, stamp
from pdf.client import PdfClient
from pdf.template import fill
from scripts.guard import descendants
from scripts.process import ROOT, Child, wait_until
from scripts.served import cpu_of
from tests.pdf.support import form

WORKERS = 2
ROWS = 5
TEMPLATE = ROOT / "pdf" / "documents" / "operator-account.html"
STYLESHEET = ROOT / "pdf" / "documents" / "base.css"
FONTS = ROOT / "var" / "fonts"
CHROMIUM = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-sync", "--disable-background-networking", "--disable-component-update"),
    "--no-pdf-header-footer",
)


def run(setting: Setting) -> list[Figure]:
    forms = 12 if setting.quick else 60
    page = _page(setting.scratch)
    raw = _raw(page, 3 if setting.quick else 9)
    pages = int(raw["pages"])
    socket = setting.scratch / "pdf.sock"
    command = [sys.executable, "-m", "pdf.server", "--socket", str(socket)]
    child = Child("pdf", [*command, "--workers", str(WORKERS)], env={"BANJIAN_FONTS": str(FONTS)})
    with setting.running(child) as running:
        client = PdfClient(socket)
        if not wait_until(client.ping, 60, 0.1):
            raise RuntimeError(f"The pdf process is not ready; see {setting.scratch / 'pdf.log'}")
        _print(client, 2 * WORKERS)
        alone = _cpu_a_form(client, running.process.pid, forms)
        rate = _rate(client, forms)
    figures = [
        Figure("form to PDF, warm, a page", alone / pages, "ms CPU", 150, note=f"{pages} page(s)"),
        Figure("forms with two warm workers", rate, "/s", 12, at_most=False),
        Figure("raw WeasyPrint, a page", raw["ms"] / pages, "ms CPU"),
        Figure("warm form ÷ raw WeasyPrint", alone / raw["ms"], ""),
    ]
    if chromium := shutil.which("chromium"):
        taken = _chromium(chromium, page, setting.scratch, 2 if setting.quick else 5)
        figures.append(Figure("Chromium --print-to-pdf, a page", taken / pages, "ms CPU"))
    return figures


def _page(folder: Path) -> Path:
    """The form filled, with its pictures inside, for those who know nothing of our assets."""
    data = form(ROWS) | {"mode": {"draft": False, "wet": False, "final": True}}
    template = TEMPLATE.read_text(encoding="utf-8")
    filled = fill(template, data, drawings={"qr": stamp.qr, "seal": stamp.seal})
    html = filled.html
    for url, asset in reversed(filled.assets.items()):
        inside = base64.b64encode(asset.content).decode()
        html = html.replace(f'"{url}"', f'"data:{asset.mime};base64,{inside}"')
    style = STYLESHEET.read_text(encoding="utf-8")
    (folder / "styled.html").write_text(html.replace("</head>", f"<style>{style}</style></head>"))
    page = folder / "form.html"
    page.write_text(html, encoding="utf-8")
    return page


def _environment() -> dict[str, str]:
    return {**os.environ, "FONTCONFIG_FILE": str(fonts.write_configuration(FONTS))}


def _raw(page: Path, rounds: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.raw", str(page), str(STYLESHEET), str(rounds)]
    done = subprocess.run(
        command, cwd=ROOT, env=_environment(), capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _chromium(chromium: str, page: Path, folder: Path, rounds: int) -> float:
    """Milliseconds of CPU a form, start and end included: it keeps nothing warm."""
    out, styled = folder / "chromium.pdf", page.with_name("styled.html")
    profile = folder / "profile"
    command = [chromium, *CHROMIUM, f"--user-data-dir={profile}", f"--print-to-pdf={out}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(rounds):
        subprocess.run(
            [*command, styled.as_uri()], env=_environment(), capture_output=True, check=True
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return used / rounds * 1000


def _print(client: PdfClient, forms: int) -> None:
    template = TEMPLATE.read_text(encoding="utf-8")
    for number in range(forms):
        data = form(ROWS, number=f"QX-CZY-2026-{number:05d}")
        client.render(template, data, mode="final")


def _cpu_a_form(client: PdfClient, guard: int, forms: int) -> float:
    """Milliseconds of the whole pdf process a form, one after the other."""

    def used() -> float:
        return sum(cpu_of(pid) for pid in descendants(guard))

    before = used()
    _print(client, forms)
    return (used() - before) / forms * 1000


def _rate(client: PdfClient, forms: int) -> float:
    begun = time.monotonic()
    threads = [threading.Thread(target=_print, args=(client, forms)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return WORKERS * forms / (time.monotonic() - begun)
