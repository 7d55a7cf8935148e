"""What a site is told: secrets made once, kept in settings.env, and what a start adds."""

import base64
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scripts import setup
from scripts.process import Failed, write_private

DEFAULT_PORT = 8000
DEFAULT_REGION = "enshi"


def free_port(wanted: int) -> int:
    """`wanted` if nobody listens there; 0 asks for any.

    Raises: Failed.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
            probe.listen(1)
        except PermissionError:
            raise Failed(
                f"Port {wanted} is not for ordinary users: take one above 1023, "
                f"for example `make run PORT={DEFAULT_PORT}`."
            ) from None
        except (OSError, OverflowError):
            raise Failed(
                f"Port {wanted} is in use or cannot be had. End the program that listens there, "
                f"or choose another: `make run PORT={wanted % 60000 + 1}`."
            ) from None
        port: int = probe.getsockname()[1]
        return port


def given_port(environ: Mapping[str, str]) -> int:
    text = environ.get("PORT") or str(DEFAULT_PORT)
    if not text.isdecimal():
        raise Failed(f"PORT={text} is no number. Try `make run PORT={DEFAULT_PORT}`.")
    return free_port(int(text))


def given_region(environ: Mapping[str, str], before: str | None) -> str:
    """The region to serve. One installation has one region, so it cannot change later."""
    region = environ.get("REGION") or before or DEFAULT_REGION
    if region not in setup.known_regions():
        raise Failed(setup.unknown_region(region))
    if before and region != before:
        raise Failed(
            f"This folder's data belongs to region {before}, and an installation has one region. "
            f"Run {region} from another clone, or with DATA_DIR=var-{region} make run."
        )
    return region


def read_settings(path: Path) -> dict[str, str]:
    with suppress(FileNotFoundError):
        pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
        return {name: value for name, value in pairs if not name.startswith("#")}
    return {}


def write_settings(path: Path, settings: Mapping[str, str], by: str = "make run") -> None:
    lines = [f"# Written by `{by}`. Secrets: keep it to yourself, and do not lose FIELD_KEYS."]
    lines += [f"{name}={value}" for name, value in sorted(settings.items())]
    write_private(path, lines)


def make_settings(
    before: Mapping[str, str], environ: Mapping[str, str], data: Path
) -> dict[str, str]:
    """Secrets are made once; the environment has the last word."""
    settings = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "TIMEZONE": "Asia/Shanghai",
        "LOG_FORMAT": "text",
        **before,
        "DATA_DIR": str(data),
        "DEMO": "1",
    }
    settings["REGION"] = given_region(environ, before.get("REGION"))
    settings["PORT"] = str(given_port(environ))
    settings["BASE_URL"] = f"http://127.0.0.1:{settings['PORT']}"
    for name in (
        *("SECRET_KEY", "FIELD_KEYS", "BASE_URL", "TIMEZONE", "LOG_FORMAT", "SMS_GATEWAYS"),
        *("SMTP_URL", "MAIL_FROM", "CHAT_SERVICES", "WEBHOOK_HOSTS"),
    ):
        if environ.get(name):
            settings[name] = environ[name]
    return settings


def password_in(url: str | None) -> str | None:
    found = urlsplit(url).password if url else None
    return unquote(found) if found else None
