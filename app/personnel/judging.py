"""When an event falls due, what is wrong with one, and old ID numbers in their new form. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from app.calendar.days import same_day
from app.core.errors import Fault
from app.personnel.types import (
    FEWEST_WORDS,
    MATTERS,
    MONTHS_AWAY,
    MOST_WORDS,
    Draft,
    EventKind,
    Matter,
)
from forms.kinds.numbers import id_number_problem, lengthened
from forms.normalise import id_number

FURTHEST = timedelta(days=366)
LONGEST_LEAVE = timedelta(days=3 * 366)
EARLIEST = date(2000, 1, 1)


def three_months(since: date) -> date:
    """The day a term of three months ends (民法典 §202): the same number, else the month's last.

    The first day is not counted and the last is part of it (以上 includes the number).
    """
    return same_day(since, MONTHS_AWAY)


def falls_due(draft: Draft, since: date, today: date) -> date | None:
    """On which day E23A §14 applies, None where nothing has to be cleared.

    A leave planned for three months or more counts from its approval, which is its entry here;
    `since` is the first day of an absence that several leaves may make up.
    """
    matter = MATTERS[draft.kind]
    if matter in (Matter.BACK, Matter.COME):
        return None
    if matter is not Matter.AWAY:
        return draft.on
    end = three_months(since)
    return min(today, end) if draft.until is not None and draft.until >= end else end


def is_late(draft: Draft, today: date) -> bool:
    return draft.on < today


def faults_of(draft: Draft, today: date) -> Iterator[Fault]:
    if draft.on > today + FURTHEST:
        yield Fault("date", "too_far", "日期太远，最多提前一年登记。")
    if draft.on < EARLIEST:
        yield Fault("date", "too_early", "日期太早，请核对年份。")
    if draft.kind is EventKind.LEAVE:
        yield from _faults_of_leave(draft)
    elif draft.until is not None:
        yield Fault("until", "not_here", "只有请假才填到哪天。")
    elif draft.leave is not None:
        yield Fault("leave", "not_here", "只有请假才填请假的种类。")
    if draft.note and not FEWEST_WORDS <= len(draft.note.strip()) <= MOST_WORDS:
        told = f"说明请写 {FEWEST_WORDS} 到 {MOST_WORDS} 个字，或者不填。"
        yield Fault("note", "note", told)
    if draft.id_number and (problem := id_number_problem(number_of(draft), today)):
        yield Fault("id_number", problem.code, f"身份证号{problem.hint}。")
    if not draft.username and not draft.id_number:
        yield Fault("id_number", "required", "请填身份证号，或者填用户名。")


def _faults_of_leave(draft: Draft) -> Iterator[Fault]:
    if draft.leave is None:
        yield Fault("leave", "required", "请选择请假的种类：病假、产假或其他。")
    if draft.until is None:
        return
    if draft.until < draft.on:
        yield Fault("until", "ends_before", "结束的日期早于开始的日期，请改成同一天或者更晚。")
    elif draft.until - draft.on > LONGEST_LEAVE:
        yield Fault("until", "too_far", "请假最长登记三年，请核对日期。")


def number_of(draft: Draft) -> str:
    """The ID number as cards show it today: one of 15 digits gets its century and check digit."""
    return lengthened(id_number(draft.id_number))
