"""Filters and phrases that somebody keeps."""

from collections.abc import Mapping
from typing import Any

from app.saved import service as saved
from tests.rights.writes.base import WORDS, Asked, Case, Prepare, Write, because, plain
from tests.rights.writes.people import CLERK
from tests.rights.writes.why import FORM, MINE, NO_VERSION, OWN, PAGE, STATE
from tests.support.office import Office


def kept(**sent: Any) -> Prepare:
    def make(office: Office) -> Asked:
        given: dict[str, Any] = {"of": "todo", "name": "急件", "given": {"q": "QX"}}
        made = saved.keep(office.session, actor=office.actor(CLERK), now=office.tick(), **given)
        return Asked({"filter_id": made}, sent)

    return make


ROWS: Mapping[str, Write] = {
    "saved.write_phrases": Write(
        CLERK,
        plain(phrases=WORDS, rev=0),
        OWN | PAGE | FORM | because("its own number: tests/saved/test_phrases.py", Case.STALE),
        again="same",
    ),
    "saved.keep": Write(
        CLERK,
        plain(list="todo", name="急件", q="QX"),
        OWN | NO_VERSION | PAGE | FORM,
        again="same",
    ),
    "saved.rename": Write(CLERK, kept(name="缓件"), MINE | NO_VERSION | PAGE | FORM, again="same"),
    "saved.default": Write(CLERK, kept(on="1"), MINE | NO_VERSION | PAGE | FORM, again="same"),
    "saved.drop": Write(
        CLERK,
        kept(),
        MINE | STATE | PAGE | FORM | because("what is gone is not found", Case.DOUBLE),
    ),
    "api.write_phrases": Write(
        CLERK,
        plain(phrases=[WORDS], rev=0),
        OWN
        | FORM
        | because("takes a list: tests/saved/test_phrases.py", Case.LIST)
        | because("its own number: tests/saved/test_phrases.py", Case.STALE),
        again="same",
    ),
}
