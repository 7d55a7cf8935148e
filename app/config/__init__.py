"""Settings: read once from the environment, told in one catalogue."""

from app.config.catalogue import CATALOGUE
from app.config.outside import MAIL_ADDRESS, SmsGateway, SmtpServer
from app.config.settings import Settings, gather, production_faults
from app.config.types import BadSetting, Described

__all__ = [
    "CATALOGUE",
    "MAIL_ADDRESS",
    "BadSetting",
    "Described",
    "Settings",
    "SmsGateway",
    "SmtpServer",
    "gather",
    "production_faults",
]
