"""Where a request comes from: its address, its number, by page or by REST.

Behind proxies the address stands in X-Forwarded-For, which anybody can write: it is read from the
right, and only past hops that the settings name as proxies of ours.
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from flask import Flask, g, request

from app.core import origin
from app.core.origin import Origin

Network = IPv4Network | IPv6Network


def init_app(app: Flask, *, proxies: Collection[str]) -> None:
    """After the logs, which give the request its number."""
    trusted = tuple(ip_network(proxy) for proxy in proxies)

    def begin() -> None:
        via = "api" if request.path.startswith("/api/") else "web"
        came_by = request.headers.getlist("X-Forwarded-For")
        ip = client_address(request.remote_addr or "", ",".join(came_by), trusted)
        origin.bind(Origin(via, ip, g.request_id))

    def end(_error: BaseException | None) -> None:
        origin.unbind()

    app.before_request(begin)
    app.teardown_request(end)


def client_address(peer: str, forwarded: str, trusted: Collection[Network]) -> str | None:
    """The last hop that is no proxy of ours; None where there is no address (a socket)."""
    found = _parsed(peer)
    hops = [hop.strip() for hop in forwarded.split(",")] if forwarded else []
    while found is not None and hops and any(found in network for network in trusted):
        before = _parsed(hops.pop())
        if before is None:  # not written by a proxy of ours
            break
        found = before
    return str(found) if found else None


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
