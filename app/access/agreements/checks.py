"""Named rules of forms: how long an agreement may hold, and who must have one."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.access.agreements.queries import TERM, held_here, unagreed
from app.access.agreements.service import END
from app.access.types import clean_id_number, person_ref, read_rows
from app.core import clock
from app.processes.registry import CheckContext
from app.rules.queries.parameters import parameter
from forms import CheckInput, FieldError


def agreement_needed(
    session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    day = clock.local(context.now).date()
    rows = read_rows(given.answers)
    return tuple(
        FieldError(
            f"people.{found.row.no - 1}.{found.field}",
            found.code,
            f"第{found.row.no}行{found.row.name}：{found.message}。",
            found.message,
        )
        for found in unagreed(session, rows, unit_id=context.unit.id, day=day)
    )


def agreement_term(
    session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    """It ends after it has begun and within the term; only what holds is ended."""
    starts_on = date.fromisoformat(str(given.answers["starts_on"]))
    if given.answers["kind"] == END:
        ref = person_ref(clean_id_number(str(given.answers["id_number"])))
        held = held_here(session, ref, division_id=context.unit.division_id, day=starts_on)
        hint = "此人在这一天没有本地单位签订的有效协议，请核对身份证号和日期"
        return () if held else (FieldError("id_number", "no_agreement", f"{hint}。", hint),)
    ends_on = date.fromisoformat(str(given.answers["ends_on"]))
    years = parameter(session, TERM, context.unit.id, starts_on).value
    last = _years_on(starts_on, years) - timedelta(days=1)
    if ends_on < starts_on:
        hint = "要在生效日期当天或以后"
    elif ends_on > last:
        hint = f"期限最长 {years} 年，最晚到 {last.isoformat()}"
    else:
        return ()
    return (FieldError("ends_on", "term", f"到期日期{hint}。", hint),)


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February, or beyond the calendar
        return date(min(day.year + years, date.max.year), 3, 1)
