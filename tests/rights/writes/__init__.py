"""Every write of the site as somebody who may do it would send it, and which bad input fits it.

A file a room, with the room's REST beside its pages: a new write is a row in its room's file.
A row that leaves a case out says why in a word. test_bad_input runs all that is left.
"""

from collections.abc import Mapping

from tests.rights.writes import (
    activity,
    administration,
    calendar,
    cover,
    documents,
    dormant,
    hints,
    holdings,
    ledgers,
    managed,
    notifications,
    oldbooks,
    outages,
    personnel,
    phonebook,
    processes,
    progress,
    recipients,
    repairs,
    rules,
    saved,
    sendings,
    sessions,
    supervision,
    tasks,
    tickets,
    webhooks,
    words,
)
from tests.rights.writes.base import WORDS, Asked, Case, Write, fields, too_many
from tests.rights.writes.people import REPAIRER

__all__ = ["REPAIRER", "WORDS", "WRITES", "Asked", "Case", "Write", "fields", "too_many"]

_ROOMS = (
    *(administration, calendar, cover, documents, ledgers, notifications, processes, progress),
    *(repairs, rules, saved, sessions, supervision, tasks, tickets),
    *(outages, personnel, phonebook, recipients, sendings, webhooks),
    *(activity, dormant, holdings, hints, oldbooks, managed, words),
)
WRITES: Mapping[str, Write] = {name: row for room in _ROOMS for name, row in room.ROWS.items()}
