"""What people do with lists and with blocked numbers."""

from app.recipients.service.blocks import block, lift
from app.recipients.service.lists import (
    delete,
    freeze,
    let_go,
    template_for,
    template_with_id,
    use,
    wanted_for,
)

__all__ = [
    "block",
    "delete",
    "freeze",
    "let_go",
    "lift",
    "template_for",
    "template_with_id",
    "use",
    "wanted_for",
]
