"""How long the second `make run` of a folder takes until the login page stands in a browser."""

import json
import time
import urllib.request
from pathlib import Path

from bench.figures import Figure
from bench.setting import Setting
from scripts.process import Child, wait_until
from scripts.served import READY

BUDGET = 8.0


def run(setting: Setting) -> list[Figure]:
    data = setting.scratch / "starting"
    _start(setting, data)  # makes the database and plays the demo tickets
    taken = sorted(_start(setting, data) for _ in range(1 if setting.quick else 3))
    note = "from `make run` to the whole login page"
    return [
        Figure("second start to first page", taken[len(taken) // 2], "s", BUDGET, note=note),
    ]


def _start(setting: Setting, data: Path) -> float:
    """Seconds until the login page is there; then it is ended again."""
    note = data / "run" / "site.json"
    note.unlink(missing_ok=True)
    env = {"DATA_DIR": str(data), "PORT": "0", "REGION": "enshi"}
    begun = time.monotonic()
    with setting.running(Child("make", ["make", "run"], grace=20, env=env)):
        if not wait_until(note.exists, READY, 0.02):
            raise RuntimeError(f"`make run` did not serve; see {setting.scratch / 'make.log'}")
        _read_page(json.loads(note.read_text())["url"])
        return time.monotonic() - begun


def _read_page(url: str) -> None:
    with urllib.request.urlopen(f"{url}/login", timeout=30) as answer:  # noqa: S310 - loopback
        answer.read()
