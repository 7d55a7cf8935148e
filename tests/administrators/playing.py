"""People of 咸丰 and the 州 acting over REST, on a clock that a test moves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.test import TestResponse

from app.demo.people import signature
from tests.api.conftest import Rest

ZONE = ZoneInfo("Asia/Shanghai")
PEOPLE: Mapping[str, tuple[str, str, str]] = {
    "yaohaiyang": ("姚海洋", "422899198906113733", "15400000108"),
    "tanlihua": ("谭丽华", "422899198806094440", "15400000105"),
    "tanguifang": ("谭桂芳", "422899198312132865", "15400001070"),
    "wuyiming": ("吴一鸣", "422899199705201512", "15400000106"),
    "qinzhiming": ("覃志明", "422899197803151118", "15400000101"),
    "xiangxiaomei": ("向晓梅", "42289919850722222X", "15400000102"),
    "tiandayong": ("田大勇", "422899199001013337", "15400000103"),
    "pengxiuying": ("彭秀英", "422899197102142622", "15400000107"),
    "longjinhua": ("龙金花", "422899199403034843", "15400000109"),
}
RESULT = "已按申请表办理完毕。"


def admin_row(kind: str, who: str, post: str = "account_admin", **changed: Any) -> dict[str, Any]:
    name, number, phone = PEOPLE[who]
    return {
        "kind": kind,
        "name": name,
        "id_number": number,
        "phone": phone,
        "post": post,
        "requirement": {"add": "新增用户", "close": "注销用户", "change": "修改联系方式"}[kind],
        **({"subsystems": ["gig-station"]} if post == "permission_admin" else {}),
        **changed,
    }


@dataclass
class Town:
    login: Callable[[str], Rest]
    file: Path
    day: str = ""
    signed_in: dict[str, Rest] = field(default_factory=dict)

    def at(self, moment: str) -> None:
        """The office's clock says so."""
        wanted = datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)
        self.day = moment[:10]
        self.file.write_text(str((wanted - datetime.now(UTC)).total_seconds()))

    def who(self, username: str) -> Rest:
        """Signed in anew where an appointment or a day has ended what was open."""
        known = self.signed_in.get(username)
        if known is None or known.get("/me").status_code != 200:
            known = self.signed_in[username] = self.login(username)
        return known

    def apply(self, by: str, process: str, answers: Mapping[str, Any], **more: Any) -> TestResponse:
        return self.who(by).post("/tickets", {"process": process, "answers": answers, **more})

    def admin_form(self, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "phone": "0718-8200000",
            "event": "transfer",
            "event_date": self.day,
            "people": list(rows),
            **more,
        }

    def ask(self, by: str, *rows: dict[str, Any], **more: Any) -> str:
        """A form 附件1 that is taken; its number."""
        answer = self.apply(by, "admin-account", self.admin_form(*rows, **more))
        assert answer.status_code == 201, answer.text
        return str(answer.json["number"])

    def refused(self, by: str, *rows: dict[str, Any], **more: Any) -> dict[str, str]:
        """What is said of a form that is not taken: by path, the message."""
        answer = self.apply(by, "admin-account", self.admin_form(*rows, **more))
        assert answer.status_code == 422, answer.text
        return {error["path"]: error["message"] for error in answer.json["errors"]}

    def ticket(self, number: str, by: str = "humin") -> dict[str, Any]:
        found: dict[str, Any] = self.who(by).get(f"/tickets/{number}").json
        return found

    def open(self, number: str) -> dict[str, dict[str, Any]]:
        """The tasks that wait, by node."""
        return {
            task["node"]: task
            for task in self.ticket(number)["tasks"]
            if task["state"] in ("open", "claimed")
        }

    def decide(self, number: str, by: str, node: str = "", **more: Any) -> TestResponse:
        """Answer a task as this person, from what the task itself says."""
        tasks = self.open(number)
        brief = tasks[node] if node else next(iter(tasks.values()))
        rest = self.who(by)
        task = rest.get(f"/tasks/{brief['id']}")
        if task.status_code != 200:
            return task
        found = task.json
        fields = (found["form"] or {"components": []})["components"]
        body = {
            "version": found["version"],
            "outcome": found["outcomes"][0]["value"],
            "answers": {
                one["key"]: RESULT
                for one in fields
                if one.get("validate", {}).get("required") and not one.get("readonly")
            },
            **more,
        }
        if found["sign"]:
            body["signature"] = signature()
        return rest.post(f"/tasks/{brief['id']}/complete", body)

    def done(self, number: str, by: str, node: str = "", **more: Any) -> dict[str, Any]:
        answer = self.decide(number, by, node, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def send_back(self, number: str, by: str, node: str, reason: str) -> TestResponse:
        brief, rest = self.open(number)[node], self.who(by)
        task = rest.get(f"/tasks/{brief['id']}").json
        body = {"version": task["version"], "reason": reason}
        return rest.post(f"/tasks/{brief['id']}/return", body)

    def due(self, number: str, what: str) -> tuple[str, str]:
        """Until when, on the office's clock, and its light."""
        for one in self.ticket(number)["deadlines"]:
            if one["what"] == what:
                at = datetime.fromisoformat(one["due_at"]).astimezone(ZONE)
                return at.strftime("%Y-%m-%d"), one["light"]
        return "", ""

    def book(self, name: str, by: str = "humin") -> list[dict[str, str]]:
        """The rows of a ledger by column, the first first, with whose book each stands in."""
        rest, rows, cursor = self.who(by), [], None
        while True:
            page = rest.get(f"/ledgers/{name}", **({"cursor": cursor} if cursor else {})).json
            rows += [
                {**{cell["key"]: cell["value"] for cell in row["cells"]}, **_plain(row)}
                for row in page["items"]
            ]
            cursor = page["next_cursor"]
            if not cursor:
                return rows[::-1]

    def hand_over(self, leaver: str, heir: str, witness: str) -> str:
        """A finished handover (A09)."""
        answers = {
            "heir": heir,
            "reason": "retirement",
            "leaves_on": self.day,
            "items": [{"kind": "paper", "item": "附件2 纸质件", "count": 12}],
        }
        answer = self.apply(leaver, "admin-handover", answers)
        assert answer.status_code == 201, answer.text
        number = str(answer.json["number"])
        self.done(number, leaver)
        self.done(number, heir)
        self.done(number, witness, answers={"archive_no": "JJ-2026-01", "result": "交接清楚。"})
        return number


def _plain(row: Mapping[str, Any]) -> dict[str, str]:
    return {"ticket": row["ticket"], "book": row["unit"], "row_no": str(row["row_no"])}
