"""Two counties with everything in them that a stranger must not see, and one person a position.

filling.py makes them; whatever belongs to a county carries its mark.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from app.identity.types import Position, SessionKind
from tests.support.office import NOW

FAR = NOW + timedelta(days=3650)
# Positions that open nothing yet, since no rule and no diagram names them: one person holds all.
UNNAMED = frozenset(
    {
        Position.TESTER,
        *(Position.DATA_PROPOSER, Position.DATA_APPROVER, Position.DATA_EDITOR),
        Position.DATA_CHECKER,
    }
)
NAMED = frozenset(Position) - UNNAMED
EVERYTHING_ELSE = "everything_else"
# Who crawls: some by themselves, the others several positions in one person, who finds all that
# each of them would. What one position opens and another does not, the rights table tells.
CRAWLERS: Mapping[str, frozenset[Position]] = {
    **{one: frozenset({one}) for one in (Position.CLERK, Position.AUDITOR, Position.SYSTEM_ADMIN)},
    "signers": frozenset(
        {
            *(Position.DEPT_HEAD, Position.UNIT_LEADER, Position.BUREAU_LEADER),
            *(Position.INFO_CENTER, Position.SEAL_CUSTODIAN, Position.MESSAGE_REVIEWER),
            Position.SECOND_REVIEWER,
        }
    ),
    "executors": frozenset(
        {
            *(Position.ACCOUNT_ADMIN, Position.PERMISSION_ADMIN, Position.OPERATOR),
            *(Position.MESSAGE_CLERK, Position.FILING_CLERK, Position.HOTLINE_AGENT),
        },
    ),
    "company": frozenset({Position.COMPANY_MANAGER, Position.COMPANY_TESTER}),
    "authors": frozenset(
        {Position.PROCESS_DESIGNER, Position.PROCESS_PUBLISHER, Position.PROCESS_TESTER}
    )
    | UNNAMED,
}


@dataclass(frozen=True)
class Place:
    """One county: its mark, where its people sit, and who walks a ticket there."""

    code: str
    mark: str
    seeds: int
    holders: tuple[str, ...]  # clerk, head, leader, account admin, permission admin

    @property
    def office(self) -> str:
        return f"{self.code}-rsj"

    @property
    def holders_unit(self) -> str:
        return f"{self.code}-jyzx"

    def username(self, position: Position | str) -> str:
        return f"{position.replace('_', '-')}-{self.code}"


def token(username: str, kind: SessionKind) -> str:
    return f"{kind}-of-{username}-for-the-tests-only"


XIANFENG = Place(
    "422826", "朱鹮", 6000, ("yaohaiyang", "qinyongan", "pengxiuying", "tanlihua", "wuyiming")
)
LAIFENG = Place(
    "422827", "白鹭", 7000, ("qutianyu", "pengyulan", "tengguorong", "ransiqi", "liusiqi")
)
PLACES = (XIANFENG, LAIFENG)


@dataclass(frozen=True)
class County:
    """What stands in the database of one county."""

    place: Place
    closed: str = ""
    running: str = ""
    draft: str = ""
    tasks: tuple[int, ...] = ()
    document: str = ""
    check_code: str = ""
    files: tuple[str, ...] = ()  # one of the closed ticket, the scan of its form, a loose one
    ledger: tuple[str, ...] = ()
    incidents: tuple[int, ...] = ()
    deliveries: tuple[int, ...] = ()
    numbers: tuple[str, ...] = ()  # ID and phone numbers
    people: tuple[str, ...] = field(default=())  # user names
    batch: str = ""  # the requester's prints, ready to be taken
    kept: int = 0  # a filter of the requester's
    acts: str = ""  # what the requester wanted to do at once
    migration: str = ""  # one that the administrator tried out
    comment: int = 0  # of the head, on the closed ticket
    link: int = 0  # of the closed ticket with the running one, by the requester
    person: int = 0  # somebody whom the administrator keeps
    appointment: int = 0
    sheet: str = ""  # an import of the administrator, not yet confirmed
    absence: int = 0  # the requester's, to come, like his mandate
    mandate: int = 0
    pair: int = 0  # of the account administrator and the requester
    notice: int = 0  # of days off, in the county alone
    webhook: int = 0  # an address of another system, with one message that never arrived
    sent: int = 0
    unit: int = 0  # one that the administrator has added
    plan: int = 0  # another name for its new unit
    rule: int = 0  # a rule set, in the county alone
    supervision: int = 0  # the leader asks of the running one
    notification: int = 0  # what the requester was told
    change: int = 0  # of a parameter, proposed by the administrator
    dispatch: int = 0  # what the requester was told, by mail
    channel: int = 0  # a chat that the administrator opened
    pattern: int = 0  # of official numbers, and one of the running ticket
    taken: int = 0
    outage: int = 0  # of the county, over
    event: int = 0  # somebody's transfer, to come
    event_sheet: str = ""  # the requester's, not yet confirmed
    hint: int = 0  # open, of the county
    old_book: int = 0  # the account administrator's, not yet confirmed
    account: int = 0  # of somebody on a closed ticket
    push: int = 0  # of that account, never arrived
    template: int = 0  # of the message clerk's unit, on file, with a list for it
    listed: int = 0
    spare: int = 0  # another one, which goes
    entry: int = 0  # of the address book, from a sheet
    phone_import: int = 0
    block: int = 0  # a number that he has entered, and another one
    blocked: int = 0
    sending: int = 0  # to that list, not begun

    @property
    def canaries(self) -> tuple[str, ...]:
        """Without the one user name that the crawlers themselves ask the auditor's list for."""
        return (self.place.mark, *self.numbers, *(set(self.people) - {self.place.holders[0]}))

    @property
    def tickets(self) -> tuple[str, ...]:
        return (self.closed, self.running, self.draft)


def read(made: dict[str, str]) -> tuple[County, County]:
    def county(place: Place) -> County:
        facts = json.loads(made[place.code])
        facts.pop("place")
        return County(
            place, **{k: tuple(v) if isinstance(v, list) else v for k, v in facts.items()}
        )

    return county(XIANFENG), county(LAIFENG)
