"""Addresses that a client names: only ways inside this site are followed."""

from urllib.parse import urlsplit


def local_path(target: str | None) -> str:
    """`target` if it is a path of this site, else `/`."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return "/"
    parts = urlsplit(target)
    has_control = any(ord(char) < 32 for char in target)
    return "/" if parts.scheme or parts.netloc or has_control else target
