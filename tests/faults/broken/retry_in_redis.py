"""When a delivery failed, only a message in Redis knows that it must be tried again.

Few kills of pdf a run: after many the launcher lets it rest for longer and longer, and a sound
build would wait longer than the judge does. Redis dies after the delivery has failed, in the
time in which its message waits there.
"""

RULE = "I3"
EDITS = (
    (
        "app/core/outbox.py",
        """        self.error = masked(reason)[:2000]
        self.due_at = now + pause_after(self.attempts)
""",
        """        self.error = masked(reason)[:2000]
        self.due_at = now + timedelta(minutes=50)
        from celery import current_app

        current_app.send_task("retry_row", args=[self.id], countdown=40)
""",
    ),
    (
        "app/worker.py",
        "def make_worker() -> Celery:\n",
        """@shared_task(name="retry_row")  # type: ignore[untyped-decorator]
def retry_row(number: int) -> None:
    from app.core.clock import utcnow
    from app.core.db import transaction

    with transaction() as session:
        row = session.get(outbox.Outbox, number)
        if row is not None:
            row.due_at = utcnow()


def make_worker() -> Celery:
""",
    ),
)
STRIKES = {"pdf": 4, "redis": 1}
LAST = "redis"
