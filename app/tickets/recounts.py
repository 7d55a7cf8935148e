"""What befell deadlines: counted anew because a calendar changed, and whom they were told to."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AT_ONCE, Base


class Recount(Base):
    """One walk through the deadlines that are open: first of steps, then of whole tickets."""

    __tablename__ = "due_recount"
    __table_args__ = (Index("ix_due_recount_notice", "notice_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("calendar_notice.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    first: Mapped[date]
    last: Mapped[date]
    begun_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    # Where the walk stands: each batch commits with the place after it.
    step: Mapped[int] = mapped_column(default=0)
    of_tickets: Mapped[bool] = mapped_column(default=False)
    after_instance: Mapped[int] = mapped_column(BigInteger, default=0)
    after_id: Mapped[int] = mapped_column(BigInteger, default=0)

    def go_on(self, seen: int, changed: int, place: tuple[int, int] | None, now: datetime) -> bool:
        """After a batch; without a place nothing was left there. Answers whether more follows."""
        self.done, self.changed, self.step = self.done + seen, self.changed + changed, self.step + 1
        if place is not None:
            self.after_instance, self.after_id = place
        elif not self.of_tickets:
            self.of_tickets, self.after_instance, self.after_id = True, 0, 0
        else:
            self.finished_at = now
        return self.finished_at is None


class DueChange(Base):
    """A deadline that a notice moved: both dates, for good. Without a visit the whole ticket's."""

    __tablename__ = "due_change"
    __table_args__ = (Index("ix_due_change_instance", "instance_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    recount_id: Mapped[int] = mapped_column(ForeignKey("due_recount.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    what: Mapped[str] = mapped_column(Text)
    before: Mapped[datetime]
    after: Mapped[datetime]
    was_estimate: Mapped[bool]
    is_estimate: Mapped[bool]
    at: Mapped[datetime]


class Reminder(Base):
    """Somebody was told of a deadline: once of each mark. Without a visit of the whole ticket."""

    __tablename__ = "due_reminder"
    __table_args__ = (
        Index("ix_due_reminder_instance", "instance_id", "id"),
        # What went to the next leader, by the positions that it went to.
        Index(
            "ix_due_reminder_keys",
            "keys",
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
            postgresql_where=text("keys <> '{}'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    mark: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime]
    people: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    at: Mapped[datetime]
