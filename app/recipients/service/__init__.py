"""What people do with lists and with blocked numbers."""

from app.recipients.service.blocks import block, lift
from app.recipients.service.choosing import lines_from_book, title_of, unknown_blanks
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
    "lines_from_book",
    "template_for",
    "template_with_id",
    "title_of",
    "unknown_blanks",
    "use",
    "wanted_for",
]
