"""Use cases of the requester, split by what a person does; callers import this package alone."""

from app.tickets.service.backentering import set_paper
from app.tickets.service.commenting import comment, withdraw_comment
from app.tickets.service.copying import copy_to, mark_seen, words_of
from app.tickets.service.drafting import add_rows, keep_draft, move_drafts, save_draft
from app.tickets.service.following import follow_end, follow_return, follow_submission
from app.tickets.service.lapsing import give_up
from app.tickets.service.linking import link, unlink
from app.tickets.service.naming import number_of, numbering_of, prefix_of
from app.tickets.service.recounting import TOPIC as RECOUNT
from app.tickets.service.recounting import foresee_recount, order_recount, recount_batch, walks_of
from app.tickets.service.reminding import next_reminder, put_off, remind
from app.tickets.service.splitting import foresee_split, split_from
from app.tickets.service.starting import begin_by_event, create_draft, may_start
from app.tickets.service.submitting import attach, submit, submit_split
from app.tickets.service.timing import start_clocks, stop_clocks
from app.tickets.service.urging import foresee_urges, runs_of, urge, urge_item, urge_many
from app.tickets.service.withdrawing import cancel, withdraw

__all__ = [
    "RECOUNT",
    "add_rows",
    "attach",
    "begin_by_event",
    "cancel",
    "comment",
    "copy_to",
    "create_draft",
    "follow_end",
    "follow_return",
    "follow_submission",
    "foresee_recount",
    "foresee_split",
    "foresee_urges",
    "give_up",
    "keep_draft",
    "link",
    "mark_seen",
    "may_start",
    "move_drafts",
    "next_reminder",
    "number_of",
    "numbering_of",
    "order_recount",
    "prefix_of",
    "put_off",
    "recount_batch",
    "remind",
    "runs_of",
    "save_draft",
    "set_paper",
    "split_from",
    "start_clocks",
    "stop_clocks",
    "submit",
    "submit_split",
    "unlink",
    "urge",
    "urge_item",
    "urge_many",
    "walks_of",
    "withdraw",
    "withdraw_comment",
    "words_of",
]
