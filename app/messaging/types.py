"""Words of the room: operators, and what goes wrong with a filed template."""

from collections.abc import Mapping
from enum import StrEnum

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class Operator(StrEnum):
    MOBILE = "mobile"
    UNICOM = "unicom"
    TELECOM = "telecom"


OPERATORS: Mapping[Operator, str] = {
    Operator.MOBILE: "移动",
    Operator.UNICOM: "联通",
    Operator.TELECOM: "电信",
}


UNKNOWN_OPERATOR, UNKNOWN_OPERATOR_LABEL = "unknown", "不详"


def word_of(operator: Operator | None) -> str:
    """As it is kept and sent where a key is needed; None: nobody knows it."""
    return UNKNOWN_OPERATOR if operator is None else operator.value


def operator_of(word: str) -> Operator | None:
    """Of what `word_of` made."""
    return None if word == UNKNOWN_OPERATOR else Operator(word)


class NotYourWords(Forbidden):
    code = "not_yours"
    message = "不发的词由上级的系统管理员维护，全地区共用一份。"


class BadWords(Invalid):
    code = "words"
    message = "没有启用，有几处要改。"


class WordsMoved(Conflict):
    code = "words_moved"
    message = "这期间已经有人启用了新的一版，这次没有启用。请看一下现在的词，再改。"


class TemplateNotFound(NotFound):
    code = "template_not_found"
    message = "没有这个备案通过的信息模板，或者它不是本单位的。"
