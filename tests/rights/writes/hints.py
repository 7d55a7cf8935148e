"""Risk hints: signed, then handled."""

from collections.abc import Mapping

from app.hints import service as hints
from app.hints.types import Finding
from app.identity.queries import unit_by_code
from tests.rights.counties import LAIFENG, XIANFENG
from tests.rights.writes.base import Asked, Prepare, Write
from tests.rights.writes.people import OTHER_ADMIN
from tests.rights.writes.why import FORM, PAGE
from tests.support.office import Office

ADMIN = XIANFENG.username("account_admin")
FAR = LAIFENG.username("account_admin")


def raised(*, signed: bool = False, **sent: object) -> Prepare:
    """A hint of the county; the page shows its second version."""

    def make(office: Office) -> Asked:
        unit = unit_by_code(office.session, XIANFENG.code)
        finding = Finding("test:write", unit.id, {"line": 2, "name": "某人", "conflict": "重复"})
        hint = hints.raise_hint(
            office.session, rule="old-books", finding=finding, now=office.tick()
        )
        if signed:
            hints.sign(
                office.session,
                actor=office.actor(OTHER_ADMIN),
                now=office.tick(),
                hint_id=hint.id,
                version=1,
            )
        hint.rev = 2
        office.session.flush()
        return Asked({"hint_id": hint.id}, {"version": 2, **sent})

    return make


HANDLED = {"verdict": "mended", "text": "已经注销其中一个。"}
ROWS: Mapping[str, Write] = {
    "hints.sign": Write(ADMIN, raised(), PAGE | FORM, second=OTHER_ADMIN, stranger=FAR),
    "hints.handle": Write(
        ADMIN, raised(signed=True, **HANDLED), PAGE | FORM, second=OTHER_ADMIN, stranger=FAR
    ),
    "api.sign_hint": Write(ADMIN, raised(), FORM, second=OTHER_ADMIN, again="same", stranger=FAR),
    "api.handle_hint": Write(
        ADMIN,
        raised(signed=True, **HANDLED),
        FORM,
        second=OTHER_ADMIN,
        again="same",
        stranger=FAR,
    ),
}
