"""Good and hostile files, made on the spot."""

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping

from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

TYPES = "[Content_Types].xml"
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
WORD = {TYPES: "<Types/>", "word/document.xml": "<document/>"}
SHEET = {TYPES: "<Types/>", "xl/workbook.xml": "<workbook/>"}


def png(size: tuple[int, int] = (40, 20), color: str = "white") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "PNG")
    return out.getvalue()


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(out, "JPEG")
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A picture that only says how large it is."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        head = struct.pack(">I", len(content)) + kind + content
        return head + struct.pack(">I", zlib.crc32(kind + content))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", size) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def pdf(**root: generic.PdfObject) -> bytes:
    return _written(_writer(root))


def locked_pdf() -> bytes:
    writer = _writer({})
    writer.encrypt("owner", "user")
    return _written(writer)


def script_pdf() -> bytes:
    action = generic.DictionaryObject(
        {
            generic.NameObject("/S"): generic.NameObject("/JavaScript"),
            generic.NameObject("/JS"): generic.TextStringObject("app.alert(1)"),
        }
    )
    return pdf(OpenAction=action)


def carrying_pdf() -> bytes:
    inner = generic.DictionaryObject({generic.NameObject("/Names"): generic.ArrayObject()})
    names = {generic.NameObject("/EmbeddedFiles"): inner}
    return pdf(Names=generic.DictionaryObject(names))


def archive(entries: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return out.getvalue()


def noise(size: int) -> bytes:
    """Ones and noughts: unpacks to about six times its archive."""
    return os.urandom(size).translate(bytes(48 + n % 2 for n in range(256)))


def docx(**more: str | bytes) -> bytes:
    return archive({**WORD, **more})


def xlsx(**more: str | bytes) -> bytes:
    return archive({**SHEET, **more})


def bomb() -> bytes:
    """A hundred and some megabytes of nothing."""
    return archive({**WORD, "word/media/a.xml": b"\0" * (110 * 2**20)})


def lying_bomb() -> bytes:
    """The same, whose directory says that it is small."""
    data = bytearray(bomb())
    real = struct.pack("<I", 110 * 2**20)
    at = data.find(real)
    while at >= 0:
        data[at : at + 4] = struct.pack("<I", 1000)
        at = data.find(real, at + 4)
    return bytes(data)


def overlapping() -> bytes:
    """Two entries of the directory that share the bytes of one."""
    plain = archive({**WORD, "word/a.xml": b"a" * 5000, "word/b.xml": b"b" * 5000})
    out = bytearray(plain)
    first = out.find(b"word/a.xml") - 30
    directory = out.rfind(b"PK\x01\x02")
    out[directory + 42 : directory + 46] = struct.pack("<I", first)
    return bytes(out)


def with_link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in WORD.items():
            made.writestr(name, data)
        link = zipfile.ZipInfo("word/link")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    return out.getvalue()


def many_entries(count: int) -> bytes:
    return archive({**WORD, **{f"word/{n}.xml": "x" for n in range(count)}})


def linked() -> str:
    """A template that Word fetches from elsewhere when the file is opened."""
    return RELATIONS.format(
        '<Relationship Id="1" Type="http://x/attachedTemplate" '
        'Target="http://example.invalid/t.dotm" TargetMode="External"/>'
    )


def hyperlinked() -> str:
    return RELATIONS.format(
        '<Relationship Id="1" Type="http://x/hyperlink" '
        'Target="http://example.invalid/" TargetMode="External"/>'
    )


def _writer(root: Mapping[str, generic.PdfObject]) -> PdfFileWriter:
    writer = PdfFileWriter(stream_xrefs=False)
    content = writer.add_object(generic.StreamObject(stream_data=b"q Q"))
    writer.insert_page(PageObject(contents=content, media_box=(0, 0, 100, 100)))
    for name, value in root.items():
        writer.root[generic.NameObject(f"/{name}")] = value
    return writer


def _written(writer: PdfFileWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
