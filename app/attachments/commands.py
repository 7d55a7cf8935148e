"""`flask --app wsgi attachments …`: is every file there and unchanged, and none too many."""

import sys

import click
from flask.cli import AppGroup

from app.attachments import service
from app.core.clock import utcnow
from app.core.db import reading, transaction

attachments = AppGroup("attachments", help="附件的文件。")


@attachments.command("verify")
def verify() -> None:
    """Read every file and compare its hash; name what is missing, changed or left over."""
    with reading() as session:
        found = list(service.verify(session))
    for line in found:
        click.echo(line)
    if found:
        sys.exit(f"有 {len(found)} 处问题。丢失或者损坏的文件要从备份恢复。")
    click.echo("附件都在，没有改动，也没有多余的文件。")


@attachments.command("sweep")
def sweep() -> None:
    """Do now what the worker does every hour: forget files that belong to nothing."""
    with transaction() as session:
        rows = service.sweep_rows(session, now=utcnow())
    with reading() as session:
        files = service.sweep_files(session)
    click.echo(f"清除了 {rows} 个没有用到的附件，删掉了 {files} 个多余的文件。")
