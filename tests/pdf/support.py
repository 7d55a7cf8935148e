"""Forms filled with invented people."""

import base64
import random
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[2]
RARE_NAMES = ("黄䶮", "杨𬱖", "阿卜杜拉·麦麦提", "李𡥀", "王𪻐")
LONG = ("根据州人社局统一安排，该同志负责零工驿站登记与派单审核工作；" * 7)[:178] + "完毕"


def form(
    rows: int = 3, *, names: tuple[str, ...] = RARE_NAMES, wordy: bool = False, **changes: Any
) -> dict[str, Any]:
    """Data of 附件2; in a wordy one every seventh row has a requirement of 180 characters."""
    people = [
        {
            "no": number,
            "kind": ("新增", "注销", "修改")[number % 3],
            "name": names[number % len(names)],
            "id_number": f"42289919900101{number:04d}",
            "phone": f"154{number:08d}",
            "post": "零工登记岗",
            "requirement": LONG if wordy and number % 7 == 3 else "新增用户；分配岗位权限",
        }
        for number in range(1, rows + 1)
    ]
    boxes = {
        "department_opinion": box("情况属实，同意申报。", 1),
        "leader_approval": box("同意。", 2, seal=True),
        "account_execution": box("账户已创建。", 3),
        "permission_execution": box("岗位权限已分配。", 4),
    }
    return {
        "number": "QX-CZY-2026-00012",
        "submission": 3,
        "check_code": "8F3A-91C2",
        "verify_url": "https://banjian.example/verify/8F3A91C2",
        "demo": True,
        "title": "恩施州劳动力资源信息平台操作员账户权限申请表",
        "seal_text": "样章",
        "answers": {
            "subsystem": "零工驿站子系统",
            "department": "来凤县人社局就业股",
            "applied_on": "2026-09-08",
            "contact_name": "龙金花",
            "contact_phone": "15400000109",
            "people": people,
        },
        "boxes": boxes,
    } | changes


def box(opinion: str, day: int, *, seal: bool = False) -> dict[str, Any]:
    return {
        "opinion": opinion,
        "name": "某某",
        "signature": signature(day),
        "date": f"2026年11月2{day}日",
        "seal": seal,
    }


def signature(seed: int) -> str:
    chance = random.Random(seed)
    picture = Image.new("RGBA", (400, 140), (0, 0, 0, 0))
    points = [(x, chance.randint(20, 120)) for x in range(15, 390, 22)]
    ImageDraw.Draw(picture).line(points, fill=(20, 20, 20, 255), width=6)
    out = BytesIO()
    picture.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
