"""Managed systems: where they are pushed to, and pushes that did not arrive."""

from collections.abc import Mapping
from typing import Any

from app.identity.queries import get_login
from app.managed import service
from tests.rights.filling import sessions_of
from tests.rights.writes.base import WORDS, Asked, Prepare, Write
from tests.rights.writes.people import CLERK, FAR_REPAIRER, REPAIRER, SECOND_REPAIRER
from tests.rights.writes.why import FORM, PAGE, STATE
from tests.support.office import Office
from tests.support.pushes import failed_push

KEY = "labour-platform"
URL = "https://platform.example.com/hooks"
OF_THE_PREFECTURE = ("duanshiyu", "gongyuanhang")


def entered(*, version: int = 1, is_on: bool = False, **sent: object) -> Prepare:
    """By the administrator of the 州."""

    def make(office: Office) -> Asked:
        made, _ = service.set_address(
            office.session,
            actor=office.actor(OF_THE_PREFECTURE[0]),
            now=office.tick(),
            key=KEY,
            version=0,
            url=URL,
        )
        made.is_on, made.rev = is_on, version
        login = get_login(office.session, OF_THE_PREFECTURE[0])
        office.session.add_all(sessions_of(login))
        office.session.flush()
        return Asked({"system": KEY}, {"version": version, **sent})

    return make


def failed(**sent: Any) -> Prepare:
    def make(office: Office) -> Asked:
        ticket = office.walk(office.start(CLERK))
        push = failed_push(office.session, ticket.number, office.now)
        return Asked({"push_id": push.id}, sent)

    return make


def _set(prepare: Prepare) -> Write:
    first, second = OF_THE_PREFECTURE
    return Write(first, prepare, PAGE | FORM, second=second, stranger=FAR_REPAIRER)


def _mend(prepare: Prepare, why: Mapping[Any, str], **more: str) -> Write:
    return Write(REPAIRER, prepare, why, second=SECOND_REPAIRER, stranger=FAR_REPAIRER, **more)


ROWS: Mapping[str, Write] = {
    "managed.set_address": _set(entered(version=2, url=URL + "/2")),
    "managed.switch_on": _set(entered(version=2)),
    "managed.switch_off": _set(entered(version=2, is_on=True)),
    "managed.rotate": _set(entered(version=2)),
    "managed.retry": _mend(failed(retries=1), PAGE | FORM, seen="retries"),
    "managed.by_hand": _mend(failed(why=WORDS), PAGE | FORM | STATE),
    "api.retry_push": _mend(failed(retries=1), FORM, seen="retries", again="same"),
    "api.push_by_hand": _mend(failed(why=WORDS), FORM | STATE, again="same"),
}
