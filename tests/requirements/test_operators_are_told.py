"""发布上线计划: who works with the subsystem hears of it, in whatever county, and nobody else."""

from datetime import datetime

from sqlalchemy import select

from app.access.models import Account, Grant
from app.access.types import AccountKind, AccountState, GrantState
from app.core.clock import utcnow
from app.core.crypto import seal
from app.identity.models import Login, Person
from app.notifications.models import Notification, Untold
from app.notifications.service import noting
from tests.requirements.road import CENTER, COUNTY, KEY, Road, asked
from tests.support.story import Story

KIND = "release.announced"
OPENED = "QX-CZY-2025-00001"


def holds(story: Story, username: str, subsystem: str, state: GrantState, at: datetime) -> None:
    """An account of somebody who signs in here, with one permission."""
    person = story.session.scalars(
        select(Person).join(Login, Login.person_id == Person.id).where(Login.username == username)
    ).one()
    account = Account(
        person_ref=person.id_index,
        name=person.name,
        id_number=seal("422899199309109992"),
        phone=seal("15400000112"),
        unit_id=person.unit_id,
        kind=AccountKind.OPERATOR,
        state=AccountState.ACTIVE,
        ticket=OPENED,
        row_no=1,
        at=at,
        opened_ticket=OPENED,
        opened_row=1,
        opened_source=f"{OPENED}/{username}",
        opened_at=at,
    )
    story.session.add(account)
    story.session.flush()
    story.session.add(
        Grant(
            account_id=account.id,
            subsystem=subsystem,
            post="review",
            state=state,
            ticket=OPENED,
            row_no=1,
            at=at,
            granted_ticket=OPENED,
            granted_row=1,
            granted_at=at,
        )
    )
    story.session.commit()


def test_who_works_with_it_is_told_of_the_day(story: Story, road: Road) -> None:
    now = story.at("2026-10-12 09:00")
    holds(story, "yangwei", "gig-station", GrantState.ACTIVE, now)
    holds(story, "huangyan", "shared-labour", GrantState.ACTIVE, now)
    holds(story, "abudula", "gig-station", GrantState.REVOKED, now)
    number = story.ask(COUNTY, KEY, asked())
    road.to_evaluation(number)
    road.evaluate(number, "2026-10-12", "2026-10-30")
    story.decide(CENTER, number, "develop")
    road.develop(number, "2026-10-12")
    road.arrange(number, "2026-10-12", COUNTY)
    road.test(COUNTY, number)
    road.secure(number, "2026-10-12")
    road.plan(number, "2026-10-14T20:00:00+08:00", "2026-10-14T22:00:00+08:00")
    for untold in story.session.scalars(select(Untold.id)).all():
        noting.tell_of(story.session, untold, utcnow())
    story.session.commit()
    told = story.session.scalars(
        select(Login.username)
        .join(Notification, Notification.person_id == Login.person_id)
        .where(Notification.kind == KIND)
    ).all()
    assert told == ["yangwei"]
    (notice,) = [
        one for one in story.see("yangwei", "/notifications")["items"] if one["kind"] == KIND
    ]
    assert "2026-10-14" in notice["text"]
    assert number in notice["text"]
