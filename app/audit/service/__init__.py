"""Use cases of the audit trail: record an act or a refusal, read as an auditor, seal all chains."""

from app.audit.service.reading import read_events, verify_events
from app.audit.service.recording import note, record
from app.audit.service.refusing import refuse
from app.audit.service.sealing import export, export_head, seal

__all__ = [
    "export",
    "export_head",
    "note",
    "read_events",
    "record",
    "refuse",
    "seal",
    "verify_events",
]
