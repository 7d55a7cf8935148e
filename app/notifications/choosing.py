"""What somebody wants to hear of, and when it may leave the house: rules without a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from app.core import clock
from app.notifications.kinds import UNCHOSEN, Kind
from app.notifications.models import Preference
from app.notifications.types import CHAT, MAIL, Way

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Choice:
    """Of one kind: on the page, by mail, in the chat."""

    page: bool
    mail: Way
    chat: Way

    @property
    def as_words(self) -> dict[str, Any]:
        return {"page": self.page, MAIL: self.mail.value, CHAT: self.chat.value}


def usual(kind: Kind) -> Choice:
    """Of whoever has chosen nothing. What asks for an act always stands on the page."""
    return Choice(True, kind.way, Way.NEVER)


def choice_of(preference: Preference | None, kind: Kind) -> Choice:
    given: Mapping[str, Any] = preference.choices.get(kind.key, {}) if preference else {}
    if not given or kind.key in UNCHOSEN:
        return usual(kind)
    return Choice(kind.is_work or bool(given["page"]), Way(given[MAIL]), Way(given[CHAT]))


def after_quiet(at: datetime, since: time | None, until: time | None) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into; they may span midnight."""
    if since is None or until is None:
        return at
    here = clock.local(at)
    is_quiet = (
        since <= here.time() < until
        if since < until
        else here.time() >= since or here.time() < until
    )
    if not is_quiet:
        return at
    day = here.date() if here.time() < until else here.date() + A_DAY
    return datetime.combine(day, until, here.tzinfo)
