"""What offices may set within bounds: the parameters, with the values they have unless set.

A value holds for a unit and all below it, from a day on. Diagrams name those that are a time in
`deadline`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Span = Literal["wd", "d", "h", "mo"]
SUGGESTED = "文件没有写数目，系统的建议值"


class Measure(StrEnum):
    WORKING_DAYS = "wd"
    DAYS = "d"
    HOURS = "h"
    MONTHS = "mo"
    YEARS = "years"
    PEOPLE = "people"
    TIMES = "times"
    CASES = "cases"
    PERCENT = "percent"
    ROWS = "rows"
    CLOCK = "clock"
    SWITCH = "switch"


MEASURE_LABELS: Mapping[Measure, str] = {
    Measure.WORKING_DAYS: "个工作日",
    Measure.DAYS: "天",
    Measure.HOURS: "小时",
    Measure.MONTHS: "个月",
    Measure.YEARS: "年",
    Measure.PEOPLE: "人",
    Measure.TIMES: "次",
    Measure.CASES: "件",
    Measure.PERCENT: "%",
    Measure.ROWS: "行",
    Measure.CLOCK: "点",
    Measure.SWITCH: "（1 要，0 不要）",
}
SPANS: Mapping[Measure, Span] = {
    Measure.WORKING_DAYS: "wd",
    Measure.DAYS: "d",
    Measure.HOURS: "h",
    Measure.MONTHS: "mo",
}


@dataclass(frozen=True)
class Parameter:
    key: str
    name: str
    measure: Measure
    default: int
    least: int
    most: int
    group: str
    source: str = SUGGESTED

    @property
    def span(self) -> Span | None:
        """As `deadline` writes it; None for what is no time that a step can last."""
        return SPANS.get(self.measure)

    def told(self, value: int) -> str:
        return f"{value} {MEASURE_LABELS[self.measure]}"

    @property
    def bounds(self) -> str:
        return f"{self.least} 到 {self.told(self.most)}"


def _declared() -> Iterator[Parameter]:
    wd, hours, days, months = Measure.WORKING_DAYS, Measure.HOURS, Measure.DAYS, Measure.MONTHS
    group = "账户与权限"
    yield Parameter("operator_execution", "操作员申请的办理", wd, 3, 1, 20, group)
    yield Parameter("leader_signing", "单位领导签批", wd, 3, 1, 20, group)
    yield Parameter("clear_permissions", "离岗人员的权限清理", wd, 1, 1, 10, group)
    yield Parameter("freeze_form", "先停用、后补申请表", wd, 2, 1, 10, group)
    yield Parameter("dormant_days", "多久没有使用算久未使用", days, 90, 30, 365, group)
    yield Parameter("dormant_review", "每隔多久核查久未使用的账户", months, 3, 1, 12, group)
    yield Parameter("dormant_answer", "部门答复久未使用的核查", wd, 5, 1, 30, group)
    yield Parameter("permission_log_review", "每隔多久审核权限日志", months, 1, 1, 12, group)
    clock = Measure.CLOCK
    yield Parameter("night_from", "授权从几点起算夜间", clock, 20, 12, 24, group)
    yield Parameter("night_until", "授权到几点为止算夜间", clock, 7, 0, 12, group)
    yield Parameter("bulk_export", "一次导出多少行以上算批量", Measure.ROWS, 200, 10, 10_000, group)
    yield Parameter("agreement_needed", "开设账户要有保密协议", Measure.SWITCH, 0, 0, 1, group)
    group = "业务需求"
    yield Parameter("evaluation", "需求评估", wd, 5, 1, 30, group)
    yield Parameter("evaluation_urgent", "紧急需求的评估", wd, 2, 1, 10, group)
    group = "信息发送"
    yield Parameter("message_review", "县市信息的审核", wd, 2, 1, 10, group)
    yield Parameter("message_review_urgent", "紧急信息的审核", hours, 2, 1, 24, group)
    yield Parameter(
        "second_reviewer_above",
        "超过多少人要第二人复核",
        Measure.PEOPLE,
        10_000,
        1,
        1_000_000,
        group,
    )
    yield Parameter("send_from", "每天从几点起可以发送", Measure.CLOCK, 8, 0, 23, group)
    yield Parameter("send_until", "每天到几点停止发送", Measure.CLOCK, 20, 1, 24, group)
    yield Parameter(
        "publicity_per_day", "宣传信息 24 小时内对一个号码", Measure.TIMES, 1, 1, 5, group
    )
    yield Parameter(
        "messages_per_minute", "各类信息一分钟内对一个号码", Measure.TIMES, 2, 1, 10, group
    )
    yield Parameter(
        "messages_per_day", "各类信息 24 小时内对一个号码", Measure.TIMES, 10, 1, 50, group
    )
    yield Parameter("receipt_unknown_after", "多久没有回执算未知", hours, 72, 1, 168, group)
    yield Parameter("hangup_send_within", "12333 挂机后多久内可以发", hours, 2, 1, 24, group)
    yield Parameter("message_archive", "发送记录保存", Measure.YEARS, 5, 1, 30, group)
    group = "监督与数据"
    yield Parameter("sampling_least", "抽查至少", Measure.CASES, 30, 1, 1_000, group)
    yield Parameter("sampling_share", "抽查比例", Measure.PERCENT, 5, 1, 100, group)
    yield Parameter("restore_drills", "每年恢复演练", Measure.TIMES, 2, 1, 12, group)
    yield Parameter("risk_sign", "风险提示的签收", wd, 1, 1, 10, group)
    yield Parameter("risk_handle", "风险提示的处理", wd, 5, 1, 30, group)
    yield Parameter("rating_contact", "差评后联系评价人", wd, 1, 1, 10, group)
    yield Parameter("rating_fix", "差评的整改", wd, 15, 1, 60, group)
    yield Parameter("log_keeping", "日志保存", Measure.YEARS, 3, 1, 30, group)
    yield Parameter("agreement_term", "保密协议的期限", Measure.YEARS, 3, 1, 10, group)
    yield Parameter("rule_warning_first", "制度到期第一次提醒，提前", days, 90, 31, 365, group)
    yield Parameter("rule_warning_second", "制度到期第二次提醒，提前", days, 30, 1, 30, group)


PARAMETERS: Mapping[str, Parameter] = {one.key: one for one in _declared()}
TIMES: Mapping[str, Span] = {key: one.span for key, one in PARAMETERS.items() if one.span}
