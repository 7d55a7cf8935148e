"""A mobile number as it is looked up without being read."""

from app.core import crypto


def phone_ref(phone: str) -> bytes:
    """Of a mobile number in its plain form, eleven digits."""
    return crypto.blind_index("mobile number", phone)
