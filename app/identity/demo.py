"""People of the demonstration, from a data file; never part of an office's own installation."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from app.core import crypto
from app.identity import passwords, queries, service
from app.identity.models import Appointment, Login, Person
from app.identity.types import LoginState, Position

DEMO_PASSWORD = "Banjian-2026"  # noqa: S105 - printed on the demonstration's login page
SOURCE = "demo"
SINCE = timedelta(days=400)  # long enough that moving the clock back a little changes nothing
WIDTH, HEIGHT, SCALE = 360, 140, 2
INK = (20, 24, 40)


def load_demo_people(session: Session, data: Mapping[str, Any], now: datetime) -> int:
    """Bring in the people, logins, positions and signatures of a file; answers how many are new.

    Safe to repeat: whoever has a login already is left alone. All share one password, so it is
    hashed once.
    """
    hashed = passwords.hash_password(DEMO_PASSWORD)
    units = {entry["unit"] for entry in data["people"]}
    by_code = {code: queries.unit_by_code(session, code) for code in sorted(units)}
    loaded = 0
    for entry in data["people"]:
        if queries.find_login(session, entry["username"]):
            continue
        unit = by_code[entry["unit"]]
        person = service.create_person(
            session,
            actor=None,
            name=entry["name"],
            unit=unit,
            now=now,
            id_number=entry["id_number"],
            phone=entry["phone"],
        )
        session.add(_login(person, entry["username"], hashed, now))
        session.add_all(_appointments(person, entry["positions"], now))
        person.signature_png = crypto.seal(draw_signature(entry["name"]))
        loaded += 1
    return loaded


def draw_signature(name: str) -> bytes:
    """A scrawl that is always the same for a name and is nobody's writing: strokes, no letters."""
    rng = random.Random(name)  # noqa: S311 - a drawing, not a secret
    mask = Image.new("L", (WIDTH * SCALE, HEIGHT * SCALE), 0)
    pen = ImageDraw.Draw(mask)
    signs = max(2, min(len(name), 4))
    step = (WIDTH - 60) / signs
    for sign in range(signs):
        left = 30 + sign * step
        for _ in range(rng.randint(4, 6)):
            _stroke(pen, rng, left, left + step * 0.9)
    _stroke(pen, rng, 40, WIDTH - 30)  # the sweep that ties the signs together
    out = BytesIO()
    image = Image.new("RGBA", (WIDTH, HEIGHT), INK)
    image.putalpha(mask.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))
    image.save(out, "PNG")
    return out.getvalue()


def _stroke(pen: ImageDraw.ImageDraw, rng: random.Random, left: float, right: float) -> None:
    """One quadratic curve, thick in the middle and thin at the ends, as a brush pen leaves it."""
    (x0, y0), (x1, y1), (x2, y2) = (
        (rng.uniform(left, right), rng.uniform(20, HEIGHT - 20)) for _ in range(3)
    )
    steps = int(abs(x1 - x0) + abs(y1 - y0) + abs(x2 - x1) + abs(y2 - y1))
    for i in range(steps + 1):
        t = i / steps
        x = (1 - t) ** 2 * x0 + 2 * t * (1 - t) * x1 + t**2 * x2
        y = (1 - t) ** 2 * y0 + 2 * t * (1 - t) * y1 + t**2 * y2
        r = (1.0 + 2.2 * (1 - abs(2 * t - 1))) * SCALE / 2
        pen.ellipse((x * SCALE - r, y * SCALE - r, x * SCALE + r, y * SCALE + r), fill=255)


def _login(person: Person, username: str, hashed: str, now: datetime) -> Login:
    return Login(
        person_id=person.id,
        username=username,
        state=LoginState.ACTIVE,
        password_hash=hashed,
        password_changed_at=now,
        created_at=now,
    )


def _appointments(person: Person, positions: list[str], now: datetime) -> list[Appointment]:
    return [
        Appointment(
            person_id=person.id,
            position=Position(position),
            unit_id=person.unit_id,
            starts_at=now - SINCE,
            source=SOURCE,
        )
        for position in positions
    ]
