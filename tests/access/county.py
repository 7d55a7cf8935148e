"""Counties with their people, and approved forms whose operations run apart."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from app.access import operations
from app.access.models import Account
from app.core import crypto
from app.core.actor import Actor
from app.identity.models import Appointment, Person, Unit
from app.identity.types import Position, UnitKind
from app.processes.models import Instance
from app.processes.queries import unit_ref
from app.processes.registry import OperationContext
from forms import Choice

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
IDS = {
    "姚海洋": "422899198906113733",
    "龙金花": "422899199403034843",
    "谭丽华": "422899198806094440",
    "吴一鸣": "422899199705201512",
    "黄䶮": "422899199502287774",
    "杨𬱖": "422899199309109992",
}
LISTS = {
    "subsystems": [Choice("gig-station", "零工驿站"), Choice("shared-labour", "共享用工")],
    "posts": [Choice("review", "审核岗"), Choice("query", "查询岗")],
}
Row = dict[str, Any]
numbers = count(1)


def form_row(kind: str, person: str, **changed: str) -> Row:
    return {
        "kind": kind,
        "name": person,
        "id_number": IDS[person],
        "phone": "15400000108",
        "post": "review",
        "requirement": "分配审核岗权限",
        **changed,
    }


class County:
    """咸丰县 (or another) with its offices and whoever a test needs."""

    def __init__(self, session: Session, region: Unit, code: str, name: str) -> None:
        self.session = session
        self.division = make_unit(session, code, name, UnitKind.DIVISION, region)
        self.center = make_unit(
            session, f"{code}-xxzx", f"{name}人社信息中心", UnitKind.INFO_CENTER, self.division
        )
        self.bureau = make_unit(
            session, f"{code}-rsj", f"{name}人社局", UnitKind.BUREAU, self.division
        )
        self.section = make_unit(
            session, f"{code}-rsj-jyg", f"{name}人社局就业股", UnitKind.SECTION, self.bureau
        )
        self.township = make_unit(
            session, f"{code}-xz", f"{name}某镇", UnitKind.TOWNSHIP, self.division
        )
        self.agency = make_unit(
            session, f"{code}-jyzx", f"{name}公共就业服务中心", UnitKind.AGENCY, self.division
        )

    def person(self, name: str, unit: Unit | None = None, *positions: str) -> Actor:
        where = unit or self.agency
        person = Person(
            name=name,
            unit_id=where.id,
            id_index=crypto.blind_index("id_number", IDS[name]),
            created_at=NOW,
        )
        self.session.add(person)
        self.session.flush()
        for position in positions:
            self.session.add(
                Appointment(
                    person_id=person.id,
                    position=Position(position),
                    unit_id=where.id,
                    starts_at=NOW,
                    source="test",
                )
            )
        self.session.flush()
        return Actor(
            person_id=person.id,
            username=f"u{person.id}",
            name=name,
            unit_id=where.id,
            unit_code=where.code,
            unit_name=where.name,
            unit_path=where.path,
            division_id=where.division_id,
        )


def make_unit(session: Session, code: str, name: str, kind: UnitKind, parent: Unit | None) -> Unit:
    unit = Unit(
        code=code,
        name=name,
        kind=kind,
        level=3,
        parent_id=parent.id if parent else None,
        path=f"{parent.path if parent else '/'}{code}/",
    )
    if kind is not UnitKind.DIVISION and parent:
        unit.division_id = parent.division_id
    else:
        unit.division_id = _next_unit_id(session)
        unit.id = unit.division_id
    session.add(unit)
    session.flush()
    return unit


def _next_unit_id(session: Session) -> int:
    from sqlalchemy import text  # noqa: PLC0415

    return int(session.scalar(text("SELECT nextval(pg_get_serial_sequence('unit', 'id'))")) or 0)


class Form:
    """One approved 附件2: its submissions can be changed, its three operations run apart."""

    def __init__(
        self, session: Session, instance: Instance, admins: tuple[Actor, Actor], rows: list[Row]
    ) -> None:
        self.session, self.instance, self.rows = session, instance, rows
        self.account_admin, self.permission_admin = admins
        self.subsystem, self.submission = "gig-station", 1
        self.results: dict[str, Row] = {}

    @property
    def ticket(self) -> str:
        return self.instance.number

    def context(self, actor: Actor) -> OperationContext:
        return OperationContext(
            instance_id=self.instance.id,
            version_id=self.instance.version_id,
            ticket=self.ticket,
            title="",
            requester_id=self.instance.requester_id,
            unit=unit_ref(self.session, self.instance.unit_id),
            node="account_execution",
            answers={"subsystem": self.subsystem, "people": self.rows},
            submission=self.submission,
            variables={},
            actor=actor,
            now=NOW,
            results=self.results,
        )

    def refuse(self, node: str, *rows: int) -> None:
        """The executor at `node` leaves these rows aside."""
        self.results[node] = {"result": "；".join(f"第{no}行未办理：资料不齐" for no in rows)}

    def apply_accounts(self) -> None:
        operations.apply_accounts(self.session, self.context(self.account_admin))

    def apply_grants(self) -> None:
        operations.apply_grants(self.session, self.context(self.permission_admin))

    def close_accounts(self) -> None:
        operations.close_accounts(self.session, self.context(self.permission_admin))

    def carry_out(self) -> None:
        self.apply_accounts()
        self.apply_grants()
        self.close_accounts()
        self.session.flush()

    def resubmit(self, rows: Sequence[Row]) -> None:
        self.rows, self.submission = list(rows), self.submission + 1


MakeForm = Callable[..., Form]


def account_of(session: Session, name: str) -> Account:
    ref = crypto.blind_index("id_number", IDS[name])
    return session.query(Account).filter_by(person_ref=ref).one()
