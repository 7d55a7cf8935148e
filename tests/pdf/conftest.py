"""A real pdf process behind its real socket, and forms filled with invented people."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pdf import fonts
from pdf.client import PdfClient
from tests.pdf.support import ROOT, form
from tests.support.patience import until

SOURCES = (
    ROOT / "frontend/node_modules/@expo-google-fonts",
    Path("/usr/share/fonts/truetype/hanazono"),
)


@pytest.fixture(scope="session")
def fonts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for folder in (fonts.default_folder(), ROOT / "var/fonts"):
        if all((folder / name).is_file() for name in fonts.REQUIRED):
            return folder
    folder = tmp_path_factory.mktemp("fonts")
    missing = fonts.prepare_fonts([source for source in SOURCES if source.is_dir()], folder)
    assert not missing, "install fonts-hanazono"
    return folder


@pytest.fixture(scope="session")
def start_server(
    fonts_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], Path]]]:
    running: list[subprocess.Popen[bytes]] = []

    def start(*options: str, **environment: str) -> tuple[subprocess.Popen[bytes], Path]:
        path = tmp_path_factory.mktemp("pdf") / "pdf.sock"
        process = subprocess.Popen(
            [sys.executable, "-m", "pdf.server", "--socket", str(path), *options],
            env=os.environ | {"BANJIAN_FONTS": str(fonts_folder)} | environment,
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)
        until(PdfClient(path).ping)
        return process, path

    yield start
    for process in running:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def client(start_server: Callable[..., tuple[subprocess.Popen[bytes], Path]]) -> PdfClient:
    _, path = start_server()
    return PdfClient(path)


@pytest.fixture(scope="session")
def operator_form() -> str:
    return (ROOT / "pdf/documents/operator-account.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def make_form() -> Callable[..., dict[str, Any]]:
    return form
