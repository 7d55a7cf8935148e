"""Who does what on the way of a requirement, told over REST."""

from dataclasses import dataclass
from typing import Any

from tests.support.story import Json, Story

KEY = "requirement"
COUNTY, COUNTY_LEADER, COUNTERPART = "longjinhua", "tengguorong", "liaoyulan"
PREFECTURE, HEAD = "zhujiahui", "yinjunjie"
CENTER, OTHER_CENTER = "tanliqun", "qinyujie"
COMPANY, COMPANY_TESTER = "wenbin", "xiangxiaofeng"
DESCRIPTION = "零工登记只到乡镇一级，请增加“村（社区）”字段，登记、查询和报表都要有。"
TALK: Json = {
    "talked_on": "2026-10-08",
    "talked_with_department": "州人社局就业科 廖玉兰",
    "talked_with_company": "文斌",
    "talk": "字段从省平台的区划取值，报表另加一列。",
}


def asked(**changed: Any) -> Json:
    """What a county asks for; a value of None leaves the field out."""
    found = {
        "subsystem": "gig-station",
        "contact_phone": "15400000109",
        "kind": "change",
        "urgency": "normal",
        "summary": "零工登记增加“村（社区）”字段",
        "description": DESCRIPTION,
        **TALK,
        **changed,
    }
    return {key: value for key, value in found.items() if value is not None}


def asked_by_prefecture(**changed: Any) -> Json:
    return asked(**dict.fromkeys(TALK), **{"contact_phone": "0718-8200000", **changed})


@dataclass(frozen=True)
class Road:
    """Each step by who takes it; all of them agree."""

    story: Story

    def to_evaluation(self, number: str) -> None:
        """From the submission of a county to the desk of the company."""
        self.story.decide(COUNTY_LEADER, number)
        self.story.decide(COUNTERPART, number)
        self.receive(number)

    def receive(self, number: str) -> None:
        self.story.decide(CENTER, number)
        self.story.decide(COMPANY, number)

    def evaluate(self, number: str, start: str, finish: str, **changed: Any) -> Json:
        answers = {
            "feasibility": "yes",
            "grounds": "区划数据已经有，改登记页和两张报表。",
            "start_on": start,
            "finish_on": finish,
            "effort": 6,
            "impact": "登记页多一项必填。",
            **changed,
        }
        given = {key: value for key, value in answers.items() if value is not None}
        return self.story.decide(COMPANY, number, answers=given)

    def develop(self, number: str, day: str) -> None:
        """Made, and found good by the company itself."""
        self.story.decide(COMPANY, number, "done")
        self.test_inside(number, day)

    def test_inside(self, number: str, day: str, outcome: str = "pass") -> Json:
        record = {"finished_on": day, "tested_on": day, "record": "登记、查询、导出都试过。"}
        return self.story.decide(COMPANY_TESTER, number, outcome, answers=record)

    def arrange(self, number: str, day: str, *testers: str, says: int = 200) -> Json:
        rows = [{"person": one} for one in testers]
        answers = {"test_on": day, "testers": rows, "notes": "测试环境"}
        return self.story.decide(CENTER, number, says=says, answers=answers)

    def test(self, tester: str, number: str, outcome: str = "pass", **more: Any) -> Json:
        answers = {"result": "登记、查询、报表都对。", **more}
        said = "" if outcome == "pass" else "见缺陷。"
        return self.story.decide(tester, number, outcome, answers=answers, opinion=said)

    def secure(self, number: str, day: str, says: int = 200, **changed: Any) -> Json:
        answers = {
            "tester": "州人社信息中心",
            "tested_on": day,
            "conclusion": "没有发现高危、中危漏洞。",
            **changed,
        }
        return self.story.decide(CENTER, number, says=says, answers=answers)

    def plan(self, number: str, start: str, end: str, says: int = 200) -> Json:
        answers = {"scope": "零工驿站子系统的登记和报表", "starts_at": start, "ends_at": end}
        return self.story.decide(COMPANY, number, says=says, answers=answers)

    def release(
        self,
        number: str,
        at: str,
        outcome: str = "success",
        note: str = "已发布。",
        says: int = 200,
    ) -> Json:
        answers = {"done_at": at, "note": note}
        return self.story.decide(COMPANY, number, outcome, says=says, answers=answers)
