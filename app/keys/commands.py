"""`flask keys …`: how the field keys are doing, and changing them while the site runs."""

import sys
import time

import click
from flask.cli import AppGroup

from app.attachments.types import FileDamaged
from app.core import crypto
from app.core.db import reading, transaction
from app.keys import service

keys = AppGroup("keys", help="加密个人信息的密钥。")
PATIENCE = 1.0
TRIES = 60
FILES = 20  # a batch of files is read, sealed and synced under one lock


@keys.command("status")
def status() -> None:
    """Which columns still hold rows under another key than the current one."""
    with reading() as session:
        for left in service.count_left(session):
            print(f"{left.column:<32}{left.rows}")


@keys.command("rotate")
@click.option("--batch", default=service.BATCH, show_default=True, help="每批多少行。")
def rotate(batch: int) -> None:
    """Seal everything anew under the first of FIELD_KEYS; may be stopped and run again."""
    done = 0
    for _ in range(TRIES):
        try:
            done += _once(batch)
        except crypto.Unreadable:
            sys.exit("有的行是用 FIELD_KEYS 里没有的密钥加密的：请把旧密钥加在后面再来一次。")
        except FileDamaged:
            sys.exit(
                "有的附件打不开：文件损坏，或者 FIELD_KEYS 里没有它的密钥。"
                "请用 attachments verify 查看是哪些。"
            )
        with reading() as session:
            left = sum(one.rows for one in service.count_left(session))
        if left == 0:
            print(f"全部换成当前密钥，这次换了 {done} 行。旧密钥要留在 FIELD_KEYS 最后：索引用它。")
            return
        time.sleep(PATIENCE)  # rows somebody held just now
    sys.exit(f"换了 {done} 行，还有 {left} 行正被使用，请稍后再运行一次。")


def _once(batch: int) -> int:
    done = 0
    for column in service.sealed_columns():
        while True:
            with transaction() as session:
                count = service.rotate_batch(session, column, batch)
            done += count
            if count == 0:
                break
    while True:
        with transaction() as session:
            count = service.rotate_files(session, FILES)
        done += count
        if count == 0:
            return done
