"""What was said and done on a ticket, newest first, as the audit chain has it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit.kinds import LABELS
from app.audit.models import Event
from app.audit.queries import list_chain
from app.core.actor import Actor
from app.identity.types import PersonRef
from app.outages.judging import moment
from app.processes.models import Instance
from app.tasks.models import Task
from app.tasks.naming import acting
from app.tasks.types import TaskKind, TaskState
from app.tickets.linking import links_of
from app.tickets.models import Comment
from app.tickets.queries import comments_of
from app.tickets.types import COMMENT_STANDS_AFTER, Linked, Said

SAID = {
    "ticket.created": "开始填写",
    "ticket.back_entered": "补录停机期间的纸质件",
    "ticket.begun": "由定时或消息自动开始",
    "ticket.withdrawn": "撤回",
    "timer.fired": "到时自动办理",
    "signal.received": "收到信号",
    "message.received": "收到消息",
    "ticket.cancelled": "作废",
    "ticket.suspended": "系统管理员挂起了本件",
    "ticket.resumed": "系统管理员恢复了本件，接着办理",
    "ticket.abolished": "系统管理员作废了本件",
    "event.handed_over": "系统转交了挂起期间收到的消息",
    "account.opened": "开通账户",
    "account.reopened": "恢复账户",
    "account.changed": "变更账户",
    "account.corrected": "更正账户",
    "account.closed": "注销账户",
    "account.suspended": "停用账户",
    "account.resumed": "恢复账户",
    "person_event.opened": "由人员变动自动发起",
    "account.undone": "收回账户",
    "grant.given": "授予权限",
    "grant.revoked": "收回权限",
    "ledger.appended": "登记台账",
    "ledger.undone": "冲销台账的登记",
    "task.claimed": "签收",
    "task.released": "退回给其他人签收",
    "task.succeeded": "机构调整，这一步转到承接的单位办理",
    "incident.opened": "系统执行异常",
    "incident.retried": "系统管理员再试了一次，没有成功",
    "incident.resolved": "系统执行异常已经处理",
    "outbox.retried": "系统管理员让系统再办一次",
    "outbox.discarded": "系统管理员决定不再办理",
    "ticket.ended.closed": "办结",
    "ticket.ended.refused": "不予办理，本件终止",
    "ticket.ended.cancelled": "已作废",
    "document.frozen": "正式件已生成并盖章",
    "document.printed": "打开打印件",
    "record.printed": "打印全程记录",
    "personal.print_alarm": "一天打开的打印件超过限额",
    "document.scanned": "上传签字盖章的扫描件",
    "ticket.attached": "附上文件",
    "ticket.comment_withdrawn": "撤回留言",
    "personal.revealed": "查看完整号码",
    "personal.reveal_refused": "查看完整号码超过限额，已拒绝",
}


# Without one of these nobody was told of the ticket.
TELLING = ("ticket.commented", "ticket.copied")
LINKING = {"ticket.linked": "关联", "ticket.unlinked": "取消关联"}
MINOR = frozenset(kind for kind in SAID if kind.startswith(("account.", "grant."))) | {
    "task.claimed",
    "task.released",
    "ticket.comment_withdrawn",
    "document.printed",
    "record.printed",
    "supervision.printed",
    "personal.print_alarm",
    "personal.revealed",
    "personal.reveal_refused",
}


HANDED_ON = {
    "task.transferred": "转办给",
    "task.handed_over": "离岗交接，交给",
    "task.delegated": "委派给",
    "task.signer_added": "加签",
    "task.signer_removed": "减签",
}
ROLE = {
    TaskKind.BEFORE: "（前加签意见）",
    TaskKind.DELEGATE: "（受委派意见）",
    TaskKind.PARALLEL: "（加签）",
    TaskKind.AFTER: "（后加签）",
}
PLACES = {
    "before": "，先听意见",
    "parallel": "，一起办",
    "after": "，办完再请",
}


SUPERVISED = {
    "supervision.opened": ("back", "督办“{what}”，请{names}在 {answer_by} 以前答复"),
    "supervision.answered": ("done", "答复督办“{what}”"),
    "supervision.closed": ("done", "办结督办“{what}”"),
    "supervision.printed": ("sys", "打印督办单"),
}
# Nobody did anything: the day came.
DUE = {"ticket.reminded": "sys", "ticket.escalated": "back", "ticket.lapsed": "back"}
REPAIRED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "ticket.suspended": lambda _: SAID["ticket.suspended"],
    "ticket.resumed": lambda _: SAID["ticket.resumed"],
    "ticket.abolished": lambda _: SAID["ticket.abolished"],
    "ticket.moved": lambda data: f"系统管理员将本件移到了“{data['to_title']}”",
    "ticket.edited": lambda data: f"系统管理员改了 {len(data['changes'])} 个流程变量",
    "ticket.migrated": lambda data: (
        f"系统管理员将本件从流程第 {data['from']} 版换到第 {data['to']} 版"
    ),
}


def timeline(
    session: Session,
    instance: Instance,
    tasks: Sequence[Task],
    names: Mapping[int, PersonRef],
    reader: Actor,
    now: datetime,
    filled: Mapping[int, tuple[tuple[str, str], ...]],
) -> tuple[Said, ...]:
    """Newest first: what is waited for now, then what was said and done, as the audit chain has it.

    Only `reader` is offered to take back what he just said. `filled`: by the id of the task.
    """
    by_id = {task.id: task for task in tasks}
    waiting = [
        Said("now", task.title, holder(task, names), None, NOW[task.state])
        for task in tasks
        if task.is_unfinished
    ]
    events = list_chain(session, instance.audit_chain)
    talked = any(event.kind == "ticket.commented" for event in events)
    comments = comments_of(session, instance.id) if talked else {}
    linked = any(event.kind in LINKING for event in events)
    links = {one.id: one for one in links_of(session, reader, instance.id)} if linked else {}
    done = [
        _talked(event, comments[event.data["comment"]], reader, now)
        if event.kind == "ticket.commented"
        else _said(event, by_id, links, filled)
        for event in events
        # Of a ticket that the reader may not see, not even that there is one.
        if event.kind not in LINKING or event.data["link"] in links
    ]
    return (*waiting, *reversed(done))


def _talked(event: Event, comment: Comment, reader: Actor, now: datetime) -> Said:
    called = event.data.get("names")
    is_withdrawn = comment.withdrawn_at is not None
    return Said(
        "talk",
        f"留言，请{called}看" if called else "留言",
        event.actor_name,
        event.at,
        comment.text,
        event.seq,
        event.hash.hex(),
        event.kind,
        comment=comment.id,
        is_withdrawn=is_withdrawn,
        may_withdraw=not is_withdrawn
        and comment.person_id == reader.person_id
        and now - comment.at <= COMMENT_STANDS_AFTER,
    )


def _said(
    event: Event,
    tasks: Mapping[int, Task],
    links: Mapping[int, Linked],
    filled: Mapping[int, tuple[tuple[str, str], ...]],
) -> Said:
    data = event.data
    task = tasks.get(data.get("task", 0))
    # What is said nowhere here reads as in the audit trail.
    title = SAID.get(event.kind) or LABELS.get(event.kind, event.kind)
    kind, text = "sys", str(data.get("reason") or "")
    if event.kind == "ticket.submitted":
        kind, title = "done", f"第{data['submission']}次提交"
        text = "；".join(data.get("notices") or ())
    elif event.kind == "task.completed" and task is not None:
        kind, title = "done", f"{data['title']}{ROLE.get(task.kind, '')}：{data['label']}"
        text = "\n".join(filter(None, (spoken(task.answers), task.opinion)))
    elif event.kind == "task.returned" and task is not None:
        kind, title, text = (
            "back",
            f"{data['title']}：退回到“{data['to_title']}”",
            task.opinion or "",
        )
    elif event.kind in HANDED_ON:
        title = f"{data['title']}：{HANDED_ON[event.kind]}{data['to_name']}"
        if event.kind == "task.signer_added":
            title = f"{title}{PLACES[data['place']]}"
    elif event.kind == "task.reoffered":
        title = f"{data['title']}：{LABELS[event.kind]}"
    elif event.kind == "task.withdrawn":
        kind, title = "back", f"{data['title']}：撤回自己的办理"
    elif event.kind == "ticket.urged":
        kind, title = "back", f"催{data['names']}办理"
    elif event.kind in LINKING:
        one = links[data["link"]]
        title, text = f"{LINKING[event.kind]}{one.label} {one.number}", one.title
    elif event.kind == "ticket.copied":
        title = f"抄送给{data['names']}"
    elif event.kind in ("incident.opened", "incident.retried"):
        kind, text = "back", str(data.get("cause", ""))
    elif event.kind == "ticket.back_entered":
        asked = moment(datetime.fromisoformat(data["paper_at"]))
        kind, text = "back", f"纸上申请：{asked}。{data['remark']}"
    elif event.kind == "ticket.due_changed":
        title, text = _recounted(data)
    elif event.kind in SUPERVISED:
        kind, title = SUPERVISED[event.kind][0], SUPERVISED[event.kind][1].format(**data)
    elif event.kind in DUE:
        kind, title, text = DUE[event.kind], *_told_of(event.kind, data)
    elif event.kind.startswith("outbox."):
        text = "：".join(filter(None, (str(data.get("title", "")), text)))
    elif event.kind == "ticket.ended.refused":
        kind = "back"
    elif event.kind in REPAIRED:
        kind, title, text = "back", REPAIRED[event.kind](data), _repair_words(data)
    return Said(
        kind,
        title,
        f"{event.actor_name}（代{data['for_name']}）" if data.get("for_name") else event.actor_name,
        event.at,
        text,
        event.seq,
        event.hash.hex(),
        event.kind,
        event.kind not in MINOR,
        filled=filled.get(task.id, ()) if event.kind == "task.completed" and task else (),
        is_void=event.kind == "task.completed" and task is not None and not task.holds,
    )


def _recounted(data: Mapping[str, Any]) -> tuple[str, str]:
    days = (_day(date.fromisoformat(data[name])) for name in ("before", "after"))
    hours = [f" {hour}" for hour in data.get("hours", ())] or ["", ""]
    before, after = map("".join, zip(days, hours, strict=True))
    estimate = "（暂估）" if data["estimate"] else ""
    text = f"由 {before} 改为 {after}{estimate}，依据 {data['number']}"
    return f"{data['what']}：放假安排有变，时限重算", text


def _told_of(kind: str, data: Mapping[str, Any]) -> tuple[str, str]:
    due, names = _day(date.fromisoformat(data["due"])), data["names"]
    if kind == "ticket.reminded":
        told = f"提醒{names}" if names else "这一步现在没有人可以提醒"
        share = f"，时间已过 {data['share']}" if data.get("share") else ""
        return f"{data['what']}：时限是 {due}{share}", told
    if kind == "ticket.lapsed":
        return f"{data['what']}：过了时限 {due} 没有办", "不再等，系统按逾期往下走"
    told = f"报{names}督促；由谁办理不变" if names else "上面没有可以报的领导，仍由现在的人办理"
    return f"{data['what']}：过了时限 {due} 还没有办", told


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _repair_words(data: Mapping[str, Any]) -> str:
    """The reason first, then each variable as it was and as it is."""
    changes = [
        f"{one['name']}：{one['old'] or '没有'} → {one['new']}" for one in data.get("changes") or ()
    ]
    reason = str(data.get("reason") or "")
    return "\n".join([*([f"原因：{reason}"] if reason else []), *changes])


def spoken(answers: Mapping[str, Any]) -> str:
    """What a result form says."""
    result = answers.get("result")
    return result if isinstance(result, str) else ""


NOW = {
    TaskState.OPEN: "办理中",
    TaskState.CLAIMED: "办理中",
    TaskState.WAITING: "等前面的人先办",
}


def holder(task: Task, names: Mapping[int, PersonRef]) -> str:
    return acting(task, names) or "待签收"
