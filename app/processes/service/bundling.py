"""From the files somebody brings to a Bundle: single files, or all of them in one zip."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any
from zipfile import BadZipFile, ZipFile

from app.core.errors import Invalid
from app.processes.service.publishing import Bundle
from forms import FieldError

MOST_FILES = 100
MOST_BYTES = 5_000_000  # unpacked, all files together
ZIP = b"PK\x03\x04"
OF_A_MAC = "__MACOSX"
PICK = "请选择流程图（.bpmn）、表单定义（.json）和打印模板（.html），或者把它们压缩成一个 .zip。"


@dataclass(frozen=True)
class File:
    name: str
    data: bytes

    @property
    def path(self) -> PurePosixPath:
        return PurePosixPath(self.name.replace("\\", "/"))


def bundle_of(files: Sequence[File]) -> Bundle:
    """Each file by its ending, wherever it lies. Raises: Invalid."""
    unpacked = list(_unpacked(files))
    models = [file for file in unpacked if file.path.suffix == ".bpmn"]
    strange = [f for f in unpacked if f.path.suffix not in (".bpmn", ".json", ".html")]
    if strange:
        raise _refusal(strange[0], "只收 .bpmn、.json 和 .html 文件，请去掉这一个。")
    if len(models) != 1:
        told = f"要有一个流程图（.bpmn），这里有 {len(models)} 个。" if unpacked else PICK
        raise Invalid([FieldError("files", "required", told)])
    return Bundle(
        models[0].data,
        dict(form_of(file) for file in unpacked if file.path.suffix == ".json"),
        {file.path.stem: text_of(file) for file in unpacked if file.path.suffix == ".html"},
    )


def form_of(file: File) -> tuple[str, Mapping[str, Any]]:
    """A form and the name it gives itself. Raises: Invalid."""
    try:
        data = json.loads(text_of(file))
    except (ValueError, RecursionError) as error:
        raise _refusal(file, "表单定义不是正确的 JSON。") from error
    if not isinstance(data, dict) or not isinstance(data.get("key"), str):
        raise _refusal(file, "表单定义要是有 key 的 JSON 对象。")
    return str(data["key"]), data


def text_of(file: File) -> str:
    """Raises: Invalid."""
    try:
        text = str(file.data, "utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal(file, "文件要用 UTF-8 编码。") from error
    if "\0" in text or "\\u0000" in text:
        raise _refusal(file, "文件里有不能使用的字符（U+0000）。")
    return text


def _unpacked(files: Iterable[File]) -> Iterable[File]:
    for file in files:
        if file.data.startswith(ZIP):
            yield from _of_archive(file)
        else:
            yield file


def _of_archive(file: File) -> list[File]:
    """Read into memory up to the limit, whatever its directory claims. Raises: Invalid."""
    found, left = [], MOST_BYTES
    try:
        with ZipFile(BytesIO(file.data)) as archive:
            entries = [
                entry
                for entry in archive.infolist()
                if not entry.is_dir() and not entry.filename.startswith(OF_A_MAC)
            ]
            if len(entries) > MOST_FILES:
                raise _refusal(file, f"压缩包里最多 {MOST_FILES} 个文件。")
            for entry in entries:
                with archive.open(entry) as stream:
                    data = stream.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise _refusal(
                        file, f"解开以后超过 {MOST_BYTES // 1_000_000} MB，请删掉多余的。"
                    )
                found.append(File(entry.filename, data))
    except (BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        raise _refusal(file, "压缩包不完整，或者加了密码。请重新压缩成 .zip 再上传。") from error
    return found


def _refusal(file: File, message: str) -> Invalid:
    return Invalid([FieldError(file.path.name, "malformed", f"“{file.path.name}”：{message}")])
