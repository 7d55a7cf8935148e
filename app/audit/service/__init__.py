"""Use cases of the audit trail: record an act, read as an auditor, seal all chains."""

from app.audit.service.reading import read_events, verify_events
from app.audit.service.recording import record
from app.audit.service.sealing import export, export_head, seal

__all__ = ["export", "export_head", "read_events", "record", "seal", "verify_events"]
