"""Reads of identity, split by what is read; callers import this package alone."""

from app.identity.queries.actors import Presence, actor_of, find_presence
from app.identity.queries.conditions import holds_at, in_subtree, lives_at, opens_at
from app.identity.queries.holding import holders, holders_same_level
from app.identity.queries.logins import (
    DemoLogin,
    find_login,
    get_login,
    has_second_factor,
    list_demo_logins,
    live_sessions,
    lock_live_session,
    token_hash,
    why_ended,
)
from app.identity.queries.people import (
    find_person_by_id_index,
    find_person_by_username,
    get_person,
    id_index,
    ids_of,
    list_people,
    people_by_ids,
    phone_of,
    stored_signature,
    working,
)
from app.identity.queries.units import (
    find_unit_by_code,
    get_unit,
    list_units,
    scope_path,
    unit_above,
    unit_by_code,
)

__all__ = [
    "DemoLogin",
    "Presence",
    "actor_of",
    "find_login",
    "find_person_by_id_index",
    "find_person_by_username",
    "find_presence",
    "find_unit_by_code",
    "get_login",
    "get_person",
    "get_unit",
    "has_second_factor",
    "holders",
    "holders_same_level",
    "holds_at",
    "id_index",
    "ids_of",
    "in_subtree",
    "list_demo_logins",
    "list_people",
    "list_units",
    "live_sessions",
    "lives_at",
    "lock_live_session",
    "opens_at",
    "people_by_ids",
    "phone_of",
    "scope_path",
    "stored_signature",
    "token_hash",
    "unit_above",
    "unit_by_code",
    "why_ended",
    "working",
]
