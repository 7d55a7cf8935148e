"""From the bytes of a request to typed values, or to errors in the words of the office."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json
from werkzeug.exceptions import UnsupportedMediaType

from app.api.types import BadKey
from app.core.errors import Fault, Invalid, Malformed

M = TypeVar("M", bound=BaseModel)

JSON_LIMIT = 1_000_000
KEY = re.compile(r"[\x21-\x7e]{1,200}")
NUL = re.compile(rb"\\u0000")
WORDS = {
    "missing": ("required", "这一项必须有。"),
    "extra_forbidden": ("unknown_field", "没有这一项，请检查名称。"),
    "string_type": ("wrong_type", "这一项要是文字。"),
    "int_type": ("wrong_type", "这一项要是整数。"),
    "int_parsing": ("wrong_type", "这一项要是整数。"),
    "bool_type": ("wrong_type", "这一项要是 true 或 false。"),
    "dict_type": ("wrong_type", "这一项要是对象（键和值）。"),
    "model_type": ("wrong_type", "这一项要是对象（键和值）。"),
    "list_type": ("wrong_type", "这一项要是数组。"),
    "string_too_short": ("too_short", "这一项不能为空。"),
    "string_too_long": ("too_long", "这一项太长了。"),
    "too_long": ("too_long", "这一项太多了。"),
    "date_from_datetime_parsing": ("wrong_type", "日期要写成 YYYY-MM-DD。"),
    "date_parsing": ("wrong_type", "日期要写成 YYYY-MM-DD。"),
}


def read_json(asked: Request, model: type[M]) -> M:
    """The JSON body as `model`; no body at all is an empty object.

    Raises: Malformed (no JSON object), Invalid (fields), RequestEntityTooLarge,
    UnsupportedMediaType.
    """
    asked.max_content_length = JSON_LIMIT
    data = asked.get_data()
    if data and asked.mimetype != "application/json":
        raise UnsupportedMediaType
    if NUL.search(data):
        raise Malformed("内容里有不能使用的字符（U+0000）。")
    try:
        value = from_json(data or b"{}", allow_inf_nan=False)
    except ValueError as error:
        raise Malformed("请求的内容不是正确的 JSON。") from error
    if not isinstance(value, dict):
        raise Malformed("请求的内容要是一个 JSON 对象。")
    try:
        return model.model_validate(value, strict=True)
    except ValidationError as error:
        raise Invalid([_fault(detail) for detail in error.errors()]) from error


def read_query(asked: Request, model: type[M]) -> M:
    """Raises: Malformed, naming the first parameter that cannot be read."""
    try:
        return model.model_validate(asked.args.to_dict())
    except ValidationError as error:
        fault = _fault(error.errors()[0])
        raise Malformed(f"参数 {fault.path}：{fault.message}", parameter=fault.path) from error


def read_key(asked: Request) -> str | None:
    """Raises: BadKey."""
    key = asked.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        raise BadKey
    return key


def refuse_nul(asked: Request, path: Mapping[str, Any]) -> None:
    """PostgreSQL keeps no U+0000; asking for one is never right. Raises: Malformed."""
    texts = [*path.values(), *asked.args.values()]
    if any("\0" in text for text in texts if isinstance(text, str)):
        raise Malformed("地址里有不能使用的字符（U+0000）。")


def _fault(detail: ErrorDetails) -> Fault:
    path = ".".join(str(part) for part in detail["loc"])
    kind = detail["type"]
    if kind in ("literal_error", "enum"):
        expected = detail.get("ctx", {}).get("expected", "").replace(" or ", "、")
        return Fault(path, "not_a_choice", f"只能是：{expected}。")
    return Fault(path, *WORDS.get(kind, ("malformed", "这一项的内容不对。")))
