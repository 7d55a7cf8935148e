"""Settings: one frozen object, the only reader of the environment."""

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

KEY_BYTES = 32
POLICIES = ("DB", "ASVS")  # of passwords; the first holds unless another is named
MIN_SECRET = 32
SCANNER_ADDRESS = re.compile(r"unix:/.+|tcp:[^:]+:[0-9]{1,5}")
HOST_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
MIN_TOKEN = 16
SMTP_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
BAD_SMTP = (
    "SMTP_URL 要写成 smtp://主机:端口、smtps://用户:密码@主机:端口 或 "
    "smtp+starttls://用户:密码@主机:端口；密码里的 @ 和 / 要写成 %40 和 %2F。"
)
MAIL_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
GATEWAY_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
MOST_RATE = 100_000  # segments a second
GATEWAY_KEYS = frozenset({"name", "protocol", "url", "secret", "price"})
BAD_GATEWAY = (
    'SMS_GATEWAYS 要写成 JSON，例如 [{"name":"mas","protocol":"http","url":"https://主机/路径",'
    '"secret":"whsec_…","price":"0.045"}]：'
)
# Chats whose address holds a token and no host.
OWN_HOST = frozenset({"wecombot", "dingtalk", "feishu", "lark"})
CHAT_SERVICE = re.compile(r"(?P<name>[a-z]{2,20})(?::(?P<host>[a-z0-9.-]+(?::[0-9]{1,5})?))?")
SECRET_WORDS = ("change", "secret", "password", "example", "default")
CIPHERS = ("aes-256-gcm", "sm4-gcm")
MIN_DISTINCT = 8  # repeated letters are long and still guessed at once
WEAK_SECRET = f"SECRET_KEY 没有设置或太弱：至少 {MIN_SECRET} 个字符，其中 {MIN_DISTINCT} 种以上。"
NEW_FIELD_KEY = (
    "新装时可以这样生成：python3 -c "
    "'import base64, secrets; print(\"k1:\" + base64.b64encode(secrets.token_bytes(32)).decode())'"
    "；已有数据的，必须用原来的密钥。"
)


class BadSetting(Exception):
    """A setting is missing or wrong; the message says which and how to mend it."""


@dataclass(frozen=True)
class Described:
    """What a setting is for, in both languages; its value where none is given."""

    name: str
    meaning: str
    purpose: str
    default: str = ""
    is_secret: bool = False


CATALOGUE = (
    Described(
        "DATABASE_URL",
        "PostgreSQL 的地址（15 或以上）；make run 自带一个",
        "PostgreSQL, 15 or newer; `make run` brings its own",
        is_secret=True,
    ),
    Described(
        "OWNER_DATABASE_URL",
        "表的属主的地址，只给 make up 用一次：升级表结构，给 DATABASE_URL 的角色授权；不保存",
        "the owner of the tables, for `make up` alone: migrates, and lets the role of "
        "`DATABASE_URL` in; never kept",
        is_secret=True,
    ),
    Described(
        "REDIS_URL",
        "Redis 的地址，只用来叫醒后台任务；make run 自带一个",
        "Redis, which only wakes the workers; `make run` brings its own",
        is_secret=True,
    ),
    Described(
        "SECRET_KEY",
        f"保护登录会话和表单的密钥，至少 {MIN_SECRET} 个字符",
        f"guards sessions and forms; {MIN_SECRET} characters or more",
        is_secret=True,
    ),
    Described(
        "FIELD_KEYS",
        "加密身份证号、电话和申请内容的密钥：编号:Base64（32 字节），逗号隔开，第一个是当前密钥",
        "encrypt answers, ID and phone numbers: `id:base64` of 32 bytes, comma separated, "
        "the first is current",
        is_secret=True,
    ),
    Described(
        "FIELD_CIPHER",
        "用什么算法加密：aes-256-gcm 或国密 sm4-gcm；两种都能解开",
        "how they are encrypted: `aes-256-gcm` or `sm4-gcm`; both open",
        "aes-256-gcm",
    ),
    Described(
        "DATA_DIR",
        "数据目录；其中的 settings.env 是正在运行的系统的设置",
        "the folder of data; `settings.env` in it holds the running site's settings",
        "var",
    ),
    Described(
        "AUDIT_EXPORT_DIR",
        "审计封存的导出目录，最好在另一台机器上（挂载），数据库管理员改不到的地方",
        "the folder that seals of the audit trail are appended to; best on another machine, "
        "where whoever operates the database cannot write",
        "DATA_DIR/audit",
    ),
    Described("PORT", "网站的端口", "port of the site", "8000"),
    Described(
        "BASE_URL",
        "别人打开本网站的地址，印在二维码里",
        "address under which others reach the site; it is in the QR codes",
        "http://127.0.0.1:PORT",
    ),
    Described(
        "TRUSTED_PROXIES",
        "前面的反向代理的地址（可写网段），逗号隔开；只有它们说的来访地址才算数",
        "addresses or networks of your reverse proxies, comma separated; only theirs is the "
        "`X-Forwarded-For` that is believed",
    ),
    Described(
        "REGION", "地区，对应 regions/ 下的文件", "the region, a file in `regions/`", "enshi"
    ),
    Described("TIMEZONE", "时区", "time zone", "Asia/Shanghai"),
    Described(
        "LOG_FORMAT",
        "日志的样子：text 给人看，json 给程序看",
        "`text` for people, `json` for programs",
        "text",
    ),
    Described(
        "PASSWORD_POLICY",
        "密码规则：DB 按等级保护（三种字符，管理岗位 90 天一换），ASVS 只看长度和常见密码",
        "`DB`: three classes of characters, administrators renew every 90 days (等保); "
        "`ASVS`: length and common passwords only",
        "DB",
    ),
    Described(
        "DEMO",
        "1 表示演示：有虚构的人，页面和打印件都写“演示数据”",
        "`1` means demonstration: invented people, 演示数据 on pages and prints",
        "0",
    ),
    Described(
        "CLOCK_OFFSET_FILE",
        "写着秒数的文件，让系统时钟走快或走慢；只能用于演示",
        "file with seconds to add to the clock; refused unless `DEMO=1`",
    ),
    Described(
        "REVEAL_LIMIT",
        "每人每天最多查看多少个完整的身份证号和电话",
        "how many whole ID and phone numbers a person may see a day",
        "50",
    ),
    Described(
        "SCANNER",
        "病毒扫描程序 clamd 的地址：unix:/run/clamav/clamd.ctl 或 tcp:主机:端口；"
        "设了而它不应答，就不收文件",
        "clamd, the virus scanner: `unix:/run/clamav/clamd.ctl` or `tcp:host:port`; "
        "named and silent, no file is taken",
    ),
    Described(
        "WEBHOOK_HOSTS",
        "向内部地址推送时允许的主机名、地址或网段，逗号隔开；不写的内部地址一律不推送，"
        "http:// 也只能用于写在这里的",
        "host names, addresses or networks inside your nets that webhooks may be sent to, comma "
        "separated; any other private address is refused, and `http://` with it",
    ),
    Described(
        "METRICS_TOKEN",
        f"监控程序取 /metrics 用的令牌，至少 {MIN_TOKEN} 个字符；不设就没有这个地址",
        f"the bearer token that opens `/metrics`, {MIN_TOKEN} characters or more; without it "
        "there is no such address",
        is_secret=True,
    ),
    Described(
        "PROMETHEUS_MULTIPROC_DIR",
        "同一台机器上的各进程放计数的目录，启动程序会设好；要在内存里（tmpfs）",
        "the folder in which the processes of one machine keep their counts; the launcher sets it, "
        "in memory (tmpfs)",
    ),
    Described(
        "SMTP_URL",
        "发邮件通知用的邮件服务器：smtp://主机:25、smtps://用户:密码@主机:465 或 "
        "smtp+starttls://用户:密码@主机:587；不设就不发邮件",
        "the mail server for notifications: `smtp://host:25`, `smtps://user:password@host:465` or "
        "`smtp+starttls://user:password@host:587`; without it no mail is sent",
        is_secret=True,
    ),
    Described(
        "MAIL_FROM",
        "邮件通知的发件地址，设了 SMTP_URL 就要设",
        "the address that mails come from; needed with `SMTP_URL`",
    ),
    Described(
        "CHAT_SERVICES",
        "准许发到哪些群聊（apprise 的名字），逗号隔开：wecombot（企业微信）、dingtalk（钉钉）、"
        "feishu、lark；其他的要写明主机，例如 jsons:push.example.gov.cn；不设就不发",
        "chats that may be written to, by their names in apprise, comma separated: `wecombot`, "
        "`dingtalk`, `feishu`, `lark`; any other with its host, as `jsons:push.example.gov.cn`; "
        "without it none",
    ),
    Described(
        "SMS_GATEWAYS",
        "短信网关（JSON，写法见运维手册“短信网关”），第一个优先",
        "SMS gateways, JSON (how: operator guide, SMS gateways), the first comes first",
        is_secret=True,
    ),
)


@dataclass(frozen=True)
class SmtpServer:
    """`tls`: smtp (none), starttls or smtps."""

    host: str
    port: int
    tls: str
    sender: str
    user: str = ""
    password: str = ""


@dataclass(frozen=True)
class SmsGateway:
    """One way to an operator. `price`: 元 a segment; `secret` signs both ways (`whsec_…`); `rate`:
    segments a second that it takes, 0 for as many as we have.
    """

    name: str
    protocol: str
    url: str
    secret: str
    price: Decimal
    rate: int = 100


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
            webhook_hosts=_hosts(env.get("WEBHOOK_HOSTS", "")),
            smtp=_smtp(env.get("SMTP_URL", ""), env.get("MAIL_FROM", "")),
            chats=_chats(env.get("CHAT_SERVICES", "")),
            sms_gateways=_sms_gateways(env.get("SMS_GATEWAYS", "")),
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


def _smtp(url: str, sender: str) -> SmtpServer | None:
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or SMTP_PORTS.get(parts.scheme)
    except ValueError as error:
        raise BadSetting(BAD_SMTP) from error
    behind = parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme not in SMTP_PORTS or not port or not parts.hostname or behind:
        raise BadSetting(BAD_SMTP)
    if not MAIL_ADDRESS.fullmatch(sender):
        raise BadSetting("MAIL_FROM 要写成一个邮箱地址，例如 banjian@example.gov.cn。")
    return SmtpServer(
        parts.hostname,
        port,
        parts.scheme.removeprefix("smtp+"),
        sender,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def _chats(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        named = CHAT_SERVICE.fullmatch(part)
        if named is None or (not named["host"] and named["name"] not in OWN_HOST):
            raise BadSetting(
                f"CHAT_SERVICES 中的 {part} 不认识：只写名字的有 {'、'.join(sorted(OWN_HOST))}，"
                "其他的写成 名字:主机。"
            )
        hosts = {named["host"]} if named["host"] else set()
        found[named["name"]] = found.get(named["name"], frozenset()) | hosts
    return found


def _sms_gateways(text: str) -> tuple[SmsGateway, ...]:
    """Raises: BadSetting."""
    if not text:
        return ()
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise BadSetting(f"{BAD_GATEWAY}现在读不懂。") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadSetting(f"{BAD_GATEWAY}最外面要是方括号，一个网关一对花括号。")
    found = tuple(map(_sms_gateway, rows))
    if len({one.name for one in found}) < len(found):
        raise BadSetting(f"{BAD_GATEWAY}name 不能重复。")
    return found


def _sms_gateway(row: Mapping[str, Any]) -> SmsGateway:
    """Raises: BadSetting."""
    if row.keys() - {"rate"} != GATEWAY_KEYS:
        raise BadSetting(f"{BAD_GATEWAY}每个网关都要有这几项，另外只可以有 rate。")
    rate = row.get("rate", SmsGateway.rate)
    if type(rate) is not int or not 0 <= rate <= MOST_RATE:
        raise BadSetting(f"{BAD_GATEWAY}rate 是一秒最多几条（整数），0 是不限。")
    given = {key: str(value) for key, value in row.items()}
    if not GATEWAY_NAME.fullmatch(given["name"]):
        raise BadSetting(f"{BAD_GATEWAY}name 用小写字母、数字和短横，字母开头。")
    if given["protocol"] != "http":
        raise BadSetting(f"{BAD_GATEWAY}protocol 目前只有 http。")
    if not re.fullmatch(r"https?://\S+", given["url"]):
        raise BadSetting(f"{BAD_GATEWAY}url 要以 https:// 开头（内部网络可以用 http://）。")
    try:
        key = base64.b64decode(given["secret"].removeprefix("whsec_"), validate=True)
        price = Decimal(given["price"])
    except (ValueError, InvalidOperation) as error:
        told = "secret 是 whsec_ 加 Base64，price 是一条多少元。"
        raise BadSetting(f"{BAD_GATEWAY}{told}") from error
    if len(key) < MIN_TOKEN or not given["secret"].startswith("whsec_"):
        raise BadSetting(f"{BAD_GATEWAY}secret 是 whsec_ 加至少 {MIN_TOKEN} 字节的 Base64。")
    if not price.is_finite() or not 0 <= price < 10:
        raise BadSetting(f"{BAD_GATEWAY}price 是一条多少元，例如 0.045。")
    return SmsGateway(given["name"], given["protocol"], given["url"], given["secret"], price, rate)


def _hosts(text: str) -> tuple[str, ...]:
    """Names, addresses and networks. Raises: BadSetting."""
    found = tuple(filter(None, (part.strip() for part in text.split(","))))
    for part in found:
        try:
            ip_network(part)
        except ValueError as error:
            if not HOST_NAME.fullmatch(part):
                raise BadSetting(
                    "WEBHOOK_HOSTS 要写成主机名、地址或网段，用逗号隔开，"
                    "例如 oa.example.gov.cn,10.1.0.0/24。"
                ) from error
    return found


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
