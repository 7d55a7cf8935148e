"""The ways to the operators. Which there are the operator of the site says, in SMS_GATEWAYS."""

from collections.abc import Iterable
from decimal import Decimal

from app.config import SmsGateway
from app.core.errors import NotFound
from app.messaging.channels.http import HttpChannel
from app.messaging.channels.types import Channel

__all__ = ["Channel", "GatewayNotFound", "channel", "configure", "first_price", "names"]
_channels: dict[str, Channel] = {}
_prices: dict[str, Decimal] = {}


class GatewayNotFound(NotFound):
    code = "gateway_not_found"
    message = "没有这个短信网关，请看 SMS_GATEWAYS 里写了哪些。"


def configure(gateways: Iterable[SmsGateway]) -> None:
    """Once a process, by the wiring."""
    known = list(gateways)
    _channels.clear()
    _channels.update({one.name: HttpChannel(one) for one in known})
    _prices.clear()
    _prices.update({one.name: one.price for one in known})


def names() -> list[str]:
    """In the order of the setting: the first is the office's first choice."""
    return list(_channels)


def first_price() -> Decimal | None:
    """元 a segment over the office's first choice; none where no gateway is set."""
    return _prices[next(iter(_channels))] if _channels else None


def channel(name: str) -> Channel:
    """Raises: GatewayNotFound."""
    if name not in _channels:
        raise GatewayNotFound
    return _channels[name]
