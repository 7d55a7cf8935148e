"""What an operator types: words, files and exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from app.config import Settings
from app.wiring import create_app
from scripts.cluster import Cluster
from scripts.process import ROOT
from tests.support.office import Office

pytestmark = pytest.mark.committed
PASSPHRASE = "恩施的雨季很长很长很长 2026"


class Operator:
    """Types commands with this environment."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env

    def __call__(self, *arguments: str | Path, code: int = 0) -> str:
        engine = create_engine(self.env["DATABASE_URL"])
        app = create_app(Settings.from_env(self.env), bind=engine)
        done = app.test_cli_runner().invoke(args=[str(each) for each in arguments], env=self.env)
        engine.dispose()
        assert done.exit_code == code, done.output
        return done.output


@pytest.fixture
def operator(environment: dict[str, str], tmp_path: Path) -> Operator:
    return Operator({**environment, "DATA_DIR": str(tmp_path / "data")})


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    return file


def test_from_backup_to_release(
    operator: Operator,
    office: Office,
    passphrase: Path,
    cluster: Cluster,
    worker_id: str,
    tmp_path: Path,
) -> None:
    """Create with keys apart, verify, restore under the same keys, look at what is held, let go."""
    office.walk(office.start())
    office.session.commit()
    backup, keys = tmp_path / "b", tmp_path / "keys"
    given = ("--passphrase-file", passphrase)
    assert "完好" not in operator("backup", "create", backup, "--keys", keys, *given)
    assert operator.env["FIELD_KEYS"].encode() not in keys.read_bytes()
    assert "备份完好" in operator("backup", "verify", backup)
    wrong = {**operator.env, "FIELD_KEYS": "t9:dGhpcy1pcy1vbmx5LWEta2V5LW9mLW90aGVyLXNpdGU="}
    assert "t1" in Operator(wrong)("backup", "verify", backup, code=1)
    assert "备份完好" in Operator(wrong)("backup", "verify", backup, "--keys", keys, *given)

    name = f"by_command_{worker_id}"
    cluster.create(name)
    there = {"DATABASE_URL": cluster.url(name), "DATA_DIR": str(tmp_path / "new")}
    again = Operator({**operator.env, **there})
    stranger = Operator({**wrong, **there})
    refused = stranger("backup", "restore", backup, "--keys", keys, *given, code=1)
    assert "什么也读不出来" in refused
    assert "被扣住，没有执行" in again("backup", "restore", backup)
    assert "不是空的" in again("backup", "restore", backup, code=1)
    listed = again("outbox", "list")
    assert "documents.freeze" in listed
    again("outbox", "release", code=2)
    again("outbox", "release", "987654", code=1)
    assert "放行了" in again("outbox", "release", "--all")
    assert "共 0 项" in again("outbox", "list")
    engine = create_engine(cluster.url(name))
    with engine.connect() as connection:
        kinds = connection.scalars(
            text("SELECT kind FROM event WHERE chain = 'unit:system' ORDER BY seq")
        ).all()
    engine.dispose()
    assert kinds[-2:] == ["backup.restored", "outbox.released"]
    cluster.drop(name)


def test_damage_has_an_exit_code_of_its_own(operator: Operator, tmp_path: Path) -> None:
    backup = tmp_path / "b"
    said = operator("backup", "create", backup)
    assert "备份里没有密钥" in said
    part = backup / "database" / "event.part"
    part.write_bytes(part.read_bytes()[:-1])
    assert "database/event.part 被改动过" in operator("backup", "verify", backup, code=3)
    operator("backup", "restore", backup, code=3)
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "backup", "verify", str(backup)],
        cwd=ROOT,
        env={**os.environ, **operator.env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert "database/event.part" in done.stderr
    assert "已经存在" in operator("backup", "create", backup, code=1)
    operator("backup", "verify", tmp_path / "nothing", code=1)


def test_keys_lie_apart_and_behind_a_passphrase(
    operator: Operator, passphrase: Path, bind: Engine, tmp_path: Path
) -> None:
    """Not inside the backup, not under a short word, and nothing is written when refused."""
    assert bind
    backup, given = tmp_path / "b", ("--passphrase-file", passphrase)
    inside = operator("backup", "create", backup, "--keys", backup / "keys", *given, code=1)
    assert "不能写在备份目录里" in inside
    keys = tmp_path / "keys"
    passphrase.write_text("short\n")
    assert "口令太弱" in operator("backup", "create", backup, "--keys", keys, *given, code=1)
    assert not backup.exists()
    assert not keys.exists()
    passphrase.write_text(PASSPHRASE)
    operator("backup", "create", backup, "--keys", keys, *given)
    assert keys.stat().st_mode & 0o077 == 0
    passphrase.write_text(PASSPHRASE + "!")
    verify = ("backup", "verify", backup, "--keys", keys, *given)
    assert "口令不对" in operator(*verify, code=1)
    sealed = bytearray(keys.read_bytes())
    sealed[60] ^= 1
    keys.write_bytes(bytes(sealed))
    passphrase.write_text(PASSPHRASE)
    assert "打不开" in operator(*verify, code=1)
