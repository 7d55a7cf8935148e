"""Use cases of the room: entering an event, taking it back, importing many, what falls due."""

from app.personnel.service.acting import act_on_due, end_short_leaves
from app.personnel.service.entering import cancel, enter
from app.personnel.service.importing import check_sheet, confirm, import_of, sweep

__all__ = [
    "act_on_due",
    "cancel",
    "check_sheet",
    "confirm",
    "end_short_leaves",
    "enter",
    "import_of",
    "sweep",
]
