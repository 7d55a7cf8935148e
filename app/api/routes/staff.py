"""Keeping people: registration, login and positions. The same acts as on the person's page."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from app.administration import asking, queries, service
from app.administration.judging import LABELS
from app.administration.types import Refused
from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.staff import (
    LoginBody,
    MemberShape,
    NewPersonBody,
    PersonBody,
    PositionBody,
    SeenBody,
    StaffQuery,
    StaffShape,
    UntilBody,
)
from app.core.clock import local
from app.identity import staff
from app.identity.types import Position
from app.web.step_up import require_step_up

api = Registrar("管理人员和岗位")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@contextmanager
def in_words(**names: str) -> Iterator[None]:
    """Errors of the room as whole sentences, at the names that the body has. Raises: Refused."""
    try:
        yield
    except Refused as error:
        labels = LABELS | ({"until": "最后一天"} if names else {})
        told = [(str(one.path), str(one.message)) for one in error.errors]
        raise Refused(
            *((names.get(path, path), f"{labels.get(path, '')}{said}") for path, said in told)
        ) from error


@api.get("/staff", "范围内登记的人员，按单位排", 400, 401, 403)
def list_staff(act: Act, query: StaffQuery) -> Items[MemberShape]:
    page = staff.list_staff(
        act.session,
        actor=act.actor,
        now=act.now,
        filters=staff.Filters.parse(query.model_dump(include={"q", "position", "unit"})),
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(MemberShape.of))


@api.get("/staff/<int:person_id>", "一个人的登记、登录和岗位", 401, 403, 404)
def show_staff(act: Act, person_id: int) -> StaffShape:
    return _shape(act, person_id)


@api.post("/staff", "登记新人员，开登录、任岗位；回答里有一次性代码", *REFUSALS, status=201)
def create_staff(act: Act, body: NewPersonBody) -> StaffShape:
    require_step_up()
    typed = body.model_dump(exclude={"positions"})
    with in_words():
        positions = [_position(word) for word in body.positions]
        wanted = asking.new_person(act.session, act.actor, typed, positions, _today(act))
    made, code = service.add_person(act.session, actor=act.actor, now=act.now, wanted=wanted)
    return _shape(act, made.id, code)


@api.post("/staff/<int:person_id>/change", "改姓名、单位、电话", *REFUSALS)
def change_staff(act: Act, person_id: int, body: PersonBody) -> StaffShape:
    require_step_up()
    typed = {"name": body.name, "unit": body.unit, "phone": body.phone or ""}
    queries.access_person(act.session, person_id, act.actor, act.now)
    with in_words():
        found = asking.judge(typed, "name", "unit", "phone", today=_today(act))
        service.change_person(
            act.session,
            actor=act.actor,
            now=act.now,
            person_id=person_id,
            seen=body.version,
            name=found.values["name"],
            unit=asking.unit_within(act.session, act.actor, body.unit),
            phone=None if body.phone is None else found.values["phone"],
        )
    return _shape(act, person_id)


@api.post("/staff/<int:person_id>/login", "给没有登录的人开登录；回答里有一次性代码", *REFUSALS)
def open_login(act: Act, person_id: int, body: LoginBody) -> StaffShape:
    require_step_up()
    queries.access_person(act.session, person_id, act.actor, act.now)
    with in_words():
        typed = {"username": body.username, "until": body.until}
        found = asking.judge(typed, "username", "until", today=_today(act))
        code = service.open_login(
            act.session,
            actor=act.actor,
            now=act.now,
            person_id=person_id,
            seen=body.version,
            username=found.values["username"],
            until=found.until,
        )
    return _shape(act, person_id, code)


@api.post("/staff/<int:person_id>/login/disable", "停用登录；手里的件交给同岗位的人", *REFUSALS)
def disable_login(act: Act, person_id: int, body: SeenBody) -> StaffShape:
    require_step_up()
    service.disable_login(
        act.session, actor=act.actor, now=act.now, person_id=person_id, seen=body.version
    )
    return _shape(act, person_id)


@api.post("/staff/<int:person_id>/login/enable", "重新启用登录；回答里有一次性代码", *REFUSALS)
def enable_login(act: Act, person_id: int, body: SeenBody) -> StaffShape:
    require_step_up()
    code = service.enable_login(
        act.session, actor=act.actor, now=act.now, person_id=person_id, seen=body.version
    )
    return _shape(act, person_id, code)


@api.post("/staff/<int:person_id>/login/code", "发一次性代码；原来的密码作废", *REFUSALS)
def send_code(act: Act, person_id: int, body: SeenBody) -> StaffShape:
    require_step_up()
    code = service.send_code(
        act.session, actor=act.actor, now=act.now, person_id=person_id, seen=body.version
    )
    return _shape(act, person_id, code)


@api.post("/staff/<int:person_id>/login/until", "改登录的最后一天", *REFUSALS)
def limit_login(act: Act, person_id: int, body: UntilBody) -> StaffShape:
    require_step_up()
    queries.access_person(act.session, person_id, act.actor, act.now)
    with in_words():
        found = asking.judge({"until": body.until}, "until", today=_today(act))
    service.limit_login(
        act.session,
        actor=act.actor,
        now=act.now,
        person_id=person_id,
        seen=body.version,
        until=found.until,
    )
    return _shape(act, person_id)


@api.post("/staff/<int:person_id>/positions", "任命岗位，可以有起止日期", *REFUSALS, status=201)
def give_position(act: Act, person_id: int, body: PositionBody) -> StaffShape:
    require_step_up()
    queries.access_person(act.session, person_id, act.actor, act.now)
    with in_words(since="from", until="to"):
        typed = body.model_dump(exclude={"version"})
        asked = asking.position(act.session, act.actor, typed, _today(act))
        service.give_position(
            act.session,
            actor=act.actor,
            now=act.now,
            person_id=person_id,
            seen=body.version,
            **asked._asdict(),
        )
    return _shape(act, person_id)


@api.post(
    "/staff/<int:person_id>/positions/<int:appointment_id>/end",
    "免去岗位；轮到他办的件交给同岗位的人",
    *REFUSALS,
)
def take_position(act: Act, person_id: int, appointment_id: int, body: SeenBody) -> StaffShape:
    require_step_up()
    service.take_position(
        act.session,
        actor=act.actor,
        now=act.now,
        person_id=person_id,
        seen=body.version,
        appointment_id=appointment_id,
    )
    return _shape(act, person_id)


def _shape(act: Act, person_id: int, code: str | None = None) -> StaffShape:
    act.session.flush()  # the answer reads what was written
    kept = queries.access_person(act.session, person_id, act.actor, act.now)
    positions = queries.positions_of(act.session, person_id, act.now)
    return StaffShape.of(kept, positions, act.now, code)


def _today(act: Act) -> date:
    return local(act.now).date()


def _position(word: str) -> Position:
    """Raises: Refused."""
    if word not in set(Position):
        raise Refused(("positions", f"没有“{word[:50]}”，请用岗位的代码。"))
    return Position(word)
