"""DOCX, XLSX and OFD are zip archives: judged by their directory, then read through a small window.

Nothing is written anywhere and no entry is ever whole in memory, except the few relation lists.
"""

import re
import stat
import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree

from app.attachments.types import MAX_ENTRIES, MAX_RATIO, MAX_UNPACKED, FileRefused

ZIP = b"PK\x03\x04"
_END = b"PK\x05\x06"
_END_SIZE = 22
_MAX_DIRECTORY = 2**20
_MAX_RELATIONS = 2**20
_SMALL = 2**20  # below this a high ratio is only repetition: harmless, and common in XML
_WINDOW = 64 * 1024
_HEADER = 30
_ENCRYPTED = 0x1
_REGULAR = (0, stat.S_IFREG, stat.S_IFDIR)
# By the first bytes: zip, rar, 7z, gzip, OLE (macros, old Office), programs.
_INSIDE = (
    b"PK\x03\x04",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
    b"MZ",
    b"\x7fELF",
)
# Nothing but a declaration may stand before the root of a part that a program of ours reads.
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?\s*<[A-Za-z_]")
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MARKS = (("word/document.xml", _DOCX), ("xl/workbook.xml", _XLSX), ("OFD.xml", "application/ofd"))
_LINKED = ("xl/externallinks/", "xl/connections.xml", "word/afchunk")


def media_type_of(data: bytes) -> str:
    """What the archive is, after it was found harmless. Raises: FileRefused."""
    _check_end(data)
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_directory(entries, len(data))
            names = {entry.filename for entry in entries}
            found = next((kind for mark, kind in _MARKS if mark in names), "")
            if not found:
                raise FileRefused(
                    "archive", "不收压缩包。请把里面的文件一个一个上传，或者打印成一个 PDF。"
                )
            for entry in entries:
                _read_through(archive, entry)
    except (BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError) as error:
        raise _damaged() from error
    return found


def _check_end(data: bytes) -> None:
    """One plain directory at the very end, small enough to be read; no zip64, no comment."""
    end = data[-_END_SIZE:]
    if not end.startswith(_END) or data[-_END_SIZE - 20 :].startswith(b"PK\x06\x07"):
        raise _damaged()
    disk, start_disk, here, count, size, offset, comment = struct.unpack("<HHHHIIH", end[4:])
    if count > MAX_ENTRIES or size > _MAX_DIRECTORY:
        raise FileRefused(
            "too_many_entries", f"文件里的部件超过 {MAX_ENTRIES} 个，请另存为较小的文件再上传。"
        )
    ends_here = offset + size + _END_SIZE == len(data)
    if disk or start_disk or comment or here != count or not ends_here:
        raise _damaged()


def _check_directory(entries: Sequence[ZipInfo], size: int) -> None:
    if len(entries) > MAX_ENTRIES:
        raise _damaged()
    if len({entry.filename for entry in entries}) < len(entries):
        raise _damaged()
    total = sum(entry.file_size for entry in entries)
    if total > MAX_UNPACKED or total > MAX_RATIO * size:
        raise _bomb()
    at = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        # Entries that share bytes unpack to far more than the file has; bytes before the first
        # are another file in front of this one.
        if entry.header_offset < at or (at == 0 and entry.header_offset):
            raise _damaged()
        at = entry.header_offset + _HEADER + entry.compress_size
        _check_entry(entry)


def _check_entry(entry: ZipInfo) -> None:
    name, lower = entry.orig_filename, entry.filename.lower()
    is_way_out = name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")
    if is_way_out or any(ord(character) < 32 for character in name):
        raise FileRefused("bad_path", "文件里有指向别处的路径，请用办公软件另存一份再上传。")
    if stat.S_IFMT(entry.external_attr >> 16) not in _REGULAR:
        raise FileRefused("bad_path", "文件里有指向别处的链接，请用办公软件另存一份再上传。")
    if entry.flag_bits & _ENCRYPTED:
        raise FileRefused("encrypted", "文件加了密码，请去掉密码再上传。")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise _damaged()
    if entry.file_size > _SMALL and entry.file_size > MAX_RATIO * entry.compress_size:
        raise _bomb()
    if "vbaproject" in lower or "macrosheets/" in lower or "activex/" in lower:
        raise _macros()
    if lower.startswith(_LINKED):
        raise _linked()


def _read_through(archive: ZipFile, entry: ZipInfo) -> None:
    """Unpack through a window: the sizes of the directory are held against the bytes."""
    seen, kept, lower = 0, b"", entry.filename.lower()
    is_read = lower.endswith(".rels") or lower == "[content_types].xml"
    if is_read and entry.file_size > _MAX_RELATIONS:
        raise _damaged()
    with archive.open(entry) as stream:
        while piece := stream.read(_WINDOW):
            if seen == 0 and piece.startswith(_INSIDE):
                raise FileRefused(
                    "nested",
                    "文件里又嵌了别的文件或程序。请删掉嵌入的部分，或者打印成 PDF；"
                    "嵌入的文件另外上传。",
                )
            if seen == 0 and _is_sheet(lower) and not _BEGINNING.match(piece):
                raise _damaged()
            seen += len(piece)
            kept += piece if is_read else b""
    if seen != entry.file_size:
        raise _damaged()
    if lower.endswith(".rels"):
        _check_relations(kept)
    if is_read and re.search(rb"macroenabled|vbaproject", kept, re.IGNORECASE):
        raise _macros()


def _is_sheet(name: str) -> bool:
    return name.startswith("xl/") and name.endswith(".xml")


def _check_relations(xml: bytes) -> None:
    """Templates, data and pictures fetched from elsewhere when the file is opened."""
    if b"<!" in xml or b"\0" in xml:  # DOCTYPE; UTF-16, which Office never writes here
        raise _damaged()
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise _damaged() from error
    for relation in root.iter(_RELATIONS):
        is_outside = relation.get("TargetMode", "").lower() == "external"
        if is_outside and not relation.get("Type", "").endswith("/hyperlink"):
            raise _linked()


def _bomb() -> FileRefused:
    return FileRefused(
        "unpacks_too_large",
        f"文件展开以后超过 {MAX_UNPACKED // 2**20} MB，或者压缩得不正常。"
        "请删掉多余的内容，用办公软件另存一份再上传。",
    )


def _macros() -> FileRefused:
    return FileRefused("macros", "文件里有宏，不能收。请另存为不带宏的 DOCX 或 XLSX 再上传。")


def _linked() -> FileRefused:
    return FileRefused(
        "external",
        "文件会从别处取数据或模板，不能收。请断开外部链接（表格里粘贴为“值”），另存一份再上传。",
    )


def _damaged() -> FileRefused:
    return FileRefused("damaged", "文件不完整或者不正常。请用办公软件打开，另存一份再上传。")
