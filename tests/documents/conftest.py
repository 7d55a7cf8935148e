"""Tests of this room stand in an office with its people and the shipped process, and print."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pdf import fonts
from pdf.client import PdfClient
from scripts.process import ROOT, wait_until
from tests.support.office import (  # noqa: F401 - fixtures
    app,
    bind,
    browser,
    count_queries,
    joined,
    office,
    office_database,
    session,
    settings,
)
from tests.support.patience import PATIENCE

SOURCES = (
    ROOT / "frontend/node_modules/@expo-google-fonts",
    Path("/usr/share/fonts/truetype/hanazono"),
)


@pytest.fixture(scope="session")
def pdf_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = fonts.default_folder()
    if not all((folder / name).is_file() for name in fonts.REQUIRED):
        folder = tmp_path_factory.mktemp("fonts")
        fonts.prepare_fonts([source for source in SOURCES if source.is_dir()], folder)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "pdf.sock"
        server = subprocess.Popen(
            [sys.executable, "-m", "pdf.server", "--socket", str(path), "--workers", "1"],
            env=os.environ | {"BANJIAN_FONTS": str(folder)},
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )
        assert wait_until(PdfClient(path).ping, PATIENCE)
        yield path
        server.terminate()
        server.wait(60)


Words = Callable[[bytes], str]


@pytest.fixture
def words(tmp_path: Path) -> Words:
    """What stands on the paper, without blanks."""

    def read(pdf: bytes) -> str:
        file = tmp_path / "paper.pdf"
        file.write_bytes(pdf)
        command = ["pdftotext", str(file), "-"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return "".join(text.split())

    return read
