"""What people do with the address book."""

from app.phonebook.service.entries import add, edit, mark
from app.phonebook.service.exporting import export
from app.phonebook.service.importing import take_in

__all__ = ["add", "edit", "export", "mark", "take_in"]
