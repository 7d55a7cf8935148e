"""What people are told of: each kind with its texts.

A text has named placeholders and nothing else: number, process, node, person, day, rules, and in an
address id. What a form holds, ID and phone numbers have no name here, so they cannot leave by mail.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.masking import masked
from app.notifications.types import UnknownKind, UnknownPlace, Way

PLACES = frozenset({"number", "process", "node", "person", "day", "rules", "id"})
LONGEST_FACT = 80
_PLACE = re.compile(r"\{([^{}]*)\}")
TICKET, INCIDENTS = "/tickets/{number}", "/incidents"
ABSENCES, MANDATES, RULES = "/absences", "/mandates", "/rules"
CHANGES = "/person-events"
HINTS = "/hints"
IDLE, LOG_REVIEW = "/idle-accounts", "/start/permission-log-review"
OLD_BOOK, OWN_ACCOUNT = "/old-books/{id}", "/holdings/people/{id}"
CHOICES = "/notifications/settings"


@dataclass(frozen=True)
class Kind:
    """`is_work`: it asks for an act, so it always stands on the page. `way`: unless chosen else."""

    key: str
    label: str
    title: str
    text: str
    href: str = TICKET
    is_work: bool = False
    way: Way = Way.DIGEST


_ALL = (
    Kind(
        "task.offered",
        "有件要我办",
        "请您办理：{process}",
        "{number} 到了“{node}”，请您办理。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "task.claimable",
        "有件可以签收",
        "可以签收：{process}",
        "{number} 到了“{node}”，您和同岗位的人都可以签收。",
        is_work=True,
    ),
    Kind(
        "task.returned",
        "我的件被退回补正",
        "退回补正：{process}",
        "{person}在“{node}”把 {number} 退回给您，请打开看退回原因，补正后再提交。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "task.urged",
        "有人催办",
        "催办：{process}",
        "{person}催办 {number}，现在在“{node}”，请尽快办理。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "task.transferred",
        "转给我办",
        "转给您办：{process}",
        "{person}把 {number} 的“{node}”转给您办。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "task.delegated",
        "请我先提意见",
        "请您先提意见：{process}",
        "{person}请您对 {number} 的“{node}”先提意见，提好以后回到他手里决定。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "task.signer_added",
        "请我加签",
        "请您加签：{process}",
        "{person}请您在 {number} 的“{node}”加签。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "task.back",
        "请别人提的意见回来了",
        "意见提好了：{process}",
        "{person}对 {number} 的“{node}”提好了意见，请您决定。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "task.handed_over",
        "离岗的人移交给我",
        "移交给您办：{process}",
        "{number} 的“{node}”原来由{person}办，现在移交给您。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "ticket.copied", "抄送给我", "抄送：{process}", "{person}把 {number} 抄送给您，请打开看。"
    ),
    Kind(
        "release.announced",
        "我用的子系统要发布新版",
        "发布上线通知",
        "您用的子系统{day}发布新版，期间可能不能办理，请提前安排。业务需求办件：{number}。",
        href="/notifications",
    ),
    Kind(
        "ticket.mentioned",
        "留言提到我",
        "有人留言：{process}",
        "{person}在 {number} 的留言里提到您，请打开看。",
    ),
    Kind(
        "ticket.closed",
        "我的件办结",
        "办结：{process}",
        "您发起的 {number} 已经办结。",
        way=Way.ONCE,
    ),
    Kind(
        "ticket.refused",
        "我的件不予办理",
        "不予办理：{process}",
        "您发起的 {number} 不予办理，已经终止。请打开看理由。",
        way=Way.ONCE,
    ),
    Kind(
        "ticket.cancelled",
        "我的件作废",
        "作废：{process}",
        "您发起的 {number} 已经作废。请打开看原因。",
        way=Way.ONCE,
    ),
    Kind(
        "ticket.suspended",
        "我的件挂起",
        "挂起：{process}",
        "{person}把 {number} 挂起了，恢复以前谁也不能办。请打开看原因。",
    ),
    Kind("ticket.resumed", "我的件恢复办理", "恢复办理：{process}", "{number} 恢复办理了。"),
    Kind(
        "ticket.reminded",
        "时限快到了",
        "快到时限：{process}",
        "{number} 的“{node}”时限是{day}，请在那以前办。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "ticket.escalated",
        "下属的件超期",
        "超期：{process}",
        "{number} 的“{node}”时限是{day}，现在还没有办，报给您知道。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "supervision.opened",
        "有人督办",
        "督办：{process}",
        "{person}督办 {number} 的“{node}”，请在{day}以前答复。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "supervision.answered",
        "我督办的有了答复",
        "督办有了答复：{process}",
        "{person}答复了您对 {number} 的督办，请打开看。",
        way=Way.ONCE,
    ),
    Kind(
        "ticket.due_changed",
        "时限因放假安排改变",
        "时限改为{day}：{process}",
        "放假安排有变，{number} 的“{node}”时限改为{day}。",
    ),
    Kind(
        "absence.entered",
        "别人给我登记请假",
        "已登记您请假",
        "{person}给您登记了请假，从{day}起。请核对日期。",
        href=ABSENCES,
    ),
    Kind(
        "mandate.written",
        "委托我代办",
        "委托您代办",
        "{person}委托您从{day}起代他办理。请打开看办哪些、到哪天。",
        href=MANDATES,
        way=Way.ONCE,
    ),
    Kind(
        "person_event.form_due",
        "管理员变动要填报附件1",
        "请在{day}以前填报附件1",
        "有账户管理员或权限管理员变动，请在{day}以前填报附件1。打开“人员变动”看是谁。",
        href=CHANGES,
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "person_event.opened",
        "人员变动替我发起的件",
        "已经替您发起：{process}",
        "有人登记了人员变动，{number} 已经以您的名义提交，请打开核对。",
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "incident.opened",
        "系统运行异常",
        "运行异常：{process}",
        "{number} 在“{node}”执行时出了异常，停在那里，请处理。",
        href=INCIDENTS,
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "rule.ending",
        "制度依据快到期",
        "快到期：{rules}",
        "“{rules}”到{day}为止。请登记新的一版；没有新的一版，办件照常办理，会写着依据已失效。",
        href=RULES,
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "review.idle_due",
        "长期未登录的账户应当核实",
        "请核实长期未登录的账户",
        "有部门的账户长期没有登录，到了定期核实的时候。请打开看，从那里发起核实。",
        href=IDLE,
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "review.log_due",
        "权限日志应当分析",
        "请分析上个月的权限日志",
        "到了定期查看权限日志的时候，上个月的还没有分析。请打开发起。",
        href=LOG_REVIEW,
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "hint.raised",
        "红色的风险提示",
        "风险提示：{rules}",
        "核对账户和权限时发现“{rules}”，请在{day}前签收，限期整改。",
        href=HINTS,
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "account.touched",
        "我的账户和权限有变动",
        "您的账户有变动：{process}",
        "{number} 已经生效，您的账户或者权限有变动。和您知道的不一样的，请告诉本级账户管理员。",
        href=OWN_ACCOUNT,
        way=Way.ONCE,
    ),
    Kind(
        "account.kept",
        "本级的账户有变动",
        "账户有变动：{process}",
        "{person}办理的 {number} 已经生效，本级的账户或者权限有变动，请打开看。",
        way=Way.ONCE,
    ),
    Kind(
        "old_book.waiting",
        "旧台账等我确认",
        "请核对旧台账：{number}",
        "{person}上传了旧台账 {number}，请您对照纸质台账核对、确认；到{day}还没有人确认，就撤回。",
        href=OLD_BOOK,
        is_work=True,
        way=Way.ONCE,
    ),
    Kind(
        "old_book.confirmed",
        "我上传的旧台账导入了",
        "已经导入：{number}",
        "{person}确认了您上传的旧台账 {number}，可以导入的行已经写入账户、权限和台账。",
        href=OLD_BOOK,
    ),
    Kind(
        "old_book.expired",
        "我上传的旧台账没有人确认",
        "没有导入：{number}",
        "旧台账 {number} 到期没有人确认，已经撤回，什么也没有导入。还要导入的，请再上传一次。",
        href=OLD_BOOK,
    ),
    Kind(
        "address.set",
        "确认邮箱",
        "请确认您的邮箱",
        "您填的邮箱还没有确认。请打开那封邮件，把里面的确认码填到通知设置里。",
        href=CHOICES,
        is_work=True,
        way=Way.NEVER,
    ),
)
KINDS: dict[str, Kind] = {kind.key: kind for kind in _ALL}
# What nobody chooses for: it is sent whatever he wants.
UNCHOSEN = frozenset({"address.set"})


def add(kind: Kind) -> None:
    """A kind of another room, joined in the wiring. Raises: UnknownPlace."""
    check(kind)
    KINDS[kind.key] = kind


def kind_of(key: str) -> Kind:
    """Raises: UnknownKind."""
    found = KINDS.get(key)
    if found is None:
        raise UnknownKind(key)
    return found


def check(kind: Kind) -> None:
    """Raises: UnknownPlace."""
    for text in (kind.title, kind.text, kind.href):
        unknown = set(_PLACE.findall(text)) - PLACES
        if unknown or _PLACE.sub("", text).strip("{}") != _PLACE.sub("", text):
            raise UnknownPlace(kind.key, sorted(unknown))


def fill(text: str, facts: Mapping[str, str]) -> str:
    """What a fact says stands for itself: braces in it are not looked at again."""
    return _PLACE.sub(lambda found: _line(facts.get(found[1], "")), text)


def _line(fact: str) -> str:
    """One line, without what steers a screen or a mail, and without numbers of people."""
    plain = "".join(sign if sign.isprintable() else " " for sign in masked(fact))
    return " ".join(plain.split())[:LONGEST_FACT]
