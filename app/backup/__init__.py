"""Backup of the whole site: database, files and keys; verifying it; restoring it elsewhere."""
