"""Reads of accounts and grants, split by screen; callers import this package alone."""

from app.holdings.queries.admins import administrators, list_administrators
from app.holdings.queries.counties import list_counties, look_at_unit
from app.holdings.queries.counting import holders_of_posts
from app.holdings.queries.listing import list_accounts
from app.holdings.queries.person import (
    account_of_person,
    find_by_id_number,
    portrait_of_account,
    portrait_of_person,
)
from app.holdings.queries.reach import among, units_within

__all__ = [
    "account_of_person",
    "administrators",
    "among",
    "find_by_id_number",
    "holders_of_posts",
    "list_accounts",
    "list_administrators",
    "list_counties",
    "look_at_unit",
    "portrait_of_account",
    "portrait_of_person",
    "units_within",
]
