"""What a foreign PDF carries, found by a parser that may break: it runs apart, on a short leash.

`inspect` asks; the child is this same module, started with limits on memory, time and files.
"""

import io
import os
import resource
import subprocess
import sys
from enum import StrEnum
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from pdf.isolation import leave_network

ROOT = Path(__file__).resolve().parent.parent
MEMORY = 400 * 2**20
CPU_SECONDS = 10
PATIENCE = 20
MOST_OBJECTS = 100_000
MOST_DEPTH = 60
# Names under which a PDF runs something, opens something, or hides another file.
ACTIVE_KEYS = frozenset(
    {"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent"}
)
ACTIVE_KINDS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/ImportData",
        "/SubmitForm",
        "/GoToR",
        "/GoToE",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/EmbeddedFile",
        "/RichMedia",
        "/3D",
    }
)


class Finding(StrEnum):
    HARMLESS = "harmless"
    ENCRYPTED = "encrypted"
    ACTIVE = "active"
    TOO_COMPLEX = "too_complex"
    DAMAGED = "damaged"


def inspect(data: bytes) -> Finding:
    """What the child found; a child that was ended found it too complex."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pdf.inspection"],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            cwd=ROOT,
            env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
        return Finding(done.stdout.decode("ascii", "replace").strip())
    except (subprocess.TimeoutExpired, ValueError):
        return Finding.TOO_COMPLEX


def judge(data: bytes) -> Finding:
    """Look into every object. Called in the child only: a hostile file may exhaust it."""
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        if reader.encrypted:
            return Finding.ENCRYPTED
        references = _references(reader)
        if len(references) > MOST_OBJECTS:
            return Finding.TOO_COMPLEX
        if not reader.root["/Pages"].get("/Kids"):
            return Finding.DAMAGED
        for reference in references:
            if _is_active(reader.get_object(reference), 0):
                return Finding.ACTIVE
    except (RecursionError, MemoryError):
        return Finding.TOO_COMPLEX
    except (PdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        return Finding.DAMAGED
    return Finding.HARMLESS


def _references(reader: PdfFileReader) -> set[generic.Reference]:
    """Every object that any revision names and the last one still has."""
    xrefs, found = reader.xrefs, set[generic.Reference]()
    for revision in range(xrefs.total_revisions):
        found |= xrefs.explicit_refs_in_revision(revision)
        found -= set(xrefs.refs_freed_in_revision(revision))
    return found


def _is_active(value: object, depth: int) -> bool:
    """Does this object, without following references, run, open or hide something?"""
    if depth > MOST_DEPTH:
        raise RecursionError
    if isinstance(value, generic.DictionaryObject):
        if not ACTIVE_KEYS.isdisjoint(value):
            return True
        kinds = (value.raw_get(key) for key in ("/S", "/Type", "/Subtype") if key in value)
        if any(str(kind) in ACTIVE_KINDS for kind in kinds):
            return True
        return any(_is_active(value.raw_get(key), depth + 1) for key in value)
    if isinstance(value, generic.ArrayObject):
        return any(_is_active(value.raw_get(n), depth + 1) for n in range(len(value)))
    return False


def main() -> None:
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    leave_network()
    data = sys.stdin.buffer.read()
    sys.stdout.write(judge(data))


if __name__ == "__main__":
    main()
