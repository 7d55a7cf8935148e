"""The rights table: for every endpoint who may use it, and on whose things (S18).

What is not in it is refused. The rooms' policies decide each case; this table is their summary,
and tests/rights holds both against each other with real requests. Printed into docs/rights.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask import Flask, request

from app.core.errors import Forbidden, NotFound
from app.identity.types import POSITION_LABELS, Position
from app.web.actor import find_actor


class Who(StrEnum):
    ANYBODY = "任何人，不用登录"
    SIGNED_IN = "登录的人"
    POSITION = "只有列出的岗位"
    STARTER = "流程定义里的发起岗位"
    REQUESTER = "申请人"
    PART = "申请人和经办人"
    FILE = "上传的人；附到办件以后，看得到那件（扫描件：可以打印）的人"
    TURN = "轮到办理的人"
    HOLDER = "签收了它的人"
    DECIDER = "刚办过它的人，后面的人还没有办"
    OWNER = "提出它的人"
    ASKER = "申请人和他的单位领导"
    LEADER = "申请单位和办理单位的领导，超期以后报到的上一级领导"
    LINKER = "关联它们的人"
    WRITER = "写它的人，2 分钟以内"
    AWAY = "请假的本人和他单位的领导"
    PRINCIPAL = "写委托的本人"
    KEEPER = "记这本台账的岗位"
    SECOND = "提出人以外，记这本台账的岗位，或提出人单位和上级单位的分管领导"
    OTHER = "提出人以外，管这一级的系统管理员，或提出人单位和上级单位的分管领导"
    PROPOSER = "提出人，和可以确认它的人"
    WHOLE = "记这本台账的岗位和审计员，州的也看县市的；看各月的情况，还有那里的分管领导"


class Scope(StrEnum):
    """Whose things. Out of scope answers like missing (S19)."""

    NONE = "不涉及单位的数据"
    OWN = "本人的"
    PART = "本人发起、经手或轮到的办件"
    REACH = "本人的办件、抄送给本人的，和本州、本县市、本乡镇或本公司的"
    UNITS = "本州、本县市、本乡镇或本公司"
    OTHERS = "本州、本县市、本乡镇或本公司，自己发起或经手的除外"
    BOOKS = "管这本台账的岗位和审计员看本州、本县市，其他人看任职单位"
    LAYERS = "国家的、上级单位的，和本州、本县市、本乡镇或本公司的"
    LED = "领导看任职的单位和下面的单位，审计员和系统管理员看本州、本县市；每个人的数只给领导"
    COVER = "本人的；单位领导看本单位的请假，系统管理员看本州、本县市的"
    KEPT = "本州或本县市记的那本"
    CODE = "持有校验码或文件的人"
    DEMO = "只在演示系统里；别处没有这个地址"
    FIGURES = "持有 METRICS_TOKEN 的监控程序；没有设置就没有这个地址"


@dataclass(frozen=True)
class Right:
    """`positions` are the only ones (POSITION), or may do it besides `who`."""

    who: Who
    scope: Scope
    positions: frozenset[Position] = frozenset()


class Unlisted(Forbidden):
    code = "unlisted"
    message = "这个地址没有登记权限，不能使用。请告诉管理员。"


class NotYourPosition(Forbidden):
    code = "position"
    message = "您的岗位不能这样做。"


_P = Position
_ALL = frozenset(Position)
_AUTHORS = frozenset({_P.PROCESS_DESIGNER, _P.PROCESS_PUBLISHER, _P.PROCESS_TESTER})


def _only(*positions: Position, scope: Scope) -> Right:
    return Right(Who.POSITION, scope, frozenset(positions))


OPEN = Right(Who.ANYBODY, Scope.NONE)
CHECK = Right(Who.ANYBODY, Scope.CODE)
OWN = Right(Who.SIGNED_IN, Scope.OWN)
OWNED = Right(Who.OWNER, Scope.OWN)
LISTS = Right(Who.SIGNED_IN, Scope.NONE)
UNITS = Right(Who.SIGNED_IN, Scope.UNITS)
SEE = Right(Who.SIGNED_IN, Scope.REACH)
START = Right(Who.STARTER, Scope.OWN)
MINE = Right(Who.REQUESTER, Scope.REACH)
PRINT = Right(Who.PART, Scope.REACH, frozenset({_P.AUDITOR}))
URGE = Right(Who.ASKER, Scope.REACH)
DUES = _only(*(_P.DEPT_HEAD, _P.UNIT_LEADER, _P.BUREAU_LEADER, _P.AUDITOR), scope=Scope.UNITS)
SUPERVISE = Right(Who.LEADER, Scope.REACH)
LINKER = Right(Who.LINKER, Scope.REACH, frozenset({_P.SYSTEM_ADMIN}))
SAID = Right(Who.WRITER, Scope.REACH)
TURN = Right(Who.TURN, Scope.PART)
DECIDED = Right(Who.DECIDER, Scope.PART)
HELD = Right(Who.HOLDER, Scope.PART)
FILE = Right(Who.FILE, Scope.REACH)
BOOKS = _only(*_ALL - {_P.COMPANY_MANAGER, _P.COMPANY_TESTER}, scope=Scope.BOOKS)
WHOLE_BOOKS = Right(Who.WHOLE, Scope.KEPT)
KEEPERS = Right(Who.KEEPER, Scope.KEPT)
SECOND = Right(Who.SECOND, Scope.KEPT)
OTHER = Right(Who.OTHER, Scope.LAYERS)
PROPOSER = Right(Who.PROPOSER, Scope.LAYERS, frozenset({_P.SYSTEM_ADMIN}))
FIGURES = _only(
    *(_P.UNIT_LEADER, _P.DEPT_HEAD, _P.BUREAU_LEADER, _P.AUDITOR, _P.SYSTEM_ADMIN), scope=Scope.LED
)
AUDIT = _only(_P.AUDITOR, scope=Scope.UNITS)
COVER = Right(Who.SIGNED_IN, Scope.COVER)
LAYERS = Right(Who.SIGNED_IN, Scope.LAYERS)
AWAY = Right(Who.AWAY, Scope.COVER, frozenset({_P.SYSTEM_ADMIN}))
PRINCIPAL = Right(Who.PRINCIPAL, Scope.COVER, frozenset({_P.SYSTEM_ADMIN}))
STAFF = _only(
    *(_P.ACCOUNT_ADMIN, _P.PERMISSION_ADMIN, _P.SYSTEM_ADMIN, _P.AUDITOR), scope=Scope.UNITS
)
KEEP = _only(_P.SYSTEM_ADMIN, scope=Scope.UNITS)
KEPT = _only(_P.SYSTEM_ADMIN, scope=Scope.OWN)
WATCH = _only(_P.SYSTEM_ADMIN, _P.PROCESS_PUBLISHER, scope=Scope.UNITS)
STUDY = _only(*_AUTHORS, _P.SYSTEM_ADMIN, scope=Scope.NONE)
CALL = _only(_P.PROCESS_TESTER, scope=Scope.REACH)
REPAIR = _only(_P.SYSTEM_ADMIN, scope=Scope.UNITS)
MEND = _only(_P.SYSTEM_ADMIN, scope=Scope.OTHERS)

TABLE: Mapping[str, Right] = {
    "static": OPEN,
    "health.healthz": OPEN,
    "health.readyz": OPEN,
    "health.metrics": Right(Who.ANYBODY, Scope.FIGURES),
    "web.large": OPEN,
    "web.help_lines": OPEN,
    "web.keys": OPEN,
    "web.styleguide": Right(Who.ANYBODY, Scope.DEMO),
    "web.alive": OWN,
    "identity.login": OPEN,
    "identity.sign_in": OPEN,
    "identity.enter": OPEN,
    "identity.logout": OPEN,
    "identity.code": OPEN,
    "identity.answer": OPEN,
    "identity.activation": OPEN,
    "identity.activate": OPEN,
    "identity.password": OWN,
    "identity.change_password": OWN,
    "identity.dormant": _only(_P.SYSTEM_ADMIN, scope=Scope.UNITS),
    "identity.people": STAFF,
    "identity.units": STAFF,
    "administration.new": KEEP,
    "administration.add": KEEP,
    "administration.person": STAFF,
    "administration.change": KEEP,
    "administration.open_login": KEEP,
    "administration.disable": KEEP,
    "administration.enable": KEEP,
    "administration.send_code": KEEP,
    "administration.limit": KEEP,
    "administration.give": KEEP,
    "administration.take": KEEP,
    "administration.unit": STAFF,
    "administration.add_unit": KEEP,
    "administration.rename_unit": KEEP,
    "administration.close_unit": KEEP,
    "administration.reopen_unit": KEEP,
    "administration.reorganisation": KEEP,
    "administration.propose": KEEP,
    "administration.plans": STAFF,
    "administration.plan": STAFF,
    "administration.confirm_plan": KEEP,
    "administration.retract": KEEP,
    "administration.processes": STAFF,
    "administration.hide_process": KEEP,
    "administration.show_process": KEEP,
    "administration.imports": KEEP,
    "administration.template": KEEP,
    "administration.upload": KEEP,
    "administration.show_import": KEPT,
    "administration.report": KEPT,
    "administration.confirm_import": KEPT,
    "administration.stop_import": KEPT,
    "insight.my_day": OWN,
    "insight.unit": FIGURES,
    "insight.timeliness": FIGURES,
    "outages.index": KEEP,
    "outages.declare": KEEP,
    "outages.withdraw": KEEP,
    "calendar.index": LAYERS,
    "calendar.listed": LAYERS,
    "calendar.show": LAYERS,
    "calendar.new": KEEP,
    "calendar.enter": KEEP,
    "calendar.withdraw": KEEP,
    "rules.index": LAYERS,
    "rules.show": LAYERS,
    "rules.new": KEEP,
    "rules.enter": KEEP,
    "rules.withdraw": KEEP,
    "rules.parameters": LAYERS,
    "rules.one_parameter": LAYERS,
    "rules.propose": KEEP,
    "rules.confirm": OTHER,
    "rules.withdraw_change": PROPOSER,
    "rules.numbering": LAYERS,
    "rules.new_pattern": KEEP,
    "rules.enter_pattern": KEEP,
    "rules.withdraw_pattern": KEEP,
    "rules.numbers": UNITS,
    "rules.void_number": KEEP,
    "identity.absences": COVER,
    "identity.enter_absence": COVER,
    "identity.change_absence": AWAY,
    "identity.end_absence": AWAY,
    "identity.mandates": COVER,
    "identity.write_mandate": COVER,
    "identity.change_mandate": PRINCIPAL,
    "identity.end_mandate": PRINCIPAL,
    "identity.revoke_mandate": PRINCIPAL,
    "identity.pairs": COVER,
    "identity.enter_pair": REPAIR,
    "identity.end_pair": REPAIR,
    "identity.own_signature": OWN,
    "identity.keep_signature": OWN,
    "identity.remove_signature": OWN,
    "identity.sessions": OWN,
    "identity.end_session": OWN,
    "identity.end_other_sessions": OWN,
    "identity.second_factor": OWN,
    "identity.begin_second_factor": OWN,
    "identity.confirm_second_factor": OWN,
    "identity.remove_second_factor": OWN,
    "identity.confirm": OWN,
    "identity.prove": OWN,
    "notifications.index": OWN,
    "notifications.count": OPEN,
    "notifications.open_it": OWNED,
    "notifications.read": OWNED,
    "notifications.read_all": OWN,
    "notifications.choices": OWN,
    "notifications.choose": OWN,
    "notifications.write_address": OWN,
    "notifications.confirm_address": OWN,
    "notifications.deliveries": KEEP,
    "notifications.send_again": KEEP,
    "notifications.channels": KEEP,
    "notifications.enter_channel": KEEP,
    "notifications.close_channel": KEEP,
    "saved.index": OWN,
    "saved.phrases": OWN,
    "saved.write_phrases": OWN,
    "saved.keep": OWN,
    "saved.rename": OWNED,
    "saved.default": OWNED,
    "saved.drop": OWNED,
    "tasks.home": OWN,
    "tasks.inbox": Right(Who.SIGNED_IN, Scope.PART),
    "tasks.onward": Right(Who.SIGNED_IN, Scope.PART),
    "tasks.claim": TURN,
    "tasks.release": HELD,
    "tasks.withdraw": DECIDED,
    "tasks.batches": OWN,
    "tasks.create_batch": OWN,
    "tasks.batch": OWNED,
    "tasks.stop_batch": OWNED,
    "tasks.retry_batch": OWNED,
    "tickets.decide": TURN,
    "tickets.undoes": TURN,
    "tickets.hand": TURN,
    "tickets.receivers": TURN,
    "tickets.remove_signer": HELD,
    "tickets.index": SEE,
    "tickets.export": SEE,
    "tickets.start": OWN,
    "tickets.new": START,
    "tickets.create": START,
    "tickets.keep_new": START,
    "tickets.show": SEE,
    "tickets.model": SEE,
    "tickets.edit": MINE,
    "tickets.update": MINE,
    "tickets.keep": MINE,
    "tickets.withdraw": MINE,
    "tickets.cancel": MINE,
    "tickets.reveal": PRINT,
    "tickets.comment": SEE,
    "tickets.withdraw_comment": SAID,
    "tickets.copy": SEE,
    "tickets.seen": SEE,
    "tickets.urge": URGE,
    "tickets.urge_several": OWN,
    "tickets.people": SEE,
    "tickets.link": Right(Who.PART, Scope.REACH),
    "tickets.unlink": LINKER,
    "documents.first": PRINT,
    "documents.pdf": PRINT,
    "documents.record": SEE,
    "documents.scan": Right(Who.PART, Scope.REACH),
    "documents.batches": OWN,
    "documents.create_batch": OWN,
    "documents.batch": OWNED,
    "documents.batch_pdf": OWNED,
    "documents.stop_batch": OWNED,
    "documents.ask": CHECK,
    "documents.verify": CHECK,
    "attachments.upload": OWN,
    "attachments.download": FILE,
    "attachments.preview": FILE,
    "ledgers.index": Right(Who.SIGNED_IN, Scope.BOOKS),
    "ledgers.show": BOOKS,
    "ledgers.export": BOOKS,
    "ledgers.month": WHOLE_BOOKS,
    "ledgers.freeze": KEEPERS,
    "ledgers.confirm": SECOND,
    "ledgers.take_month": WHOLE_BOOKS,
    "audit.index": AUDIT,
    "audit.verify": AUDIT,
    **dict.fromkeys(
        (
            *("webhooks.index", "webhooks.new", "webhooks.add", "webhooks.show"),
            *("webhooks.change", "webhooks.switch_on", "webhooks.switch_off"),
            *("webhooks.rotate", "webhooks.ping", "webhooks.replay"),
            *("api.list_webhooks", "api.show_webhook", "api.create_webhook"),
            *("api.change_webhook", "api.switch_on_webhook", "api.switch_off_webhook"),
            *("api.rotate_webhook", "api.ping_webhook"),
            *("api.list_webhook_deliveries", "api.replay_webhook_delivery"),
        ),
        KEEP,
    ),
    "authoring.index": STUDY,
    "authoring.new": _only(_P.PROCESS_DESIGNER, scope=Scope.NONE),
    "authoring.upload": _only(_P.PROCESS_DESIGNER, scope=Scope.NONE),
    "authoring.publish": _only(_P.PROCESS_PUBLISHER, scope=Scope.NONE),
    "authoring.show": STUDY,
    "authoring.model": STUDY,
    "authoring.specimen": STUDY,
    "supervision.index": DUES,
    "supervision.open_one": SUPERVISE,
    "supervision.answer": Right(Who.TURN, Scope.REACH),
    "supervision.close": SUPERVISE,
    "supervision.sheet": SEE,
    "api.list_dues": DUES,
    "api.list_supervisions": DUES,
    "api.list_supervisions_of": SEE,
    "api.supervise": SUPERVISE,
    "api.answer_supervision": Right(Who.TURN, Scope.REACH),
    "api.close_supervision": SUPERVISE,
    "api.print_supervision": SEE,
    "repairs.index": WATCH,
    "repairs.show": WATCH,
    "repairs.retry": REPAIR,
    "repairs.ticket": MEND,
    "repairs.suspend": MEND,
    "repairs.resume": MEND,
    "repairs.cancel": MEND,
    "repairs.move": MEND,
    "repairs.edit": MEND,
    "repairs.migrate": MEND,
    "repairs.migrations_of": WATCH,
    "repairs.create_migration": WATCH,
    "repairs.migration": WATCH,
    "repairs.stop_migration": WATCH,
    "repairs.leaving": REPAIR,
    "repairs.hand_over": REPAIR,
    "repairs.outbox": REPAIR,
    "repairs.retry_row": REPAIR,
    "repairs.discard_row": REPAIR,
    "repairs.release_rows": REPAIR,
    "api.show_document": OPEN,
    "api.show_page": OPEN,
    "api.create_token": OPEN,
    "api.delete_token": OWN,
    "api.show_me": OWN,
    "api.list_people": UNITS,
    "api.list_units": UNITS,
    "api.list_staff": STAFF,
    "api.show_staff": STAFF,
    "api.show_unit": STAFF,
    "api.list_unit_processes": STAFF,
    "api.create_staff": KEEP,
    "api.change_staff": KEEP,
    "api.open_login": KEEP,
    "api.disable_login": KEEP,
    "api.enable_login": KEEP,
    "api.send_code": KEEP,
    "api.limit_login": KEEP,
    "api.give_position": KEEP,
    "api.take_position": KEEP,
    "api.create_unit": KEEP,
    "api.rename_unit": KEEP,
    "api.close_unit": KEEP,
    "api.reopen_unit": KEEP,
    "api.list_reorganisations": STAFF,
    "api.show_reorganisation": STAFF,
    "api.create_reorganisation": KEEP,
    "api.confirm_reorganisation": KEEP,
    "api.withdraw_reorganisation": KEEP,
    "api.hide_process": KEEP,
    "api.restore_process": KEEP,
    "api.create_import": KEEP,
    "api.show_import": KEPT,
    "api.list_import_rows": KEPT,
    "api.confirm_import": KEPT,
    "api.stop_import": KEPT,
    "api.list_absences": COVER,
    "api.create_absence": COVER,
    "api.change_absence": AWAY,
    "api.end_absence": AWAY,
    "api.list_mandates": COVER,
    "api.create_mandate": COVER,
    "api.change_mandate": PRINCIPAL,
    "api.end_mandate": PRINCIPAL,
    "api.revoke_mandate": PRINCIPAL,
    "api.list_pairs": COVER,
    "api.create_pair": REPAIR,
    "api.end_pair": REPAIR,
    "api.list_rules": LAYERS,
    "api.get_rule": LAYERS,
    "api.create_rule": KEEP,
    "api.withdraw_rule": KEEP,
    "api.list_parameters": LAYERS,
    "api.get_parameter": LAYERS,
    "api.propose_parameter": KEEP,
    "api.confirm_parameter": OTHER,
    "api.withdraw_parameter": PROPOSER,
    "api.list_patterns": LAYERS,
    "api.create_pattern": KEEP,
    "api.withdraw_pattern": KEEP,
    "api.list_numbers": UNITS,
    "api.void_number": KEEP,
    "api.list_notices": LAYERS,
    "api.show_recount": LAYERS,
    "api.list_ticket_deadlines": SEE,
    "api.list_calendar_days": LAYERS,
    "api.show_my_day": OWN,
    "api.show_unit_figures": FIGURES,
    "api.show_timeliness": FIGURES,
    "api.list_outages": LAYERS,
    "api.create_outage": KEEP,
    "api.withdraw_outage": KEEP,
    "api.create_notice": KEEP,
    "api.withdraw_notice": KEEP,
    "api.list_processes": LISTS,
    "api.show_process": LISTS,
    "api.create_version": _only(_P.PROCESS_DESIGNER, scope=Scope.NONE),
    "api.publish_version": _only(_P.PROCESS_PUBLISHER, scope=Scope.NONE),
    "api.lint_bundle": _only(*_AUTHORS, scope=Scope.NONE),
    "api.list_incidents": WATCH,
    "api.count_incidents": WATCH,
    "api.show_incident": WATCH,
    "api.retry_incident": REPAIR,
    "api.suspend": MEND,
    "api.resume": MEND,
    "api.move": MEND,
    "api.edit_variables": MEND,
    "api.migrate": MEND,
    "api.create_migration": WATCH,
    "api.show_migration": WATCH,
    "api.list_migrated": WATCH,
    "api.stop_migration": WATCH,
    "api.show_handover": REPAIR,
    "api.create_handover": REPAIR,
    "api.create_ticket": START,
    "api.list_tickets": SEE,
    "api.show": SEE,
    "api.show_log": SEE,
    "api.withdraw": MINE,
    "api.resubmit": MINE,
    "api.cancel": Right(Who.REQUESTER, Scope.REACH, frozenset({_P.SYSTEM_ADMIN})),
    "api.reveal": PRINT,
    "api.comment": SEE,
    "api.withdraw_comment": SAID,
    "api.copy": SEE,
    "api.mark_seen": SEE,
    "api.link": Right(Who.PART, Scope.REACH),
    "api.unlink": LINKER,
    "api.urge": URGE,
    "api.send_signal": CALL,
    "api.send_message": CALL,
    "api.list_tasks": Right(Who.SIGNED_IN, Scope.PART),
    "api.show_one": Right(Who.SIGNED_IN, Scope.PART),
    "api.claim": TURN,
    "api.release": HELD,
    "api.complete": TURN,
    "api.preview_return": TURN,
    "api.return_task": TURN,
    "api.list_receivers": TURN,
    "api.transfer": TURN,
    "api.delegate": TURN,
    "api.add_signers": TURN,
    "api.remove_signer": HELD,
    "api.withdraw_task": DECIDED,
    "api.create_attachment": OWN,
    "api.download_attachment": FILE,
    "api.create_scan": Right(Who.PART, Scope.REACH),
    "api.list_documents": SEE,
    "api.download": PRINT,
    "api.download_record": SEE,
    "api.list_task_batches": OWN,
    "api.create_task_batch": OWN,
    "api.create_urges": OWN,
    "api.show_task_batch": OWNED,
    "api.stop_task_batch": OWNED,
    "api.retry_task_batch": OWNED,
    "api.list_notifications": OWN,
    "api.count_notifications": OWN,
    "api.read_notification": OWNED,
    "api.read_notifications": OWN,
    "api.list_phrases": OWN,
    "api.write_phrases": OWN,
    "api.list_batches": OWN,
    "api.create_batch": OWN,
    "api.show_batch": OWNED,
    "api.download_batch": OWNED,
    "api.stop_batch": OWNED,
    "api.verify": CHECK,
    "api.list_ledgers": Right(Who.SIGNED_IN, Scope.BOOKS),
    "api.show_ledger": BOOKS,
    "api.list_months": WHOLE_BOOKS,
    "api.show_month": WHOLE_BOOKS,
    "api.freeze_month": KEEPERS,
    "api.confirm_month": SECOND,
    "api.download_month": WHOLE_BOOKS,
    "api.list_events": AUDIT,
    "api.verify_events": AUDIT,
}


def init_app(app: Flask) -> None:
    """Asked after the login and before a body is read; the rooms ask again."""
    app.before_request(refuse)


def refuse() -> None:
    """Raises: Unlisted, NotYourPosition; NotFound where the thing itself is not to be known."""
    if request.endpoint is None:
        return
    right = TABLE.get(request.endpoint)
    if right is None:
        raise Unlisted
    actor = find_actor()
    if right.who is Who.POSITION and actor is not None and not actor.holds(*right.positions):
        raise NotFound if right.scope is Scope.BOOKS else NotYourPosition


def as_markdown(app: Flask) -> str:
    """The table of docs/rights.md: one line an address."""
    head = ("| 地址 | 谁 | 范围 |", "|---|---|---|")
    return "\n".join([*head, *_lines(app)])


def _lines(app: Flask) -> Iterator[str]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        right = TABLE[rule.endpoint]
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield f"| {methods} `{rule.rule}` | {_who(right)} | {right.scope.value} |"


def _who(right: Right) -> str:
    few = "、".join(sorted(POSITION_LABELS[one] for one in right.positions))
    if right.who is Who.POSITION:
        rest = "、".join(sorted(POSITION_LABELS[one] for one in _ALL - right.positions))
        return few if len(right.positions) <= len(_ALL) // 2 else f"登录的人，除了{rest}"
    return f"{right.who.value}；{few}" if few else right.who.value
