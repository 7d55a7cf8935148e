"""Use cases: create, verify, restore."""

from app.backup.service.creating import create
from app.backup.service.restoring import NewFiles, Restored, new_files, restore
from app.backup.service.verifying import Copy, open_copy, verify

__all__ = ["Copy", "NewFiles", "Restored", "create", "new_files", "open_copy", "restore", "verify"]
