"""`make check`: every check runs, then a line each says how it went. `-m scripts.check NAME …`."""

import base64
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.process import ROOT

PY = sys.executable
SOURCES = ("app", "bpmn", "forms", "pdf", "scripts", "tests", "bench", "migrations", "wsgi.py")
TEXTS = (*SOURCES, "docs", "templates", "frontend/src", "regions", "README.md", "CHANGELOG.md")
# What each command stands for; `lint` is all of them but types, definitions and docs.
LINT = ("format", "ruff", "imports", "templates", "spelling", "dependencies")


def existing(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if (ROOT / name).exists()]


def commands() -> Iterator[tuple[str, list[str]]]:
    yield "format", [PY, "-m", "ruff", "format", "--check", *existing(SOURCES)]
    yield "ruff", [PY, "-m", "ruff", "check", *existing(SOURCES)]
    yield "types", [PY, "-m", "mypy"]
    yield "imports", [PY, "-c", "from importlinter.cli import lint_imports_command as f; f()"]
    if (ROOT / "templates").exists():
        yield "templates", [PY, "-m", "djlint", "templates", "--lint", "--quiet"]
    yield "spelling", [PY, "-m", "codespell_lib", *existing(TEXTS)]
    yield "dependencies", [PY, "-m", "deptry", "."]
    models = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("bpmn/processes/*.bpmn"))
    if models:
        yield "definitions", [PY, "-m", "flask", "--app", "wsgi", "processes", "lint", *models]
    if list((ROOT / "tests" / "docs").glob("test_*.py")):
        yield "docs", [PY, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/docs"]


def environment() -> dict[str, str]:
    """The definitions are linted without a site: with its settings, of which none is real."""
    nowhere = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": f"check:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DATA_DIR": str(ROOT / "var" / "check"),
    }
    return {**os.environ, **nowhere, "PYTHONPATH": str(ROOT)}


def main() -> int:
    wanted = {part for name in sys.argv[1:] for part in (LINT if name == "lint" else (name,))}
    chosen = [(name, command) for name, command in commands() if not wanted or name in wanted]
    rows = []
    for name, command in chosen:
        print(f"— {name}", flush=True)
        begun = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env=environment(), check=False)
        rows.append((name, done.returncode, time.monotonic() - begun))
    print()
    for name, code, seconds in rows:
        print(f"  {name:<14} {'ok' if code == 0 else 'FAILED':<8} {seconds:5.1f} s")
    failed = [name for name, code, _ in rows if code]
    if failed:
        print(f"\nFailed: {', '.join(failed)}. `make fmt` mends format and much of ruff.")
    return 1 if failed else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.path.insert(0, str(Path.cwd()))
    sys.exit(main())
