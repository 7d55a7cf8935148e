"""What an operator types."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.clock import utcnow
from app.identity import commands, demo, loading, queries, service
from app.identity.screens import group_by_role
from app.identity.types import Issued, Position, SessionKind, WrongCredentials
from tests.identity.conftest import HERE, NOW, PASSWORD, REGIONS, MakePerson


@pytest.fixture
def app(settings: Settings, region: Session) -> Flask:
    app = Flask("commands")
    loading.init_app(app, settings)
    for group in (commands.users, commands.region, commands.demo):
        app.cli.add_command(group)
    demo_data = yaml.safe_load((REGIONS / "enshi.demo.yaml").read_text())
    demo.load_demo_people(region, {"people": demo_data["people"][:13]}, NOW)
    region.commit()
    return app


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=list(arguments))


def test_life_of_a_login(app: Flask, region: Session) -> None:
    """Created with a one-time code, disabled, activated with another, reset with a third."""

    def opens(code: str) -> bool:
        """Whether the code sets a password with which its owner gets in."""
        region.expire_all()
        now = queries.get_login(region, "zhang3").created_at
        asked = {"username": "zhang3", "client": HERE, "now": now}
        service.redeem_code(region, code=code, new=PASSWORD, **asked)
        region.flush()
        result = service.sign_in(region, password=PASSWORD, kind=SessionKind.BROWSER, **asked)
        assert isinstance(result, Issued | WrongCredentials)
        region.commit()
        return isinstance(result, Issued)

    create = ["users", "create", "Zhang3", "--name", "张三", "--unit", "422826-jyzx"]
    created = run(app, *create, "--position", "clerk", "--phone", "15400009999")
    assert created.exit_code == 0, created.output
    assert opens(created.output.strip().rpartition("：")[2])
    person = queries.find_person_by_username(region, "zhang3")
    assert person is not None
    unit = queries.unit_by_code(region, "422826-jyzx")
    clerks = queries.holders(region, Position.CLERK, unit, NOW.replace(year=2100))
    assert person.id in {holder.person_id for holder in clerks}
    assert run(app, *create).exit_code == 1
    assert run(app, "users", "disable", "zhang3").exit_code == 0
    for act in ("activate", "reset-password"):
        region.expire_all()
        given = run(app, "users", act, "zhang3")
        region.expire_all()
        assert opens(given.output.strip().rpartition("：")[2])
    assert "已停用" in run(app, "users", "reset-second-factor", "zhang3").output
    assert run(app, "users", "reset-password", "nobody").exit_code == 1


def test_positions_by_the_operator(app: Flask, region: Session) -> None:
    """An auditor is made and dismissed here; administrators of accounts are not."""
    made = run(app, "users", "appoint", "yaohaiyang", "auditor", "--unit", "422826-rsj")
    assert made.exit_code == 0, made.output
    assert "审计员：已经办好" in made.output

    def positions() -> set[str]:
        region.expire_all()
        person = queries.get_login(region, "yaohaiyang").person_id
        return {held.position for held in queries.actor_of(region, person, utcnow()).positions}

    assert "auditor" in positions()
    assert run(app, "users", "appoint", "yaohaiyang", "operator").exit_code == 1
    assert run(app, "users", "appoint", "yaohaiyang", "account_admin").exit_code == 2
    gone = run(app, "users", "dismiss", "yaohaiyang", "auditor", "--unit", "422826-rsj")
    assert gone.exit_code == 0
    assert "auditor" not in positions()


def test_demo_logins_for_programs(app: Flask) -> None:
    """The shape that outside checks read."""
    found = run(app, "demo", "logins", "--json")
    rows = {row["username"]: row for row in json.loads(found.stdout)}
    assert rows["yaohaiyang"] == {
        "username": "yaohaiyang",
        "password": "Banjian-2026",
        "name": "姚海洋",
        "unit": "咸丰县公共就业服务中心",
        "unit_code": "422826-jyzx",
        "positions": ["clerk"],
    }
    assert "yaohaiyang" in run(app, "demo", "logins").stdout


def test_demo_logins_only_in_the_demonstration(app: Flask) -> None:
    """Elsewhere nobody's password is anybody's business."""
    app.extensions["identity"] = loading.Door("session", secure=False, demo=False)
    refused = run(app, "demo", "logins", "--json")
    assert refused.exit_code == 1
    assert "yaohaiyang" not in refused.output


def test_region_import(app: Flask, tmp_path: Path) -> None:
    """The shipped file imports as often as one likes; a broken one changes nothing."""
    assert "56" in run(app, "region", "import", str(REGIONS / "enshi.yaml")).output
    broken = tmp_path / "x.yaml"
    broken.write_text("region: enshi\n")
    assert run(app, "region", "import", str(broken)).exit_code == 1


def test_people_hold_what_the_file_says(region: Session, make_person: MakePerson) -> None:
    """A login without position is listed with none."""
    make_person("idle")
    assert [(row.username, row.positions) for row in queries.list_demo_logins(region, NOW)] == [
        ("idle", ())
    ]


def test_login_page_shows_a_road_first(app: Flask, region: Session) -> None:
    """A few people a role, the worked example's first; the rest by place, and nobody lost."""
    del app
    everybody = yaml.safe_load((REGIONS / "enshi.demo.yaml").read_text())
    demo.load_demo_people(region, everybody, NOW)
    logins = queries.list_demo_logins(region, NOW)
    groups = {group.label: group.entries for group in group_by_role(logins)}
    assert list(groups)[:6] == [
        "联系人",
        "部门负责人",
        "单位分管领导",
        "账户管理员",
        "权限管理员",
        "其他人员",
    ]
    assert [entry.name for entry in groups["联系人"]][:2] == ["姚海洋", "龙金花"]
    assert groups["部门负责人"][0].name == "秦永安"
    assert {"恩施市", "鹤峰县"} < set(groups)
    shown = [entry.username for entries in groups.values() for entry in entries]
    assert sorted(shown) == sorted(login.username for login in logins)
