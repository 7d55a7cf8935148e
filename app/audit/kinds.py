"""Kinds of events and their facts in the words of the office."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.audit.models import Event

LABELS: Mapping[str, str] = {
    "ticket.created": "开始填写",
    "ticket.submitted": "提交申请",
    "ticket.withdrawn": "撤回申请",
    "ticket.commented": "留言",
    "ticket.comment_withdrawn": "撤回留言",
    "ticket.copied": "抄送",
    "ticket.urged": "催办",
    "supervision.opened": "督办",
    "supervision.answered": "答复督办",
    "supervision.closed": "办结督办",
    "supervision.printed": "打印督办单",
    "ticket.linked": "关联另一件",
    "ticket.unlinked": "取消关联",
    "ticket.cancelled": "作废申请",
    "ticket.suspended": "挂起",
    "ticket.resumed": "恢复办理",
    "ticket.abolished": "系统管理员作废",
    "ticket.moved": "移动到另一个环节",
    "ticket.edited": "改流程变量",
    "ticket.migrated": "换到流程的另一版",
    "event.handed_over": "转交挂起期间收到的信号或消息",
    "migration.begun": "开始迁移办件",
    "migration.stopped": "停下迁移办件",
    "migration.ended": "迁移办件做完",
    "ticket.ended.closed": "办结",
    "ticket.ended.refused": "不予办理，终止",
    "ticket.ended.cancelled": "作废后终止",
    "task.claimed": "签收",
    "task.released": "放回待签收",
    "task.completed": "办理一步",
    "task.returned": "退回补正",
    "task.withdrawn": "撤回自己办理的一步",
    "tasks.batched": "批量办理",
    "tasks.batch_stopped": "停下批量办理",
    "tasks.batch_retried": "批量办理没有办的再办一次",
    "task.handed_over": "离岗交接，交给别人办",
    "person.handed_over": "办理离岗交接",
    "ticket.due_changed": "放假安排有变，重算时限",
    "ticket.reminded": "时限提醒",
    "ticket.escalated": "超期，报上一级领导",
    "task.reoffered": "改由现任岗位的人办理",
    "task.transferred": "转办",
    "task.delegated": "委派",
    "task.signer_added": "加签",
    "task.signer_removed": "减签",
    "account.opened": "开通账户",
    "account.reopened": "恢复账户",
    "account.changed": "变更账户",
    "account.closed": "注销账户",
    "account.undone": "收回账户",
    "grant.given": "授予权限",
    "grant.revoked": "收回权限",
    "document.frozen": "生成正式件并盖章",
    "document.scanned": "上传签字盖章的扫描件",
    "attachment.uploaded": "上传文件",
    "ticket.attached": "附上文件",
    "incident.opened": "系统执行异常",
    "incident.retried": "再试一次，没有成功",
    "incident.resolved": "系统执行异常已经处理",
    "process.uploaded": "上传流程",
    "process.published": "发布流程",
    "process.hidden": "停止一个单位发起一项业务",
    "process.shown": "恢复一个单位发起一项业务",
    "person.created": "登记人员",
    "person.changed": "修改人员登记",
    "person.signature": "存入备案签名",
    "person.signature_dropped": "删除备案签名",
    "appointment.started": "任职",
    "appointment.ended": "免去岗位",
    "appointment.begun": "任职开始",
    "appointment.expired": "任职到期",
    "import.checked": "检查要导入的人员表",
    "import.confirmed": "确认导入人员",
    "import.stopped": "停止导入人员",
    "import.ended": "导入人员完毕",
    "unit.created": "增设单位",
    "unit.renamed": "单位改名",
    "unit.closed": "关闭单位",
    "unit.reopened": "重新启用单位",
    "absence.entered": "登记请假",
    "absence.changed": "改请假的日期",
    "absence.ended": "提前销假",
    "absence.cancelled": "取消请假",
    "mandate.written": "写委托",
    "mandate.changed": "改委托的日期",
    "mandate.ended": "提前结束委托",
    "mandate.revoked": "撤销委托",
    "mandate.cancelled": "取消委托",
    "pair.entered": "设置AB角",
    "pair.ended": "结束AB角",
    "notice.entered": "录入放假通知",
    "notice.withdrawn": "撤销放假通知",
    "rule.entered": "登记制度依据",
    "rule.withdrawn": "撤销制度依据",
    "rule.ending": "制度依据快到期或已到期",
    "webhook.added": "登记推送地址",
    "webhook.changed": "改推送地址",
    "webhook.switched_on": "启用推送地址",
    "webhook.switched_off": "停用推送地址",
    "webhook.rotated": "换推送的签名密钥",
    "webhook.pinged": "试发推送",
    "webhook.replayed": "重发一次推送",
    "webhook.paused": "连着几天送不到，自动暂停推送",
    "login.created": "建立登录账号",
    "login.activated": "启用登录账号",
    "login.disabled": "停用登录账号",
    "login.dormant": "很久没有登录，自动停用",
    "login.limited": "改登录账号的到期日",
    "login.expired": "登录账号到期",
    "login.signed_in": "登录",
    "login.signed_out": "退出登录",
    "login.failed": "登录没有成功",
    "login.delayed": "密码多次不对，暂缓登录",
    "login.password": "修改登录密码",
    "login.reset": "重置登录密码",
    "login.proved": "再次核对身份",
    "login.ended": "结束一处登录",
    "login.others_ended": "结束其他各处登录",
    "login.displaced": "登录过多，较早的被退出",
    "login.redeemed": "用一次性口令设密码",
    "login.factor_set": "启用动态口令",
    "login.factor_removed": "停用动态口令",
    "login.recovery_code": "使用备用码",
    "document.printed": "打开打印件",
    "record.printed": "打印全程记录",
    "print.batched": "批量打印",
    "print.stopped": "停止批量打印",
    "print.taken": "下载批量打印的文件",
    "personal.print_alarm": "一天打开的打印件超过限额",
    "personal.revealed": "查看完整号码",
    "personal.reveal_refused": "查看完整号码超过限额，已拒绝",
    "ledger.exported": "导出台账",
    "tickets.exported": "导出办件清单",
    "ledger.freeze_proposed": "提出封存台账的一个月",
    "ledger.frozen": "封存台账的一个月",
    "ledger.frozen_taken": "下载台账的封存件",
    "ledger.appended": "登记台账",
    "ledger.undone": "冲销台账的登记",
    "timer.fired": "到时自动办理",
    "ticket.begun": "由定时或消息自动开始",
    "signal.received": "收到信号",
    "message.received": "收到消息",
    "demo.loaded": "装入大批演示数据",
    "backup.created": "做了备份",
    "backup.restored": "从备份恢复",
    "outbox.released": "放行恢复后的待发事项",
    "outbox.retried": "再办一次待发事项",
    "outbox.discarded": "不再办理待发事项",
    "access.refused": "没有权限或没有找到，已拒绝",
    "audit.read": "查看审计记录",
    "audit.verified": "核对审计记录",
}
OBJECTS = {
    "ticket": "办件",
    "login": "登录账号",
    "session": "登录会话",
    "task": "任务",
    "person": "人员",
    "unit": "单位",
    "import": "批量导入",
    "process": "流程",
    "ledger": "台账",
    "print": "批量打印",
    "batch": "批量办理",
    "attachment": "附件",
    "notice": "放假通知",
    "rule": "制度依据",
    "webhook": "推送地址",
}
WHOLE = {"audit": "审计记录", "address": "一个地址", "tickets": "办件清单", "demo": "演示数据"}
# Which facts a line tells, in this order; ids and hashes stay in the export.
FACTS = {
    "title": "环节",
    "webhook": "推送地址",
    "kinds": "推送哪些事",
    "label": "结果",
    "what": "督办的环节",
    "answer_by": "答复的期限",
    "notice": "通知",
    "rule": "制度依据",
    "ended": "到此为止的一版",
    "to_title": "退回到",
    "reason": "原因",
    "names": "告诉了谁",
    "cause": "原因",
    "position": "岗位",
    "unit": "单位",
    "for_name": "代谁办",
    "from_name": "移交人",
    "to_name": "接收人",
    "moved": "移交的件数",
    "left": "没有移交的件数",
    "deputy_name": "受托人",
    "pair": "AB角",
    "processes": "流程",
    "days": "没有登录的天数",
    "until": "到期",
    "name": "打印件",
    "today": "今天第几次",
    "row": "行号",
    "month": "月份",
    "rows": "行数",
    "first_serial": "起始序号",
    "last_serial": "最后序号",
    "proposed_by": "提出人",
    "sha256": "文件摘要",
    "object": "对象",
    "actor": "人员",
    "type": "种类",
    "from": "从",
    "to": "到",
    "changed": "改动",
    "route": "页面",
    "count": "这一分钟的次数",
}
LONGEST = 80


@dataclass(frozen=True)
class Told:
    """One line of the auditor's page. `ticket` is the number that `object` leads to."""

    at: datetime
    actor: str
    unit: str
    kind: str
    label: str
    object: str
    ticket: str
    facts: str
    chain: str
    seq: int
    hash: str
    came: str


def tell(event: Event) -> Told:
    family, _, rest = event.object.partition(":")
    ticket = event.chain.removeprefix("ticket:") if event.chain.startswith("ticket:") else ""
    if family == "ticket":
        ticket = rest
    return Told(
        event.at,
        event.actor_name,
        event.unit_name,
        event.kind,
        LABELS.get(event.kind, event.kind),
        ticket or WHOLE.get(family) or f"{OBJECTS.get(family, family)} {rest}",
        ticket,
        "；".join(_facts(event.data)),
        event.chain,
        event.seq,
        event.hash.hex()[:12],
        event.ip or event.data.get("ip") or _via(event.via or ""),
    )


def _via(via: str) -> str:
    return {"cli": "命令行"}.get(via, "后台任务" if via.startswith("job:") else "")


def _facts(data: Mapping[str, Any]) -> list[str]:
    found = [
        f"{label}：{str(data[name])[:LONGEST]}" for name, label in FACTS.items() if data.get(name)
    ]
    return [*found, f"第{data['submission']}次提交"] if data.get("submission") else found
