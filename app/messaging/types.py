"""Words of the room: operators, and what goes wrong with a filed template."""

from collections.abc import Mapping
from enum import StrEnum

from app.core.errors import NotFound


class Operator(StrEnum):
    MOBILE = "mobile"
    UNICOM = "unicom"
    TELECOM = "telecom"


OPERATORS: Mapping[Operator, str] = {
    Operator.MOBILE: "移动",
    Operator.UNICOM: "联通",
    Operator.TELECOM: "电信",
}


class TemplateNotFound(NotFound):
    code = "template_not_found"
    message = "没有这个备案通过的信息模板，或者它不是本单位的。"
