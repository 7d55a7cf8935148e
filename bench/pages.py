"""Pages: what each costs the processor, and whether it reads more when there is more.

Two databases, one with a thousand finished tickets and one with `scale` of them; the same people
with as much on their desks open the same pages. Buffers are pages of 8 kB that PostgreSQL looked
at, cached or not, summed over the statements of a request. Both are vacuumed before, as a site that
runs vacuums itself, and every page has been opened once.
"""

import os
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.core.clock import utcnow
from app.demo.load import fill
from app.demo.load.planning import OPEN_EACH
from bench.figures import CPU, Figure
from bench.offices import office, vacuum
from bench.reads.explain import Plan
from bench.reads.pages import HTML, Page, pages
from bench.reads.samples import Samples, asked, samples, tell
from bench.reads.visiting import enter, plans
from bench.setting import Setting
from scripts.cluster import Cluster
from scripts.process import say

SMALL, QUICK = 1_000, 100_000
TIMES, FEW_TIMES = 40, 10
MILLISECONDS, GROWTH = 15.0, 1.2
ALIKE = 1.25
BUDGETED = frozenset({"inbox", "ticket"})


@dataclass(frozen=True)
class Seen:
    """One page at one size. `rows` is what its list brought, or its longest statement."""

    cpu: float
    statements: int
    buffers: int
    rows: int


def run(setting: Setting) -> list[Figure]:
    scale = min(setting.scale, QUICK) if setting.quick else setting.scale
    times = FEW_TIMES if setting.quick else TIMES
    with setting.cluster() as cluster:
        chosen: Samples | None = None
        seen: list[dict[tuple[str, str], Seen]] = []
        for size in (SMALL, scale):
            with _filled(cluster, setting, size) as (app, engine):
                with Session(engine) as session, session.begin():
                    chosen = chosen or samples(session)
                    tell(session, chosen)
                    found = pages(chosen, asked(session, chosen))
                vacuum(engine)
                seen.append(_open_all(app, engine, found, times))
        return [*_figures(found, seen[0], seen[1], scale)]


@contextmanager
def _filled(cluster: Cluster, setting: Setting, size: int) -> Iterator[tuple[Flask, Engine]]:
    """The demo office with `size` finished tickets more."""
    with office(cluster, setting, f"pages_{size}") as (app, engine):
        began = time.monotonic()
        load = f"{os.getloadavg()[0]:.1f}"
        fill(size, utcnow(), say, open_each=OPEN_EACH)
        say(f"{size} tickets in {time.monotonic() - began:.0f} s at load {load}")
        yield app, engine


def _open_all(
    app: Flask, engine: Engine, found: Sequence[Page], times: int
) -> dict[tuple[str, str], Seen]:
    visitors = {who: enter(app, who) for who in sorted({page.who for page in found})}
    seen = {}
    for page in found:
        visitor = visitors[page.who]
        looked = plans(engine, visitor, page)
        taken = []
        for _ in range(times):
            before = time.process_time()
            visitor.open(page)
            taken.append((time.process_time() - before) * 1000)
        seen[page.kind, page.name] = Seen(
            statistics.median(taken),
            len(looked),
            sum(plan.buffers for plan in looked),
            _rows(looked),
        )
    return seen


def _rows(looked: Sequence[Plan]) -> int:
    lists = [plan.rows for plan in looked if plan.is_list]
    return max(lists or [plan.rows for plan in looked], default=0)


def growth(few: Seen, many: Seen) -> float:
    """Buffers a listed row at the large size ÷ at the small one.

    What a page reads whatever it lists weighs less on more rows: where the sizes list unlike many,
    whole pages are compared too, and the larger figure counts.
    """
    pages = many.buffers / few.buffers
    rows = max(many.rows, 1) / max(few.rows, 1)
    return pages / rows if 1 / ALIKE <= rows <= ALIKE else max(pages, pages / rows)


def _figures(
    found: Sequence[Page],
    small: Mapping[tuple[str, str], Seen],
    large: Mapping[tuple[str, str], Seen],
    scale: int,
) -> Iterator[Figure]:
    for page in found:
        key = (page.kind, page.name)
        few, many = small[key], large[key]
        is_budgeted = page.kind == HTML and page.name in BUDGETED
        name = f"{page.kind} {page.name}"
        yield Figure(
            name,
            many.cpu,
            CPU,
            MILLISECONDS if is_budgeted else None,
            note=f"{many.statements} statements, {many.rows} rows",
        )
        yield Figure(
            f"{name}, buffers at {scale:,} ÷ at {SMALL:,}",
            many.buffers / few.buffers if page.is_whole else growth(few, many),
            "×",
            GROWTH if page.ratio else None,
            note=f"{many.buffers} for {many.rows} rows; {few.buffers} for {few.rows}",
        )
