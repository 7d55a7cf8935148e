"""A line in a chat, through apprise; which addresses it may be given, and which never.

apprise speaks to a hundred services, to any host, and reads files: it is given the address of a
service that the operator has allowed, on a host that he has allowed, with nothing behind it.
"""

import logging
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from app.core.errors import Fault
from app.notifications.types import LONGEST_URL, Parcel, Result, Sent

_URL = re.compile(r"[a-z]+://[A-Za-z0-9._~:/@%+-]+")
_SILENT = "对方没有收下，没有说原因。"
# It writes addresses, which are secrets, into its log lines.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


def fault_of(url: str, allowed: Mapping[str, frozenset[str]]) -> Fault | None:
    """What is wrong with an address that an administrator typed."""
    if len(url) > LONGEST_URL or not _URL.fullmatch(url):
        text = "地址要写成 wecombot://机器人的key 这样：不带问号、空格和中文。"
        return Fault("url", "url", text)
    parts = urlsplit(url)
    if parts.scheme not in allowed:
        known = "、".join(sorted(allowed)) or "还没有开放任何一种"
        return Fault("url", "service", f"不能用 {parts.scheme}。这里可以用的：{known}。")
    hosts = allowed[parts.scheme]
    user, _, place = parts.netloc.lower().rpartition("@")
    if hosts and (place not in hosts or "@" in user):  # of two @ apprise takes the first
        return Fault("url", "host", f"主机只能是：{'、'.join(sorted(hosts))}。")
    if _apprise().Apprise.instantiate(url, suppress_exceptions=True) is None:
        return Fault("url", "url", "这个地址读不懂，请照群机器人给的填。")
    return None


def send(parcel: Parcel, allowed: Mapping[str, frozenset[str]]) -> Result:
    """What was allowed when it was entered may be allowed no longer."""
    fault = fault_of(parcel.to, allowed)
    if fault is not None:
        return Result(Sent.DOWN, fault.message)
    sender = _apprise().Apprise()
    sender.add(parcel.to)
    text = parcel.text if parcel.is_many else f"{parcel.title}\n{parcel.text}"
    if not sender.notify(body=f"{parcel.name}：{text}", title="", interpret_escapes=False):
        return Result(Sent.DOWN, _SILENT)
    return Result(Sent.DONE)


@cache
def _apprise() -> Any:
    """Only where it is needed: it takes a quarter of a second and forty megabytes."""
    return import_module("apprise")
