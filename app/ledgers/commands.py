"""`flask --app wsgi ledgers export NAME FILE`."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.core.clock import utcnow
from app.core.db import transaction
from app.core.errors import AppError
from app.ledgers import service

ledgers = AppGroup("ledgers", help="台账：导出成文件。")


@ledgers.command("export")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(name: str, file: Path) -> None:
    """Write every row of ledger NAME to FILE (.xlsx or .csv); the export is recorded."""
    kind = file.suffix.removeprefix(".").lower()
    if kind not in service.FORMATS:
        raise click.ClickException("文件名要以 .xlsx 或 .csv 结尾。")
    half = file.with_name(f"{file.name}.half")
    try:
        with transaction() as session:
            made = service.export_whole_ledger(session, now=utcnow(), name=name, kind=kind)
            half.touch(mode=0o600)
            half.write_bytes(made.data)
    except (AppError, OSError) as error:
        half.unlink(missing_ok=True)
        raise click.ClickException(str(error)) from error
    half.replace(file)
    click.echo(f"{made.rows_count} 行，写在 {file}，SHA-256 {made.sha256}。")
