"""What administrators do to tickets: bodies, and what came or would come of it."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.api.shapes.tickets import TicketShape
from app.repairs.models import Migration, MigrationItem
from app.repairs.types import MovedState, Share

Rev = Annotated[
    int | None,
    Field(ge=0, description="您看到的 rev；办件已经有了变化就答 409 stale_repair。不给就不比较"),
]
DryRun = Annotated[bool, Field(description="true：只说会怎样，什么也不改")]


class RepairBody(Body):
    reason: str = Field(default="", max_length=500, description="必须写；办件页面上看得到")
    rev: Rev = None


class MoveBody(Body):
    source: str = Field(
        default="",
        alias="from",
        max_length=200,
        description="从哪个环节（或 visit）移走；空：现在停着的全部",
    )
    to: str = Field(max_length=200, description="移到哪个环节的 id")
    reason: str = Field(default="", max_length=500, description="必须写；dry_run 时可以不写")
    rev: Rev = None
    dry_run: DryRun = False


class MigrateBody(Body):
    version: int = Field(ge=1, le=2**31 - 1, description="换到第几版；要发布过")
    reason: str = Field(default="", max_length=500)
    rev: Rev = None
    dry_run: DryRun = False


class VariablesBody(Body):
    changes: dict[str, Any] = Field(
        description="变量名 → 新值；值是文字、数字、true、false、null，或者它们的数组"
    )
    reason: str = Field(default="", max_length=500, description="必须写；办件页面上看得到")
    rev: Rev = None


class ShareBrief(Answer):
    node: str
    title: str
    who: str = Field(description="谁在办、谁能办；没有人办的写等什么")

    @classmethod
    def of(cls, share: Share) -> "ShareBrief":
        return cls(node=share.node, title=share.title, who=share.who)


class RepairedTicket(TicketShape):
    """The ticket; with `dry_run` as it is, and beside it what would become of it."""

    dry_run: bool = False
    cancels: list[ShareBrief] = Field(default=[], description="移动：会取消的")
    opens: list[ShareBrief] = Field(default=[], description="移动：会打开的")
    voids: list[ShareBrief] = Field(default=[], description="移动：不再算数、要重新办的意见")
    broken: str = Field(default="", description="移动：自动的一步会为什么办不成")
    losses: list[str] = Field(default=[], description="换版本：会丢掉的；有就不能换")
    notes: list[str] = Field(default=[], description="换版本：会不一样的")


class MigrationBody(Body):
    version: int = Field(ge=1, le=2**31 - 1, description="换到第几版；要发布过")
    rehearsal: str = Field(
        default="",
        max_length=100,
        description="空：先试算，什么也不改。做完的试算的 id：按它真的迁移，只迁移试算能换的",
    )
    reason: str = Field(default="", max_length=500, description="真的迁移时必须写")


class MigrationShape(Answer):
    id: str
    process: str
    from_version: int
    to_version: int
    rehearsal: str | None = Field(description="按哪次试算；空表示自己就是试算")
    state: Literal["running", "done", "stopped"]
    reason: str
    waiting: int
    moved: int = Field(description="换好的；试算时是能换的")
    kept: int = Field(description="没有换的，report 里有原因")
    skipped: int = Field(description="不用换的，或者停下时还没有轮到的")
    created_at: Moment
    finished_at: Moment | None

    @classmethod
    def of(
        cls, one: Migration, numbers: tuple[int, int], counts: dict[MovedState, int]
    ) -> "MigrationShape":
        return cls(
            id=one.id,
            process=one.key,
            from_version=numbers[0],
            to_version=numbers[1],
            rehearsal=one.rehearsal_id,
            state=one.state.value,
            reason=one.reason,
            waiting=counts[MovedState.WAITING],
            moved=counts[MovedState.MOVED],
            kept=counts[MovedState.KEPT],
            skipped=counts[MovedState.SKIPPED],
            created_at=one.created_at,
            finished_at=one.finished_at,
        )


class ReportQuery(PageQuery):
    state: Literal["waiting", "moved", "kept", "skipped"] | None = None


class ReportLine(Answer):
    ticket: str
    state: Literal["waiting", "moved", "kept", "skipped"]
    told: list[str] = Field(description="会丢什么、有什么不一样、为什么没有换")

    @classmethod
    def of(cls, item: MigrationItem) -> "ReportLine":
        return cls(ticket=item.number, state=item.state.value, told=item.told)
