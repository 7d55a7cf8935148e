"""Words that are not sent."""

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment
from app.messaging.models import WordVersion
from app.messaging.queries import Struck


class WordsBody(Body):
    words: list[str] = Field(max_length=10000, description="全部的词，代替原来的")
    reason: str = Field(max_length=200, description="2 到 200 个字")
    version: int = Field(ge=0, description="看到的那一版，还没有时是 0")


class WordsCheckBody(Body):
    words: list[str] = Field(max_length=10000)


class WordsShape(Answer):
    version: int = Field(description="0：还没有")
    words: list[str]
    reason: str
    at: Moment | None

    @classmethod
    def of(cls, one: WordVersion | None) -> "WordsShape":
        if one is None:
            return cls(version=0, words=[], reason="", at=None)
        return cls(version=one.n, words=one.words, reason=one.reason, at=one.at)


class StruckShape(Answer):
    template: str
    name: str
    in_use: bool
    words: list[str]

    @classmethod
    def of(cls, one: Struck) -> "StruckShape":
        return cls(template=one.ticket, name=one.name, in_use=one.in_use, words=list(one.words))
