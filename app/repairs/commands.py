"""`flask --app wsgi incidents list|retry` and `outbox list|retry|release|discard`.

The operator stands above all units; what he does is recorded as the system's act.
"""

import sys
from collections.abc import Callable

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError, Invalid
from app.core.outbox import OutboxState
from app.processes.types import IncidentState
from app.repairs import queries, service

EVERYTHING = 10_000
STUCK = (OutboxState.HELD, OutboxState.DEAD)

incidents = AppGroup("incidents", help="运行异常：列出、再试一次。")
waiting = AppGroup("outbox", help="待发事项（生成正式件、通知等）：多次没有办成的，恢复后扣住的。")


@incidents.command("list")
@click.option("--all", "everything", is_flag=True, help="已经处理的也列出。")
def list_incidents(everything: bool) -> None:
    """Id, when, ticket, kind, tries, cause."""
    state = None if everything else IncidentState.OPEN
    with reading() as session:
        rows = queries.list_incidents(session, None, state=state, limit=EVERYTHING).items
        for row in rows:
            one = row.incident
            at = clock.local(one.created_at)
            facts = (one.id, f"{at:%Y-%m-%d %H:%M}", row.number, row.kind_label, one.tries)
            click.echo("\t".join(map(str, (*facts, one.cause))))
    click.echo(f"共 {len(rows)} 条。", err=True)


@incidents.command("retry")
@click.argument("incident_id", metavar="ID", type=int)
def retry(incident_id: int) -> None:
    """Run again what broke; exit code 1 if it broke again."""

    def act() -> str:
        with transaction() as session:
            one = service.retry(session, actor=None, now=utcnow(), incident_id=incident_id)
            row = queries.incident_row(session, one.id, None, lambda _: True)
        if not one.is_open:
            return f"异常 {one.id} 已经处理：{row.state_label}。"
        if one.outbox_id is not None:
            return f"异常 {one.id} 已经让系统再办一次，办好后自动关闭。"
        click.echo(f"异常 {one.id} 试了第 {one.tries} 次，没有成功：{one.cause}", err=True)
        sys.exit(1)

    _said(act)


@waiting.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in OutboxState]),
    help="默认列出要人决定的：held 和 dead。",
)
def list_rows(states: tuple[str, ...]) -> None:
    """Id, state, when it was asked for, topic, key, attempts, error."""
    chosen = [OutboxState(state) for state in states] or STUCK
    with reading() as session:
        rows = queries.list_outbox(session, None, states=chosen, limit=EVERYTHING).items
        for shown in rows:
            row = shown.row
            at = clock.local(row.created_at)
            facts = (row.id, row.state, f"{at:%Y-%m-%d %H:%M}", row.topic, row.key)
            click.echo("\t".join(map(str, (*facts, row.attempts, row.error or ""))))
    click.echo(f"共 {len(rows)} 项。", err=True)


@waiting.command("retry")
@click.argument("row_id", metavar="ID", type=int)
def retry_row(row_id: int) -> None:
    """Send a dead item on its way again."""

    def act() -> str:
        with transaction() as session:
            service.retry_row(session, actor=None, now=utcnow(), row_id=row_id)
        return f"第 {row_id} 项已经让系统再办一次。"

    _said(act)


@waiting.command("release")
@click.argument("ids", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="全部放行。")
def release(ids: tuple[int, ...], everything: bool) -> None:
    """Let held items go on: the IDs, or --all."""
    if bool(ids) == everything:
        raise click.UsageError("请写出编号，或者用 --all 全部放行。")

    def act() -> str:
        with transaction() as session:
            released = service.release_rows(
                session, actor=None, now=utcnow(), ids=None if everything else ids
            )
        return f"放行了 {len(released)} 项。"

    _said(act)


@waiting.command("discard")
@click.argument("row_id", metavar="ID", type=int)
@click.option("--reason", required=True, help="为什么不再办理。")
def discard(row_id: int, reason: str) -> None:
    """Give a dead or held item up, with the reason."""

    def act() -> str:
        with transaction() as session:
            service.discard_row(session, actor=None, now=utcnow(), row_id=row_id, reason=reason)
        return f"第 {row_id} 项不再办理。"

    _said(act)


def _said(act: Callable[[], str]) -> None:
    """Print what an act answers; an error of ours becomes a sentence and exit code 1."""
    try:
        click.echo(act())
    except Invalid as error:
        raise click.ClickException(error.errors[0].message) from error
    except AppError as error:
        raise click.ClickException(error.text) from error
    except DBAPIError as error:
        raise click.ClickException(f"数据库没有照办，什么也没有改变：{error.orig}") from error
