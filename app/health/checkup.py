"""What `doctor` looks at: each finding is a line with a state and, unless all is well, a remedy.

Asks what `/readyz` asks (`service.readiness`), and what only the machine itself can tell: fonts,
a page on paper, disk, clock, keys.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.calendar import queries as calendar
from app.core import clock
from app.core.outbox import OutboxState
from app.core.schema import alembic_config
from app.health import service
from app.health.service import Probes
from app.insight import queries as insight
from app.insight.types import Standing
from app.notifications import queries as notifications
from app.notifications.types import MOST_TRIES
from app.repairs import queries as repairs
from app.rules import queries as rules
from app.rules.models import RuleVersion
from app.webhooks import queries as webhooks
from pdf import fonts
from pdf.types import PdfUnavailable, RenderFailed

OLDEST_POSTGRESQL = 15
AHEAD = timedelta(days=90)  # rule sets that end by then
SHOWN = 3
GIB = 2**30
DISK_FAIL, DISK_WARN = GIB // 2, 2 * GIB
CLOCK_WARN, CLOCK_FAIL = timedelta(seconds=2), timedelta(seconds=30)
PAGE = "<html><body><h1>{text}</h1></body></html>"
START = "看启动它的窗口或 DATA_DIR/log 里同名的日志；没有启动就用 make up（演示用 make run）启动。"
ROLES = text("""
    SELECT DISTINCT usename FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'banjian/%'
      AND pid <> pg_backend_pid()
""")
MAY_CHANGE = text("""
    SELECT bool_or(has_table_privilege(:role, tgrelid, 'UPDATE, DELETE, TRUNCATE'))
    FROM pg_trigger WHERE tgfoid = 'public.refuse_change()'::regprocedure
""")


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    name: str
    state: State
    found: str
    remedy: str = ""


class Printer(Protocol):
    def render(
        self, template: str, data: Mapping[str, Any], *, mode: Literal["draft", "wet", "final"]
    ) -> bytes: ...


@dataclass(frozen=True)
class Surroundings:
    """What the wiring hands over: how to ask the neighbours, and where things lie."""

    probes: Probes
    printer: Printer
    unopened: Callable[[Session], list[str]]
    data_dir: Path
    fonts: Path
    faults: tuple[str, ...]  # why the settings are none for real data
    is_demo: bool
    # Why the mail server does not answer, empty if it does; None: there is none.
    mail: Callable[[], str] | None = None


def examine(
    around: Surroundings, reading: Callable[[], Any], *, now: datetime
) -> Iterator[Finding]:
    """Every line, also where the database is gone: then what hangs on it says so."""
    yield settings_of(around)
    try:
        with reading() as session:
            yield from _with_database(session, around, now)
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
        yield Finding(
            "数据库",
            State.FAIL,
            f"用不了：{cause}",
            "检查 DATABASE_URL 和 PostgreSQL；还没有建表的，用属主运行 flask --app wsgi db upgrade",
        )
        yield Finding("其他", State.WARN, "要数据库的各项没有检查", "数据库好了以后再运行一次。")
        yield broker_of("ok" if around.probes.broker() else "down")
    yield fonts_of(around.fonts)
    yield page_of(around.printer)
    yield disk_of(around.data_dir)
    yield mail_of(around.mail)
    yield Finding("短信网关", State.OK, "这一版不发短信，没有网关")


def _with_database(session: Session, around: Surroundings, now: datetime) -> Iterator[Finding]:
    known = service.readiness(session, around.probes, now=now)
    ages = service.ages(session, now=now)
    yield database_of(session, known["database"])
    yield role_of(session)
    yield clock_of(session, is_demo=around.is_demo)
    yield keys_of(around.unopened(session))
    yield broker_of(known["broker"])
    yield _word("后台任务", known["worker"], START)
    yield _word("定时任务", known["beat"], START)
    yield late_of("定时事项", known["timers"], "有到期的没有办", f"先看后台任务和定时任务。{START}")
    yield seal_of(known["seal"], ages["seal_age"])
    yield outbox_of(session, now, known["outbox"])
    yield incidents_of(repairs.count_open(session, None))
    yield untold_of(notifications.count_untold(session))
    yield webhooks_of(webhooks.names_paused(session))
    yield figures_of(insight.standing(session, now))
    today = clock.local(now).date()
    yield calendar_of(calendar.missing_year(session, today))
    yield rules_of(rules.ending(session, today, today + AHEAD), today)


def untold_of(count: int) -> Finding:
    if not count:
        return Finding("通知", State.OK, "没有通知不出去的")
    return Finding(
        "通知",
        State.WARN,
        f"{count} 件事试了 {MOST_TRIES} 次也没有通知到人",
        "原因在后台任务的日志里（notifications.untold），修好以后怎样补通知见运维手册“邮件和群聊”。"
        "要办的件照样在待办里。",
    )


def webhooks_of(paused: Sequence[str]) -> Finding:
    if not paused:
        return Finding("向外推送", State.OK, "没有暂停的地址")
    more = "等" if len(paused) > SHOWN else ""
    return Finding(
        "向外推送",
        State.WARN,
        f"{len(paused)} 个地址自动暂停了：{'、'.join(paused[:SHOWN])}{more}",
        "请系统管理员在“向外推送”里看原因，好了再启用。暂停期间发生的事不补。",
    )


def figures_of(standing: Standing) -> Finding:
    if standing.late:
        found = f"{standing.late} 件办结了还没有合计进办理时效"
        return Finding("统计", State.WARN, found, f"先看后台任务和定时任务。{START}")
    if standing.summed != standing.closed:
        return Finding(
            "统计",
            State.FAIL,
            f"办理时效合计了 {standing.summed} 件，办结的是 {standing.closed} 件",
            "运行 flask --app wsgi stats recount 重新合计；stats check 列出哪几项不对。",
        )
    return Finding("统计", State.OK, f"办理时效合计了 {standing.summed} 件，和办结的件数一致")


def calendar_of(missing: int | None) -> Finding:
    if missing is None:
        return Finding("工作日历", State.OK, "放假通知都已录入")
    return Finding(
        "工作日历",
        State.WARN,
        f"{missing} 年的国家放假通知还没有录入，那一年的期限按周一至周五暂估",
        "请系统管理员在“工作日历”里录入，或运行 flask --app wsgi calendar import 文件。",
    )


def rules_of(found: Sequence[tuple[RuleVersion, object]], today: date) -> Finding:
    """Of rule sets that nothing follows: those that end within 90 days, and those that have."""
    if not found:
        return Finding("制度依据", State.OK, "没有快到期的")
    told = [f"《{one.name}》{_ends(one.last_day or today, today)}" for one, _ in found]
    more = f"等 {len(told)} 份" if len(told) > SHOWN else ""
    return Finding(
        "制度依据",
        State.WARN,
        "、".join(told[:SHOWN]) + more,
        "请系统管理员在“制度依据”里登记新的一版；不影响办理。",
    )


def _ends(last: date, today: date) -> str:
    return f"已于{last.isoformat()}到期" if last < today else f"{last.isoformat()}到期"


def settings_of(around: Surroundings) -> Finding:
    if around.is_demo:
        return Finding(
            "设置", State.WARN, "演示环境（DEMO=1）", "不要录入真实的个人信息；正式使用见 make up。"
        )
    if around.faults:
        return Finding("设置", State.FAIL, "不能用于正式环境", " ".join(around.faults))
    return Finding("设置", State.OK, "密钥够强，网址是 https")


def database_of(session: Session, version: str) -> Finding:
    number = int(session.scalar(text("SHOW server_version_num")) or 0) // 10_000
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    found = f"PostgreSQL {number}，结构 {version}"
    if number < OLDEST_POSTGRESQL:
        return Finding(
            "数据库", State.FAIL, found, f"请换成 PostgreSQL {OLDEST_POSTGRESQL} 或以上。"
        )
    if version != head:
        return Finding(
            "数据库",
            State.FAIL,
            f"{found}，本版要 {head}",
            "用数据库属主运行 flask --app wsgi db upgrade，再运行 db grant 角色。",
        )
    return Finding("数据库", State.OK, found)


def role_of(session: Session) -> Finding:
    """Of the site that works now, as PostgreSQL sees it; of this command where none does."""
    working = sorted(session.scalars(ROLES))
    roles = working or [str(session.scalar(text("SELECT current_user")))]
    who = "网站" if working else "网站没有运行；本命令"
    may = [role for role in roles if session.scalar(MAY_CHANGE, {"role": role})]
    if may:
        return Finding(
            "数据库角色",
            State.WARN,
            f"{who}用的 {'、'.join(may)} 有权改动审计记录",
            "给网站单独建一个角色，用属主运行 flask --app wsgi db grant 角色，见运维手册。",
        )
    return Finding("数据库角色", State.OK, f"{who}用 {'、'.join(roles)}，改不了审计记录")


def clock_of(session: Session, *, is_demo: bool) -> Finding:
    """Half of the way there and back is not counted."""
    moved = clock.offset()
    before = clock.utcnow()
    theirs = session.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(theirs, datetime)  # noqa: S101 - PostgreSQL always knows the time
    ours = before + (clock.utcnow() - before) / 2 - moved
    apart = abs(ours - theirs)
    found = f"和数据库相差 {apart.total_seconds():.1f} 秒"
    if is_demo and moved:
        found += f"；演示时钟另外拨动了 {moved.total_seconds():.0f} 秒"
    if apart < CLOCK_WARN:
        return Finding("时钟", State.OK, found)
    state = State.WARN if apart < CLOCK_FAIL else State.FAIL
    return Finding("时钟", state, found, "两台机器都对时（NTP）：动态口令和到期时间要准。")


def keys_of(unopened: list[str]) -> Finding:
    if not unopened:
        return Finding("加密密钥", State.OK, "FIELD_KEYS 打得开已经加密的数据")
    return Finding(
        "加密密钥",
        State.FAIL,
        f"打不开 {'、'.join(unopened)}",
        "FIELD_KEYS 里缺少原来的密钥：请从备份的密钥文件里找回，加在后面。",
    )


def broker_of(word: str) -> Finding:
    remedy = "检查 REDIS_URL 和 Redis。数据不会丢，后台任务会慢一些。"
    return _word("消息队列", word, remedy)


def seal_of(word: str, age: int | None) -> Finding:
    found = "还没有封存过" if age is None else f"{spell(age)}前"
    if word == "ok":
        return Finding("审计封存", State.OK, found)
    return Finding(
        "审计封存",
        State.FAIL,
        f"{found}，有事件等了五分钟以上",
        "先看后台任务；AUDIT_EXPORT_DIR 要能写，原因在 worker 的日志里。",
    )


def outbox_of(session: Session, now: datetime, word: str) -> Finding:
    found = repairs.tallies(session, None)
    counts = "，".join(
        f"{found[state].label} {found[state].count}"
        for state in (OutboxState.WAITING, OutboxState.DEAD, OutboxState.HELD)
    )
    oldest = found[OutboxState.WAITING].oldest
    if oldest is not None:
        counts += f"，最早的等了 {spell(max(0, int((now - oldest).total_seconds())))}"
    if found[OutboxState.DEAD].count or found[OutboxState.HELD].count:
        remedy = "flask --app wsgi outbox list 列出要人决定的；再办用 retry，放行用 release。"
        return Finding("待发事项", State.WARN, counts, remedy)
    return late_of("待发事项", word, counts, f"先看后台任务。{START}", on_time=counts)


def incidents_of(count: int) -> Finding:
    if count == 0:
        return Finding("运行异常", State.OK, "没有")
    remedy = "flask --app wsgi incidents list 列出；消除原因后 incidents retry 编号。"
    return Finding("运行异常", State.WARN, f"{count} 条等待处理", remedy)


def fonts_of(folder: Path) -> Finding:
    missing = fonts.unusable(folder)
    needed = [name for name in missing if name in fonts.REQUIRED]
    if needed:
        return Finding(
            "字体",
            State.FAIL,
            f"{folder} 里没有或打不开 {'、'.join(needed)}",
            "再运行一次 make up（演示用 make run），它会补齐；或用 BANJIAN_FONTS 指出所在目录。",
        )
    if missing:
        return Finding(
            "字体",
            State.WARN,
            f"缺生僻字字体 {'、'.join(missing)}",
            "安装 Debian 软件包 fonts-hanazono，否则带生僻字的人名打印不出来。",
        )
    return Finding("字体", State.OK, f"{len(fonts.REQUIRED) + len(fonts.RARE)} 个都在")


def page_of(printer: Printer) -> Finding:
    """Through the real process: socket, renderer, fonts."""
    try:
        pdf = printer.render(PAGE, {"text": "办件打印检查"}, mode="final")
    except PdfUnavailable:
        return Finding("打印", State.FAIL, "pdf 进程没有应答", START)
    except RenderFailed as error:
        return Finding("打印", State.FAIL, f"试打一页没有成功：{error.message}", "看 pdf 的日志。")
    return Finding("打印", State.OK, f"试打一页，{len(pdf) // 1024 + 1} KB")


def disk_of(folder: Path) -> Finding:
    try:
        space = shutil.disk_usage(folder)
    except OSError:
        return Finding("磁盘", State.FAIL, f"数据目录 {folder} 不在", "检查 DATA_DIR。")
    found = f"{folder} 还有 {space.free / GIB:.1f} GiB（共 {space.total / GIB:.0f} GiB）"
    if space.free >= DISK_WARN:
        return Finding("磁盘", State.OK, found)
    state = State.WARN if space.free >= DISK_FAIL else State.FAIL
    return Finding("磁盘", state, found, "请腾出空间：满了以后谁也办不成事，但不会丢已经办成的。")


def mail_of(ask: Callable[[], str] | None) -> Finding:
    if ask is None:
        return Finding("邮件", State.OK, "没有设 SMTP_URL，通知只在页面上")
    why = ask()
    if not why:
        return Finding("邮件", State.OK, "邮件服务器应答了")
    remedy = "检查 SMTP_URL、网络和邮件服务器。等着发的邮件都在，好了会自己补发。"
    return Finding("邮件", State.FAIL, f"邮件服务器连不上：{why}", remedy)


def late_of(name: str, word: str, late: str, remedy: str, on_time: str = "没有过期的") -> Finding:
    if word == "ok":
        return Finding(name, State.OK, on_time)
    return Finding(name, State.FAIL, late, remedy)


def _word(name: str, word: str, remedy: str) -> Finding:
    return (
        Finding(name, State.OK, "在工作")
        if word == "ok"
        else Finding(name, State.FAIL, "没有应答", remedy)
    )


def spell(seconds: int) -> str:
    for unit, name in ((86_400, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} 秒"
