"""The menu: what stands in it, for whom, and with which counts. Joined in the wiring."""

from sqlalchemy import ScalarSelect

from app.access.dormant import policy as reviews_policy
from app.audit.policy import can_read as can_read_audit
from app.authoring import policy as authoring_policy
from app.core.actor import Actor
from app.hints import policy as hints_policy
from app.holdings import policy as holdings_policy
from app.insight import policy as insight_policy
from app.managed import policy as managed_policy
from app.messaging import policy as messaging_policy
from app.notifications import policy as notifications_policy
from app.oldbooks import policy as oldbooks_policy
from app.personnel import policy as personnel_policy
from app.phonebook import policy as phonebook_policy
from app.processes.queries import has_stages, was_published
from app.recipients import policy as recipients_policy
from app.repairs import policy as repairs_policy
from app.repairs import queries as repairs_queries
from app.sendings import policy as sendings_policy
from app.supervision import policy as supervision_policy
from app.tasks.queries import count_of_box
from app.tasks.types import Box
from app.web.navigation import Count, Entry
from app.webhooks import policy as webhooks_policy


def entries() -> tuple[Entry, ...]:
    business, watch, upkeep = "业务", "监督", "运行"

    def messages() -> ScalarSelect[bool]:
        return was_published("message-template", "message-send")

    def waiting(box: Box) -> Count:
        return lambda _session, actor: count_of_box(actor, box)

    return (
        Entry("todo", "", "待办", "inbox", "tasks.inbox", count=waiting(Box.TODO)),
        Entry(
            "claimable",
            "",
            "待签收",
            "hand-grab",
            "tasks.inbox",
            "claimable",
            may=_executes,
            count=waiting(Box.CLAIMABLE),
            hides_empty=True,
        ),
        Entry("copied", "", "抄送我", "mail", "tasks.inbox", "copied", count=waiting(Box.COPIED)),
        Entry("done", "", "已办", "checks", "tasks.inbox", "done"),
        Entry("my-day", "", "我的一天", "sun", "insight.my_day"),
        Entry("mine", "", "我发起的", "send", "tickets.index"),
        Entry("draft", "", "草稿", "pencil", "tickets.index", "draft", may=_starts),
        Entry("unit", business, "本单位的办件", "files", "tickets.index", "unit"),
        Entry(
            "board",
            business,
            "进展看板",
            "list-check",
            "boards.index",
            where=has_stages,
        ),
        Entry("ledgers", business, "台账", "book-2", "ledgers.index"),
        Entry(
            "holdings",
            business,
            "谁有什么权限",
            "id",
            "holdings.index",
            may=holdings_policy.can_view,
        ),
        Entry(
            "systems",
            business,
            "被管系统",
            "sitemap",
            "managed.index",
            may=managed_policy.can_view,
        ),
        Entry(
            "old-books",
            business,
            "旧台账导入",
            "book-2",
            "oldbooks.index",
            may=oldbooks_policy.can_view,
        ),
        Entry(
            "phonebook",
            business,
            "通讯录",
            "address-book",
            "phonebook.index",
            may=phonebook_policy.can_read,
            where=messages,
        ),
        Entry(
            "lists",
            business,
            "收信名单",
            "users",
            "recipients.index",
            may=recipients_policy.can_read,
            where=messages,
        ),
        Entry(
            "sendings",
            business,
            "短信发送",
            "send",
            "sendings.index",
            may=sendings_policy.can_watch,
            where=messages,
        ),
        Entry(
            "blocks",
            business,
            "不发的号码",
            "list-check",
            "recipients.blocks",
            may=recipients_policy.can_read_blocks,
            where=messages,
        ),
        Entry(
            "words",
            business,
            "不发的词",
            "list-check",
            "messaging.words",
            may=messaging_policy.can_read_words,
            where=messages,
        ),
        Entry("acted", business, "批量办理", "list-check", "tasks.batches"),
        Entry("batches", business, "批量打印", "printer", "documents.batches"),
        Entry("cover", business, "请假与代理", "users", "identity.absences"),
        Entry(
            "person-events",
            business,
            "人员变动",
            "users",
            "personnel.index",
            may=personnel_policy.can_read,
        ),
        Entry("calendar", business, "工作日历", "calendar", "calendar.index"),
        Entry("rules", business, "制度与参数", "bookmark", "rules.index"),
        Entry(
            "supervision",
            watch,
            "时限督办",
            "bell",
            "supervision.index",
            may=supervision_policy.can_list,
        ),
        Entry(
            "figures", watch, "单位统计", "chart-bar", "insight.unit", may=insight_policy.sees_units
        ),
        Entry(
            "hints",
            watch,
            "风险提示",
            "alert-triangle",
            "hints.index",
            may=hints_policy.can_view,
        ),
        Entry(
            "idle",
            watch,
            "长期未登录账户",
            "users",
            "dormant.index",
            may=reviews_policy.can_view_idle,
        ),
        Entry("audit", watch, "审计记录", "history", "audit.index", may=can_read_audit),
        Entry("people", watch, "人员与岗位", "id", "identity.people", may=_keeps_people),
        Entry("dormant", watch, "久未登录", "users", "identity.dormant", may=_administers),
        Entry("verify", watch, "文件验证", "shield-check", "documents.ask"),
        Entry("outages", upkeep, "停机登记", "history", "outages.index", may=_administers),
        Entry(
            "processes",
            upkeep,
            "流程",
            "sitemap",
            "authoring.index",
            may=authoring_policy.can_read,
        ),
        Entry(
            "incidents",
            upkeep,
            "运行异常",
            "alert-triangle",
            "repairs.index",
            may=repairs_policy.can_read,
            count=repairs_queries.open_count,
        ),
        Entry(
            "handover",
            upkeep,
            "离岗交接",
            "send",
            "repairs.leaving",
            may=repairs_policy.can_repair,
        ),
        Entry(
            "outbox",
            upkeep,
            "待发事项",
            "clipboard-list",
            "repairs.outbox",
            may=repairs_policy.can_repair,
            count=repairs_queries.stuck_count,
        ),
        Entry(
            "webhooks",
            upkeep,
            "向外推送",
            "send",
            "webhooks.index",
            may=webhooks_policy.can_keep,
        ),
        Entry(
            "deliveries",
            upkeep,
            "通知发送",
            "send",
            "notifications.deliveries",
            may=notifications_policy.can_watch,
        ),
    )


def _executes(actor: Actor) -> bool:
    return bool(actor.positions) and not _starts(actor)


def _administers(actor: Actor) -> bool:
    return actor.holds("system_admin")


def _keeps_people(actor: Actor) -> bool:
    return actor.holds("account_admin", "permission_admin", "system_admin", "auditor")


def _starts(actor: Actor) -> bool:
    return actor.holds("clerk")
