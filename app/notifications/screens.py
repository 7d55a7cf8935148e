"""The choices as their page sends and shows them."""

from collections.abc import Mapping
from datetime import time

from app.core.errors import Fault
from app.notifications.choosing import Choice, choice_of
from app.notifications.kinds import KINDS, UNCHOSEN, Kind
from app.notifications.models import Preference
from app.notifications.service import Chosen
from app.notifications.types import CHAT, MAIL, BadChoice, Way

BAD_TIME = "时间要写成 08:30 这样。"


def kinds_shown(preference: Preference | None) -> list[tuple[Kind, Choice]]:
    return [
        (kind, choice_of(preference, kind)) for kind in KINDS.values() if kind.key not in UNCHOSEN
    ]


def read_choices(typed: Mapping[str, str], preference: Preference | None) -> Chosen:
    """Ways that the page does not offer, as long as the site has none, stay what they are.

    Raises: BadChoice.
    """
    faults: list[Fault] = []
    channel = typed.get("channel", "")
    if channel and not (channel.isascii() and channel.isdecimal() and len(channel) < 19):
        faults.append(Fault("channel", "unknown", "请从名单里选群聊。"))
        channel = ""
    times = {
        name: _time(typed, name, faults) for name in ("digest_at", "quiet_from", "quiet_until")
    }
    choices = {}
    for kind, known in kinds_shown(preference):
        page = kind.is_work or typed.get(f"page-{kind.key}") == "1"
        mail = _way(typed, f"{MAIL}-{kind.key}", known.mail, faults)
        chat = _way(typed, f"{CHAT}-{kind.key}", known.chat, faults)
        choices[kind.key] = Choice(page, mail, chat)
    if faults:
        raise BadChoice(faults)
    return Chosen(choices, int(channel) if channel else None, **times)


def _time(typed: Mapping[str, str], name: str, faults: list[Fault]) -> time | None:
    text = typed.get(name, "").strip()
    if not text:
        return None
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or len(text) != len("08:30"):
        faults.append(Fault(name, "time", BAD_TIME))
        return None
    return found


def _way(typed: Mapping[str, str], name: str, known: Way, faults: list[Fault]) -> Way:
    try:
        return Way(typed.get(name, known.value))
    except ValueError:
        faults.append(Fault(name, "not_a_choice", "请从名单里选怎样发。"))
        return known
