"""A pre-commit hook for what no other tool looks at: text files' shape, size, well-formed data."""

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import yaml
from lxml import etree

LARGEST = 600_000
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".html", ".css", ".js", ".mjs", ".bpmn"}


def _xml(path: Path) -> None:
    etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True))


READERS: dict[str, Callable[[Path], object]] = {
    ".toml": lambda path: tomllib.loads(path.read_text()),
    ".json": lambda path: json.loads(path.read_text()),
    ".yaml": lambda path: yaml.safe_load(path.read_text()),
    ".yml": lambda path: yaml.safe_load(path.read_text()),
    ".bpmn": _xml,
}


def faults(path: Path) -> list[str]:
    if not path.is_file() or path.is_symlink():
        return []
    content = path.read_bytes()
    found = []
    if len(content) > LARGEST:
        found.append(f"{len(content)} bytes; more than {LARGEST} belongs into a package")
    if path.suffix in TEXT and content:
        if not content.endswith(b"\n") or content.endswith(b"\n\n"):
            found.append("must end with one line end")
        if b"\r" in content:
            found.append("has Windows line ends")
    if reader := READERS.get(path.suffix):
        try:
            reader(path)
        except (ValueError, yaml.YAMLError, etree.XMLSyntaxError) as error:
            found.append(str(error))
    return found


def main() -> int:
    found = [(name, fault) for name in sys.argv[1:] for fault in faults(Path(name))]
    for name, fault in found:
        print(f"{name}: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
