"""`flask audit …` as an operator meets it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, text

from app.audit.jobs import seal_audit
from app.audit.seals import FILE
from app.config import Settings
from tests.support.office import Office

pytestmark = pytest.mark.committed
Run = Callable[..., Result]


@pytest.fixture
def audit(app: Flask, office: Office) -> Run:
    office.walk(office.start())
    office.session.commit()
    return lambda *words: app.test_cli_runner().invoke(args=["audit", *words])


def tamper(bind: Engine, statement: str) -> None:
    with bind.begin() as owner:
        owner.execute(text("SET LOCAL session_replication_role = replica"))
        assert owner.execute(text(statement)).rowcount > 0


def test_a_whole_trail_is_said_to_hold(audit: Run, tmp_path: Path) -> None:
    head = tmp_path / "head"
    assert audit("export-head", str(head)).exit_code == 0
    done = audit("verify", "--head", str(head))
    assert done.exit_code == 0
    assert "没有问题" in done.output


def test_the_first_bad_event_is_printed(audit: Run, bind: Engine) -> None:
    tamper(bind, "UPDATE event SET actor_name = '别人' WHERE chain LIKE 'ticket:%' AND seq = 2")
    done = audit("verify")
    assert done.exit_code == 1
    assert "第2条：内容被改过" in done.output


def test_a_database_put_back_needs_the_head(audit: Run, bind: Engine, tmp_path: Path) -> None:
    """All chains and seals gone together: only what left the house knows."""
    head = tmp_path / "head"
    audit("export-head", str(head))
    tamper(bind, "DELETE FROM event")
    tamper(bind, "DELETE FROM audit_seal")
    tamper(bind, "UPDATE instance SET audit_seq = 0")
    tamper(bind, "DELETE FROM chain_head")
    assert audit("verify").exit_code == 0
    done = audit("verify", "--head", str(head))
    assert done.exit_code == 1
    assert "退回" in done.output


def test_a_file_that_is_no_head_is_refused(audit: Run, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("hello\n")
    assert audit("verify", "--head", str(other)).exit_code == 1
    assert audit("verify", "--head", str(tmp_path / "none")).exit_code != 0
    assert audit("export-head", str(tmp_path / "no" / "folder")).exit_code == 1


def test_the_job_seals_and_exports(audit: Run, settings: Settings) -> None:
    """Run twice it leaves one seal, and its file serves `verify`."""
    file = settings.audit_export_dir / FILE
    file.unlink(missing_ok=True)
    seal_audit()
    seal_audit()
    assert len(file.read_bytes().splitlines()) == 1
    assert audit("verify", "--head", str(file)).exit_code == 0
    file.unlink()
