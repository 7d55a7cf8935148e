"""Units: added, renamed, closed when nothing is left in them, and opened again."""

from typing import Any

import pytest
import yaml
from sqlalchemy import select

from app.administration import service
from app.administration.types import (
    CodeTaken,
    MayNotClose,
    Refused,
    StaleUnit,
    UnitClosed,
    UnitNotEmpty,
)
from app.audit.models import Event
from app.core.errors import Forbidden, NotFound
from app.identity import queries as people
from app.identity import service as identity
from app.identity.models import Unit
from app.identity.queries import unit_by_code
from app.identity.types import Position, UnitKind
from tests.administration.conftest import ADMIN, HOME, SECOND, STRANGER, Act
from tests.support.office import ROOT, Office

NEW = {"code": "422826-rsj-new", "name": "新设股", "kind": UnitKind.SECTION}


def on(office: Office, act: str, code: str, /, *, by: str = ADMIN, **given: Any) -> Unit:
    """An act of an administrator, from a page that shows how things stand."""
    office.session.expire_all()
    unit = unit_by_code(office.session, code)
    wanted = {"seen": unit.rev, **given}
    made: Unit = getattr(service, act)(
        office.session, actor=office.actor(by), now=office.tick(), unit_id=unit.id, **wanted
    )
    office.session.commit()
    return made


def test_a_unit_is_added_renamed_closed_and_opened(office: Office) -> None:
    made = on(office, "add_unit", HOME, **NEW)
    above = unit_by_code(office.session, HOME)
    assert made.path == f"{above.path}{made.code}/"
    assert made.division_id == above.division_id
    on(office, "rename_unit", made.code, name="新设二股")
    on(office, "close_unit", made.code)
    admin = office.actor(ADMIN)
    assert made.code not in {
        unit.code for unit in people.list_units(office.session, actor=admin, q="422826-rsj").items
    }
    on(office, "reopen_unit", made.code)
    found = select(Event.kind).where(Event.object == f"unit:{made.code}").order_by(Event.id)
    assert office.session.scalars(found).all() == [
        "unit.created",
        "unit.renamed",
        "unit.closed",
        "unit.reopened",
    ]


def test_a_code_is_given_once(office: Office) -> None:
    on(office, "add_unit", HOME, **NEW)
    with pytest.raises(CodeTaken):
        on(office, "add_unit", HOME, **NEW)


def test_a_county_is_not_made_here(office: Office) -> None:
    with pytest.raises(Refused):
        on(office, "add_unit", HOME, **{**NEW, "kind": UnitKind.DIVISION})


def test_a_unit_with_something_in_it_stays(office: Office, keep: Act) -> None:
    """Each thing that is left is told; when all is gone, it closes."""
    made = on(office, "add_unit", HOME, **NEW)
    below = on(office, "add_unit", made.code, **{**NEW, "code": "422826-rsj-new-b"})
    keep("give_position", "yaohaiyang", position=Position.TESTER, unit=made.code)
    keep("change_person", "qinyongan", name="秦永安", unit=made.code, phone=None)
    ticket = office.draft()
    ticket.unit_id = made.id
    office.session.commit()
    with pytest.raises(UnitNotEmpty) as told:
        on(office, "close_unit", made.code)
    for words in ("1 个下属单位", "1 人的登录没有停用", "1 个岗位还有人任职", "1 件没有办结"):
        assert words in told.value.text
    office.session.rollback()
    on(office, "close_unit", below.code)
    with pytest.raises(UnitNotEmpty):
        on(office, "close_unit", made.code)


def test_who_closes_what(office: Office) -> None:
    for code, error in ((HOME, UnitNotEmpty), ("422826", MayNotClose), ("422800", NotFound)):
        with pytest.raises(error):
            on(office, "close_unit", code)
        office.session.rollback()
    with pytest.raises(MayNotClose):
        on(office, "close_unit", office.actor(SECOND).unit_code, by=SECOND)


def test_nothing_is_added_below_what_is_closed(office: Office) -> None:
    made = on(office, "add_unit", HOME, **NEW)
    below = on(office, "add_unit", made.code, **{**NEW, "code": "422826-rsj-new-b"})
    on(office, "close_unit", below.code)
    on(office, "close_unit", made.code)
    with pytest.raises(UnitClosed):
        on(office, "add_unit", made.code, **{**NEW, "code": "422826-rsj-new-c"})
    office.session.rollback()
    with pytest.raises(UnitClosed, match="请先启用它"):
        on(office, "reopen_unit", below.code)


def test_strangers_and_old_pages_change_nothing(office: Office) -> None:
    with pytest.raises(NotFound):
        on(office, "rename_unit", HOME, by=STRANGER, name="别处的局")
    with pytest.raises(Forbidden):
        on(office, "rename_unit", HOME, by="qinyongan", name="自己的局")
    seen = unit_by_code(office.session, HOME).rev
    on(office, "rename_unit", HOME, name="咸丰县人力资源和社会保障局")
    for by in (ADMIN, SECOND):
        with pytest.raises(StaleUnit):
            on(office, "rename_unit", HOME, by=by, name="又一个名称", seen=seen)
        office.session.rollback()


def test_the_regions_file_leaves_a_name_that_was_changed_here(office: Office) -> None:
    on(office, "rename_unit", HOME, name="咸丰县人社局（新）")
    data = yaml.safe_load((ROOT / "regions" / "enshi.yaml").read_text())
    identity.import_region(office.session, data=data, now=office.now)
    assert unit_by_code(office.session, HOME).name == "咸丰县人社局（新）"
    assert unit_by_code(office.session, "422827-rsj").name == "来凤县人社局"
