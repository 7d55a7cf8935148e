"""How an administrator's row is written down: in the books of the 州, with a copy at the 县市."""

from sqlalchemy.orm import Session

from app.access.administrators.types import ADMIN_POST, AdminRow
from app.access.models import Account
from app.access.service.booking import Labels, hide_numbers, person_values
from app.access.types import KIND_LABELS, AccountKind
from app.identity.models import Unit
from app.identity.queries import people_by_ids, prefecture_of
from app.ledgers.service import append_rows
from app.ledgers.types import ACCOUNTS, GRANTS, Entry
from app.processes.queries import unit_ref
from app.processes.registry import OperationContext
from app.tasks.naming import acting, named_in
from app.tasks.queries import signers_of

ACCOUNT_STEP, GRANT_STEP = "account_execution", "permission_execution"
COPIED = "抄自上级台账"


def source(context: OperationContext, row: AdminRow) -> str:
    """Names the approved row. A new submission is approved anew, so its rows are others."""
    return f"{context.ticket}/{context.submission}#{row.no}"


class Book:
    """The entries of one form, booked last, in the order in which they took effect."""

    def __init__(
        self,
        session: Session,
        context: OperationContext,
        *,
        account_step: str = ACCOUNT_STEP,
        grant_step: str = GRANT_STEP,
    ) -> None:
        self._session, self._context = session, context
        self._steps = account_step, grant_step
        self._entries: list[tuple[Entry, Unit]] = []
        self._labels = Labels(session)
        signers = signers_of(session, context.instance_id, context.submission)
        names = people_by_ids(
            session, named_in(task for group in signers.values() for task in group)
        )
        self._said = {
            node: "、".join(acting(task, names) for task in group)
            for node, group in signers.items()
        }

    def account(self, row: AdminRow, account: Account, act: str) -> None:
        values = {
            **person_values(account),
            "act": act,
            "reason": hide_numbers(row.requirement),
            "executor": self._executor(self._steps[0]),
            "remark": "",
        }
        self._note(ACCOUNTS.name, row, "", account, values)

    def grant(self, row: AdminRow, account: Account, subsystem: str, *, is_given: bool) -> None:
        label, post = self._labels.subsystem(subsystem), KIND_LABELS[AccountKind(ADMIN_POST)]
        values = {
            **person_values(account),
            "account_kind": post,
            "subsystem": label,
            "post": post,
            "change": f"{'增' if is_given else '减'}：{post}",
            "before": "无" if is_given else post,
            "after": post if is_given else "无",
            "reason": hide_numbers(row.requirement),
            "executor": self._executor(self._steps[1]),
        }
        self._note(GRANTS.name, row, f":{subsystem}", account, values)

    def close(self) -> None:
        """The 州 first, then the copies: everybody takes the counters in this order."""
        session, context = self._session, self._context
        own = session.get_one(Unit, context.unit.id)
        above = prefecture_of(session, own) or own
        is_own = above.id == context.unit.division_id
        keeper = context.unit if is_own else unit_ref(session, above.id)
        entries = [entry for entry, _ in self._entries]
        append_rows(session, now=context.now, unit=keeper, entries=entries)
        copies: dict[int, list[Entry]] = {}
        for entry, unit in self._entries:
            if unit.division_id != keeper.division_id:
                copies.setdefault(unit.division_id, []).append(_copied(entry))
        for division_id in sorted(copies):
            place = unit_ref(session, division_id)
            append_rows(session, now=context.now, unit=place, entries=copies[division_id])

    def _note(
        self, book: str, row: AdminRow, mark: str, account: Account, values: dict[str, str]
    ) -> None:
        unit = self._session.get_one(Unit, account.unit_id)
        named = source(self._context, row) + mark
        entry = Entry(
            book,
            named,
            self._context.ticket,
            row.no,
            {**values, "unit": unit.name},
            account_id=account.id,
        )
        self._entries.append((entry, unit))

    def _executor(self, node: str) -> str:
        return self._said.get(node) or self._context.actor.name


def _copied(entry: Entry) -> Entry:
    key = "remark" if entry.ledger == ACCOUNTS.name else "reason"
    told = "；".join(filter(None, (entry.values[key], COPIED)))
    return Entry(
        entry.ledger,
        f"{entry.source}:copy",
        entry.ticket,
        entry.row_no,
        {**entry.values, key: told},
    )
