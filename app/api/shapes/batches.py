"""Batches of prints as REST shows them."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment
from app.documents.models import PrintBatch
from app.documents.types import MOST_PRINTS


class BatchOrder(Body):
    numbers: list[Annotated[str, Field(max_length=60)]] = Field(
        min_length=1, max_length=MOST_PRINTS, description="办件编号，按要打印的先后"
    )
    mode: Literal["", "draft", "wet"] = ""


class BatchItem(Answer):
    number: str
    state: Literal["waiting", "printed", "failed", "skipped"]
    error: str = Field(description="没有排成的原因")
    pages: int


class BatchShape(Answer):
    id: str
    state: Literal["running", "stopping", "done", "stopped", "expired"]
    mode: str
    created_at: Moment
    finished_at: Moment | None
    sha256: str | None = Field(description="合成的文件的 SHA-256，没有排成一件的为空")
    items: list[BatchItem]

    @classmethod
    def of(cls, batch: PrintBatch) -> "BatchShape":
        return cls.model_validate(
            {
                "id": batch.id,
                "state": batch.state.value,
                "mode": batch.mode,
                "created_at": batch.created_at,
                "finished_at": batch.finished_at,
                "sha256": batch.sha256,
                "items": [
                    {
                        "number": item.number,
                        "state": item.state.value,
                        "error": item.error,
                        "pages": item.pages,
                    }
                    for item in batch.items
                ],
            }
        )
