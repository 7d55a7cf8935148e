"""The code that shows that a mailbox is somebody's own: made anew from what is kept, not stored."""

from datetime import timedelta

from app.core.crypto import keyed_hash, unseal
from app.notifications.models import Preference

DIGITS = 6
LASTS = timedelta(hours=24)
MOST_WRONG = 5


def code_of(preference: Preference) -> str:
    """Another one for each person, each address, and each time it was written."""
    address = unseal(preference.address_sealed).decode() if preference.address_sealed else ""
    written = preference.address_at.isoformat() if preference.address_at else ""
    drawn = keyed_hash(["mail code", preference.person_id, address, written])
    return f"{int.from_bytes(drawn[:8], 'big') % 10**DIGITS:0{DIGITS}d}"
