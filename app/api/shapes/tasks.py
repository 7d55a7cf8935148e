"""Tasks: what a person decides, and what the inbox shows."""

from typing import Any, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Answers, Body, Moment, SearchQuery
from app.api.shapes.processes import FormDict
from app.tasks.models import Task
from app.tasks.queries import TaskRow

TaskStateName = Literal["open", "claimed", "done", "cancelled"]
Light = Literal["green", "yellow", "red"]


class TasksQuery(SearchQuery):
    box: Literal["todo", "claimable", "done", "copied"] = "todo"


class SignatureBody(Body):
    kind: Literal["drawn", "stored"]
    image: str = Field(default="", description="kind=drawn：PNG 的 Base64")


class ClaimBody(Body):
    version: int | None = None


class ReleaseBody(Body):
    version: int


class CompleteBody(Body):
    version: int = Field(description="打开时看到的任务版本")
    answers: Answers = Field(default={})
    outcome: str = Field(default="", description="outcomes 中的 value")
    opinion: str = ""
    signature: SignatureBody | None = None


class ReturnBody(Body):
    version: int
    reason: str = Field(default="", description="退回要写明改哪里")
    node: str | None = Field(default=None, description="退到哪一步，默认退给申请人")


class OutcomeShape(Answer):
    value: str
    label: str


class NodeRef(Answer):
    node: str
    title: str


class TaskLine(Answer):
    """A task in a list."""

    id: int
    ticket: str
    title: str
    node: str
    node_title: str
    process_title: str
    requester: str
    unit: str
    state: TaskStateName
    submission: int
    version: int
    outcome: str | None
    opened_at: Moment
    done_at: Moment | None
    due_at: Moment | None
    light: Light | None = None

    @classmethod
    def of(cls, row: TaskRow) -> "TaskLine":
        return cls(
            id=row.id,
            ticket=row.number,
            title=row.title,
            node=row.node,
            node_title=row.node_title,
            process_title=row.process_title,
            requester=row.requester_name,
            unit=row.unit_name,
            state=row.state.value,
            submission=row.submission,
            version=row.version,
            outcome=row.outcome,
            opened_at=row.arrived_at,
            done_at=row.done_at,
            due_at=row.due_at,
        )


class TaskBrief(Answer):
    """A task as part of its ticket."""

    id: int
    ticket: str
    node: str
    title: str
    round: int
    submission: int
    state: TaskStateName
    assignee: str | None = Field(description="用户名")
    assignee_name: str | None
    candidates: list[str] = Field(description="可以签收的岗位:单位")
    outcome: str | None
    opinion: str | None
    voided: bool = Field(description="退回以后，原来的意见和签名作废")
    version: int
    opened_at: Moment
    claimed_at: Moment | None
    done_at: Moment | None
    due_at: Moment | None
    light: Light | None = None

    @staticmethod
    def facts(task: Task, ticket: str, assignee: tuple[str, str] | None) -> dict[str, Any]:
        username, name = assignee or (None, None)
        return {
            "id": task.id,
            "ticket": ticket,
            "node": task.node,
            "title": task.title,
            "round": task.round,
            "submission": task.submission,
            "state": task.state.value,
            "assignee": username,
            "assignee_name": name,
            "candidates": task.candidates,
            "outcome": task.outcome,
            "opinion": task.opinion,
            "voided": task.voided_at is not None,
            "version": task.version,
            "opened_at": task.opened_at,
            "claimed_at": task.claimed_at,
            "done_at": task.done_at,
            "due_at": task.due_at,
        }


class TaskShape(TaskBrief):
    form: FormDict | None = Field(description="这一步的表；没有自己的表时是只读的申请表")
    answers: Answers = Field(description="自己填的完整；别人填的，号码隐去中间")
    outcomes: list[OutcomeShape]
    actions: list[str] = Field(description="现在您能做的：claim release complete return")
    return_targets: list[NodeRef]
    sign: str = Field(description="这一步的签名方式；空表示不用签")
