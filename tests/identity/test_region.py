"""The region's file and the invented people beside it."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
import yaml
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import crypto
from app.identity import demo, queries, service
from app.identity.models import Person, Region, Unit
from app.identity.region import read_region
from app.identity.types import EXCLUSIVE, BadRegion, Position, UnitKind
from tests.identity.conftest import NOW, REGIONS

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
COUNTIES = ("422801", "422802", "422822", "422823", "422825", "422826", "422827", "422828")


def test_import_twice_is_the_same(region: Session, region_data: dict[str, Any]) -> None:
    """A second import of the same file changes no row."""

    def rows() -> list[tuple[object, ...]]:
        columns = (Unit.id, Unit.code, Unit.path, Unit.parent_id, Unit.division_id, Unit.level)
        return [tuple(row) for row in region.execute(select(*columns).order_by(Unit.id))]

    before, imported = rows(), region.get_one(Region, "enshi").imported_at
    service.import_region(region, data=region_data, now=NOW.replace(year=2027))
    assert rows() == before
    assert region.get_one(Region, "enshi").imported_at == imported


def test_offices_of_a_county(region: Session) -> None:
    """Offices hang under the bureau, the township under the county; all share its division."""
    county = queries.unit_by_code(region, "422826")
    agency = queries.unit_by_code(region, "422826-jyzx")
    township = queries.unit_by_code(region, "422826-gaoleshan")
    assert agency.path == "/422800/422826/422826-rsj/422826-jyzx/"
    assert (county.division_id, agency.division_id, township.division_id) == (county.id,) * 3
    assert (county.level, agency.level, township.level) == (3, 3, 4)
    bureau = queries.unit_above(region, agency)
    assert bureau is not None
    assert bureau.kind is UnitKind.BUREAU
    top = queries.unit_by_code(region, "422800")
    assert queries.unit_above(region, top) is None


def test_lists_of_the_region(region: Session) -> None:
    """The five subsystems carry the form's label, and the rules' name beside it."""
    lists = read_region(region)
    subsystems = lists.entries("subsystems")
    assert [entry.label for entry in subsystems] == [
        "劳动力资源信息库",
        "零工驿站子系统",
        "共享用工子系统",
        "人社数据分析子系统",
        "人社政务服务办件分析预警",
    ]
    assert all(entry.name.startswith("恩施州") for entry in subsystems)
    assert lists.label("posts", "review") == "审核岗"
    assert lists.label("posts", "gone") == "gone"
    assert lists.entries("unknown") == ()


@pytest.mark.parametrize("wrong", [{"units": []}, {"units": [{"code": "x", "name": "x"}]}])
def test_broken_file_is_refused(
    region: Session, region_data: dict[str, Any], wrong: dict[str, Any]
) -> None:
    """A file with a part missing says so."""
    with pytest.raises(BadRegion):
        service.import_region(region, data=region_data | wrong, now=NOW)


def test_demo_people_load_once(region: Session, demo_data: dict[str, Any]) -> None:
    """Loading again adds nobody; numbers are sealed and found through the index."""
    count = len(demo_data["people"])
    assert demo.load_demo_people(region, demo_data, NOW) == count
    assert demo.load_demo_people(region, demo_data, NOW) == 0
    assert region.scalar(select(func.count()).select_from(Person)) == count
    found = queries.find_person_by_id_index(region, queries.id_index("42289919850722222x"))
    assert found is not None
    assert found.name == "向晓梅"
    assert found.id_number is not None
    assert crypto.unseal(found.id_number) == b"42289919850722222X"
    assert queries.phone_of(region, found.id) == "15400000102"


def test_every_county_can_walk_the_road(region: Session, demo_data: dict[str, Any]) -> None:
    """In each county somebody files, decides and carries out, with the pair of administrators."""
    demo.load_demo_people(region, demo_data, NOW)
    for code in (*COUNTIES, "422800"):
        bureau = queries.unit_by_code(region, f"{code}-rsj")
        agency = queries.unit_by_code(region, f"{code}-jyzx")
        assert queries.holders(region, Position.UNIT_LEADER, bureau, NOW)
        assert queries.holders(region, Position.CLERK, agency, NOW)
        assert queries.holders(region, Position.DEPT_HEAD, agency, NOW)
        admins = queries.holders_same_level(region, Position.ACCOUNT_ADMIN, bureau.division_id, NOW)
        assert len(admins) == 2
        assert {admin.unit_code for admin in admins} == {f"{code}-xxzx"}
        assert queries.holders_same_level(
            region, Position.PERMISSION_ADMIN, bureau.division_id, NOW
        )


@pytest.mark.parametrize(("region", "area"), [("enshi", "422899"), ("weihai", "371099")])
def test_demo_people_are_invented_and_valid(region: str, area: str) -> None:
    """Unallocated area and prefix, right check digits, nobody twice, no two exclusive positions."""
    people = yaml.safe_load((REGIONS / f"{region}.demo.yaml").read_text())["people"]
    for person in people:
        number, held = person["id_number"], {Position(name) for name in person["positions"]}
        total = sum(int(n) * w for n, w in zip(number, WEIGHTS, strict=False))
        assert number[17] == "10X98765432"[total % 11], person["name"]
        assert number.startswith(area)
        assert date.fromisoformat(number[6:14])
        assert person["phone"].startswith("154")
        assert len(held & EXCLUSIVE) <= 1
    for key in ("id_number", "phone", "username", "name"):
        assert len({person[key] for person in people}) == len(people)


def test_demo_signature_is_a_small_drawing() -> None:
    """The same name always draws the same strokes on nothing; another name draws others."""
    png = demo.draw_signature("姚海洋")
    assert png == demo.draw_signature("姚海洋") != demo.draw_signature("彭秀英")
    image = Image.open(BytesIO(png))
    assert image.mode == "RGBA"
    assert image.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert len(png) < 20_000
