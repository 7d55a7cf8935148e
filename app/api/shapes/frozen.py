"""Months of 台账 as REST shows them."""

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, Query
from app.ledgers.shelves import Month, MonthState, Shelf

UNIT = "记账的行政区划（或其中一个单位）的代码；不写就是本人记的那本"


class MonthQuery(Query):
    unit: str = Field(default="", max_length=100, description=UNIT)


class YearQuery(MonthQuery):
    year: int | None = Field(default=None, ge=1, le=9999, description="不写就是今年")


class FreezeBody(Body):
    rows: int = Field(description="看到的这个月的行数；和现在的不一样就回答 409 rows_changed")
    last_serial: int = Field(description="看到的这个月最后一个序号，没有行就是 0")
    unit: str = Field(default="", max_length=100, description=UNIT)


class FrozenMonth(Answer):
    ledger: str
    unit: str
    unit_name: str
    month: str = Field(description="如 2026-09")
    state: MonthState = Field(
        description="running 没有过完，open 可以提出封存，proposed 等另一个人确认，"
        "changed 提出以后又记了行、要重新提出，frozen 已封存"
    )
    rows: int
    first_serial: int
    last_serial: int
    proposed_by: str = Field(default="", description="提出人的姓名")
    proposed_at: Moment | None = None
    confirmed_by: str = Field(default="", description="确认人的姓名")
    frozen_at: Moment | None = None
    sha256: str = Field(default="", description="封存件的 SHA-256，也写在审计记录里")
    size: int | None = Field(default=None, description="封存件的字节数")
    actions: list[str] = Field(description="现在由您做得了的：freeze、confirm、download")

    @classmethod
    def of(cls, shelf: Shelf, month: Month) -> "FrozenMonth":
        row, may = month.row, (month.may_propose, month.may_confirm, month.may_take)
        return cls(
            ledger=shelf.ledger.name,
            unit=shelf.division.code,
            unit_name=shelf.division.name,
            month=str(month.period),
            state=month.state,
            rows=month.stand.rows_count,
            first_serial=month.stand.first_serial,
            last_serial=month.stand.last_serial,
            proposed_by=row.proposed_name if row else "",
            proposed_at=row.proposed_at if row else None,
            confirmed_by=(row.confirmed_name or "") if row else "",
            frozen_at=row.frozen_at if row else None,
            sha256=(row.sha256 or "") if row else "",
            size=row.size if row else None,
            actions=[
                word
                for word, is_so in zip(("freeze", "confirm", "download"), may, strict=True)
                if is_so
            ],
        )
