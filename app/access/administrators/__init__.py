"""Administrators of accounts and permissions (E23A §8-§12): 附件1, the bootstrap, the handover."""
