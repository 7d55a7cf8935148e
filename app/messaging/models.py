"""Templates as operators have them on file."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy import Text as TextColumn
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, enum_column
from app.messaging.text import templates
from app.messaging.text.types import Extent, Purpose, Text, Variable
from app.messaging.types import Operator


class WordVersion(Base):
    """The list of words that are not sent, whole. The last version is in force."""

    __tablename__ = "word_version"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    words: Mapped[list[str]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(TextColumn)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class MessageTemplate(Base):
    """One filed version. What it says never changes; a change is a version of the same family.

    A filing number stands for each operator that passed it. `replaced_at`: since when newer
    versions are on file with every operator that this one served.
    """

    __tablename__ = "message_template"
    __table_args__ = (
        Index(
            "ix_message_template_use", "unit_id", "id", postgresql_where=text("replaced_at IS NULL")
        ),
        Index("ix_message_template_family", "family", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    ticket: Mapped[str] = mapped_column(TextColumn, unique=True)
    family: Mapped[str] = mapped_column(TextColumn)  # the ticket of its first version
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("message_template.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    signature: Mapped[str] = mapped_column(TextColumn)
    name: Mapped[str] = mapped_column(TextColumn)
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose))
    body: Mapped[str] = mapped_column(TextColumn)
    variables: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    mobile: Mapped[str | None] = mapped_column(TextColumn)
    unicom: Mapped[str | None] = mapped_column(TextColumn)
    telecom: Mapped[str | None] = mapped_column(TextColumn)
    filed_on: Mapped[date]
    at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]

    @property
    def text(self) -> Text:
        return Text(self.signature, self.body)

    @property
    def blanks(self) -> tuple[Variable, ...]:
        """In the order of the form."""
        return tuple(
            Variable(str(row["name"]), str(row["example"]), int(row["longest"]))
            for row in self.variables
        )

    @property
    def extent(self) -> Extent:
        """The most that one message of it takes."""
        return templates.extent_of(self.signature, self.body, self.blanks)

    @property
    def filings(self) -> Mapping[Operator, str]:
        """The filing number of each operator that passed it."""
        found = {one: getattr(self, one.value) for one in Operator}
        return {one: number for one, number in found.items() if number}
