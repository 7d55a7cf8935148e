"""Use cases: check a paper ledger, confirm it, take it back, let it lapse."""

from app.oldbooks.service.checking import check_sheet
from app.oldbooks.service.confirming import confirm
from app.oldbooks.service.reporting import export, template
from app.oldbooks.service.withdrawing import expire, withdraw

__all__ = ["check_sheet", "confirm", "expire", "export", "template", "withdraw"]
