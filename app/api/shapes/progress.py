"""How far a ticket is, for who is not signed in."""

from typing import Annotated

from pydantic import Field

from app.api.shapes.base import Answer, Moment, Query
from app.progress.types import Progress


class ProgressQuery(Query):
    phone_tail: Annotated[str, Field(description="联系人电话的后四位", max_length=20)] = ""


class StageShape(Answer):
    stage: str
    since: Moment
    until: Moment | None = Field(description="还在这个阶段的是 null")


class ProgressShape(Answer):
    number: str
    process: str = Field(description="业务的名称")
    state: str
    state_label: str
    submitted_at: Moment
    closed_at: Moment | None
    stages: list[StageShape] = Field(description="到过的阶段，先到的在前")

    @classmethod
    def of(cls, found: Progress) -> "ProgressShape":
        return cls.model_validate(
            {
                "number": found.number,
                "process": found.process_title,
                "state": found.state.value,
                "state_label": found.state_label,
                "submitted_at": found.submitted_at,
                "closed_at": found.closed_at,
                "stages": [
                    {"stage": one.stage, "since": one.since, "until": one.until}
                    for one in found.stages
                ],
            }
        )
