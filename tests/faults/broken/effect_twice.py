"""An operation is tried again although it took effect, and its rows are named by the attempt."""

RULE = "I5"
EDITS = (
    (
        "app/processes/engine/stepping.py",
        "            return registry.operations[name](session, context) or {}\n",
        """            registry.operations[name](session, context)
            return registry.operations[name](session, context) or {}
""",
    ),
    (
        "app/access/service/booking.py",
        """    return f"{context.ticket}/{context.submission}#{row.no}"
""",
        """    import itertools

    attempts = globals().setdefault("_attempts", itertools.count())
    return f"{context.ticket}/{context.submission}#{row.no}.{next(attempts)}"
""",
    ),
)
STRIKES = {"web": 5}
