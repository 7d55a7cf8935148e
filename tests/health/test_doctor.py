"""`doctor`: a line for each part, what to do about it, and an exit code that a timer can read."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.config import production_faults
from app.core import clock, crypto
from app.core.clock import utcnow
from app.core.db import reading
from app.core.outbox import Outbox, OutboxState
from app.health import checkup, commands, service
from app.health.checkup import Finding, State, Surroundings
from app.health.service import Probes
from app.notifications.models import Untold
from app.notifications.types import MOST_TRIES
from app.webhooks.models import Endpoint
from app.webhooks.types import EndpointState
from pdf import fonts
from pdf.client import PdfClient
from scripts.process import ROOT, wait_until
from tests.support.office import Office
from tests.support.patience import PATIENCE

NAMES = "设置 数据库 数据库角色 时钟 加密密钥 消息队列 后台任务 定时任务 定时事项 审计封存 待发事项"
Doctor = Callable[..., dict[str, Finding]]


@pytest.fixture(scope="session")
def fonts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fonts")
    fonts.prepare_fonts([ROOT / "var/fonts", ROOT / "frontend/node_modules"], folder)
    return folder


@pytest.fixture(scope="session")
def printer(fonts_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PdfClient]:
    """The real process."""
    path = tmp_path_factory.mktemp("pdf") / "pdf.sock"
    with subprocess.Popen(
        [sys.executable, "-m", "pdf.server", "--socket", str(path), "--workers", "1"],
        env=os.environ | {"BANJIAN_FONTS": str(fonts_folder)},
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert wait_until(PdfClient(path).ping, PATIENCE)
        yield PdfClient(path)
        process.terminate()


@pytest.fixture
def around(app: Flask, printer: PdfClient, fonts_folder: Path, tmp_path: Path) -> Surroundings:
    found: Surroundings = app.extensions["surroundings"]
    return replace(
        found,
        probes=Probes(broker=lambda: True, pdf=lambda: True),
        printer=printer,
        fonts=fonts_folder,
        data_dir=tmp_path,
    )


@pytest.fixture
def doctor(
    app: Flask, around: Surroundings, office: Office, monkeypatch: pytest.MonkeyPatch
) -> Doctor:
    """All is well unless a test breaks something."""
    service.beat(office.session, now=utcnow())

    def look(**broken: Any) -> dict[str, Finding]:
        monkeypatch.setitem(app.extensions, "surroundings", replace(around, **broken))
        office.session.flush()
        lines = checkup.examine(app.extensions["surroundings"], reading, now=utcnow())
        return {one.name: one for one in lines}

    return look


def test_every_part_has_its_line(doctor: Doctor) -> None:
    """In order, and each that is not well says what to do."""
    found = doctor()
    assert " ".join(found).startswith(NAMES)
    assert {"字体", "打印", "磁盘", "运行异常", "短信网关"} <= set(found)
    for name in ("数据库", "时钟", "加密密钥", "消息队列", "后台任务", "定时任务", "打印"):
        assert found[name].state is State.OK, found[name]
    assert all(one.remedy for one in found.values() if one.state is not State.OK)
    assert found["设置"].state is State.WARN  # DEMO=1
    assert "KB" in found["打印"].found


def test_the_table_is_aligned_and_the_exit_code_tells(app: Flask, doctor: Doctor) -> None:
    """Signs two wide do not push the columns about; 0 only if nothing failed."""
    doctor()
    office_clock = app.test_cli_runner().invoke(args=["doctor"])
    lines = office_clock.output.splitlines()
    lines = [line for line in lines if line[:2] in {"正常", "注意", "故障"}][:-1]
    assert len(lines) >= 15
    starts = {commands.width(line[: line.index(line.split()[2], 8)]) for line in lines}
    assert len(starts) == 1
    failed = [line for line in lines if line.startswith("故障")]
    assert office_clock.exit_code == (1 if failed else 0)
    assert "正常" in office_clock.output.splitlines()[-1]
    doctor(data_dir=Path("/nowhere"))
    broken = app.test_cli_runner().invoke(args=["doctor", "--json"])
    assert broken.exit_code == 1
    told = {one["name"]: one for one in json.loads(broken.output)}
    assert told["磁盘"]["state"] == "fail"
    assert "DATA_DIR" in told["磁盘"]["remedy"]


def test_what_is_silent_fails(doctor: Doctor, office: Office, tmp_path: Path) -> None:
    """Broker, pdf process; a pulse that stopped."""
    found = doctor(
        probes=Probes(broker=lambda: False, pdf=lambda: False),
        printer=PdfClient(tmp_path / "nobody", timeout=1),
    )
    assert found["消息队列"].state is found["打印"].state is State.FAIL
    service.beat(office.session, now=utcnow() - timedelta(minutes=2))
    found = doctor()
    assert found["后台任务"].state is found["定时任务"].state is State.FAIL


def test_a_missing_font_fails_and_a_rare_one_warns(
    doctor: Doctor, fonts_folder: Path, tmp_path: Path
) -> None:
    for name in fonts.REQUIRED:
        shutil.copyfile(fonts_folder / name, tmp_path / name)
    missing = set(fonts.unusable(tmp_path))
    assert doctor(fonts=tmp_path)["字体"].state is (State.WARN if missing else State.OK)
    (tmp_path / fonts.TEXT_FACE).write_bytes(b"no font")
    found = doctor(fonts=tmp_path)["字体"]
    assert found.state is State.FAIL
    assert fonts.TEXT_FACE in found.found


def test_keys_must_open_what_is_sealed(doctor: Doctor, office: Office) -> None:
    """Another installation's key: named by column."""
    office.walk(office.start())
    assert doctor()["加密密钥"].state is State.OK
    crypto.configure({"t1": bytes(range(32))})
    found = doctor()["加密密钥"]
    assert found.state is State.FAIL
    assert "submission.answers_sealed" in found.found


def test_what_waits_for_a_person_is_a_warning(doctor: Doctor, office: Office) -> None:
    row = Outbox(
        topic="tickets.notice", key="x", payload={}, due_at=office.now, created_at=office.now
    )
    row.state = OutboxState.DEAD
    office.session.add(row)
    found = doctor()["待发事项"]
    assert found.state is State.WARN
    assert "多次没有办成 1" in found.found
    row.state, row.due_at, row.created_at = OutboxState.WAITING, utcnow(), utcnow()
    assert doctor()["待发事项"].state is State.OK
    row.due_at = utcnow() - timedelta(hours=1)
    assert doctor()["待发事项"].state is State.FAIL


def test_a_schema_behind_and_tables_missing_fail(doctor: Doctor, office: Office) -> None:
    office.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert doctor()["数据库"].state is State.FAIL
    assert "db upgrade" in doctor()["数据库"].remedy
    office.session.execute(text("ALTER TABLE alembic_version RENAME TO elsewhere"))
    found = doctor()
    assert found["数据库"].state is State.FAIL
    assert found["打印"].state is State.OK
    assert "后台任务" not in found


def test_the_owner_may_change_the_trail(doctor: Doctor) -> None:
    """The tests work as the owner; triggers still refuse, so it is a warning."""
    found = doctor()["数据库角色"]
    assert found.state is State.WARN
    assert "db grant" in found.remedy


def test_a_moved_clock_is_said(doctor: Doctor, tmp_path: Path, office: Office) -> None:
    """The demonstration's own offset is no fault of the machine."""
    (tmp_path / "offset").write_text("86400")
    clock.configure(timezone="Asia/Shanghai", offset_file=tmp_path / "offset")
    service.beat(office.session, now=utcnow())
    found = doctor()["时钟"]
    assert found.state is State.OK
    assert "86400" in found.found


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "5 秒"), (300, "5 分钟"), (7200, "2 小时"), (259_200, "3 天")]
)
def test_ages_are_spelled(seconds: int, words: str) -> None:
    assert checkup.spell(seconds) == words


GOOD = {
    "DATABASE_URL": "postgresql://app@db/banjian",
    "REDIS_URL": "redis://cache/0",
    "SECRET_KEY": "8Jx1mQe0pZr7Ua3kYv5tNc9wHs2bLd4gFf6o",
    "FIELD_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "BASE_URL": "https://banjian.example.cn",
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 50}, "SECRET_KEY"),
        ({"SECRET_KEY": "please-change-me-to-something-better-1"}, "SECRET_KEY"),
        ({"FIELD_KEYS": ""}, "FIELD_KEYS"),
        ({"FIELD_KEYS": "k1:AAAA"}, "FIELD_KEYS"),
        ({"FIELD_KEYS": "k1:dGhpcy1pcy1vbmx5LWEta2V5LW9mLXRoZS10ZXN0cyE="}, "FIELD_KEYS"),
        ({"BASE_URL": ""}, "BASE_URL"),
        ({"BASE_URL": "http://banjian.example.cn"}, "https"),
        ({"DEMO": "1"}, "DEMO"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"REDIS_URL": ""}, "REDIS_URL"),
    ],
)
def test_settings_unfit_for_real_data_are_named(
    changed: dict[str, str], said: str, tmp_path: Path
) -> None:
    """Refusal and success share one set of settings."""
    good = {**GOOD, "DATA_DIR": str(tmp_path)}
    assert production_faults(good) == []
    (fault,) = production_faults({**good, **changed})
    assert said in fault


def test_settings_are_a_line(doctor: Doctor) -> None:
    assert doctor(is_demo=False)["设置"].state is State.OK
    assert doctor(is_demo=False, faults=("BASE_URL 不对。",))["设置"].state is State.FAIL


def test_what_told_nobody_and_what_is_paused_is_said(doctor: Doctor, office: Office) -> None:
    found = doctor()
    assert (found["通知"].state, found["向外推送"].state) == (State.OK, State.OK)
    session, keeper = office.session, office.actor("yaohaiyang")
    session.add(Untold(chain="c", seq=1, tries=MOST_TRIES))
    session.add(Untold(chain="c", seq=2, tries=MOST_TRIES - 1))  # it is tried again
    for name, state in (("叫号屏", EndpointState.PAUSED), ("停用的", EndpointState.OFF)):
        session.add(
            Endpoint(
                unit_id=keeper.unit_id,
                name=name,
                url=f"https://receiver.example/{state}",
                kinds=["ticket.opened"],
                state=state,
                secret_sealed=crypto.seal("x"),
                created_by_id=keeper.person_id,
                created_at=utcnow(),
            )
        )
    found = doctor()
    assert found["通知"].state is State.WARN
    assert found["通知"].found.startswith("1 件事")
    assert found["向外推送"].state is State.WARN
    assert found["向外推送"].found == "1 个地址自动暂停了：叫号屏"


def test_a_bad_setting_is_a_sentence(environment: dict[str, str]) -> None:
    """No traceback for who forgot the key."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "doctor"],
        cwd=ROOT,
        env={**os.environ, **environment, "SECRET_KEY": "weak"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_young_seal_is_fine() -> None:
    assert checkup.seal_of("ok", 40).state is State.OK
    late = checkup.seal_of("late", 4000)
    assert late.state is State.FAIL
    assert "66 分钟" in late.found
