"""How an act on an account is written down: the ledger's row and the ticket's audit event."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

import forms
from app.access.models import Account
from app.access.types import KIND_LABELS, AccountActed, AccountsActed, FormRow
from app.audit import service as audit
from app.core import crypto, events
from app.core.actor import Actor
from app.ledgers.types import ACCOUNTS, GRANTS, Entry
from app.processes import registry
from app.processes.models import Instance
from app.processes.registry import OperationContext

SYSTEM = "系统"
NUMBERS = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")


def source(context: OperationContext, row: FormRow) -> str:
    """Names the approved row. A new submission is approved anew, so its rows are others."""
    return f"{context.ticket}/{context.submission}#{row.no}"


def account_entry(
    context: OperationContext,
    row: FormRow,
    account: Account,
    act: str,
    *,
    executor: str | None = None,
    remark: str = "",
    step: str = "",
) -> Entry:
    """`step` tells two acts of one form on one account apart."""
    return Entry(
        ACCOUNTS.name,
        source(context, row) + (f":{step}" if step else ""),
        context.ticket,
        row.no,
        {
            **person_values(account),
            "act": act,
            "reason": hide_numbers(row.requirement),
            "executor": executor or context.actor.name,
            "remark": remark,
        },
        account_id=account.id,
    )


def correction_entry(
    context: OperationContext, row: FormRow, account: Account, name: str, corrected: str
) -> Entry:
    """The row that opened the account under a mistyped name is void; this one stands for it."""
    entry = account_entry(
        context, row, account, "更正", remark=f"更正姓名：原登记为“{name}”，系申请表误填"
    )
    return replace(entry, corrects=corrected)


def undo_entry(account: Account, executor: str, reason: str) -> Entry:
    return Entry(
        ACCOUNTS.name,
        f"{account.opened_source}:undo",
        account.opened_ticket,
        account.opened_row,
        {
            **person_values(account),
            "act": "撤销",
            "reason": reason,
            "executor": executor,
            "remark": "更正：冲销原创建记录",
        },
        corrects=account.opened_source,
        account_id=account.id,
    )


def resumed_entry(account: Account, row: FormRow, ticket: str, now: datetime, reason: str) -> Entry:
    """A suspension whose request did not stand in the end."""
    return Entry(
        ACCOUNTS.name,
        f"{ticket}#{row.no}:resumed@{now.isoformat()}",
        ticket,
        row.no,
        {
            **person_values(account),
            "act": "恢复",
            "reason": reason,
            "executor": SYSTEM,
            "remark": "",
        },
        account_id=account.id,
    )


def grant_entry(
    context: OperationContext,
    row: FormRow,
    account: Account,
    before: Collection[str],
    after: Collection[str],
    labels: "Labels",
    *,
    subsystem: str | None = None,
) -> Entry:
    """Of the form's own subsystem; a form that speaks of several names each."""
    code = str(context.answers.get("subsystem", "")) if subsystem is None else subsystem
    mark = "" if subsystem is None else f":{subsystem}"
    given = [f"增：{labels.post(post)}" for post in sorted(set(after) - set(before))]
    taken = [f"减：{labels.post(post)}" for post in sorted(set(before) - set(after))]
    values = {
        **person_values(account),
        "subsystem": labels.subsystem(code),
        "post": labels.post(row.post),
        "change": "；".join(taken + given) or "无增减",
        "before": labels.posts(before),
        "after": labels.posts(after),
        "reason": hide_numbers(row.requirement),
        "executor": context.actor.name,
        # By codes, whatever the labels become: what the posts in force must equal.
        "_subsystem": code,
        "_after": ",".join(sorted(after)),
    }
    return Entry(
        GRANTS.name,
        source(context, row) + mark,
        context.ticket,
        row.no,
        values,
        account_id=account.id,
    )


def person_values(account: Account) -> dict[str, str]:
    return {
        "name": account.name,
        "id_number": forms.mask_text(crypto.unseal(account.id_number).decode()),
        "phone": forms.mask_text(crypto.unseal(account.phone).decode()),
        "account_kind": KIND_LABELS[account.kind],
    }


def hide_numbers(text: str) -> str:
    """What people write freely may repeat a number; the ledger keeps it masked there too."""
    return NUMBERS.sub(lambda found: forms.mask_text(found.group()), text)


class Labels:
    """The region's names for subsystems and posts; a code without a name stays as it is."""

    def __init__(self, session: Session) -> None:
        self._subsystems = _labels(session, "subsystems")
        self._posts = _labels(session, "posts")

    def subsystem(self, code: str) -> str:
        return self._subsystems.get(code, code)

    def post(self, code: str) -> str:
        return self._posts.get(code, code)

    def posts(self, codes: Collection[str]) -> str:
        return "、".join(self.post(code) for code in sorted(codes)) or "无"


def _labels(session: Session, name: str) -> dict[str, str]:
    values = registry.value_lists.get(name)
    return {choice.value: choice.label for choice in values(session)} if values else {}


class Act(NamedTuple):
    """What became of an account by a row; `subsystem` and `post` say which permission."""

    kind: str
    account: Account
    row_no: int
    subsystem: str = ""
    post: str = ""


def record(
    session: Session,
    instance_id: int,
    acts: Sequence[Act],
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    """One event for each change of state, in the chain of the ticket (whose row is locked)."""
    if not acts:
        return
    session.flush()  # events name accounts by id
    head = session.get_one(Instance, instance_id)
    for act in acts:
        audit.record(
            session,
            now=now,
            actor=actor,
            kind=act.kind,
            object=f"ticket:{head.number}",
            data={"account": act.account.id, "row": act.row_no},
            head=head,
        )
    told = tuple(
        AccountActed(act.kind, act.account.id, act.row_no, act.subsystem, act.post) for act in acts
    )
    events.publish(session, AccountsActed(head.number, head.submission_count, told, now))
