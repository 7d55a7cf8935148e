"""The accepted lines of a sheet, folded: the accounts and posts they leave, the acts to book."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.access.types import AccountKind, AccountState, Post
from app.oldbooks.types import ON_POSTS, Act, Facts, OldRow, Place, Verdict


@dataclass
class NewAccount:
    """`opened_row` opened it last, `last_row` touched it last."""

    ref: bytes
    name: str
    id_number: str
    phone: str
    place: Place
    kind: AccountKind
    state: AccountState
    opened_row: int
    last_row: int


@dataclass
class NewGrant:
    post: Post
    given_row: int
    taken_row: int = 0


@dataclass(frozen=True)
class Move:
    """One act to book: on the account, or on the posts of one subsystem (`before` and `after`)."""

    row: OldRow
    act: Act
    kind: AccountKind
    place: Place
    phone: str
    subsystem: str = ""
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    is_by_closing: bool = False


@dataclass
class Plan:
    accounts: dict[bytes, NewAccount] = field(default_factory=dict)
    grants: dict[bytes, list[NewGrant]] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)


def fold(verdicts: Iterable[Verdict], facts: Facts) -> Plan:
    """In the order of the days; on one day accounts before posts."""
    plan = Plan()
    for row, act in _accepted(verdicts):
        if act in ON_POSTS:
            _on_post(plan, row, act, facts)
        else:
            _on_account(plan, row, act)
    return plan


def _accepted(verdicts: Iterable[Verdict]) -> Sequence[tuple[OldRow, Act]]:
    found = [
        (one.read.row, one.act) for one in verdicts if one.is_accepted and one.read.row and one.act
    ]
    return sorted(found, key=lambda pair: pair[0].order)


def _place(row: OldRow) -> Place:
    if row.place is None:
        raise ValueError(row.n)  # judging accepts none without
    return row.place


def _on_account(plan: Plan, row: OldRow, act: Act) -> None:
    known, place = plan.accounts.get(row.person_ref), _place(row)
    if known is None:
        plan.accounts[row.person_ref] = known = _opened(row, place)
    elif act is Act.RESUME and known.state is AccountState.CLOSED:
        known.kind, known.opened_row = row.kind, row.n
    known.place, known.phone, known.last_row = place, row.phone or known.phone, row.n
    if act is Act.CLOSE:
        plan.moves += _taken_by_closing(plan, row, known)
    known.state = STATES.get(act, known.state)
    plan.moves.append(Move(row, act, known.kind, place, known.phone))


STATES = {
    Act.OPEN: AccountState.ACTIVE,
    Act.RESUME: AccountState.ACTIVE,
    Act.SUSPEND: AccountState.SUSPENDED,
    Act.CLOSE: AccountState.CLOSED,
}


def _opened(row: OldRow, place: Place) -> NewAccount:
    active = AccountState.ACTIVE
    return NewAccount(
        row.person_ref,
        row.name,
        row.id_number,
        row.phone,
        place,
        row.kind,
        active,
        row.n,
        row.n,
    )


def _on_post(plan: Plan, row: OldRow, act: Act, facts: Facts) -> None:
    account, place = plan.accounts.get(row.person_ref), _place(row)
    if account is None and facts.of(row.person_ref).account_id is None:
        _on_account(plan, row, Act.OPEN)
        account = plan.accounts[row.person_ref]
    phone = account.phone if account else row.phone
    before = _held(plan, row.person_ref, row.subsystem) | frozenset(
        one.post for one in facts.of(row.person_ref).known.posts if one.subsystem == row.subsystem
    )
    if act is Act.GIVE:
        plan.grants.setdefault(row.person_ref, []).append(NewGrant(row.held, row.n))
        after = before | {row.post}
    else:
        for one in _open_grants(plan, row.person_ref):
            if one.post == row.held:
                one.taken_row = row.n
        after = before - {row.post}
    plan.moves.append(Move(row, act, row.kind, place, phone, row.subsystem, before, after))


def _taken_by_closing(plan: Plan, row: OldRow, account: NewAccount) -> Iterator[Move]:
    """Old books often close an account and say nothing of its posts: they end with it."""
    held = list(_open_grants(plan, account.ref))
    for subsystem in sorted({one.post.subsystem for one in held}):
        before = _held(plan, account.ref, subsystem)
        yield Move(
            row,
            Act.TAKE,
            account.kind,
            account.place,
            account.phone,
            subsystem,
            before,
            is_by_closing=True,
        )
    for one in held:
        one.taken_row = row.n


def _open_grants(plan: Plan, ref: bytes) -> Iterator[NewGrant]:
    return (one for one in plan.grants.get(ref, ()) if not one.taken_row)


def _held(plan: Plan, ref: bytes, subsystem: str) -> frozenset[str]:
    return frozenset(
        one.post.post for one in _open_grants(plan, ref) if one.post.subsystem == subsystem
    )
