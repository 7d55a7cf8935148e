"""The locked packages install on Debian 12, whose Python is older than a developer's."""

from collections.abc import Iterator
from importlib.metadata import Distribution, distributions

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.process import ROOT

DEBIAN_12 = "3.11.2"


def locked() -> set[str]:
    lines = "".join((ROOT / f"requirements{part}.txt").read_text() for part in ("", "-dev"))
    return {line.split("==")[0] for line in lines.splitlines() if "==" in line}


def installed() -> Iterator[Distribution]:
    names = locked()
    return (d for d in distributions() if canonicalize_name(d.metadata["Name"]) in names)


def test_every_package_accepts_the_oldest_python() -> None:
    """A pin that a newer Python chose may not exist for Debian's; cap it in requirements*.in."""
    refusing = [
        f"{found.metadata['Name']} {found.version} wants {wanted}"
        for found in installed()
        if (wanted := found.metadata["Requires-Python"])
        and not Requirement(f"python{wanted}").specifier.contains(DEBIAN_12)
    ]
    assert not refusing


def test_the_lock_has_what_only_the_oldest_python_needs() -> None:
    """pip-compile follows the Python it runs on; what another wants is named in requirements.in."""
    there = {**default_environment(), "python_full_version": DEBIAN_12, "extra": ""}
    missing = [
        f"{found.metadata['Name']} needs {requirement.name}"
        for found in installed()
        for requirement in map(Requirement, found.requires or [])
        if requirement.marker
        and requirement.marker.evaluate(there)
        and canonicalize_name(requirement.name) not in locked()
    ]
    assert not missing


def test_everything_asked_for_is_locked() -> None:
    """`make lock` was forgotten: a package works here by luck and is missing on a fresh machine."""
    for part in ("", "-dev"):
        text = (ROOT / f"requirements{part}.in").read_text()
        wanted = {
            canonicalize_name(Requirement(line.split("#")[0]).name)
            for line in text.splitlines()
            if line.split("#")[0].strip() and not line.startswith("-")
        }
        assert wanted <= locked()
