"""Settings refuse to start on what is missing or weak, and say what to do."""

import base64
from pathlib import Path

import pytest

from app.config import BadSetting, Settings

FROM_FILE = "Zq1-xW7nUe4Rt9Lk2Pd6Vb8Mc3Ay5Hs0"
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": "postgresql:///x",
        "REDIS_URL": "redis://x",
        "SECRET_KEY": "Vf3kq9-zWm2LpT8xRb5nYc7Jh4Gd6Ks1",
        "FIELD_KEYS": f"k1:{KEY}",
        "DATA_DIR": str(tmp_path),
    }


def test_good_settings_are_read(env: dict[str, str], tmp_path: Path) -> None:
    settings = Settings.from_env(env)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.pdf_socket == tmp_path / "run" / "pdf.sock"
    assert not settings.demo


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", ""),
        ("REDIS_URL", ""),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 64),
        ("FIELD_KEYS", ""),
        ("FIELD_KEYS", KEY),
        ("FIELD_KEYS", f":{KEY}"),
        ("FIELD_KEYS", "k1:no base64"),
        ("FIELD_KEYS", "k1:c2hvcnQ="),
        ("FIELD_KEYS", f"k1:{base64.b64encode(bytes(32)).decode()}"),
        ("FIELD_KEYS", f"k1:{KEY},k1:{KEY}"),
        ("PORT", "eighty"),
        ("TIMEZONE", "Asia/Nowhere"),
        ("CLOCK_OFFSET_FILE", "offset"),
    ],
)
def test_weak_or_unreadable_setting_is_refused_by_name(
    env: dict[str, str], name: str, value: str
) -> None:
    with pytest.raises(BadSetting, match=name):
        Settings.from_env({**env, name: value})


def test_clock_is_moved_in_demonstrations_only(env: dict[str, str]) -> None:
    settings = Settings.from_env({**env, "CLOCK_OFFSET_FILE": "offset", "DEMO": "1"})
    assert settings.clock_offset_file == Path("offset")


def test_running_site_leaves_its_settings_to_the_command_line(
    env: dict[str, str], tmp_path: Path
) -> None:
    """The environment goes before the file; an empty variable counts as unset."""
    (tmp_path / "settings.env").write_text(f"# made by make run\nSECRET_KEY={FROM_FILE}\nPORT=9\n")
    settings = Settings.from_env({**env, "SECRET_KEY": "", "PORT": "7"})
    assert (settings.secret_key, settings.port) == (FROM_FILE, 7)
