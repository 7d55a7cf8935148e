"""Pages of the room: the door, the own login, the desk of those who start activations."""

from app.identity.routes import activation, cover, door, dormant, own, signature, staff
from app.identity.routes.base import bp

__all__ = ["activation", "bp", "cover", "door", "dormant", "own", "signature", "staff"]
