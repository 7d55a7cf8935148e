"""The blueprint of the room, and what all its pages show."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity.layers import NATION, is_whole, keeps_any
from app.identity.queries import list_units, scope_path

bp = Blueprint("rules", __name__)
NEAR = 100  # units that a field proposes


def typed_in(fields: tuple[str, ...]) -> dict[str, str]:
    return {name: request.form.get(name, "").replace("\0", "") for name in fields}


def keeping(session: Session, actor: Actor) -> dict[str, Any]:
    """Whether the reader keeps a layer, for the buttons of a page."""
    return {"keeps": keeps_any(session, actor), "here": "rules"}


def choosing(session: Session, actor: Actor) -> Mapping[str, Any]:
    """Layers that a form proposes."""
    return {
        "units": list_units(session, actor=actor, limit=NEAR).items,
        "nation": NATION,
        "keeps_nation": is_whole(scope_path(session, actor)),
        **keeping(session, actor),
    }
