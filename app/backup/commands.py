"""`flask --app wsgi backup create|verify|restore DIR`."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from app.audit import service as audit
from app.backup import service
from app.backup.sealing import open_keys, open_private, seal_keys
from app.backup.types import BackupDamaged, BackupRefused, Manifest
from app.config import BadSetting, Settings, gather
from app.core import clock
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError

DAMAGED = 3
SECRETS = ("FIELD_KEYS", "SECRET_KEY", "SMS_GATEWAYS", "SMTP_URL")

backup = AppGroup("backup", help="备份、核对、恢复。退出码：0 成功，1 没有执行，3 备份有损坏。")

folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
passphrase = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="口令在这个文件的第一行；不给就在屏幕上问。",
)


@backup.command("create")
@folder
@click.option(
    "--keys",
    "keys_file",
    type=click.Path(path_type=Path),
    help="把密钥用口令加密后写到这个文件（放在备份以外的地方）。",
)
@passphrase
def create(folder: Path, keys_file: Path | None, passphrase_file: Path | None) -> None:
    """Write a new backup into DIR while the site runs."""

    def act() -> None:
        settings = Settings.from_env()
        place = folder.absolute()
        sealed = _sealed_keys(place, keys_file, passphrase_file) if keys_file else b""
        begun = time.monotonic()
        with reading() as session:
            manifest = service.create(
                session, folder=place, settings=settings, now=utcnow(), say=_progress
            )
        if keys_file:
            _write_keys(keys_file, sealed)
        with transaction() as session:
            audit.record(
                session,
                now=utcnow(),
                actor=None,
                kind="backup.created",
                object=f"backup:{manifest.id}",
                data={"rows": manifest.rows, "files": len(manifest.files)},
            )
        click.echo(f"备份已写入 {place}（{_figures(manifest)}），用时 {_since(begun)}。")
        click.echo(
            f"密钥已加密另存到 {keys_file}，请和备份分开保管，口令也另记。"
            if keys_file
            else "备份里没有密钥：没有 FIELD_KEYS 就恢复不了，请确认已另存（--keys 文件）。"
        )

    _said(act)


@backup.command("verify")
@folder
@click.option("--keys", "keys_file", type=click.Path(exists=True, path_type=Path))
@passphrase
def verify(folder: Path, keys_file: Path | None, passphrase_file: Path | None) -> None:
    """Read every byte of DIR: parts, rows, chains. Touches no database."""

    def act() -> None:
        begun = time.monotonic()
        copy = service.open_copy(folder, _keys(keys_file, passphrase_file))
        service.verify(copy, _progress)
        taken = clock.local(copy.manifest.taken_at)
        click.echo(
            f"备份完好：{taken:%Y-%m-%d %H:%M:%S}，{_figures(copy.manifest)}，"
            f"用时 {_since(begun)}。"
        )

    _said(act)


@backup.command("restore")
@folder
@click.option("--keys", "keys_file", type=click.Path(exists=True, path_type=Path))
@passphrase
@click.option("--force-empty", is_flag=True, help="数据库里已有表，但每个表都是空的。")
def restore(
    folder: Path, keys_file: Path | None, passphrase_file: Path | None, force_empty: bool
) -> None:
    """Load DIR into the empty database of DATABASE_URL and its files into DATA_DIR."""

    def act() -> None:
        settings = Settings.from_env()
        begun = time.monotonic()
        copy = service.open_copy(folder, _keys(keys_file, passphrase_file))
        _refuse_other_keys(copy.manifest, copy.key, settings)
        service.verify(copy, _progress)
        with service.new_files(settings.data_dir) as files, transaction() as session:
            done = service.restore(
                session,
                copy=copy,
                files=files,
                now=utcnow(),
                may_hold_empty_tables=force_empty,
                say=_progress,
            )
        click.echo(
            f"已恢复：{done.tables} 个表 {done.rows} 行，{done.files} 个文件，"
            f"用时 {_since(begun)}。"
        )
        click.echo(f"{done.sessions} 个登录会话已结束，所有人要重新登录。")
        if done.held:
            click.echo(
                f"有 {done.held} 项备份时还没有办完的发送或生成被扣住，没有执行。"
                f"请先看 outbox list，确认没有发过的用 outbox release 放行。"
            )

    _said(act)


def _said(act: Callable[[], None]) -> None:
    """Errors become sentences and exit codes; a finding goes to stderr like any error."""
    try:
        act()
    except BackupDamaged as error:
        click.echo(error.text, err=True)
        raise click.exceptions.Exit(DAMAGED) from error
    except (AppError, BadSetting) as error:
        raise click.ClickException(getattr(error, "text", str(error))) from error
    except DBAPIError as error:
        raise click.ClickException(f"数据库没有照办，什么也没有改变：{error.orig}") from error


def _progress(line: str) -> None:
    click.echo(line, err=True)


def _figures(manifest: Manifest) -> str:
    return (
        f"{len(manifest.tables)} 个表 {manifest.rows} 行，{len(manifest.files)} 个文件，"
        f"{manifest.chains.count} 条审计链，{manifest.bytes / 2**20:.1f} MB"
    )


def _since(begun: float) -> str:
    return f"{time.monotonic() - begun:.1f} 秒"


def _sealed_keys(place: Path, keys_file: Path, passphrase_file: Path | None) -> bytes:
    """Asked for first: a passphrase that is refused should not cost a backup."""
    if keys_file.absolute().is_relative_to(place):
        raise BackupRefused("密钥不能写在备份目录里，请放到别处。")
    if keys_file.exists():
        raise BackupRefused(f"{keys_file} 已经存在，请换一个文件名。")
    found = gather()
    values = {name: found[name] for name in SECRETS if found.get(name)}
    return seal_keys(values, _passphrase(passphrase_file, confirm=True))


def _write_keys(keys_file: Path, sealed: bytes) -> None:
    with open_private(keys_file) as file:
        file.write(sealed)


def _keys(keys_file: Path | None, passphrase_file: Path | None) -> Mapping[str, bytes]:
    """The site's own field keys, or those of the keys file."""
    if keys_file is None:
        return Settings.from_env().field_keys
    kept = open_keys(keys_file.read_bytes(), _passphrase(passphrase_file, confirm=False))
    return Settings.from_env({**gather(), **kept}).field_keys


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").split("\n", 1)[0]
    asked: str = click.prompt("密钥文件的口令", hide_input=True, confirmation_prompt=confirm)
    return asked


def _refuse_other_keys(manifest: Manifest, key: bytes, settings: Settings) -> None:
    """Restored under other keys, nothing sealed in the database could be read."""
    if settings.field_keys.get(manifest.key_id) != key:
        raise BackupRefused(
            f"本站的 FIELD_KEYS 里没有备份时的密钥 {manifest.key_id}，恢复后什么也读不出来。"
            f"请先把当时的 FIELD_KEYS 和 SECRET_KEY 写进设置。"
        )
