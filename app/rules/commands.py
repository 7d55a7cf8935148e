"""The rules from the command line: rule sets from a file. One transaction."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.core.clock import utcnow
from app.core.db import transaction
from app.rules import importing
from app.rules.types import BadRule

rules = AppGroup("rules", help="Rule sets (制度依据) that processes go by.")


@rules.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(file: Path) -> None:
    """Enter the rule sets of FILE (.yaml): all of them, or none with every fault named."""
    try:
        with transaction() as session:
            entered, known = importing.import_rules(session, now=utcnow(), data=file.read_bytes())
    except BadRule as error:
        lines = [error.text, *(f"  {one.message}" for one in error.errors)]
        raise click.ClickException("\n".join(lines)) from error
    click.echo(f"已登记 {entered} 份制度依据，{known} 份原来就有。")
