"""The read-only view that reports and outside checks rely on, as text for migrations."""

REPORT_LEDGER = """
CREATE VIEW report_ledger AS
SELECT name, unit_code AS unit, year, serial, ticket, at
FROM ledger_row
"""
