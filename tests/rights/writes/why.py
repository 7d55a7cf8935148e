"""Why a case does not fit a write, in a word."""

from tests.rights.writes.base import Case, because

FORM = because("no answers of a form in it", Case.READ_ONLY, Case.MONTH, Case.ROWS)
OPEN = because(
    "open to everybody, asks for no session", Case.LOGGED_OUT, Case.DISABLED, Case.OVERNIGHT
)
ALONE = because("names no object that somebody else could have", Case.STRANGER)
OWN = because("one's own", Case.SECOND) | ALONE
NO_VERSION = because("shows no state that could grow old", Case.STALE)
STATE = because("the state decides, not a version: see double click", Case.STALE)
TEXTS = because("a page sends texts only", Case.LIST)
NAMED = because("reads the fields it names, and nothing else of the form", Case.UNKNOWN)
PAGE = TEXTS | NAMED
PROOF = because("asks for a proof each time: tests/identity", Case.DOUBLE)
KEEPS = because(
    "keeps what is unfinished; two windows: tests/tickets/test_ticket_drafts.py",
    *(Case.MONTH, Case.READ_ONLY, Case.ROWS, Case.STALE, Case.UNKNOWN, Case.LIST),
)
MINE = because("the requester alone", Case.SECOND)
TOLD = because("each item tells it: tests/tasks/test_task_batches.py", Case.STALE)
NO_BODY = because("takes no body", Case.TYPE, Case.SIZE, Case.LIST, Case.UNKNOWN)
PARTS = because("takes files, not JSON: tests/api/test_publishing.py", Case.LIST, Case.UNKNOWN)
FILE = because("takes a file, not JSON: tests/attachments", Case.LIST, Case.UNKNOWN)
NUMBER = because("its one member is a number", Case.LIST)
SCANS = because("the same paper twice is one scan: see double click", Case.SECOND)
REST_OPEN = OPEN | because("reads no session at all", Case.NO_TOKEN)
MARK = because("what was read has a mark, no number: tests/cover/test_handover.py", Case.STALE)
EXECUTION_FORM = because("its form has one text", Case.READ_ONLY, Case.MONTH, Case.ROWS)
EACH = because("each time is an act and an event of its own", Case.DOUBLE)
ADDS = because("shows no state that could grow old: it adds a line", Case.STALE)
EVERYBODY = because("everybody who sees the ticket may", Case.SECOND)
ITS_WRITER = because("its writer alone: tests/tickets/test_ticket_talk.py", Case.SECOND)
ONCE = because("one of two is heard: tests/tickets/test_ticket_urging.py", Case.SECOND)
OWN_COPY = because("each marks what he was told himself", Case.SECOND)
STOPS = because("stopping what somebody else has stopped changes nothing", Case.SECOND)
MAP = because("a map of variables: tests/repairs/test_steering.py", Case.LIST)
ONLY_OTHER = because("of two who confirm one is heard: tests/rules", Case.SECOND)
ITS_HOLDER = because("whoever has the step: tests/supervision", Case.SECOND)
ONE_LEADER = because("one of two is heard: tests/supervision", Case.SECOND)
