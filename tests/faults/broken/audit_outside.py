"""The event is written after the commit, in a transaction of its own: a kill between loses it."""

RULE = "I4"
EDITS = (
    (
        "app/audit/service/recording.py",
        "    session.add(event)\n    events.publish(session, event)\n",
        """    columns = [column.key for column in Event.__table__.columns if column.key != "id"]
    values = {name: getattr(event, name) for name in columns}

    def write() -> None:
        with transaction() as other:
            other.add(Event(**values))

    after_commit(session, write)
    events.publish(session, event)
""",
    ),
    (
        "app/audit/service/recording.py",
        "from app.core.actor import Actor\n",
        "from app.core.actor import Actor\nfrom app.core.db import after_commit, transaction\n",
    ),
)
STRIKES = {"web": 10}
