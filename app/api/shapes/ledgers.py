"""台账 as REST shows them."""

from datetime import date

from pydantic import Field

from app.api.shapes.base import Answer, SearchQuery
from app.ledgers.types import Ledger, Line, Offer


class LedgerRowsQuery(SearchQuery):
    since: date | None = Field(default=None, alias="from", description="从这一天起（含）")
    until: date | None = Field(default=None, alias="to", description="到这一天止（含）")
    unit: str = Field(default="", max_length=100, description="单位代码，含下级")


class LedgerOffer(Answer):
    name: str
    title: str
    help: str
    rows: int = Field(description="查看范围内的行数")

    @classmethod
    def of(cls, offer: Offer) -> "LedgerOffer":
        return cls(
            name=offer.name,
            title=offer.title,
            help=offer.help,
            rows=offer.rows_count,
        )


class LedgerCell(Answer):
    key: str
    label: str
    value: str


class LedgerLine(Answer):
    year: int
    serial: int
    unit: str = Field(description="记账单位的代码")
    unit_name: str
    ticket: str
    row_no: int
    at: str
    voided: bool = Field(description="已被后面的一行更正")
    cells: list[LedgerCell]

    @classmethod
    def of(cls, ledger: Ledger, line: Line) -> "LedgerLine":
        return cls(
            year=line.year,
            serial=line.serial,
            unit=line.unit_code,
            unit_name=line.unit_name,
            ticket=line.ticket,
            row_no=line.row_no,
            at=line.at,
            voided=line.void,
            cells=[
                LedgerCell(key=column.key.lstrip("_"), label=column.label, value=value)
                for column, value in zip(ledger.columns, line.cells, strict=True)
            ],
        )
