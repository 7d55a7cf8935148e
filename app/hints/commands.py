"""`flask --app wsgi accounts recheck`: the night's look through the books, now."""

import click
from flask.cli import AppGroup

from app.core.clock import utcnow
from app.core.db import transaction
from app.hints import service

accounts = AppGroup("accounts", help="Accounts and permissions of the managed systems.")


@accounts.command("recheck")
def recheck() -> None:
    """Ask all rules of all accounts, permissions and books; what is found becomes a hint."""
    with transaction() as session:
        done = service.recheck(session, now=utcnow())
    if done is None:
        raise click.ClickException("另一次核对正在进行，请稍后再试。")
    click.echo(
        f"核对完毕：新的风险提示 {done.raised} 条，以前提示过的 {done.seen} 条，"
        f"已经消除的 {done.gone} 条，用时 {done.seconds:.1f} 秒。"
    )
