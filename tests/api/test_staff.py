"""People and units kept over REST: the acts of the pages, with their rights and refusals."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core import clock
from app.core.db import reading
from tests.api.conftest import PROCESS, Rest

ADMIN, READER, CLERK, LEADER = "duanshiyu", "tanlihua", "yaohaiyang", "pengxiuying"
HOME = "422826-rsj"
NEW = {
    "name": "冉新民",
    "unit": HOME,
    "username": "ranxinmin",
    "phone": "15400010001",
    "positions": ["clerk"],
}
Login = Callable[[str], Rest]


def day(after: int) -> str:
    return (clock.today() + timedelta(days=after)).isoformat()


def errors(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {one["path"]: one["message"] for one in answer.json["errors"]}


def added(admin: Rest, **more: Any) -> dict[str, Any]:
    answer = admin.post("/staff", NEW | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_somebody_comes_is_moved_and_leaves(login: Login, stranger: Rest) -> None:
    admin = login(ADMIN)
    made = added(admin)
    here = f"/staff/{made['id']}"
    assert made["code"]
    assert (made["has_phone"], made["has_id_number"]) == (True, False)
    assert "15400010001" not in str(made)
    assert [one["position"] for one in made["positions"]] == ["clerk"]
    assert admin.get(here).json == made | {"code": None}
    given = {"position": "dept_head", "unit": HOME, "from": day(1), "to": day(9)}
    coming = admin.post(f"{here}/positions", given | {"version": made["version"]})
    assert coming.status_code == 201, coming.text
    held = {one["position"]: one for one in coming.json["positions"]}
    assert (held["dept_head"]["state"], held["clerk"]["state"]) == ("coming", "held")
    moved = {"name": "冉新民", "unit": "422826-jyzx", "version": coming.json["version"]}
    changed = admin.post(f"{here}/change", moved).json
    assert (changed["unit"]["code"], changed["has_phone"]) == ("422826-jyzx", True)
    end = f"{here}/positions/{held['clerk']['id']}/end"
    taken = admin.post(end, {"version": changed["version"]}).json
    states = {one["position"]: one["state"] for one in taken["positions"]}
    assert states["dept_head"] == "coming"
    assert states.get("clerk", "over") == "over"
    gone = admin.post(f"{here}/login/disable", {"version": taken["version"]}).json
    assert (gone["login"]["is_disabled"], gone["login"]["is_open"]) == (True, False)
    back = admin.post(f"{here}/login/enable", {"version": gone["version"]}).json
    assert back["code"] != made["code"]
    again = admin.post(f"{here}/login/code", {"version": back["version"]}).json
    until = {"version": again["version"], "until": day(3)}
    limited = admin.post(f"{here}/login/until", until).json
    assert limited["login"]["until"].startswith(day(4))
    assert stranger.get(here).status_code == 401


def test_the_trail_is_that_of_the_pages(login: Login) -> None:
    made = added(login(ADMIN))
    with reading() as session:
        kinds = _kinds(session, f"person:{made['id']}")
    assert {"person.created", "appointment.started"} <= kinds


def _kinds(session: Session, about: str) -> set[str]:
    return set(session.scalars(select(Event.kind).where(Event.object == about)))


def test_a_repeated_key_is_one_person_and_one_code(login: Login) -> None:
    admin = login(ADMIN)
    first, again = (admin.post("/staff", NEW, key="once") for _ in range(2))
    assert (first.status_code, first.json) == (again.status_code, again.json)
    assert admin.post("/staff", NEW).status_code == 409


def test_what_is_wrong_is_told_at_its_name_in_a_sentence(login: Login) -> None:
    admin = login(ADMIN)
    bad = NEW | {"name": "", "unit": "nowhere", "username": "Ä", "until": day(-1)}
    found = errors(admin.post("/staff", bad))
    assert set(found) == {"name", "unit", "username", "until"}
    assert found["name"] == "姓名没有填。"
    assert "positions" in errors(admin.post("/staff", NEW | {"positions": ["emperor"]}))
    made = added(admin)
    here, seen = f"/staff/{made['id']}", {"version": made["version"]}
    wrong = seen | {"position": "emperor", "unit": HOME, "from": day(-1), "to": "soon"}
    assert set(errors(admin.post(f"{here}/positions", wrong))) == {"from", "to", "position"}
    ends = seen | {"position": "dept_head", "unit": HOME, "from": day(5), "to": day(2)}
    assert errors(admin.post(f"{here}/positions", ends))["to"].startswith("最后一天早于")
    stale = admin.post(f"{here}/login/disable", {"version": made["version"] - 1})
    assert (stale.status_code, stale.json["code"]) == (409, "stale_person")


def test_accounts_and_permissions_are_never_given_here(login: Login) -> None:
    """ARCHITECTURE, decision 10; and nobody makes those who watch him."""
    admin = login(ADMIN)
    made = added(admin)
    for position, code in (
        ("account_admin", "by_form"),
        ("permission_admin", "by_form"),
        ("auditor", "overseer"),
    ):
        body = {"position": position, "unit": HOME, "version": made["version"]}
        refused = admin.post(f"/staff/{made['id']}/positions", body)
        assert (refused.status_code, refused.json["code"]) == (403, code)
        more = NEW | {"username": f"x-{position[:5]}", "phone": "", "positions": [position]}
        assert admin.post("/staff", more).json["code"] == code


def test_readers_read_and_others_do_not(login: Login) -> None:
    made = added(login(ADMIN))
    reader, here = login(READER), f"/staff/{made['id']}"
    assert reader.get(here).json["name"] == "冉新民"
    listed = reader.get("/staff", q="ranxin").json["items"]
    assert [one["positions"] for one in listed] == [["联系人"]]
    assert reader.post(f"{here}/login/disable", {"version": 1}).status_code == 403
    for name in (CLERK, LEADER):
        assert login(name).get("/staff").status_code == 403
        assert login(name).get(here).status_code == 403


def test_nobody_keeps_himself(login: Login) -> None:
    admin = login(ADMIN)
    (own,) = [one for one in admin.get("/staff", q=ADMIN).json["items"] if one["username"] == ADMIN]
    version = admin.get(f"/staff/{own['id']}").json["version"]
    refused = admin.post(f"/staff/{own['id']}/login/disable", {"version": version})
    assert (refused.status_code, refused.json["code"]) == (403, "own_login")


def test_a_unit_from_its_beginning_to_its_end(login: Login) -> None:
    admin = login(ADMIN)
    above = admin.get(f"/units/{HOME}").json
    body = {"code": "422826-trial", "name": "试设科", "kind": "section"}
    made = admin.post(f"/units/{HOME}/below", body | {"version": above["version"]})
    assert (made.status_code, made.json["people"]) == (201, 0)
    here, unit = "/units/422826-trial", made.json
    again = admin.get(f"/units/{HOME}").json["version"]
    taken = admin.post(f"/units/{HOME}/below", body | {"version": again})
    assert (taken.status_code, taken.json["code"]) == (409, "code_taken")
    named = admin.post(f"{here}/name", {"version": unit["version"], "name": "试设二科"}).json
    assert named["name"] == "试设二科"
    wrong = {"version": named["version"], "name": "x"}
    assert errors(admin.post(f"{here}/name", wrong))["name"].startswith("单位名称要有")
    hide = {"version": named["version"], "process": PROCESS}
    hidden = admin.post(f"{here}/processes/hide", hide).json
    (row,) = [one for one in admin.get(f"{here}/processes").json["items"] if one["key"] == PROCESS]
    assert (row["hidden_by"], row["is_hidden_here"]) == ("试设二科", True)
    shown = admin.post(f"{here}/processes/restore", {**hide, "version": hidden["version"]}).json
    closed = admin.post(f"{here}/close", {"version": shown["version"]}).json
    assert closed["closed_at"]
    opened = admin.post(f"{here}/reopen", {"version": closed["version"]}).json
    assert opened["closed_at"] is None
    full = admin.post(f"/units/{HOME}/close", {"version": again})
    assert (full.status_code, full.json["code"]) == (409, "unit_not_empty")
    assert login(READER).get(here).json["code"] == "422826-trial"
    assert login(READER).post(f"{here}/close", {"version": 1}).status_code == 403
