"""Who has what: asked by number, and taken out as a file."""

from collections.abc import Mapping

from tests.rights.counties import XIANFENG
from tests.rights.writes.base import WORDS, Case, Write, because, plain
from tests.rights.writes.why import ALONE, EACH, FORM, NO_VERSION, PAGE

ADMIN = XIANFENG.username("account_admin")
NUMBER = "422899199001012385"
LOOKED_UP = (
    ALONE
    | NO_VERSION
    | FORM
    | because("reads only: everybody asks among his own", Case.SECOND, Case.DOUBLE)
)

ROWS: Mapping[str, Write] = {
    "holdings.find": Write(ADMIN, plain(id_number=NUMBER), LOOKED_UP | PAGE),
    "holdings.export": Write(
        ADMIN,
        plain(q=WORDS),
        ALONE
        | NO_VERSION
        | PAGE
        | EACH
        | because("everybody has rows of their own", Case.SECOND)
        | because("no answers of a form in it", Case.READ_ONLY, Case.ROWS),
    ),
    "api.find_account": Write(ADMIN, plain(id_number=NUMBER), LOOKED_UP),
}
