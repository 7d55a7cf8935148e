"""The table of contents of /api/v1: one module a subject, mounted on one blueprint."""

from flask import Blueprint

from app.api.routes import (
    attachments,
    batches,
    documents,
    events,
    imports,
    incidents,
    ledgers,
    people,
    processes,
    reference,
    repairs,
    tasks,
    tickets,
    tokens,
)
from app.extensions import csrf

bp = Blueprint("api", __name__, url_prefix="/api/v1")
# Only Bearer tokens open anything here, and no browser sends those by itself.
csrf.exempt(bp)

SUBJECTS = (
    tokens,
    people,
    imports,
    processes,
    tickets,
    tasks,
    attachments,
    documents,
    batches,
    ledgers,
    events,
    incidents,
    repairs,
)
ROUTES = [route for subject in SUBJECTS for route in subject.api.routes]
ROUTES += reference.describe(ROUTES)

for subject in (*SUBJECTS, reference):
    subject.api.mount(bp)
