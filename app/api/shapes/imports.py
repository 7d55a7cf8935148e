"""Imports as REST shows them."""

from typing import Annotated, Literal

from pydantic import Field

from app.administration.models import Import, ImportRow
from app.api.shapes.base import Answer, Moment, PageQuery, Query
from app.core.masking import masked

State = Literal["ready", "refused", "same", "done", "failed", "skipped"]


class ImportQuery(Query):
    confirm: Annotated[bool, Field(description="true：检查以后马上导入能导入的行，不再等确认")] = (
        False
    )


class RowsQuery(PageQuery):
    state: Annotated[State | None, Field(description="只要这种结果的行")] = None


class ImportFault(Answer):
    column: str = Field(description="哪一列；整行的问题为空")
    message: str


class ImportRowShape(Answer):
    row: int = Field(description="表格里的行号")
    name: str
    username: str
    state: State
    errors: list[ImportFault]

    @classmethod
    def of(cls, row: ImportRow) -> "ImportRowShape":
        return cls(
            row=row.n,
            name=row.name,
            username=row.username,
            state=row.state.value,
            errors=[
                ImportFault(column=column, message=masked(reason)) for column, reason in row.faults
            ],
        )


class ImportShape(Answer):
    id: str
    kind: Literal["people"]
    state: Literal["checked", "running", "done", "stopped", "expired"]
    rows_total: int = Field(description="有内容的行")
    ready: int = Field(description="能导入的行")
    refused: int
    same: int = Field(description="已经登记过、没有要加的行")
    done: int
    failed: int
    created_at: Moment
    confirmed_at: Moment | None
    finished_at: Moment | None

    @classmethod
    def of(cls, found: Import) -> "ImportShape":
        return cls.model_validate(_facts(found))


class ImportReport(ImportShape):
    rows: list[ImportRowShape] = Field(description="逐行的结果，和表格的先后一样")

    @classmethod
    def telling(cls, found: Import, rows: list[ImportRow]) -> "ImportReport":
        return cls.model_validate(
            {**_facts(found), "rows": [ImportRowShape.of(row) for row in rows]}
        )


def _facts(found: Import) -> dict[str, object]:
    names = (
        *("id", "kind", "ready", "refused", "same", "done", "failed"),
        *("created_at", "confirmed_at", "finished_at"),
    )
    facts = {name: getattr(found, name) for name in names}
    return facts | {"state": found.state.value, "rows_total": found.rows}
