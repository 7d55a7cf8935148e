"""The list of words that are not sent."""

from collections.abc import Mapping
from typing import Any

from app.identity.queries import get_login
from app.messaging import service
from tests.rights.filling import sessions_of
from tests.rights.writes.base import WORDS, Asked, Case, Prepare, Write, because
from tests.rights.writes.why import ALONE, FORM, NO_VERSION, PAGE
from tests.support.office import Office

OF_THE_PREFECTURE = ("duanshiyu", "gongyuanhang")
TRIED = because("tries only, and changes nothing", Case.DOUBLE, Case.SECOND)
A_LIST = because("its one member is a list", Case.LIST)


def entered(*, version: int = 1, **sent: Any) -> Prepare:
    """A first version is in force."""

    def make(office: Office) -> Asked:
        first = service.enter_words(
            office.session,
            actor=office.actor(OF_THE_PREFECTURE[0]),
            now=office.tick(),
            lines=["试用词甲"],
            reason="先试一个。",
            version=0,
        )
        assert first.n == version
        _sign_in(office)
        return Asked({}, {"version": version, **sent})

    return make


def checked(office: Office) -> Asked:
    _sign_in(office)
    return Asked({}, {"words": ["试用词甲"]})


def _sign_in(office: Office) -> None:
    office.session.add_all(sessions_of(get_login(office.session, OF_THE_PREFECTURE[0])))
    office.session.flush()


def _write(prepare: Prepare, why: Mapping[Any, str], **more: str) -> Write:
    first, second = OF_THE_PREFECTURE
    return Write(first, prepare, {**ALONE, **why}, second=second, **more)


ROWS: Mapping[str, Write] = {
    "messaging.change_words": _write(
        entered(act="enter", words="试用词甲\n试用词乙", reason=WORDS), PAGE | FORM, again="same"
    ),
    "api.enter_words": _write(
        entered(words=["试用词甲", "试用词乙"], reason="加一个词"), FORM, again="same"
    ),
    "api.check_words": _write(checked, FORM | NO_VERSION | TRIED | A_LIST),
}
