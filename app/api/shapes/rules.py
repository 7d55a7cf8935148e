"""Rule sets as REST reads and shows them."""

from datetime import date
from typing import Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.api.shapes.cover import Day, Name, Version
from app.api.shapes.people import PersonShape, UnitShape
from app.rules.queries import Basis, RuleRow, Told
from app.rules.types import MOST_ARTICLES, Article

StandingName = Literal["ahead", "in_force", "ending", "ended", "withdrawn"]
STANDINGS = "ahead 还没有施行，in_force 有效，ending 90 天内到期，ended 已失效，withdrawn 已撤销"


class RulesQuery(PageQuery):
    key: str = Field(default="", max_length=100, description="代码：只看这一份制度的各版")


class ArticleBody(Body):
    number: str = Field(default="", max_length=60, description="如 第三条")
    text: str = Field(default="", max_length=2000)


class RuleBody(Body):
    key: Name = Field(description="代码，流程的 rule_sets 用它")
    unit: Name = Field(default="", description="单位代码；不给就是全国都一样的")
    name: Name
    number: Name = Field(default="", description="文号")
    issuer: Name = Field(default="", description="发文机关")
    valid_from: Day
    valid_to: Day | None = None
    articles: list[ArticleBody] = Field(default=[], max_length=MOST_ARTICLES)
    ends_before: bool = Field(
        default=False, description="原来那一版到新版施行的前一天为止；不给而日期重叠的，答 422"
    )


class ReasonedBody(Body):
    version: Version = None
    reason: str = Field(max_length=1000)


class ArticleShape(Answer):
    number: str
    text: str

    @classmethod
    def of(cls, one: Article) -> "ArticleShape":
        return cls(number=one.number, text=one.text)


class RuleShape(Answer):
    id: int
    key: str
    unit: UnitShape | None = Field(description="空：全国都一样的")
    layer: str
    name: str
    number: str
    issuer: str
    valid_from: date
    valid_to: date | None = Field(description="最后一天；由后一版代替的，是代替的前一天")
    state: StandingName = Field(description=STANDINGS)
    days_left: int | None
    articles: list[ArticleShape]
    version: int
    entered_by: PersonShape | None
    entered_at: Moment
    withdrawn_by: PersonShape | None
    withdrawn_at: Moment | None
    withdrawn_reason: str | None

    @classmethod
    def of(cls, row: RuleRow, told: Told) -> "RuleShape":
        one = row.version
        return cls(
            id=one.id,
            key=row.set.key,
            unit=UnitShape(code=row.unit_code, name=row.layer) if row.unit_code else None,
            layer=row.layer,
            name=one.name,
            number=one.number,
            issuer=one.issuer,
            valid_from=one.valid_from,
            valid_to=one.last_day,
            state=row.standing.value,
            days_left=row.days_left,
            articles=[ArticleShape.of(article) for article in one.said],
            version=one.rev,
            entered_by=PersonShape.of(told.entered_by) if told.entered_by else None,
            entered_at=one.entered_at,
            withdrawn_by=PersonShape.of(told.withdrawn_by) if told.withdrawn_by else None,
            withdrawn_at=one.withdrawn_at,
            withdrawn_reason=one.withdrawn_reason,
        )


class BasisShape(Answer):
    """A rule set as a ticket has it."""

    id: int
    key: str
    name: str
    number: str
    layer: str
    valid_from: date
    valid_to: date | None
    state: StandingName = Field(description=STANDINGS)
    warning: str = Field(description="空，或者 依据已失效：…；不影响办理")
    articles: list[ArticleShape]

    @classmethod
    def of(cls, one: Basis) -> "BasisShape":
        return cls(
            id=one.id,
            key=one.key,
            name=one.name,
            number=one.number,
            layer=one.layer,
            valid_from=one.valid_from,
            valid_to=one.last_day,
            state=one.standing.value,
            warning=one.warning,
            articles=[ArticleShape.of(article) for article in one.articles],
        )
