"""Read-only views that reports and outside checks rely on, as text for migrations."""

REPORT_ACCOUNTS = """
CREATE VIEW report_accounts AS
SELECT encode(account.person_ref, 'hex') AS person_ref, unit.code AS unit, account.kind,
       account.state, account.ticket, account.row_no, account.at
FROM account JOIN unit ON unit.id = account.unit_id
"""

REPORT_GRANTS = """
CREATE VIEW report_grants AS
SELECT encode(account.person_ref, 'hex') AS person_ref, "grant".subsystem, "grant".post,
       "grant".state, "grant".ticket, "grant".row_no, "grant".at
FROM "grant" JOIN account ON account.id = "grant".account_id
"""
