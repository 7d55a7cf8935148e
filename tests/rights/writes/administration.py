"""People, units and what is imported."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import delete

from app.administration import service as administration
from app.administration.remains import weigh
from app.administration.reorganising import Change
from app.administration.types import PlanKind
from app.attachments.types import Accepted
from app.identity import service as identity
from app.identity.models import OneTimeCode
from app.identity.queries import get_login, get_unit, unit_by_code
from app.identity.types import Position, UnitKind
from tests.rights.counties import XIANFENG
from tests.rights.writes.base import Asked, Case, Prepare, Write, because, plain
from tests.rights.writes.people import FAR_REPAIRER, REPAIRER, SECOND_REPAIRER
from tests.rights.writes.why import ALONE, FILE, FORM, NO_BODY, NO_VERSION, NUMBER, OWN, PAGE, STATE
from tests.support.office import PROCESS, Office


def somebody(**sent: Any) -> Prepare:
    """Somebody of the county with a login and a position, as the page shows them."""

    def make(office: Office) -> Asked:
        unit = unit_by_code(office.session, f"{XIANFENG.code}-rsj")
        given: dict[str, Any] = {"actor": None, "now": office.tick()}
        person = identity.create_person(office.session, name="某人", unit=unit, **given)
        identity.create_login(office.session, person_id=person.id, username="somebody", **given)
        held = identity.appoint(
            office.session,
            person_id=person.id,
            position=Position.CLERK,
            unit=unit,
            source="test",
            **given,
        )
        office.session.flush()
        taken = {"appointment_id": held.id} if sent.get("take") else {}
        if sent.get("disabled"):
            identity.disable_login(office.session, username="somebody", **given)
        if sent.get("loose"):
            login = get_login(office.session, "somebody")
            office.session.execute(delete(OneTimeCode).where(OneTimeCode.login_id == login.id))
            office.session.delete(login)
        fields = {name: value for name, value in sent.items() if name not in KINDS}
        return Asked({"person_id": person.id, **taken}, {"rev": person.rev, **fields})

    return make


KINDS = ("take", "disabled", "loose")


def keeps(prepare: Prepare) -> Write:
    """An administrator keeps somebody, from a page that knows their state."""
    return Write(
        REPAIRER,
        prepare,
        PAGE | FORM,
        second=SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
        seen="rev",
    )


def over_rest(prepare: Prepare, why: Mapping[Case, str] | None = None) -> Write:
    """The same with JSON: the version is `version`, a unit is its code."""

    def make(office: Office) -> Asked:
        asked = prepare(office)
        values = {"unit": UNIT} if "unit_id" in asked.values else asked.values
        sent = {name: value for name, value in asked.sent.items() if name != "rev"}
        return Asked(values, {"version": asked.sent["rev"], **sent})

    return Write(
        REPAIRER,
        make,
        FORM | (why or {}),
        second=SECOND_REPAIRER,
        again="same",
        stranger=FAR_REPAIRER,
    )


UNIT = "422826-trial"
THIRD_REPAIRER = "tengxiaoyan"


def unit(*, closed: bool = False, hides: bool = False, **sent: Any) -> Prepare:
    """A new unit of the county, with nothing in it."""

    def make(office: Office) -> Asked:
        above = unit_by_code(office.session, f"{XIANFENG.code}-rsj")
        given: dict[str, Any] = {"actor": office.actor(REPAIRER), "now": office.tick()}
        made = administration.add_unit(
            office.session,
            **given,
            unit_id=above.id,
            seen=above.rev,
            code=UNIT,
            name="试设科",
            kind=UnitKind.SECTION,
        )
        office.session.flush()
        if closed:
            administration.close_unit(office.session, **given, unit_id=made.id, seen=made.rev)
        if hides:
            administration.hide_process(
                office.session, **given, unit_id=made.id, seen=made.rev, key=PROCESS
            )
        return Asked({"unit_id": made.id}, {"rev": made.rev, **sent})

    return make


PLAN = {
    "step": "propose",
    "plan_kind": "rename",
    "unit_name": "试设二科",
    "day": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
    "document": "某编办〔2026〕1号",
    "reason": "机构改革。",
}
PLAN_OVER_REST = {"kind": "rename", "name": "试设二科"} | {
    name: PLAN[name] for name in ("day", "document", "reason")
}


def plan(*, confirms: bool = False) -> Prepare:
    """A new unit of the county is about to have another name."""
    make_unit = unit()

    def make(office: Office) -> Asked:
        made = get_unit(office.session, make_unit(office).values["unit_id"])
        now = office.tick()
        proposed = administration.propose(
            office.session,
            actor=office.actor(SECOND_REPAIRER if confirms else REPAIRER),
            now=now,
            unit_id=made.id,
            seen=made.rev,
            change=Change(
                PlanKind.RENAME,
                date.fromisoformat(PLAN["day"]),
                PLAN["document"],
                PLAN["reason"],
                PLAN["unit_name"],
            ),
        )
        office.session.flush()
        sent: dict[str, Any] = {"version": proposed.version}
        if confirms:
            office.appoint(THIRD_REPAIRER, Position.SYSTEM_ADMIN, f"{XIANFENG.code}-rsj")
            sent["seen"] = weigh(office.session, made, now).mark
        return Asked({"plan_id": proposed.id}, sent)

    return make


def decides(why: Mapping[Case, str], *, confirms: bool = False, again: str = "refused") -> Write:
    """Another administrator than the one who proposed it confirms, any takes it back."""
    return Write(
        REPAIRER,
        plan(confirms=confirms),
        FORM | why,
        second=THIRD_REPAIRER if confirms else SECOND_REPAIRER,
        stranger=FAR_REPAIRER,
        again=again,
    )


SHEET = ("姓名,单位,用户名\n某人,422826-rsj,somebody\n".encode(), "人员.csv")


def sheet(*, confirmed: bool = False) -> Prepare:
    def make(office: Office) -> Asked:
        given: dict[str, Any] = {"actor": office.actor(REPAIRER), "now": office.tick()}
        made = administration.check_sheet(
            office.session,
            accepted=Accepted(SHEET[1], "text/csv", SHEET[0]),
            client_key="k" * 32,
            **given,
        )
        if confirmed:
            administration.confirm(office.session, import_id=made.id, **given)
        return Asked({"import_id": made.id})

    return make


def imports(prepare: Prepare, *, over_rest: bool = False) -> Write:
    more = NO_BODY if over_rest else PAGE
    return Write(
        REPAIRER,
        prepare,
        more | FORM | STATE | because("one's own import", Case.SECOND),
        again="same",
        stranger=FAR_REPAIRER,
    )


ADDED = {
    "name": "某人",
    "unit": "422826-rsj",
    "username": "somebody",
    "phone": "15400010001",
    "position": "clerk",
}

ADDED_OVER_REST = {key: value for key, value in ADDED.items() if key != "position"}
ADDED_OVER_REST |= {"positions": ["clerk"]}
ROWS: Mapping[str, Write] = {
    "administration.add": Write(
        REPAIRER,
        plain(**ADDED),
        ALONE | NO_VERSION | PAGE | FORM,
        second=SECOND_REPAIRER,
    ),
    "administration.change": keeps(somebody(name="某某人", unit="422826-rsj")),
    "administration.open_login": keeps(somebody(loose=True, username="another")),
    "administration.disable": keeps(somebody()),
    "administration.enable": keeps(somebody(disabled=True)),
    "administration.send_code": keeps(somebody()),
    "administration.limit": keeps(somebody(until="2099-12-31")),
    "administration.give": keeps(somebody(position="dept_head", unit="422826-rsj")),
    "administration.take": keeps(somebody(take=True)),
    "administration.add_unit": keeps(
        unit(code="422826-trial-b", unit_name="试设股", kind="section")
    ),
    "administration.rename_unit": keeps(unit(unit_name="试设二科")),
    "administration.close_unit": keeps(unit()),
    "administration.reopen_unit": keeps(unit(closed=True)),
    "administration.propose": replace(keeps(unit(**PLAN)), again="same"),
    "administration.confirm_plan": decides(PAGE, confirms=True),
    "administration.retract": decides(PAGE),
    "administration.hide_process": keeps(unit(key=PROCESS)),
    "administration.show_process": keeps(unit(hides=True, key=PROCESS)),
    "api.create_staff": Write(
        REPAIRER,
        plain(**ADDED_OVER_REST),
        ALONE | NO_VERSION | FORM,
        second=SECOND_REPAIRER,
        again="same",
    ),
    "api.change_staff": over_rest(somebody(name="某某人", unit="422826-rsj")),
    "api.open_login": over_rest(somebody(loose=True, username="another")),
    "api.disable_login": over_rest(somebody(), NUMBER),
    "api.enable_login": over_rest(somebody(disabled=True), NUMBER),
    "api.send_code": over_rest(somebody(), NUMBER),
    "api.limit_login": over_rest(somebody(until="2099-12-31")),
    "api.give_position": over_rest(somebody(position="dept_head", unit="422826-rsj")),
    "api.take_position": over_rest(somebody(take=True), NUMBER),
    "api.create_unit": over_rest(unit(code="422826-trial-b", name="试设股", kind="section")),
    "api.rename_unit": over_rest(unit(name="试设二科")),
    "api.close_unit": over_rest(unit(), NUMBER),
    "api.reopen_unit": over_rest(unit(closed=True), NUMBER),
    "api.create_reorganisation": over_rest(unit(**PLAN_OVER_REST)),
    "api.confirm_reorganisation": decides({}, confirms=True, again="same"),
    "api.withdraw_reorganisation": decides(NUMBER, again="same"),
    "api.hide_process": over_rest(unit(process=PROCESS)),
    "api.restore_process": over_rest(unit(hides=True, process=PROCESS)),
    "administration.upload": Write(
        REPAIRER,
        lambda _office: Asked({}, {"client_key": "k" * 32}, {"file": SHEET}),
        OWN | NO_VERSION | PAGE | FORM,
        again="same",
    ),
    "administration.confirm_import": imports(sheet()),
    "administration.stop_import": imports(sheet(confirmed=True)),
    "api.create_import": Write(
        REPAIRER,
        lambda _office: Asked({"kind": "people"}, files={"file": SHEET}),
        OWN | NO_VERSION | FILE | FORM,
        again="same",
    ),
    "api.confirm_import": imports(sheet(), over_rest=True),
    "api.stop_import": imports(sheet(confirmed=True), over_rest=True),
}
