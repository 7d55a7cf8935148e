"""威海市: another region than most tests stand in, with zones that have no division code."""

from typing import Any

import pytest
import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import crypto
from app.identity import demo, queries, service
from app.identity.models import Person, Unit
from app.identity.region import read_region
from app.identity.types import BadRegion, Position, UnitKind
from tests.identity.conftest import NOW, REGIONS

DISTRICTS = ("371002", "371003", "371082", "371083")
ZONES = ("wh-gaoqu", "wh-jingqu", "wh-lingang", "wh-nanhai")
CITY = "371000-jyzx"


@pytest.fixture(scope="module")
def weihai_data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((REGIONS / "weihai.yaml").read_text())
    return data


@pytest.fixture
def weihai(session: Session, settings: Settings, weihai_data: dict[str, Any]) -> Session:
    crypto.configure(settings.field_keys)
    service.import_region(session, data=weihai_data, now=NOW)
    people = yaml.safe_load((REGIONS / "weihai.demo.yaml").read_text())
    demo.load_demo_people(session, people, NOW)
    session.commit()
    return session


def test_zones_are_districts_by_the_tree_alone(weihai: Session) -> None:
    """高区 and the others stand beside 环翠区 under the city, whatever their codes begin with."""
    city = queries.unit_by_code(weihai, "371000")
    for code in (*DISTRICTS, *ZONES):
        unit = queries.unit_by_code(weihai, code)
        assert (unit.parent_id, unit.level, unit.division_id) == (city.id, 3, unit.id)
        agency = queries.unit_by_code(weihai, f"{code}-jyzx")
        assert (agency.kind, agency.division_id) == (UnitKind.AGENCY, unit.id)
    below = select(func.count()).select_from(Unit).where(Unit.level == 4)
    assert weihai.scalar(below) == len(DISTRICTS) + len(ZONES)


def test_every_district_can_ask_and_the_city_answers(weihai: Session) -> None:
    """A clerk who drafts, a leader above him, and whoever reviews and files at the city."""
    for code in (*DISTRICTS, *ZONES):
        agency = queries.unit_by_code(weihai, f"{code}-jyzx")
        bureau = queries.unit_by_code(weihai, f"{code}-rsj")
        for position in (Position.MESSAGE_CLERK, Position.CLERK, Position.DEPT_HEAD):
            assert queries.holders(weihai, position, agency, NOW)
        assert queries.holders(weihai, Position.UNIT_LEADER, bureau, NOW)
    city = queries.unit_by_code(weihai, CITY)
    for position in (
        *(Position.MESSAGE_CLERK, Position.MESSAGE_REVIEWER, Position.SECOND_REVIEWER),
        *(Position.FILING_CLERK, Position.UNIT_LEADER),
    ):
        assert queries.holders(weihai, position, city, NOW)
    names = set(weihai.scalars(select(Person.name)))
    assert {"宋海燕", "于建波", "丛培军", "周文静", "鞠晓东"} <= names


def test_an_office_has_its_counterpart_at_the_city(weihai: Session) -> None:
    """区市和开发区 go to the office of the city that does the same."""
    lists = read_region(weihai)
    for code in (*DISTRICTS, *ZONES):
        assert lists.counterparts[f"{code}-jyzx"] == CITY
    for one, other in lists.counterparts.items():
        assert queries.unit_by_code(weihai, one).level == 3
        assert queries.unit_by_code(weihai, other).level == 2


def test_every_agency_has_a_filed_signature(weihai: Session) -> None:
    """Whoever sends shows the name of his unit; two units never show the same."""
    signatures = read_region(weihai).signatures
    agencies = set(weihai.scalars(select(Unit.code).where(Unit.kind == UnitKind.AGENCY)))
    assert agencies == signatures.keys()
    assert len(set(signatures.values())) == len(signatures)
    assert signatures["371082-jyzx"] == "荣成就业中心"


@pytest.mark.parametrize(
    "wrong",
    [
        {CITY: "威海市公共就业和人才服务中心"},  # fourteen characters: no operator takes it
        {CITY: "威"},
        {CITY: "【威海就业】"},
        {CITY: "威海\u200b就业"},
        {"371099-jyzx": "没有这个单位"},
    ],
)
def test_a_signature_that_cannot_be_filed_is_refused(
    session: Session, weihai_data: dict[str, Any], wrong: dict[str, str]
) -> None:
    """Too long, too short, with brackets or what nobody sees, of a unit that is none."""
    with pytest.raises(BadRegion, match="signatures"):
        service.import_region(session, data=weihai_data | {"signatures": wrong}, now=NOW)
