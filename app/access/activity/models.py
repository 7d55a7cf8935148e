"""The last days that an account was used. Days, since spreadsheets know no more."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class AccountActivity(Base):
    """Never goes back: what is told later and says less is left aside."""

    __tablename__ = "account_activity"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    login_on: Mapped[date | None]
    act_on: Mapped[date | None]
    told_at: Mapped[datetime]
    told_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
