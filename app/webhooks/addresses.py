"""Where the site may send to: public addresses over https, and what the operator allows by name.

A name is resolved once, every address it has is judged, and the connection goes to one of those:
what it resolves to a moment later does not matter.
"""

import re
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from app.webhooks.types import LONGEST_URL

Address = IPv4Address | IPv6Address
RESOLVES_IN = 3.0  # seconds
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
PORTS = {"https": 443, "http": 80}
# Not for the world: own nets, this machine, documentation, multicast, and the ways to carry an IPv4
# address in an IPv6 one. The library's own list depends on the version of Python.
CLOSED = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
            *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
        ),
    )
)
OPEN_V6 = ip_network("2000::/3")  # whatever lies outside is closed
# Never meant by a host that was allowed by its name: this machine, and its own cloud's secrets.
OWN = tuple(map(ip_network, ("127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/8", "::1/128", "::/128")))
NOT_ALLOWED = "{host} 是内部地址，运维没有允许往那里推送。确要推送，请运维把它写进 WEBHOOK_HOSTS。"
PLAIN = "地址要以 https:// 开头；不加密的 http:// 只能用于运维写进 WEBHOOK_HOSTS 的主机。"
UNREADABLE = "地址读不懂，请写成 https://主机名/路径 这样，主机名用英文字母、数字、点和短横。"
CREDENTIALS = "地址里不要写用户名和密码：它会留在各处的记录里。对方用签名就能认出是本系统推送的。"
UNKNOWN = "找不到主机 {host}：域名没有解析到地址，请核对域名，或者请运维检查域名解析。"


class Refused(Exception):
    """The site does not send there; the text says why and how to mend it."""


@dataclass(frozen=True)
class Allowed:
    """What the operator allows besides the public net: host names, and nets."""

    names: frozenset[str] = frozenset()
    nets: tuple[object, ...] = field(default_factory=tuple)

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Allowed":
        names, nets = set(), []
        for entry in entries:
            try:
                nets.append(ip_network(entry))
            except ValueError:
                names.add(entry.lower())
        return cls(frozenset(names), tuple(nets))

    def knows(self, address: Address) -> bool:
        return any(address in net for net in self.nets)  # type: ignore[operator]


@dataclass(frozen=True)
class Target:
    """An address taken apart; `path` is what the request line says."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read(url: str, allowed: Allowed) -> Target:
    """What can be judged without asking for the name. Raises: Refused."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise Refused(UNREADABLE)
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise Refused(UNREADABLE) from error
    if parts.scheme not in PORTS:
        raise Refused(PLAIN)
    if "@" in parts.netloc:
        raise Refused(CREDENTIALS)
    literal = _literal(host or "")
    if not host or port == 0 or (literal is None and not HOST.fullmatch(host)):
        raise Refused(UNREADABLE)
    if parts.scheme == "http" and not _is_listed(host, literal, allowed):
        raise Refused(PLAIN)
    if literal is not None:
        judge(host, literal, allowed)
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, port or PORTS[parts.scheme], f"{parts.path or '/'}{query}")


def find(target: Target, allowed: Allowed) -> str:
    """The address to connect to. Raises: Refused, if any of those it has is closed to us."""
    found = _resolve(target.host, target.port)
    if not found:
        raise Refused(UNKNOWN.format(host=target.host))
    for address in found:
        judge(target.host, address, allowed)
    return str(found[0])


def judge(host: str, address: Address, allowed: Allowed) -> None:
    """Raises: Refused."""
    address = _inner(address)
    if allowed.knows(address) or not is_closed(address):
        return
    if host.lower() in allowed.names and not any(address in net for net in OWN):
        return
    raise Refused(NOT_ALLOWED.format(host=host))


def is_closed(address: Address) -> bool:
    if address.version == 6 and address not in OPEN_V6:
        return True
    return any(address in net for net in CLOSED)


def _inner(address: Address) -> Address:
    """Of an IPv4 address in the clothes of an IPv6 one, the IPv4 address."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_listed(host: str, literal: Address | None, allowed: Allowed) -> bool:
    if literal is not None:
        return allowed.knows(_inner(literal))
    return host.lower() in allowed.names


def _resolve(host: str, port: int) -> list[Address]:
    """Every address of the name; a name server that does not answer is given up.

    In a thread of its own: the system's resolver knows no deadline.
    """
    found: list[Address] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            return
        found.extend(ip_address(str(row[4][0]).partition("%")[0]) for row in rows)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(RESOLVES_IN)
    return list(found)
