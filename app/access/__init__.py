"""Accounts and permissions of the managed systems: records, never logins of this one."""
