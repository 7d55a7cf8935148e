"""Bytes on disk: sealed, under random names in DATA_DIR/files, whole or not there at all.

A file is there before the row that names it commits; whatever no row names is swept later. The
name of a file is never used twice and its bytes never change, so a backup may copy them at leisure.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from app.attachments.types import FileDamaged
from app.core import crypto

FOLDER = "files"
HALF = ".half-"
_folder: list[Path] = []


def configure(data_dir: Path) -> None:
    _folder[:] = [data_dir / FOLDER]


def folder() -> Path:
    return _folder[0]


def write(data: bytes) -> str:
    """Seal and keep; answers the name. Durable when this returns."""
    root = folder()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(16)
    half = root / f"{HALF}{name}"
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(crypto.seal(data))
            file.flush()
            os.fsync(file.fileno())
        half.rename(root / name)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    _sync(root)
    return name


def read(name: str) -> bytes:
    """Raises: FileDamaged."""
    try:
        return crypto.unseal((folder() / name).read_bytes())
    except (OSError, crypto.Unreadable) as error:
        raise FileDamaged from error


def touch(name: str) -> None:
    """Its row is gone: the time until it is removed begins now (a backup may be copying it)."""
    with suppress(FileNotFoundError):
        os.utime(folder() / name)


def remove(name: str) -> None:
    (folder() / name).unlink(missing_ok=True)


def names(*, untouched: timedelta = timedelta()) -> Iterator[str]:
    """Files, halves too, that nobody touched for so long by the machine's own clock.

    The office's clock may be moved: a file whose row is about to commit must not look old.
    """
    if not folder().is_dir():
        return
    latest = time.time() - untouched.total_seconds()
    with os.scandir(folder()) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if entry.stat(follow_symlinks=False).st_mtime <= latest:
                    yield entry.name


def _sync(root: Path) -> None:
    with suppress(OSError):  # some network file systems cannot
        descriptor = os.open(root, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
