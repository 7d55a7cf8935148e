"""Batches of acts on tasks as REST shows them."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment
from app.tasks.batches import BatchLine
from app.tasks.models import TaskBatch
from app.tasks.types import MOST_ITEMS, BatchAct, ItemState
from app.tickets.types import MAX_NOTE

Act = Literal["claim", "agree", "transfer"]
AnyAct = Literal["claim", "agree", "transfer", "urge"]
TaskId = Annotated[int, Field(ge=0, le=2**63 - 1, description="任务的 id")]
Version = Annotated[int, Field(ge=0, le=2**31 - 1, description="看到的任务版本")]


class SeenBody(Body):
    id: TaskId
    version: Version


class TaskBatchOrder(Body):
    act: Act = Field(
        description="claim 签收；agree 同意：每一步的第一个办理结果，要签名的用备案签名；"
        "transfer 转办"
    )
    items: list[SeenBody] = Field(
        min_length=1, max_length=MOST_ITEMS, description="任务，按要办的先后"
    )
    opinion: str = Field(default="", description="各件共用：agree 的意见，transfer 的原因")
    to: str = Field(default="", description="transfer：转给谁，姓名或用户名")


class UrgesOrder(Body):
    tickets: list[Annotated[str, Field(max_length=64)]] = Field(
        min_length=1, max_length=MOST_ITEMS, description="办件编号，按要催的先后"
    )
    text: str = Field(default="", description=f"对办理的人说的话，最多 {MAX_NOTE} 个字")


class RetryBody(Body):
    items: list[SeenBody] | None = Field(
        default=None,
        max_length=MOST_ITEMS,
        description="只再办这些，版本用现在看到的；不给就再办全部没有办的，版本不变",
    )


class TaskBatchItemShape(Answer):
    id: int = Field(description="任务的 id；催办的是办件，没有任务，为 0")
    ticket: str = Field(description="办件编号；没有找到的为空")
    node_title: str
    outcome: str = Field(description="要办成的结果")
    label: str
    state: Literal["waiting", "done", "refused", "skipped"]
    why: str = Field(description="没有办的原因")
    version: int | None = Field(description="看到的任务版本")
    tries: int = Field(description="又试了几次")
    done_at: Moment | None


class TaskBatchBrief(Answer):
    id: str
    act: AnyAct
    state: Literal["running", "done", "stopped"]
    created_at: Moment
    counts: dict[str, int] = Field(description="各种状态的件数")

    @classmethod
    def of(cls, line: BatchLine) -> "TaskBatchBrief":
        counts = {state.value: count for state, count in line.counts.items()}
        return cls.model_validate(_brief(line.batch, counts))


class TaskBatchShape(TaskBatchBrief):
    opinion: str
    to: str
    items: list[TaskBatchItemShape]

    @classmethod
    def of_batch(cls, batch: TaskBatch) -> "TaskBatchShape":
        counts = {state.value: len(found) for state in ItemState if (found := batch.of(state))}
        return cls.model_validate(
            {
                **_brief(batch, counts),
                **batch.given,
                "items": [
                    {
                        "id": 0 if batch.act is BatchAct.URGE else item.task_id,
                        "ticket": item.number,
                        "node_title": item.node_title,
                        "outcome": item.outcome,
                        "label": item.label,
                        "state": item.state.value,
                        "why": item.why,
                        "version": item.seen,
                        "tries": item.tries,
                        "done_at": item.done_at,
                    }
                    for item in batch.items
                ],
            }
        )


def _brief(batch: TaskBatch, counts: dict[str, int]) -> dict[str, object]:
    rest = "stopped" if batch.stopped_at else "done"
    return {
        "id": batch.id,
        "act": batch.act.value,
        "state": "running" if ItemState.WAITING.value in counts else rest,
        "created_at": batch.created_at,
        "counts": counts,
    }
