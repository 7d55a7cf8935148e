"""What an approval is bound to, of a text: its signature and every character, blanks included."""

from app.core import crypto


def text_digest(signature: str, body: str) -> bytes:
    return crypto.keyed_hash(["message text", signature, body])
