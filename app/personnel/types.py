"""Words of the room: kinds of events, how one stands, and what can go wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class EventKind(StrEnum):
    RETIREMENT = "retirement"
    RESIGNATION = "resignation"
    TRANSFER = "transfer"
    LEAVE = "leave"
    INVESTIGATION = "investigation"
    RETURN = "return"
    ARRIVAL = "arrival"


KIND_LABELS: Mapping[EventKind, str] = {
    EventKind.RETIREMENT: "退休",
    EventKind.RESIGNATION: "退职",
    EventKind.TRANSFER: "调离",
    EventKind.LEAVE: "请假",
    EventKind.INVESTIGATION: "接受调查",
    EventKind.RETURN: "返岗",
    EventKind.ARRIVAL: "到岗",
}


class LeaveKind(StrEnum):
    SICK = "sick"
    MATERNITY = "maternity"
    OTHER = "other"


LEAVE_LABELS: Mapping[LeaveKind, str] = {
    LeaveKind.SICK: "病假",
    LeaveKind.MATERNITY: "产假",
    LeaveKind.OTHER: "其他",
}


class Matter(StrEnum):
    """What an event is about. Of the first three a person has at most one at a time."""

    LEFT = "left"
    AWAY = "away"
    INQUIRY = "inquiry"
    BACK = "back"
    COME = "come"


MATTERS: Mapping[EventKind, Matter] = {
    EventKind.RETIREMENT: Matter.LEFT,
    EventKind.RESIGNATION: Matter.LEFT,
    EventKind.TRANSFER: Matter.LEFT,
    EventKind.LEAVE: Matter.AWAY,
    EventKind.INVESTIGATION: Matter.INQUIRY,
    EventKind.RETURN: Matter.BACK,
    EventKind.ARRIVAL: Matter.COME,
}
STATES_OF_A_PERSON = (Matter.LEFT, Matter.AWAY, Matter.INQUIRY)


class EventState(StrEnum):
    PLANNED = "planned"  # its day has not come, or nothing falls due yet
    DONE = "done"  # what follows from it has been set going
    OVER = "over"  # a return, or the end of a short leave, came before anything fell due
    CANCELLED = "cancelled"


STATE_LABELS: Mapping[EventState, str] = {
    EventState.PLANNED: "等到那天",
    EventState.DONE: "已经处理",
    EventState.OVER: "已经结束",
    EventState.CANCELLED: "已经撤销",
}
MONTHS_AWAY = 3  # E23A §14(2); the number itself is included
FEWEST_WORDS, MOST_WORDS = 2, 200
MOST_ROWS = 500
AGAIN = timedelta(hours=1)  # what could not be opened is tried then


@dataclass(frozen=True)
class Draft:
    """An event as somebody enters it. The person is named by user name, or by ID number and name.

    `until` is the last day of a planned leave; None: nobody knows yet.
    """

    kind: EventKind
    on: date
    username: str = ""
    id_number: str = ""
    name: str = ""
    until: date | None = None
    leave: LeaveKind | None = None
    note: str = ""


class BadEvent(Invalid):
    code = "person_event"
    message = "人员变动没有登记，有几处要改。"


class EventNotFound(NotFound):
    code = "person_event_not_found"
    message = "没有这条人员变动，或者不在您的查看范围内。"


class NotYourEvent(Forbidden):
    code = "not_yours"
    message = (
        "这种人员变动不由您登记。接受调查的由分管领导或权限管理员登记，"
        "其余的由联系人、部门负责人或账户管理员登记。"
    )


class OwnEvent(Forbidden):
    code = "own_event"
    message = "自己的变动请由别人登记。"


class EventTwice(Conflict):
    code = "event_twice"
    message = "这个人的这项变动已经登记过，没有再登。"


class EventStands(Conflict):
    code = "event_stands"
    message = "这个人的另一项变动还没有结束，请先登记返岗，或者先撤销那一条。"


class EventDone(Conflict):
    code = "event_done"
    message = "这条变动已经处理，不能撤销。弄错了的，请登记返岗，再办恢复。"


class EventOver(Conflict):
    code = "event_over"
    message = "这条变动已经撤销或者结束了。"


class StaleEvent(Conflict):
    code = "stale"
    message = "这条变动刚才有人动过。请看一下现在的情况，再决定。"


class ImportGone(NotFound):
    code = "import_not_found"
    message = "没有这次导入，或者一天没有确认，已经作废。请再上传一次。"
