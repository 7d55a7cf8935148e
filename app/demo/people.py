"""Invented people for rows of demo forms: nobody real can have such a number.

Area code 422899 and mobile prefix 154 are not allocated; the check digit is right (GB 11643).
"""

import base64
import io
from datetime import date, timedelta

from PIL import Image

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"
FAMILY = "向覃田冉谭彭龙姚秦滕唐文吴黄杨李张刘陈罗"
GIVEN = (
    *("建华", "小兰", "雪梅", "国荣", "永安", "宏伟", "春燕", "志刚", "秀兰", "大山"),
    *("玉梅", "海波", "晓峰", "丽娟", "长江", "明月", "桂英", "新民", "金凤", "少华"),
)
# Two signs for a given name: 18,000 names, so that a name is as common as names are.
FIRST = "建国永志秀玉海晓丽长明桂新金少春宏大雪小德文世光立绍思诗佳清"
SECOND = "华兰梅荣安伟燕刚峰娟江月英民凤山波林武琪雨慧源勇军平芳霞红宇"
RARE = ("黄䶮", "杨𬱖", "阿卜杜拉·麦麦提")
FIRST_BIRTHDAY = date(1975, 1, 1)


def id_number(seed: int) -> str:
    """A number of its own for each seed, born 1975–2001."""
    born = FIRST_BIRTHDAY + timedelta(days=seed * 37 % 9800)
    body = f"422899{born:%Y%m%d}{500 + seed % 499:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + CHECK[total % 11]


def name(seed: int) -> str:
    return FAMILY[seed % len(FAMILY)] + GIVEN[seed // len(FAMILY) % len(GIVEN)]


def many_names(seed: int) -> str:
    """Like `name`, out of far more; neighbours differ."""
    first = FIRST[seed // len(FAMILY) * 7 % len(FIRST)]
    second = SECOND[(seed // (len(FAMILY) * len(FIRST)) + seed) % len(SECOND)]
    return FAMILY[seed % len(FAMILY)] + first + second


def row(
    seed: int, *, kind: str = "add", post: str, requirement: str = "", called: str = ""
) -> dict[str, str]:
    """One line of 申请内容."""
    return {
        "kind": kind,
        "name": called or name(seed),
        "id_number": id_number(seed),
        "phone": f"1540001{seed:04d}",
        "post": post,
        "requirement": requirement or "新增用户，分配岗位权限",
    }


def signature() -> dict[str, str]:
    """The smallest drawn name that is taken, as clients of REST send it."""
    image = Image.new("RGBA", (60, 30), (0, 0, 0, 0))
    image.putpixel((20, 15), (0, 0, 0, 255))
    out = io.BytesIO()
    image.save(out, "PNG")
    return {"kind": "drawn", "image": base64.b64encode(out.getvalue()).decode()}
