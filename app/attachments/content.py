"""What a file is, by its bytes alone, and whether it may stay. Its name must then agree."""

import csv
import io
import re
from collections.abc import Callable

from app.attachments import archives, images
from app.attachments.names import joined, tidy
from app.attachments.types import (
    EXTENSIONS,
    KINDS_IN_WORDS,
    MAX_BYTES,
    Accepted,
    FileRefused,
    FileTooLarge,
)
from pdf.inspection import Finding, inspect

PDF = b"%PDF-"
_FORMULA = ("=", "@")
# Texts that some program would take for more than a text.
_NO_TEXT = re.compile(
    r"\s*(<[!?/a-zA-Z]|\{\\rtf|#!|%!|MIME-Version:|\[InternetShortcut\])", re.IGNORECASE
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_PDF_WORDS = {
    Finding.ENCRYPTED: ("encrypted", "PDF 加了密码或限制，请去掉保护，或者打印成新的 PDF 再上传。"),
    Finding.ACTIVE: (
        "active",
        "PDF 里有脚本、会打开程序的动作或内嵌的文件，不能收。请打印成新的 PDF 再上传。",
    ),
    Finding.TOO_COMPLEX: (
        "too_complex",
        "PDF 太复杂，检查不完。请打印成新的 PDF，或者拆开再上传。",
    ),
    Finding.DAMAGED: ("damaged", "PDF 不完整，读不出来。请重新扫描或者另存一份再上传。"),
}


def examine(name: str, data: bytes) -> Accepted:
    """The file with a tidy name and its true type. Raises: FileRefused, FileTooLarge."""
    if not data:
        raise FileRefused("empty", "文件是空的，请选择有内容的文件。")
    if len(data) > MAX_BYTES:
        raise FileTooLarge
    stem, extension = tidy(name)
    media_type = _media_type(data, extension)
    if extension not in EXTENSIONS[media_type]:
        right = EXTENSIONS[media_type][0]
        raise FileRefused(
            "wrong_extension",
            f"文件名的结尾“.{extension[:10]}”和内容不符，内容是 {right.upper()}。"
            f"请把文件名的结尾改成“.{right}”再上传。",
        )
    return Accepted(joined(stem, extension), media_type, data)


def _media_type(data: bytes, extension: str) -> str:
    for magic, check in _CHECKS:
        if data.startswith(magic):
            return check(data)
    if extension in ("csv", "txt"):
        return _text(data, extension)
    raise _not_a_kind()


def _pdf(data: bytes) -> str:
    found = inspect(data)
    if found is not Finding.HARMLESS:
        raise FileRefused(*_PDF_WORDS[found])
    return "application/pdf"


def _png(data: bytes) -> str:
    images.check_png(data)
    return "image/png"


def _jpeg(data: bytes) -> str:
    images.check_jpeg(data)
    return "image/jpeg"


def _text(data: bytes, extension: str) -> str:
    """Readable text and nothing else. The extension alone tells the two apart."""
    text = _decoded(data)
    if text is None or _CONTROLS.search(text) or _NO_TEXT.match(text):
        raise _not_a_kind()
    if extension == "csv":
        _check_cells(text)
    return "text/csv" if extension == "csv" else "text/plain"


def _decoded(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _check_cells(text: str) -> None:
    """A cell that begins with = or @ becomes live when a spreadsheet opens the file."""
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text)), start=1):
            if any(cell.lstrip().startswith(_FORMULA) for cell in row):
                raise FileRefused(
                    "formula",
                    f"第 {number} 行有公式（以 = 或 @ 开头）。"
                    "请在表格里复制后粘贴为“值”，再另存为 CSV。",
                )
    except csv.Error as error:
        raise FileRefused("damaged", "CSV 的写法不对，读不出来。请重新另存为 CSV。") from error


def _not_a_kind() -> FileRefused:
    return FileRefused(
        "not_a_kind",
        f"这种文件不能收，只收 {KINDS_IN_WORDS}。其他格式请打印成 PDF 再上传。",
    )


_CHECKS: tuple[tuple[bytes, Callable[[bytes], str]], ...] = (
    (PDF, _pdf),
    (images.PNG, _png),
    (images.JPEG, _jpeg),
    (archives.ZIP, archives.media_type_of),
)
