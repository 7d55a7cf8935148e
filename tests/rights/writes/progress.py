"""Asking how far a ticket is, which everybody may."""

from collections.abc import Mapping

from tests.rights.writes.base import Case, Write, because, plain
from tests.rights.writes.people import CLERK
from tests.rights.writes.why import FORM, NO_VERSION, OPEN, OWN, PAGE

COUNTED = because("each question counts: tests/requirements/test_progress.py", Case.DOUBLE)

ROWS: Mapping[str, Write] = {
    "progress.ask": Write(
        CLERK,
        plain(number="XQ-2026-00001", tail="0000"),
        OPEN | OWN | NO_VERSION | PAGE | FORM | COUNTED,
    ),
}
