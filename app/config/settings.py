"""One frozen object of what is set, the only reader of the environment."""

import base64
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.config.outside import (
    SmsGateway,
    SmtpServer,
    read_chats,
    read_hosts,
    read_sms_gateways,
    read_smtp,
)
from app.config.types import MIN_SECRET, MIN_TOKEN, BadSetting

KEY_BYTES = 32
POLICIES = ("DB", "ASVS")  # of passwords; the first holds unless another is named

SCANNER_ADDRESS = re.compile(r"unix:/.+|tcp:[^:]+:[0-9]{1,5}")
SECRET_WORDS = ("change", "secret", "password", "example", "default")
CIPHERS = ("aes-256-gcm", "sm4-gcm")
MIN_DISTINCT = 8  # repeated letters are long and still guessed at once
WEAK_SECRET = f"SECRET_KEY 没有设置或太弱：至少 {MIN_SECRET} 个字符，其中 {MIN_DISTINCT} 种以上。"
NEW_FIELD_KEY = (
    "新装时可以这样生成：python3 -c "
    "'import base64, secrets; print(\"k1:\" + base64.b64encode(secrets.token_bytes(32)).decode())'"
    "；已有数据的，必须用原来的密钥。"
)


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
    password_policy: str = POLICIES[0]
    demo: bool = False
    clock_offset_file: Path | None = None
    port: int = 8000
    reveal_limit: int = 50
    field_cipher: str = "aes-256-gcm"
    audit_export: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    scanner: str = ""
    metrics_token: str = ""
    counts_dir: Path | None = None
    webhook_hosts: tuple[str, ...] = ()
    smtp: SmtpServer | None = None
    chats: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sms_gateways: tuple[SmsGateway, ...] = ()

    @property
    def audit_export_dir(self) -> Path:
        return self.audit_export or self.data_dir / "audit"

    @property
    def composed_passwords(self) -> bool:
        return self.password_policy == POLICIES[0]

    @property
    def pdf_socket(self) -> Path:
        return self.data_dir / "run" / "pdf.sock"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment, with `var/settings.env` of the running site behind it.

        Raises: BadSetting.
        """
        env = gather(environ)
        for is_wrong, sentence in _faults(env):
            if is_wrong:
                raise BadSetting(sentence)
        port = env.get("PORT", "8000")
        counts, clock = env.get("PROMETHEUS_MULTIPROC_DIR"), env.get("CLOCK_OFFSET_FILE")
        export = env.get("AUDIT_EXPORT_DIR")
        return cls(
            database_url=env["DATABASE_URL"],
            redis_url=env["REDIS_URL"],
            secret_key=env["SECRET_KEY"],
            field_keys=_field_keys(env.get("FIELD_KEYS", "")),
            data_dir=Path(env.get("DATA_DIR", "var")).resolve(),
            base_url=env.get("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            region=env.get("REGION", "enshi"),
            timezone=_timezone(env.get("TIMEZONE", "Asia/Shanghai")),
            log_format=env.get("LOG_FORMAT", "text"),
            password_policy=env.get("PASSWORD_POLICY", POLICIES[0]).upper(),
            demo=env.get("DEMO", "") == "1",
            clock_offset_file=Path(clock) if clock else None,
            port=int(port),
            reveal_limit=int(env.get("REVEAL_LIMIT", "50")),
            field_cipher=env.get("FIELD_CIPHER", CIPHERS[0]),
            trusted_proxies=_proxies(env.get("TRUSTED_PROXIES", "")),
            scanner=env.get("SCANNER", ""),
            metrics_token=env.get("METRICS_TOKEN", ""),
            counts_dir=Path(counts) if counts else None,
            audit_export=Path(export) if export else None,
            webhook_hosts=read_hosts(env.get("WEBHOOK_HOSTS", "")),
            smtp=read_smtp(env.get("SMTP_URL", ""), env.get("MAIL_FROM", "")),
            chats=read_chats(env.get("CHAT_SERVICES", "")),
            sms_gateways=read_sms_gateways(env.get("SMS_GATEWAYS", "")),
        )


def _faults(env: Mapping[str, str]) -> Iterator[tuple[bool, str]]:
    """What must not be, and the sentence that mends it; the first that is so is told."""
    yield not _is_strong(env.get("SECRET_KEY", "")), WEAK_SECRET
    is_demo = env.get("DEMO", "") == "1"
    moved = bool(env.get("CLOCK_OFFSET_FILE")) and not is_demo
    yield moved, "CLOCK_OFFSET_FILE 只能在演示环境（DEMO=1）使用。"
    for name in ("DATABASE_URL", "REDIS_URL"):
        missing = f"{name} 没有设置。演示环境请用 make run 启动一次，它会生成设置。"
        yield not env.get(name), missing
    policy = env.get("PASSWORD_POLICY", POLICIES[0]).upper()
    yield policy not in POLICIES, "PASSWORD_POLICY 要写成 DB 或 ASVS。"
    yield not env.get("PORT", "8000").isdecimal(), "PORT 要写成数字，例如 8000。"
    cipher = env.get("FIELD_CIPHER", CIPHERS[0])
    yield cipher not in CIPHERS, f"FIELD_CIPHER 只能写 {' 或 '.join(CIPHERS)}。"
    yield not env.get("REVEAL_LIMIT", "50").isdecimal(), "REVEAL_LIMIT 要写成数字，例如 50。"
    scanner = env.get("SCANNER", "")
    wrong = bool(scanner) and not SCANNER_ADDRESS.fullmatch(scanner)
    yield wrong, "SCANNER 要写成 unix:/路径 或 tcp:主机:端口。"
    short = 0 < len(env.get("METRICS_TOKEN", "")) < MIN_TOKEN
    yield short, f"METRICS_TOKEN 太短：至少 {MIN_TOKEN} 个字符。"


def production_faults(environ: Mapping[str, str] | None = None) -> list[str]:
    """Why nobody should work with real data under these settings; each sentence names one."""
    env = gather(environ)
    found = []
    if env.get("DEMO", "") == "1":
        found.append("DEMO=1 是演示环境，谁都能以任何人的身份进入：请去掉 DEMO。")
    found += _weaknesses(env)
    base_url = env.get("BASE_URL", "")
    if not base_url:
        found.append(
            "BASE_URL 没有设置：请写别人打开本网站的地址，例如 https://banjian.example.gov.cn。"
        )
    elif not base_url.startswith("https://"):
        found.append(
            f"BASE_URL={base_url} 不是 https：登录和个人信息会明文传输。请改成 https 地址。"
        )
    for name in ("DATABASE_URL", "REDIS_URL"):
        if not env.get(name):
            found.append(f"{name} 没有设置。")
    return found


def _weaknesses(env: Mapping[str, str]) -> list[str]:
    """Secrets that are missing, short, or written by a hand instead of drawn."""
    found = []
    secret = env.get("SECRET_KEY", "")
    if not _is_strong(secret) or any(word in secret.lower() for word in SECRET_WORDS):
        found.append(
            f"{WEAK_SECRET}可以这样生成："
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    try:
        keys = _field_keys(env.get("FIELD_KEYS", ""))
    except BadSetting as error:
        return [*found, f"{error}{NEW_FIELD_KEY}"]
    typed = [name for name, key in keys.items() if key.isascii() and key.decode().isprintable()]
    if typed:
        found.append(
            f"FIELD_KEYS 中 {'、'.join(typed)} 的密钥是写出来的文字，不是随机数。{NEW_FIELD_KEY}"
        )
    return found


def _is_strong(secret: str) -> bool:
    return len(secret) >= MIN_SECRET and len(set(secret)) >= MIN_DISTINCT


def gather(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What is set: the environment, with `settings.env` of the running site behind it."""
    found = os.environ if environ is None else environ
    given = {name: value for name, value in found.items() if value}  # empty means unset
    kept = _settings_file(Path(given.get("DATA_DIR", "var")) / "settings.env")
    kept.pop("DATA_DIR", None)  # a file does not say where it lies: the folder may have moved
    return {**kept, **given}


def _settings_file(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


def _proxies(text: str) -> tuple[str, ...]:
    found = tuple(filter(None, (part.strip() for part in text.split(","))))
    try:
        return tuple(str(ip_network(part)) for part in found)
    except ValueError as error:
        raise BadSetting(
            "TRUSTED_PROXIES 要写成地址或网段，用逗号隔开，例如 127.0.0.1,10.1.0.0/24。"
        ) from error


def _timezone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise BadSetting(f"TIMEZONE 不认识 {name}，请写成 Asia/Shanghai 这样的时区名。") from error


def _field_keys(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition(":")
        try:
            key = base64.b64decode(value, validate=True)
        except ValueError as error:
            raise BadSetting("FIELD_KEYS 要写成 编号:Base64，用逗号隔开。") from error
        if len(key) != KEY_BYTES or len(set(key)) < MIN_DISTINCT:
            raise BadSetting(f"FIELD_KEYS 中 {name} 的密钥不是随机的 {KEY_BYTES} 字节。")
        if not name or name in keys:
            raise BadSetting("FIELD_KEYS 的每个密钥要有自己的编号，写成 编号:Base64。")
        keys[name] = key
    if not keys:
        raise BadSetting("FIELD_KEYS 没有设置：编号:Base64（32 字节），第一个是当前密钥。")
    return keys
