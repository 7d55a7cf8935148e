"""The ways to the operators. Which there are the operator of the site says, in SMS_GATEWAYS."""

from collections.abc import Iterable
from decimal import Decimal

from app.config import SmsGateway
from app.core.errors import NotFound
from app.messaging.channels.http import HttpChannel
from app.messaging.channels.types import Channel

__all__ = [
    "Channel",
    "GatewayNotFound",
    "channel",
    "configure",
    "first",
    "first_price",
    "names",
    "setting",
]
_channels: dict[str, Channel] = {}
_settings: dict[str, SmsGateway] = {}


class GatewayNotFound(NotFound):
    code = "gateway_not_found"
    message = "没有这个短信网关，请看 SMS_GATEWAYS 里写了哪些。"


def configure(gateways: Iterable[SmsGateway]) -> None:
    """Once a process, by the wiring."""
    _settings.clear()
    _settings.update({one.name: one for one in gateways})
    _channels.clear()
    _channels.update({name: HttpChannel(one) for name, one in _settings.items()})


def names() -> list[str]:
    """In the order of the setting: the first is the office's first choice."""
    return list(_channels)


def first_price() -> Decimal | None:
    """元 a segment over the office's first choice; none where no gateway is set."""
    found = first()
    return found.price if found else None


def first() -> SmsGateway | None:
    """The office's first choice; none where no gateway is set."""
    return next(iter(_settings.values()), None)


def channel(name: str) -> Channel:
    """Raises: GatewayNotFound."""
    if name not in _channels:
        raise GatewayNotFound
    return _channels[name]


def setting(name: str) -> SmsGateway:
    """Its price, rate and secret. Raises: GatewayNotFound."""
    if name not in _settings:
        raise GatewayNotFound
    return _settings[name]
