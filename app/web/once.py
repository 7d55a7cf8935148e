"""What a page asks for once, however often its button is pressed."""

import hashlib

from flask import request

from app.core.errors import Malformed


def asked_once(*words: str) -> str:
    """The key of a page with what is ticked on it: who goes back and ticks others asks anew.

    Raises: Malformed.
    """
    if not (key := request.form.get("client_key", "")):
        raise Malformed
    return hashlib.sha256("\n".join([key, *words]).encode()).hexdigest()
