"""Paper ledgers as an office would type them, and who sends and confirms them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.story import Json, Story

HEAD = (
    *("序号", "日期", "单位", "姓名", "身份证号", "联系方式", "账户类型", "操作"),
    *("子系统", "岗位角色", "权限项（增/减）", "原因", "申请表编号及行号", "执行人", "备注"),
)
COUNTY = "咸丰县公共就业服务中心"
CENTER = "咸丰县人社信息中心"
UPLOADER, SECOND, LEADER = "tanlihua", "tanguifang", "pengxiuying"
QIN = ("覃志明", "422899197803151118", "422899780315111")
WU = ("吴一鸣", "422899199705201512")
XIANG = ("向小兰", "422899199001012385")
HUANG = ("黄䶮", "422899199502287774")


def line(name: str, number: str, **more: str) -> dict[str, str]:
    """An operator of 咸丰 who was opened in 2023, unless it says otherwise."""
    return {
        "日期": "2023-09-30",
        "单位": COUNTY,
        "姓名": name,
        "身份证号": number,
        "联系方式": "15400010001",
        **more,
    }


def post(name: str, number: str, post: str = "审核岗", **more: str) -> dict[str, str]:
    return line(name, number, **{"子系统": "零工驿站子系统", "岗位角色": post, **more})


def csv(*lines: Mapping[str, str]) -> bytes:
    rows = [",".join(HEAD), *(",".join(one.get(name, "") for name in HEAD) for one in lines)]
    return "\n".join(rows).encode()


@dataclass
class Paper:
    """The import over REST."""

    story: Story

    def send(self, *lines: Mapping[str, str], by: str = UPLOADER, says: int = 201) -> Json:
        return self.send_file(csv(*lines), "旧台账.csv", by=by, says=says)

    def send_file(self, data: bytes, name: str, *, by: str = UPLOADER, says: int = 201) -> Json:
        file = {"file": (io.BytesIO(data), name)}
        answer = self.story.desk(by).upload("/imports/old-books", file)
        assert answer.status_code == says, answer.text
        found: Json = answer.json
        return found

    def confirm(self, report: Json, by: str = SECOND, says: int = 200) -> Json:
        path = f"/imports/old-books/{report['id']}/confirm"
        return self.story.do(by, path, {"version": report["version"]}, says=says)

    def book(self, name: str, by: str = UPLOADER, **asked: Any) -> list[dict[str, Any]]:
        """The rows of a ledger, the oldest first, each with its serial."""
        items = self.story.see(by, f"/ledgers/{name}", limit=200, **asked)["items"][::-1]
        return [
            {cell["key"]: cell["value"] for cell in one["cells"]} | {"_serial": one["serial"]}
            for one in items
        ]


def states(report: Json) -> list[str]:
    return [row["state"] for row in report["rows"]]


def words(report: Json, n: int) -> str:
    """What is said of the n-th line."""
    return "；".join(f"{one['column']}{one['message']}" for one in report["rows"][n]["errors"])
