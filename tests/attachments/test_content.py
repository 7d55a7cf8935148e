"""S35, T21: what a file is by its bytes, and every trick that is refused with a remedy."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.attachments.content import examine
from app.attachments.types import MAX_BYTES, FileRefused
from scripts.process import ROOT
from tests.attachments import samples

GOOD: dict[str, Callable[[], bytes]] = {
    "证明.pdf": samples.pdf,
    "照片.png": samples.png,
    "照片.JPG": samples.jpeg,
    "照片.jpeg": samples.jpeg,
    "说明.docx": samples.docx,
    "名单.xlsx": samples.xlsx,
    "发票.ofd": lambda: samples.archive({"OFD.xml": "<OFD/>", "Doc_0/Document.xml": "<D/>"}),
    "名单.csv": "姓名,人数\n田小满,-3\n".encode("gb18030"),
    "说明.txt": "第一行\r\n第二行".encode,
}


@pytest.mark.parametrize("name", GOOD)
def test_ordinary_files_are_taken(name: str) -> None:
    made = GOOD[name]
    data = made if isinstance(made, bytes) else made()
    found = examine(name, data)
    assert found.data == data
    assert found.name.startswith(name.split(".", maxsplit=1)[0])


def refused(name: str, data: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        examine(name, data)
    sentence = caught.value.text
    assert sentence.endswith(("。", "！"))
    assert "请" in sentence or "只收" in sentence  # it says how to mend it
    return caught.value.reason


HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("空.pdf", bytes, "empty"),
    "too large": ("大.pdf", lambda: b"%PDF-" + bytes(MAX_BYTES), "too_large"),
    "a program": ("证明.pdf", lambda: b"MZ" + bytes(100), "not_a_kind"),
    "a program as text": ("证明.txt", lambda: b"MZ\x00\x01" + bytes(100), "not_a_kind"),
    "a page as text": ("说明.txt", lambda: b"<html><script>1</script>", "not_a_kind"),
    "a page as csv": ("说明.csv", lambda: b"  <!doctype html>", "not_a_kind"),
    "svg": ("图.svg", lambda: b"<svg onload='1'/>", "not_a_kind"),
    "an old document": ("说明.doc", lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "not_a_kind"),
    "a png called pdf": ("证明.pdf", samples.png, "wrong_extension"),
    "a pdf called png": ("证明.png", samples.pdf, "wrong_extension"),
    "a picture called exe": ("照片.png.exe", samples.png, "wrong_extension"),
    "a sheet called docx": ("名单.docx", samples.xlsx, "wrong_extension"),
    "no extension": ("证明", samples.pdf, "wrong_extension"),
    "half a pdf": ("证明.pdf", lambda: samples.pdf()[:200], "damaged"),
    "pdf with a password": ("证明.pdf", samples.locked_pdf, "encrypted"),
    "pdf with a script": ("证明.pdf", samples.script_pdf, "active"),
    "pdf with a file in it": ("证明.pdf", samples.carrying_pdf, "active"),
    "60 megapixels": ("图.png", lambda: samples.png_header(10_000, 6_000), "too_many_pixels"),
    "no pixels": ("图.png", lambda: samples.png_header(0, 10), "damaged"),
    "png with a zip behind": ("图.png", lambda: samples.png() + samples.docx(), "damaged"),
    "png that is a page": ("图.png", lambda: b"\x89PNG\r\n\x1a\n<html>" + bytes(30), "damaged"),
    "half a jpeg": ("图.jpg", lambda: samples.jpeg()[:30], "damaged"),
    "a plain zip": ("文件.docx", lambda: samples.archive({"a.txt": "x"}), "archive"),
    "a bomb": ("说明.docx", samples.bomb, "unpacks_too_large"),
    "a bomb that lies": ("说明.docx", samples.lying_bomb, "damaged"),
    "entries that overlap": ("说明.docx", samples.overlapping, "damaged"),
    "2,500 entries": ("说明.docx", lambda: samples.many_entries(2500), "too_many_entries"),
    "zip in front": ("说明.docx", lambda: samples.docx()[:-1], "damaged"),
    "macros": ("说明.docx", lambda: samples.docx(**{"word/vbaProject.bin": b"x"}), "macros"),
    "macros by type": (
        "说明.docx",
        lambda: samples.archive(
            {
                **samples.WORD,
                samples.TYPES: "<Types>application/vnd.ms-word.document.macroEnabled</Types>",
            }
        ),
        "macros",
    ),
    "an archive inside": (
        "说明.docx",
        lambda: samples.docx(**{"word/embeddings/a.xlsx": samples.xlsx()}),
        "nested",
    ),
    "a program inside": (
        "说明.docx",
        lambda: samples.docx(**{"word/embeddings/a.bin": b"MZ" + bytes(50)}),
        "nested",
    ),
    "way out": ("说明.docx", lambda: samples.docx(**{"../../etc/x": "x"}), "bad_path"),
    "absolute": ("说明.docx", lambda: samples.docx(**{"/etc/x": "x"}), "bad_path"),
    "backslashes": ("说明.docx", lambda: samples.docx(**{"word\\..\\x": "x"}), "bad_path"),
    "symlink": ("说明.docx", samples.with_link, "bad_path"),
    "links to other files": (
        "名单.xlsx",
        lambda: samples.xlsx(**{"xl/externalLinks/externalLink1.xml": "<ddeLink/>"}),
        "external",
    ),
    "template from elsewhere": (
        "说明.docx",
        lambda: samples.docx(**{"word/_rels/settings.xml.rels": samples.linked()}),
        "external",
    ),
    "formula in csv": ("名单.csv", lambda: b'a,"=cmd|x!A0"\n', "formula"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_tricks_are_refused_with_a_remedy(case: str) -> None:
    name, make, reason = HOSTILE[case]
    assert refused(name, make()) == reason


def test_a_link_in_a_text_is_no_link_to_data() -> None:
    data = samples.docx(**{"word/_rels/document.xml.rels": samples.hyperlinked()})
    assert examine("说明.docx", data).name == "说明.docx"


def test_bytes_in_front_of_an_archive_are_refused() -> None:
    """A zip behind something else is never taken for a document, whatever its directory says."""
    assert refused("说明.docx", b"\xff\xd8\xff" + samples.docx()) == "damaged"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\fakepath\\证明.PDF", "证明.pdf"),
        ("../../etc/证明.pdf", "证明.pdf"),
        ("证明.exe.pdf", "证明_exe.pdf"),
        ("证明.tar.gz.pdf", "证明.tar_gz.pdf"),
        ("2026.11.20证明.pdf", "2026.11.20证明.pdf"),
        ("证明\u202efdp.pdf", "证明fdp.pdf"),
        ("证\u0000明\r\nSet-Cookie: x.pdf", "证明 Set-Cookie_ x.pdf"),
        ('a"b;c.pdf', "a_b_c.pdf"),
        ("  . .pdf", "文件.pdf"),
        ("长" * 300 + ".pdf", "长" * 96 + ".pdf"),
    ],
)
def test_names_are_tidied(given: str, kept: str) -> None:
    assert examine(given, samples.pdf()).name == kept


MEASURE = """
import resource, sys
from app.attachments.content import examine
with open(sys.argv[1], "rb") as file:
    data = file.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    examine("a.docx", data)
    said = "taken"
except Exception as error:
    said = getattr(error, "reason", repr(error))
print(said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: samples.docx(**{"word/a.xml": samples.noise(40 * 2**20)}), "taken"),
        (samples.bomb, "unpacks_too_large"),
        (samples.lying_bomb, "damaged"),
        (lambda: samples.many_entries(1900), "taken"),
    ],
    ids=["40 MB unpacked", "bomb", "lying bomb", "many entries"],
)
def test_looking_needs_little_memory(make: Callable[[], bytes], said: str, tmp_path: Path) -> None:
    """T21: nothing is ever unpacked as a whole, so the resident set hardly grows."""
    (tmp_path / "file").write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path / "file")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found, grown = done.stdout.split()
    assert found == said
    assert int(grown) < 20 * 1024
