"""Settings: one frozen object, the only reader of the environment."""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KEY_BYTES = 32
MIN_SECRET = 32


class BadSetting(Exception):
    """A setting is missing or wrong; the message says which and how to mend it."""


@dataclass(frozen=True)
class Settings:
    database_url: str
    redis_url: str
    secret_key: str
    field_keys: Mapping[str, bytes]
    data_dir: Path
    base_url: str
    region: str = "enshi"
    timezone: str = "Asia/Shanghai"
    log_format: str = "text"
    demo: bool = False
    clock_offset_file: Path | None = None
    port: int = 8000

    @property
    def pdf_socket(self) -> Path:
        return self.data_dir / "run" / "pdf.sock"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment, with `var/settings.env` of the running site behind it.

        Raises: BadSetting.
        """
        found = os.environ if environ is None else environ
        given = {name: value for name, value in found.items() if value}  # empty means unset
        data_dir = Path(given.get("DATA_DIR", "var")).resolve()
        env = {**_settings_file(data_dir / "settings.env"), **given}
        demo = env.get("DEMO", "") == "1"
        secret = env.get("SECRET_KEY", "")
        if len(secret) < MIN_SECRET:
            raise BadSetting(f"SECRET_KEY 没有设置或太短：至少 {MIN_SECRET} 个字符。")
        if env.get("CLOCK_OFFSET_FILE") and not demo:
            raise BadSetting("CLOCK_OFFSET_FILE 只能在演示环境（DEMO=1）使用。")
        for name in ("DATABASE_URL", "REDIS_URL"):
            if not env.get(name):
                raise BadSetting(f"{name} 没有设置。演示环境请用 make run 启动一次，它会生成设置。")
        port = env.get("PORT", "8000")
        return cls(
            database_url=env["DATABASE_URL"],
            redis_url=env["REDIS_URL"],
            secret_key=secret,
            field_keys=_field_keys(env.get("FIELD_KEYS", "")),
            data_dir=data_dir,
            base_url=env.get("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            region=env.get("REGION", "enshi"),
            timezone=env.get("TIMEZONE", "Asia/Shanghai"),
            log_format=env.get("LOG_FORMAT", "text"),
            demo=demo,
            clock_offset_file=Path(env["CLOCK_OFFSET_FILE"])
            if env.get("CLOCK_OFFSET_FILE")
            else None,
            port=int(port),
        )


def _settings_file(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


def _field_keys(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition(":")
        try:
            key = base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise BadSetting("FIELD_KEYS 要写成 编号:Base64，用逗号隔开。") from error
        if len(key) != KEY_BYTES:
            raise BadSetting(f"FIELD_KEYS 中 {name} 的密钥不是 {KEY_BYTES} 字节。")
        keys[name] = key
    if not keys:
        raise BadSetting("FIELD_KEYS 没有设置：编号:Base64（32 字节），第一个是当前密钥。")
    return keys
