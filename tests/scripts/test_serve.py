"""What `make run` refuses, and what it writes."""

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from app.config import Settings
from scripts import serve, settings, setup
from scripts.cluster import LONGEST_SOCKET_FOLDER, Cluster
from scripts.process import Child, Failed, write_private
from scripts.supervisor import Supervisor


def test_settings_satisfy_the_app(tmp_path: Path) -> None:
    """What is written once is all that the app asks for, and only its owner can read it."""
    made = settings.make_settings({}, {"PORT": "0"}, tmp_path)
    made |= {"DATABASE_URL": "postgresql://x", "REDIS_URL": "redis+socket://x"}
    settings.write_settings(tmp_path / "settings.env", made)
    assert stat.S_IMODE((tmp_path / "settings.env").stat().st_mode) == 0o600
    read = Settings.from_env({"DATA_DIR": str(tmp_path)})
    assert (read.region, read.demo, read.database_url) == ("enshi", True, "postgresql://x")
    assert read.base_url == f"http://127.0.0.1:{read.port}"


def test_secrets_are_made_once(tmp_path: Path) -> None:
    """A second start keeps the keys: without them sealed data could not be read."""
    first = settings.make_settings({}, {"PORT": "0"}, tmp_path)
    second = settings.make_settings(first, {"PORT": "0"}, tmp_path)
    other = settings.make_settings({}, {"PORT": "0"}, tmp_path)
    for name in ("SECRET_KEY", "FIELD_KEYS"):
        assert first[name] == second[name] != other[name]


def test_an_unknown_region_is_refused() -> None:
    """The refusal names the file that is missing and the regions there are."""
    with pytest.raises(Failed, match=r"regions/atlantis\.yaml.*enshi.*weihai"):
        settings.given_region({"REGION": "atlantis"}, None)


def test_a_region_is_for_ever(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One installation has one region; its data cannot move to another."""
    (tmp_path / "regions").mkdir()
    for name in ("enshi", "weihai"):
        (tmp_path / "regions" / f"{name}.yaml").touch()
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    assert settings.given_region({}, "weihai") == "weihai"
    with pytest.raises(Failed, match="belongs to region enshi"):
        settings.given_region({"REGION": "weihai"}, "enshi")


def test_a_port_in_use_is_refused() -> None:
    """The refusal says how to choose another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Failed, match=f"Port {port} is in use.*make run PORT="):
            settings.given_port({"PORT": str(port)})
    assert settings.given_port({"PORT": str(port)}) == port
    with pytest.raises(Failed, match="no number"):
        settings.given_port({"PORT": "http"})
    with pytest.raises(Failed, match="cannot be had"):
        settings.given_port({"PORT": "99999"})


def test_a_second_start_in_the_folder_is_refused(tmp_path: Path) -> None:
    """Two launchers on one database would each think it theirs."""
    serve.lock(tmp_path / "lock", "refused")
    with pytest.raises(Failed, match="refused"):
        serve.lock(tmp_path / "lock", "refused")


def test_a_path_too_long_for_sockets_is_refused(tmp_path: Path) -> None:
    """Better now than as PostgreSQL's riddle later."""
    sockets = tmp_path / ("x" * LONGEST_SOCKET_FOLDER)
    with pytest.raises(Failed, match="too long for a socket"):
        Cluster(tmp_path / "pg", sockets, "pw").make()


def test_private_files_replace_open_ones(tmp_path: Path) -> None:
    """A file that others could read before is theirs no more."""
    (tmp_path / "secret").write_text("old")
    (tmp_path / "secret").chmod(0o644)
    write_private(tmp_path / "secret", ["new"])
    assert (tmp_path / "secret").read_text() == "new\n"
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_full_disk_costs_lines_but_never_a_service(tmp_path: Path) -> None:
    """Its log cannot be written; its pipe is read on, so that it does not stand still."""
    logs = tmp_path / "log"
    logs.mkdir()
    (logs / "talker.log").symlink_to("/dev/full")
    talk = "import sys; sys.stdout.write(('.' * 1000 + '\\n') * 1000)"
    held = os.open(os.devnull, os.O_RDONLY)
    supervisor = Supervisor(logs, {}, held)
    try:
        running = supervisor.start(Child("talker", [sys.executable, "-c", talk]))
        assert running.process.wait(120) == 0
    finally:
        supervisor.stop_all()
        os.close(held)
