"""A small disk of memory under the site's folder, that can be filled to the last byte.

Mounting needs root; without it the leg refuses, rather than pass by doing nothing.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BLOCK = 1 << 16


class SmallDisk:
    """`size` in megabytes; all that a site writes is below `path`: tables, files, logs."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size
        self._filler = path / "filler"

    @contextmanager
    def mounted(self) -> Iterator[None]:
        self._mount()
        try:
            yield
        finally:
            subprocess.run(["umount", str(self.path)], check=True)

    def _mount(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={self.size}m,mode=711", "tmpfs"]
        done = subprocess.run(
            [*command, str(self.path)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"A disk to be filled needs root: {done.stderr.strip()}")

    def fill(self) -> int:
        """Take what is left; answers how many bytes that was."""
        written = 0
        with self._filler.open("ab", buffering=0) as file:
            for block in (BLOCK, 4096, 1):
                with suppress(OSError):
                    while True:
                        written += file.write(b"\0" * block)
        return written

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)
