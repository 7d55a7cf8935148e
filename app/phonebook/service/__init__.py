"""What people do with the address book."""

from app.phonebook.service.entries import add, edit, mark
from app.phonebook.service.exporting import export
from app.phonebook.service.importing import take_in
from app.phonebook.service.receipts import mark_unreachable

__all__ = ["add", "edit", "export", "mark", "mark_unreachable", "take_in"]
