"""The table of contents of /api/v1: one module a subject, mounted on one blueprint."""

from flask import Blueprint

from app.api.routes import (
    activity,
    attachments,
    batches,
    calendar,
    campaigns,
    cover,
    documents,
    events,
    frozen,
    handover,
    hints,
    holdings,
    imports,
    incidents,
    ledgers,
    managed,
    notifications,
    numbering,
    oldbooks,
    outages,
    parameters,
    people,
    personnel,
    phrases,
    processes,
    recipients,
    reference,
    reorganising,
    repairs,
    rules,
    staff,
    stats,
    supervision,
    talking,
    task_batches,
    tasks,
    tickets,
    tokens,
    units,
    webhooks,
)
from app.extensions import csrf

bp = Blueprint("api", __name__, url_prefix="/api/v1")
# Only Bearer tokens open anything here, and no browser sends those by itself.
csrf.exempt(bp)

SUBJECTS = (
    tokens,
    people,
    staff,
    units,
    reorganising,
    phrases,
    notifications,
    imports,
    cover,
    calendar,
    campaigns,
    outages,
    recipients,
    personnel,
    rules,
    parameters,
    numbering,
    handover,
    processes,
    tickets,
    talking,
    supervision,
    tasks,
    task_batches,
    attachments,
    documents,
    batches,
    ledgers,
    frozen,
    holdings,
    activity,
    managed,
    oldbooks,
    hints,
    events,
    incidents,
    repairs,
    stats,
    webhooks,
)
ROUTES = [route for subject in SUBJECTS for route in subject.api.routes]
ROUTES += reference.describe(ROUTES)

for subject in (*SUBJECTS, reference):
    subject.api.mount(bp)
