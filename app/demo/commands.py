"""`flask --app wsgi demo load`: people and tickets of the demonstration."""

from datetime import timedelta
from pathlib import Path

import click
import yaml

from app.config import Settings
from app.core.clock import utcnow
from app.core.db import transaction
from app.core.errors import AppError, Invalid
from app.demo.bootstrap import enter_numberings, found
from app.demo.load import fill
from app.demo.phonebook import fill_phonebook
from app.demo.service import PROCESS, play
from app.identity.demo import load_demo_people

MOST = 2_000_000
FOUNDED = timedelta(days=30)
NUMBERED = timedelta(days=365)
REGIONS = Path(__file__).resolve().parent.parent.parent / "regions"


@click.command("load")
@click.option("--region", default=None, help="缺省为本站的地区。")
@click.option(
    "--scale", type=click.IntRange(1, MOST), help="再装入 N 件办完的和一些在办的；一个库只装一次。"
)
def load(region: str | None, scale: int | None) -> None:
    """Load the invented people and play a dozen tickets; only with DEMO=1. Safe to repeat.

    With --scale N, pour N finished tickets of six years on top, once.
    """
    settings = Settings.from_env()
    if not settings.demo:
        raise click.ClickException("演示数据只能装入演示环境（DEMO=1）。")
    file = REGIONS / f"{region or settings.region}.demo.yaml"
    if not file.exists():
        known = sorted(path.name.split(".")[0] for path in REGIONS.glob("*.demo.yaml"))
        raise click.ClickException(f"没有 {file.stem}；有演示数据的地区：{'、'.join(known)}。")
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    try:
        with transaction() as session:
            count = load_demo_people(session, data, utcnow())
        click.echo(f"装入 {count} 人。")
        with transaction() as session:
            paper = data.get("letterhead")  # a file without one has no administrators to enter
            ticket = found(session, utcnow() - FOUNDED, paper) if paper else None
            if ticket is not None:
                click.echo(f"  {ticket.number} {ticket.state.value} {ticket.title}")
        with transaction() as session:
            enter_numberings(session, utcnow() - NUMBERED, data.get("numberings", ()))
        with transaction() as session:
            told = fill_phonebook(session, utcnow(), data.get("phonebook"))
        if told:
            click.echo(f"通讯录 {told} 个号码。")
        if PROCESS in data.get("plays", ()):
            click.echo(f"走了 {play(utcnow(), say=click.echo)} 件。")
        if scale:
            fill(scale, utcnow(), say=click.echo)
    except Invalid as error:
        for item in error.errors:
            click.echo(f"{item.path}: {item.message}", err=True)
        raise click.ClickException(error.text) from error
    except AppError as error:
        raise click.ClickException(error.text) from error
