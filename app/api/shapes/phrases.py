"""What somebody often writes."""

from typing import Annotated

from pydantic import Field

from app.api.shapes.base import Answer, Body
from app.saved.types import LONGEST_PHRASE, MOST_PHRASES, OwnPhrases


class PhrasesBody(Body):
    phrases: list[Annotated[str, Field(max_length=1000)]] = Field(
        max_length=200, description=f"最多 {MOST_PHRASES} 句，每句最多 {LONGEST_PHRASE} 个字"
    )
    rev: int = Field(description="看到的 rev；别处先改了就答 409")


class PhrasesShape(Answer):
    phrases: list[str]
    rev: int = Field(description="0 表示还没有自己写过，给的是通用的")

    @classmethod
    def of(cls, own: OwnPhrases) -> "PhrasesShape":
        return cls(phrases=list(own.texts), rev=own.rev)
