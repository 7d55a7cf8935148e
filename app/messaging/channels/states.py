"""Receipts in one scale: what operators say, and what it means for whoever sent."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

DELIVERED_WORDS = frozenset({"DELIVRD"})
ON_THE_WAY = frozenset({"ACCEPTD", "ENROUTE"})
_OPERATOR_CODE = re.compile(r"(MA|MB|MC|MI|MK|MN|CA|CB|DB|IA|IB|IC|ID|SP|GG):?\d{1,4}")


class Fate(StrEnum):
    """Of a part, and of the whole message."""

    DELIVERED = "delivered"
    FAILED = "failed"
    WAITING = "waiting"


class Reason(StrEnum):
    """Why a message did not arrive, as people can act on it."""

    WRONG_NUMBER = "wrong_number"
    SWITCHED_OFF = "switched_off"
    REFUSED_BY_PERSON = "refused_by_person"
    WORDS = "words"
    FREQUENCY = "frequency"
    GATEWAY = "gateway"
    OTHER = "other"


REASONS: Mapping[Reason, str] = {
    Reason.WRONG_NUMBER: "空号停机",
    Reason.SWITCHED_OFF: "关机不在服务区",
    Reason.REFUSED_BY_PERSON: "黑名单退订",
    Reason.WORDS: "关键字",
    Reason.FREQUENCY: "频控",
    Reason.GATEWAY: "网关",
    Reason.OTHER: "其他",
}
# What the words of the protocols and of the common operators mean; codes are theirs, not a law.
_WORDS: Mapping[str, Reason] = {
    "EXPIRED": Reason.SWITCHED_OFF,
    "DELETED": Reason.OTHER,
    "UNDELIV": Reason.OTHER,
    "UNKNOWN": Reason.OTHER,
    "REJECTD": Reason.GATEWAY,
    "MBBLACK": Reason.REFUSED_BY_PERSON,
    "TDBLACK": Reason.REFUSED_BY_PERSON,
    "KEYWORD": Reason.WORDS,
    "LIMIT": Reason.FREQUENCY,
    "MILIMIT": Reason.FREQUENCY,
    "NONUMBER": Reason.WRONG_NUMBER,
    "MK0001": Reason.WRONG_NUMBER,
    "MK0000": Reason.WRONG_NUMBER,
    "MK0005": Reason.SWITCHED_OFF,
}
# A request that was refused as a whole, by its code: for whoever sends, not for whoever mends it.
WHOLE: Mapping[str, str] = {
    "HTTP400": "网关读不懂这次提交",
    "HTTP401": "网关不认本系统的密钥",
    "HTTP403": "网关不认本系统的密钥",
    "HTTP404": "网关的地址不对",
    "HTTP413": "一次提交得太多，网关不收",
    "HTTP415": "网关读不懂这次提交",
    "HTTP422": "网关读不懂这次提交",
}


def words_of(code: str) -> str:
    """What a request's code says to a clerk; nothing where it is one of a message."""
    return f"{WHOLE[code]}，请运维处理。" if code in WHOLE else ""


def cause_of(code: str) -> str:
    """Why a request was refused as a whole; of a code nobody knows, the code."""
    return WHOLE.get(code, f"网关不收整批（{code}）")


def fate_of(status: str) -> Fate:
    word = _word(status)
    if word in DELIVERED_WORDS:
        return Fate.DELIVERED
    return Fate.WAITING if word in ON_THE_WAY else Fate.FAILED


def reason_of(status: str) -> Reason:
    """Of a failed part."""
    word = _word(status)
    if word in _WORDS:
        return _WORDS[word]
    return Reason.GATEWAY if _OPERATOR_CODE.fullmatch(word) else Reason.OTHER


def fate_of_all(parts: int, fates: Sequence[Fate]) -> Fate:
    """A long message has arrived when every part has; one that failed spoils it."""
    if Fate.FAILED in fates:
        return Fate.FAILED
    arrived = sum(fate is Fate.DELIVERED for fate in fates)
    return Fate.DELIVERED if arrived >= parts else Fate.WAITING


def _word(status: str) -> str:
    return status.strip().upper().replace(":", "")
