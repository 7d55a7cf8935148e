"""A list from the address book instead of a sheet: who is chosen is judged and frozen alike."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import crypto
from app.core.actor import Actor
from app.core.tables import MOST_ROWS, Line, SheetRefused
from app.messaging.audience.reading import field_of
from app.messaging.audience.types import Wanted
from app.messaging.types import OPERATORS
from app.phonebook.models import PhoneEntry
from app.phonebook.queries import areas_for, areas_within, conditions
from app.phonebook.types import KINDS, SOURCES, VERIFICATIONS, Chosen, State
from app.recipients import policy
from app.recipients.types import NotYourList

BOOK = "通讯录"
NAMES = ("姓名", "名称", "单位名称")  # blanks that the book itself can fill


def unknown_blanks(wanted: Wanted) -> list[str]:
    """Blanks of the texts that differ from one to the next and that no book has."""
    return [blank.name for blank in wanted.variables if blank.name not in NAMES]


def lines_from_book(
    session: Session, *, actor: Actor, wanted: Wanted, chosen: Chosen
) -> Iterator[Line]:
    """A line for each number that was chosen and is not 停用, numbered as its entry is.

    Raises: NotYourList, SheetRefused.
    """
    if not policy.can_make(actor):
        raise NotYourList
    if others := unknown_blanks(wanted):
        named = "、".join(f"“{one}”" for one in others)
        raise SheetRefused(message=f"正文里的{named}每人不同，通讯录里没有，请用表格上传。")
    known = areas_for(session, actor)
    areas = {
        key: area for key, area in areas_within(session, actor).items() if area.code in known.own
    }
    found = session.scalars(
        select(PhoneEntry)
        .where(*conditions(chosen, list(areas)), PhoneEntry.state != State.STOPPED)
        .order_by(PhoneEntry.id)
        .limit(MOST_ROWS + 1)
    ).all()
    if not found:
        raise SheetRefused(message="通讯录里没有符合这些条件的号码，请换一个条件。")
    if len(found) > MOST_ROWS:
        told = f"符合这些条件的超过 {MOST_ROWS} 个，一份名单放不下，请按分组、来源等再选少一些。"
        raise SheetRefused(message=told)
    return (_line(one, wanted, areas[one.area_id].name) for one in found)


def _line(one: PhoneEntry, wanted: Wanted, area: str) -> Line:
    fields = {
        "phone": crypto.unseal(one.phone).decode(),
        "area": area,
        "operator": OPERATORS[one.operator] if one.operator else "",
    }
    return Line(one.id, fields | {field_of(blank.name): one.name for blank in wanted.variables})


def title_of(chosen: Chosen) -> str:
    """What stands where a sheet has its file's name: by what was chosen."""
    how = "核实过的" if chosen.is_verified else ""
    words = [
        KINDS[chosen.kind] if chosen.kind else "个人和单位",
        SOURCES[chosen.source] if chosen.source else "",
        {one.value: label for one, label in OPERATORS.items()}.get(chosen.operator, ""),
        VERIFICATIONS[chosen.verification] if chosen.verification else how,
        f"分组“{chosen.group}”" if chosen.group else "",
    ]
    return f"{BOOK}：" + "，".join(word for word in words if word)
