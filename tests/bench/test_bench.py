"""The benchmarks' own house: budgets break aloud, and every leg runs and is explained."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench import __main__ as house
from bench import calibration, engine, pages
from bench.figures import Figure
from bench.setting import Setting
from scripts.process import ROOT

CPU = Figure("a step", 3.0, "ms CPU", 4.0)
RATE = Figure("steps", 100.0, "/s", 80.0, at_most=False)
COUNT = Figure("statements", 12.0, "", 12)


def test_ceilings_and_floors_break_on_their_own_side() -> None:
    """A ceiling may be reached, a floor too; beyond them it is broken."""
    assert [figure.holds for figure in (CPU, RATE, COUNT)] == [True, True, True]
    assert not replace(CPU, value=4.1).holds
    assert not replace(RATE, value=79.0).holds
    assert not replace(COUNT, value=12.5).holds
    assert replace(CPU, value=99.0, budget=None).holds


def test_only_what_the_processor_does_is_scaled() -> None:
    """A machine twice as fast has used half the time; what it counts, it counts as everywhere."""
    assert CPU.scaled(2.0).value == 6.0
    assert not CPU.scaled(2.0).holds
    assert RATE.scaled(2.0).value == 50.0
    assert COUNT.scaled(2.0) is COUNT


@pytest.mark.parametrize(
    ("few", "many", "grown"),
    [
        ((100, 50), (110, 50), 1.1),
        ((100, 46), (110, 51), 1.1 * 46 / 51),  # about as many rows: row by row
        ((40, 1), (200, 50), 5.0),  # what a page reads anyway does not hide behind many rows
        ((40, 50), (40, 5), 10.0),
    ],
)
def test_pages_are_compared_with_what_they_list(
    few: tuple[int, int], many: tuple[int, int], grown: float
) -> None:
    small, large = (pages.Seen(1.0, 1, *seen) for seen in (few, many))
    assert pages.growth(small, large) == pytest.approx(grown)


def test_a_broken_budget_stands_in_the_table() -> None:
    """Before and after scaling, with the word that nobody overlooks."""
    leg = house.Leg("acting", 2.0, 1.0, "0.5", [CPU, COUNT])
    lines = list(house.table([leg]))
    assert "**broken**" in lines[2]
    assert "3 ms CPU | 6 | ≤ 4" in lines[2]
    assert "**broken**" not in lines[3]


def test_a_run_can_be_read_again(tmp_path: Path) -> None:
    """What stands in the file gives the same table."""
    done = [house.Leg("acting", 2.0, 1.0, "0.5", [CPU, RATE])]
    again = house.read(house.write(done, tmp_path))
    assert list(house.table(again)) == list(house.table(done))


def test_the_file_says_which_budgets_held(tmp_path: Path) -> None:
    """As CONTRACT has it, by names that outsiders read."""
    done = [house.Leg("acting", 2.0, 1.0, "0.5", [CPU, replace(COUNT, note="in the log")])]
    written = json.loads(house.write(done, tmp_path).read_text())
    assert {"budgets", "machine", "at"} <= written.keys()
    too_much, held = written["budgets"]
    assert (too_much["name"], too_much["value"], too_much["limit"]) == ("a step", 6.0, 4.0)
    assert (too_much["held"], held["held"], held["beside"]) == (False, True, "in the log")
    assert house.FOLDER.relative_to(ROOT).as_posix() == "bench/results"


def test_the_reference_loop_takes_time() -> None:
    """And gives a factor that is about one machine's worth, not none and not a hundred."""
    assert 0.05 < calibration.factor(calibration.milliseconds(5)) < 20


def test_the_engine_leg_runs(tmp_path: Path) -> None:
    """The only leg that needs no site; what it stores stays within its budget on any machine."""
    figures = engine.run(Setting(scale=1, quick=True, scratch=tmp_path))
    assert all(figure.holds for figure in figures if figure.unit == "bytes")


@pytest.mark.parametrize("page", house.PAGES, ids=lambda page: page.name)
def test_every_leg_is_explained(page: Path) -> None:
    """An operator who reads a figure finds what it means."""
    text = page.read_text(encoding="utf-8")
    for leg in house.LEGS:
        assert f"**{leg}" in text, f"{page.name} says nothing of {leg}"
    assert house.BEGIN in text
    assert house.END in text
