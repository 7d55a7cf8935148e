"""Settings of the machines that the site speaks to: mail, chats, gateways, webhooks."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from ipaddress import ip_network
from typing import Any
from urllib.parse import unquote, urlsplit

from app.config.types import MIN_TOKEN, BadSetting

HOST_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
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


def read_smtp(url: str, sender: str) -> SmtpServer | None:
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


def read_chats(text: str) -> dict[str, frozenset[str]]:
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


def read_sms_gateways(text: str) -> tuple[SmsGateway, ...]:
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


def read_hosts(text: str) -> tuple[str, ...]:
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
