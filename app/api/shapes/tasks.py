"""Tasks: what a person decides, and what the inbox shows."""

from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Answers, Body, ListQuery, Moment, Query
from app.api.shapes.processes import FormDict
from app.calendar.lights import Light as Lamp
from app.calendar.lights import Shown
from app.identity.types import PersonRef
from app.tasks.models import Task
from app.tasks.queries import TaskRow
from app.tasks.service import Share, Undoing
from app.tasks.types import TaskState

TaskStateName = Literal["open", "claimed", "done", "cancelled"]
Light = Literal["green", "yellow", "red", "grey", "blue"]
LIGHTS = "绿 按时，黄 最多剩一个工作日，红 超期，灰 暂停计时，蓝 按时办结；没有时限是空的"


SHOWN: dict[TaskState, TaskStateName] = {
    TaskState.WAITING: "open",
    TaskState.OPEN: "open",
    TaskState.CLAIMED: "claimed",
    TaskState.DONE: "done",
    TaskState.CANCELLED: "cancelled",
}


def shown_state(state: TaskState) -> TaskStateName:
    """What waits for its turn is open: it is not done (CONTRACT)."""
    return SHOWN[state]


class TasksQuery(ListQuery):
    box: Literal["todo", "claimable", "done", "copied"] = "todo"
    state: (
        Literal["open", "claimed", "suspended", "running", "ended", "returned", "void"] | None
    ) = Field(
        default=None,
        description="任务：open 没有签收，claimed 已签收，returned 退回的，void 已作废；办件："
        "suspended 挂起，running 还在办理，ended 已经办完",
    )


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
    seen: str | None = Field(
        default=None,
        description="GET …/return 给的 mark；给了它，退回要撤销的变了就答 409 undoes_other",
    )


class HandBody(Body):
    version: int = Field(description="打开时看到的任务版本")
    to: str = Field(default="", description="交给谁：用户名，或者没有重名的姓名")
    reason: str = ""


class AddSignersBody(Body):
    version: int = Field(description="打开时看到的任务版本")
    to: str | list[str] = Field(default="", description="加签的人：用户名，或者没有重名的姓名")
    place: Literal["before", "parallel", "after"] = Field(
        default="parallel",
        description="before 先听意见再由我办；parallel 和我一起定；after 我办完再请他们定",
    )
    reason: str = ""


class ReceiversQuery(Query):
    act: Literal["transfer", "delegate", "add-signers"] = "transfer"
    q: str = Field(default="", max_length=50, description="姓名的一部分，或者用户名的开头")


class ReturnQuery(Query):
    node: str = Field(default="", description="退到哪一步，默认退给申请人")


class WithdrawBody(Body):
    version: int = Field(description="看到的任务版本")
    reason: str = ""


class OutcomeShape(Answer):
    value: str
    label: str
    ahead: str = Field(default="", description="这样办以后到谁手里；只在 GET /tasks/{id} 里说")


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
    light: Light | None = Field(description=LIGHTS)
    left: str = Field(description="剩几个工作日；没有时限是空的")
    urged_at: Moment | None = Field(description="最近一次催办")
    urge_count: int = Field(description="催过几次")
    paper_at: Moment | None = Field(description="补录的件：纸上申请的时间")

    @classmethod
    def of(cls, row: TaskRow, lamp: Callable[[TaskRow], Shown | None]) -> "TaskLine":
        due = lamp(row)
        return cls(
            id=row.id,
            ticket=row.number,
            title=row.title,
            node=row.node,
            node_title=row.node_title,
            process_title=row.process_title,
            requester=row.requester_name,
            unit=row.unit_name,
            state=shown_state(row.state),
            submission=row.submission,
            version=row.version,
            outcome=row.outcome,
            opened_at=row.arrived_at,
            done_at=row.done_at,
            due_at=row.due_at,
            light=due.light.value if due else None,
            left=due.left if due else "",
            urged_at=row.urged_at,
            urge_count=row.urge_count,
            paper_at=row.paper_at,
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
    for_: str | None = Field(serialization_alias="for", description="代谁办理：那个人的用户名")
    for_name: str | None
    candidates: list[str] = Field(description="可以签收的岗位:单位；person:用户名 是替不在的人办的")
    kind: Literal["main", "parallel", "after", "before", "delegate", "handed"] = Field(
        description="main 流程指定；parallel、after、before 加签；delegate 受委派；handed 转办留底"
    )
    waiting: bool = Field(description="还没有轮到：要等前面的人先办")
    parent: int | None = Field(description="由哪个任务的人加签或委派")
    urged_at: Moment | None = Field(description="最近一次催办")
    outcome: str | None
    opinion: str | None
    voided: bool = Field(description="退回以后，原来的意见和签名作废")
    version: int
    opened_at: Moment
    claimed_at: Moment | None
    done_at: Moment | None
    due_at: Moment | None
    light: Light | None = Field(description=LIGHTS)

    @staticmethod
    def facts(
        task: Task,
        ticket: str,
        assignee: PersonRef | None,
        principal: PersonRef | None,
        light: Lamp | None,
    ) -> dict[str, Any]:
        return {
            "id": task.id,
            "ticket": ticket,
            "node": task.node,
            "title": task.title,
            "round": task.round,
            "submission": task.submission,
            "state": shown_state(task.state),
            "kind": task.kind.value,
            "waiting": task.state is TaskState.WAITING,
            "parent": task.parent_id,
            "urged_at": task.urged_at,
            "assignee": assignee.username if assignee else None,
            "assignee_name": assignee.name if assignee else None,
            "for_": principal.username if principal else None,
            "for_name": principal.name if principal else None,
            "candidates": task.candidates,
            "outcome": task.outcome,
            "opinion": task.opinion,
            "voided": task.voided_at is not None,
            "version": task.version,
            "opened_at": task.opened_at,
            "claimed_at": task.claimed_at,
            "done_at": task.done_at,
            "due_at": task.due_at,
            "light": light.value if light else None,
        }


class ProgressShape(Answer):
    """How far a visit is that several people decide."""

    decide: str = Field(description="any 或签，all 会签，all_in_order 依次会签，quorum:k/n 票签")
    done: int
    total: int
    needed: int = Field(description="要几个人同意；会签是全部")
    agreed: int
    text: str


class TaskShape(TaskBrief):
    progress: ProgressShape | None = Field(description="几个人一起办时，办到哪里")
    form: FormDict | None = Field(description="这一步的表；没有自己的表时是只读的申请表")
    answers: Answers = Field(description="自己填的完整；别人填的，号码隐去中间")
    outcomes: list[OutcomeShape]
    actions: list[str] = Field(
        description="现在您能做的：claim release complete return transfer delegate add-signers "
        "remove-signer；办过的只在 GET 时可能有 withdraw"
    )
    return_targets: list[NodeRef]
    sign: str = Field(description="这一步的签名方式；空表示不用签")


class PersonBrief(Answer):
    username: str
    name: str


class ShareShape(Answer):
    """Somebody's part in a ticket that a return touches or leaves."""

    task: int
    node: str
    title: str
    person: PersonBrief | None = Field(description="空：还没有人签收")
    outcome: str | None
    label: str = Field(description="办理结果的文字；没有办的为空")
    opinion: str | None
    signed: bool
    done_at: Moment | None

    @classmethod
    def of(cls, share: Share) -> "ShareShape":
        task, person = share.task, share.person
        return cls(
            task=task.id,
            node=task.node,
            title=task.title,
            person=PersonBrief(username=person.username, name=person.name) if person else None,
            outcome=task.outcome,
            label=share.label,
            opinion=task.opinion,
            signed=task.signature is not None,
            done_at=task.done_at,
        )


class UndoingShape(Answer):
    node: str
    title: str
    opens_for: list[PersonBrief] = Field(description="重新打开以后由谁办；几个人的由一人签收")
    cancelled: list[ShareShape] = Field(description="别人手里正在办、会取消的")
    void: list[ShareShape] = Field(description="办过的、意见和签名会作废的")
    stays_open: list[ShareShape] = Field(description="不受影响、接着办的")
    stays_done: list[ShareShape] = Field(description="办过的、仍然有效的")
    effects: list[NodeRef] = Field(description="系统已经办的，退回不取消")
    mark: str = Field(description="退回时放在 seen 里：内容变了就不退，先再看一遍")

    @classmethod
    def of(cls, undoing: Undoing) -> "UndoingShape":
        return cls(
            node=undoing.node,
            title=undoing.title,
            opens_for=[PersonBrief(username=p.username, name=p.name) for p in undoing.opens_for],
            cancelled=list(map(ShareShape.of, undoing.cancelled)),
            void=list(map(ShareShape.of, undoing.void)),
            stays_open=list(map(ShareShape.of, undoing.stays_open)),
            stays_done=list(map(ShareShape.of, undoing.stays_done)),
            effects=[NodeRef(node=node.id, title=node.name) for node in undoing.effects],
            mark=undoing.mark,
        )
