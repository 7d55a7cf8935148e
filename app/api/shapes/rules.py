"""Rule sets, parameters and official numbers as REST reads and shows them."""

from datetime import date
from typing import Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery, Query
from app.api.shapes.cover import Day, Name, Version
from app.api.shapes.people import PersonShape, UnitShape
from app.rules.parameters import MEASURE_LABELS
from app.rules.queries import (
    Basis,
    ChangeRow,
    NumberRow,
    ParameterRow,
    PatternRow,
    RuleRow,
    Told,
)
from app.rules.types import MOST_ARTICLES, Article, Setting, Taken

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


class ParametersQuery(Query):
    unit: str = Field(default="", max_length=100, description="单位代码；不给就是您的单位")


class ProposalBody(Body):
    unit: Name = Field(description="单位代码：管它和下属单位")
    value: int
    since: Day
    reason: str = Field(max_length=1000)


class SettingShape(Answer):
    value: int
    layer: str = Field(description="哪一级定的；空是系统的建议值")
    since: date | None

    @classmethod
    def of(cls, one: Setting) -> "SettingShape":
        return cls(value=one.value, layer=one.layer, since=one.since)


class ParameterShape(Answer):
    key: str
    name: str
    group: str
    measure: str
    measure_label: str
    default: int
    least: int
    most: int
    source: str
    now: SettingShape
    next: SettingShape | None = Field(description="已经确认、还没有到日子的")
    waiting: int = Field(description="这个单位和它以下，有几个改动等确认")

    @classmethod
    def of(cls, row: ParameterRow) -> "ParameterShape":
        one = row.parameter
        return cls(
            key=one.key,
            name=one.name,
            group=one.group,
            measure=one.measure.value,
            measure_label=MEASURE_LABELS[one.measure],
            default=one.default,
            least=one.least,
            most=one.most,
            source=one.source,
            now=SettingShape.of(row.now),
            next=SettingShape.of(row.next) if row.next else None,
            waiting=row.waiting,
        )


class ChangeShape(Answer):
    id: int
    parameter: str
    unit: UnitShape
    value: int
    since: date
    reason: str
    state: Literal["proposed", "confirmed", "withdrawn"]
    version: int
    proposed_by: PersonShape | None
    proposed_at: Moment
    decided_by: PersonShape | None
    decided_at: Moment | None
    may_confirm: bool

    @classmethod
    def of(cls, row: ChangeRow) -> "ChangeShape":
        one = row.change
        return cls(
            id=one.id,
            parameter=one.key,
            unit=UnitShape(code=row.unit_code, name=row.layer),
            value=one.value,
            since=one.since,
            reason=one.reason,
            state=one.state.value,
            version=one.rev,
            proposed_by=PersonShape.of(row.proposed_by) if row.proposed_by else None,
            proposed_at=one.proposed_at,
            decided_by=PersonShape.of(row.decided_by) if row.decided_by else None,
            decided_at=one.decided_at,
            may_confirm=row.may_confirm,
        )


class ParameterChangesShape(Answer):
    parameter: ParameterShape
    changes: list[ChangeShape] = Field(description="等确认的在前，再是最近的，最多 100 个")


class NumberingBody(Body):
    name: Name = Field(description="代码，流程的 number 用它")
    title: Name
    unit: Name = Field(description="单位代码：管它和下属单位")
    pattern: Name = Field(description="如 XQ-{year}-{serial:4}；还可以用 {unit} {month}")
    since: Day
    first: int = Field(default=1, description="从几号编起，只管生效那一年（那一月）还没有编过的")
    last: int | None = Field(default=None, description="最大编到几号")


class NumbersQuery(PageQuery):
    name: str = Field(default="", max_length=100, description="编号规则的代码")
    void: bool = Field(default=False, description="true：只看作废的")


class PatternShape(Answer):
    id: int
    name: str
    title: str
    unit: UnitShape
    pattern: str
    sample: str = Field(description="编出来的样子")
    since: date
    first: int
    last: int | None
    state: Literal["ahead", "in_force", "past", "withdrawn"]
    version: int

    @classmethod
    def of(cls, row: PatternRow) -> "PatternShape":
        one = row.pattern
        return cls.model_validate(
            {
                "id": one.id,
                "name": one.name,
                "title": one.title,
                "unit": UnitShape(code=row.unit_code, name=row.layer),
                "pattern": one.pattern,
                "sample": row.sample,
                "since": one.since,
                "first": one.first,
                "last": one.last,
                "state": row.state,
                "version": one.rev,
            }
        )


class TakenShape(Answer):
    """A number as its ticket shows it."""

    name: str
    title: str
    number: str
    taken_at: Moment
    void: bool

    @classmethod
    def of(cls, one: Taken) -> "TakenShape":
        return cls(
            name=one.name,
            title=one.title,
            number=one.number,
            taken_at=one.taken_at,
            void=one.is_void,
        )


class NumberShape(TakenShape):
    id: int
    ticket: str
    unit_name: str
    version: int
    voided_by: PersonShape | None
    voided_at: Moment | None
    voided_reason: str | None

    @classmethod
    def row(cls, row: NumberRow) -> "NumberShape":
        one = row.number
        return cls(
            **dict(TakenShape.of(one.shown)),
            id=one.id,
            ticket=one.ticket,
            unit_name=one.unit_name,
            version=one.rev,
            voided_by=PersonShape.of(row.voided_by) if row.voided_by else None,
            voided_at=one.voided_at,
            voided_reason=one.voided_reason,
        )
