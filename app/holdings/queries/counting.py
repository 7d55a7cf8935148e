"""Accounts and permissions unit by unit, as the database counts them with every change."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.holdings.models import HoldingCount
from app.holdings.queries.reach import among

SUMS = tuple(
    func.sum(column).label(column.key)
    for column in (
        HoldingCount.active,
        HoldingCount.suspended,
        HoldingCount.closed,
        HoldingCount.grants,
    )
)


def counted(session: Session, ids: Collection[int]) -> dict[int, tuple[int, int, int, int]]:
    """Active, suspended and closed accounts, and permissions in force; a unit without any is
    left out.
    """
    rows = session.execute(
        select(HoldingCount.unit_id, *SUMS)
        .where(among(HoldingCount.unit_id, ids))
        .group_by(HoldingCount.unit_id)
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def holders_of_posts(session: Session, ids: Collection[int]) -> dict[tuple[str, str], int]:
    """How many accounts of these units hold each post, by subsystem and post."""
    rows = session.execute(
        select(HoldingCount.subsystem, HoldingCount.post, func.sum(HoldingCount.grants))
        .where(among(HoldingCount.unit_id, ids), HoldingCount.post != "")
        .group_by(HoldingCount.subsystem, HoldingCount.post)
    )
    return {(subsystem, post): count for subsystem, post, count in rows}
