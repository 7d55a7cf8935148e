"""Nothing keeps a second ledger row for the same approved row out: neither table nor service."""

RULE = "I5"
EDITS = (
    (
        "app/ledgers/service.py",
        "    fresh = _fresh(session, placed)\n",
        "    fresh = list(placed)\n",
    ),
)
SQL = "ALTER TABLE ledger_row DROP CONSTRAINT uq_ledger_row_name_source"
STRIKES = {"web": 5}
