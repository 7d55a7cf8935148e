"""`flask --app wsgi ledgers export NAME FILE` and `ledgers verify`."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError
from app.ledgers import checking, service

ledgers = AppGroup("ledgers", help="台账：导出成文件，核对封存件。")


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


@ledgers.command("verify")
def verify() -> None:
    """Check the file of every frozen month against its hash and against the audit trail."""
    with reading() as session:
        found = checking.check_all(session)
    for title, verdict in found:
        click.echo(f"{'一致' if verdict.holds else _fault(verdict)}  {title}")
    broken = sum(not verdict.holds for _, verdict in found)
    if broken:
        raise click.ClickException(f"{broken} 个封存件对不上，请从备份里找回，并查审计记录。")
    click.echo(f"{len(found)} 个封存件都和封存时一致。")


def _fault(verdict: checking.Verdict) -> str:
    if not verdict.opens:
        return "打不开"
    return "审计记录里没有" if verdict.is_whole else "内容变了"
