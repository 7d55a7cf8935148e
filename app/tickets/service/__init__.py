"""Use cases of the requester, split by what a person does; callers import this package alone."""

from app.tickets.service.commenting import comment, withdraw_comment
from app.tickets.service.copying import copy_to, mark_seen
from app.tickets.service.drafting import keep_draft, save_draft
from app.tickets.service.following import follow_end, follow_return, follow_submission
from app.tickets.service.linking import link, unlink
from app.tickets.service.naming import number_of, numbering_of, prefix_of
from app.tickets.service.starting import begin_by_event, create_draft, may_start
from app.tickets.service.submitting import attach, submit
from app.tickets.service.urging import urge
from app.tickets.service.withdrawing import cancel, withdraw

__all__ = [
    "attach",
    "begin_by_event",
    "cancel",
    "comment",
    "copy_to",
    "create_draft",
    "follow_end",
    "follow_return",
    "follow_submission",
    "keep_draft",
    "link",
    "mark_seen",
    "may_start",
    "number_of",
    "numbering_of",
    "prefix_of",
    "save_draft",
    "submit",
    "unlink",
    "urge",
    "withdraw",
    "withdraw_comment",
]
