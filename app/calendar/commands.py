"""The calendar from the command line: notices from a file. One transaction."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.calendar import importing
from app.calendar.types import BadNotice
from app.core.clock import utcnow
from app.core.db import transaction

calendar = AppGroup("calendar", help="Notices of days off and of days worked instead.")
YAML = (".yaml", ".yml")


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(file: Path) -> None:
    """Enter the notices of FILE (.yaml or .csv): all of them, or none with every fault named."""
    try:
        with transaction() as session:
            entered = importing.import_notices(
                session,
                now=utcnow(),
                data=file.read_bytes(),
                is_yaml=file.suffix.lower() in YAML,
            )
    except BadNotice as error:
        lines = [error.text, *(f"  {one.message}" for one in error.errors)]
        raise click.ClickException("\n".join(lines)) from error
    click.echo(f"已录入 {len(entered)} 份通知。")
