"""Use cases that write accounts and permissions; each row of a form takes effect once."""

from app.access.service.accounts import apply_accounts, close_accounts, undo_accounts
from app.access.service.clearing import clear_accounts, revoke_grants, suspend_accounts
from app.access.service.freezing import freeze, unfreeze
from app.access.service.grants import apply_grants

__all__ = [
    "apply_accounts",
    "apply_grants",
    "clear_accounts",
    "close_accounts",
    "freeze",
    "revoke_grants",
    "suspend_accounts",
    "undo_accounts",
    "unfreeze",
]
