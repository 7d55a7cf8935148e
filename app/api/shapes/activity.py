"""Last logins as they are told, and accounts that lie idle, as REST shows them."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.access.activity.types import Idle, Told, ToldState
from app.api.shapes.base import Answer, Body, Moment, PageQuery, Query
from app.tickets.models import Ticket


class ActivityQuery(Query):
    confirm: Annotated[bool, Field(description="true：记下能记的行；不写只检查，不改什么")] = False


class ToldShape(Answer):
    row: int = Field(description="表格里的行号")
    name: str
    state: ToldState = Field(
        description="ready 可以记（confirm 时已记），older 不比已有的新，unknown 本级没有，"
        "refused 写得不对"
    )
    message: str


class ActivityReport(Answer):
    confirmed: bool
    ready: int
    ignored: int = Field(description="不比已有的新，没有改的行")
    unknown: int
    refused: int
    rows: list[ToldShape]

    @classmethod
    def of(cls, rows: list[Told], *, confirmed: bool) -> "ActivityReport":
        def count(state: ToldState) -> int:
            return sum(row.state is state for row in rows)

        return cls(
            confirmed=confirmed,
            ready=count(ToldState.READY),
            ignored=count(ToldState.OLDER),
            unknown=count(ToldState.UNKNOWN),
            refused=count(ToldState.REFUSED),
            rows=[
                ToldShape(row=row.n, name=row.name, state=row.state, message=row.words)
                for row in rows
            ],
        )


class IdleQuery(PageQuery):
    days: Annotated[
        int | None,
        Field(ge=1, le=3650, description="至少多少天没有使用；不写按参数“多久没有使用算久未使用”"),
    ] = None
    unit: Annotated[str, Field(max_length=100, description="单位代码，含下级")] = ""


class IdleShape(Answer):
    account: int
    name: str
    id_number: str = Field(description="已遮盖")
    unit: str
    unit_name: str
    opened_at: Moment
    last_login_on: date | None
    last_act_on: date | None
    days: int = Field(description="没有使用的天数；从来没有的从开户那天算起")

    @classmethod
    def of(cls, one: Idle) -> "IdleShape":
        return cls(
            account=one.account_id,
            name=one.name,
            id_number=one.id_number,
            unit=one.unit_code,
            unit_name=one.unit_name,
            opened_at=one.opened_at,
            last_login_on=one.login_on,
            last_act_on=one.act_on,
            days=one.days,
        )


class ReviewsBody(Body):
    units: list[Annotated[str, Field(max_length=100)]] = Field(
        default_factory=list,
        max_length=500,
        description="部门的单位代码；不写是所有应当核实的部门",
    )


class ReviewShape(Answer):
    ticket: str
    title: str

    @classmethod
    def of(cls, ticket: Ticket) -> "ReviewShape":
        return cls(ticket=ticket.number, title=ticket.instance.title)
