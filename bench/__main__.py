"""`make bench`: runs the legs, writes bench/results/<time>.json, prints a table; 1 if one breaks.

python -m bench [--scale N] [--quick] [--legs acting,engine] [--keep]
python -m bench --docs bench/results/<time>.json   writes that run into the operators' pages
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import acting, calibration, county, engine, pages, printing, sending, starting
from bench.figures import Figure
from bench.setting import Setting
from scripts.process import ROOT, say, show

FOLDER = ROOT / "bench" / "results"
PAGES = [ROOT / "docs" / "operators" / name for name in ("bench.md", "bench.zh.md")]
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"
LEGS = {
    "acting": acting,
    "county": county,
    "engine": engine,
    "pages": pages,
    "printing": printing,
    "sending": sending,
    "starting": starting,
}
SCALE = 1_000_000


@dataclass(frozen=True)
class Leg:
    """One leg as it went. `factor`: the reference loop as recorded ÷ the same around the leg."""

    name: str
    factor: float
    seconds: float
    load: str
    measured: Sequence[Figure]

    @property
    def figures(self) -> list[Figure]:
        return [figure.scaled(self.factor) for figure in self.measured]


def run(name: str, setting: Setting) -> Leg:
    say(f"— {name}")
    begun, before = time.monotonic(), calibration.milliseconds()
    load = f"{os.getloadavg()[0]:.1f}"
    measured = LEGS[name].run(setting)
    here = (before + calibration.milliseconds()) / 2
    leg = Leg(name, calibration.factor(here), time.monotonic() - begun, load, measured)
    for line in table([leg]):
        show(line)
    return leg


def table(done: Sequence[Leg]) -> Iterator[str]:
    """Markdown, which reads well on a terminal too."""
    yield "| Leg | Figure | Here | Scaled | Budget | |"
    yield "|---|---|---:|---:|---:|---|"
    for leg in done:
        for raw, figure in zip(leg.measured, leg.figures, strict=True):
            sign = "≤" if figure.at_most else "≥"
            budget = "" if figure.budget is None else f"{sign} {number(figure.budget)}"
            scaled = "" if raw is figure else number(figure.value)
            said = figure.note if figure.holds else f"**broken** {figure.note}".strip()
            yield (
                f"| {leg.name} | {figure.name} | {number(raw.value)} {raw.unit} | {scaled} "
                f"| {budget} | {said} |"
            )


def number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "load": os.getloadavg(),
    }


def read(path: Path) -> list[Leg]:
    """A run from its file."""
    return [
        Leg(
            found["name"],
            found["factor"],
            found["seconds"],
            found["load"],
            [Figure(**figure) for figure in found["measured"]],
        )
        for found in json.loads(path.read_text())["legs"]
    ]


def write_docs(path: Path) -> None:
    """Replace the table in the operators' pages by that of a run."""
    done = read(path)
    lines = "\n".join([*table(done), "", *around(done), ""])
    for page in PAGES:
        head, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        _, _, tail = rest.partition(END)
        page.write_text(f"{head}{BEGIN}{lines}{END}{tail}", encoding="utf-8")


def around(done: Sequence[Leg]) -> Iterator[str]:
    """How fast and how busy the machine was."""
    for leg in done:
        yield f"- {leg.name}: machine factor {leg.factor:.2f}, load at the beginning {leg.load}"


def budgets(done: Sequence[Leg]) -> Iterator[dict[str, Any]]:
    """Each figure that has a limit, scaled; `beside` says what it was measured next to."""
    for leg in done:
        for figure in leg.figures:
            if figure.budget is not None:
                yield {
                    "name": figure.name,
                    "value": figure.value,
                    "limit": figure.budget,
                    "held": figure.holds,
                    "beside": figure.note,
                    "unit": figure.unit,
                    "at_most": figure.at_most,
                    "leg": leg.name,
                }


def write(done: Sequence[Leg], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    content = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "budgets": list(budgets(done)),
        "legs": [
            asdict(leg) | {"figures": [asdict(f) | {"holds": f.holds} for f in leg.figures]}
            for leg in done
        ],
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    return path


@contextmanager
def scratch(keep: bool) -> Iterator[Path]:
    """A short path that PostgreSQL's own user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="bb-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        if keep:
            say(f"Kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--scale", type=int, default=SCALE, help="tickets, where a leg loads many")
    parser.add_argument("--legs", default="", help=f"some of {','.join(LEGS)}; all without it")
    parser.add_argument("--quick", action="store_true", help="a look, not a measurement")
    parser.add_argument("--keep", action="store_true", help="leave the folder with the sites")
    parser.add_argument("--docs", type=Path, help="write the table of this run into the pages")
    parser.add_argument("--calibrate", action="store_true", help="only time the reference loop")
    return parser.parse_args()


def main() -> int:
    given = parse()
    if given.docs:
        write_docs(given.docs)
        return 0
    if given.calibrate:
        here = calibration.milliseconds()
        say(f"{here:.3f} ms a round here, {calibration.RECORDED} recorded")
        return 0
    chosen = [name for name in given.legs.split(",") if name] or list(LEGS)
    if unknown := sorted(set(chosen) - set(LEGS)):
        say(f"There is no leg {', '.join(unknown)}. There is: {', '.join(LEGS)}.")
        return 2
    with scratch(given.keep) as folder:
        setting = Setting(scale=given.scale, quick=given.quick, scratch=folder)
        done = [run(name, setting) for name in chosen]
    path = write(done, FOLDER)
    show("")
    for line in table(done):
        show(line)
    for line in around(done):
        show(line)
    show(f"All of it: {path}")
    broken = [figure.name for leg in done for figure in leg.figures if not figure.holds]
    if broken and not given.quick:
        say(f"Over budget: {'; '.join(broken)}")
    return 1 if broken and not given.quick else 0


if __name__ == "__main__":
    sys.exit(main())
