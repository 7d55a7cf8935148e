"""People and their logins: added, changed, closed, opened, and given a code."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.administration import service
from app.administration.types import NoCodeForAdmins, Refused
from app.audit.models import Event
from app.core import crypto
from app.demo.people import id_number
from app.identity.models import Login, LoginSession, Person, SecondFactor
from app.identity.queries import get_login, phone_of, unit_by_code
from app.identity.types import LoginState, PersonExists, Position, UsernameTaken
from tests.administration.conftest import ADMIN, DAY, HOME, SECOND, Act, person_of
from tests.support.office import Browser, Office

CLERK = "yaohaiyang"
PHONE = "15400010001"
NUMBER = id_number(9871)


def add(office: Office, **given: object) -> tuple[Person, str]:
    unit = unit_by_code(office.session, HOME)
    wanted = service.NewPerson(
        **{"name": "冉新民", "unit": unit, "username": "ranxinmin", **given}  # type: ignore[arg-type]
    )
    made = service.add_person(
        office.session, actor=office.actor(ADMIN), now=office.tick(), wanted=wanted
    )
    office.session.commit()
    return made


def test_a_person_is_added_with_login_and_positions(office: Office) -> None:
    person, code = add(
        office,
        phone=PHONE,
        id_number=NUMBER,
        positions=[Position.CLERK, Position.TESTER],
        until=office.now + DAY,
    )
    assert len(code) == 14
    actor = office.actor("ranxinmin")
    assert {held.position for held in actor.positions} == {"clerk", "tester"}
    assert phone_of(office.session, person.id) == PHONE
    assert PHONE.encode() not in (person.phone or b"")
    facts = [str(event.data) for event in office.session.scalars(select(Event))]
    assert not any(secret in fact for fact in facts for secret in (PHONE, NUMBER, code))


def test_nobody_is_added_twice(office: Office) -> None:
    add(office, id_number=NUMBER)
    with pytest.raises(UsernameTaken):
        add(office)
    office.session.rollback()
    with pytest.raises(PersonExists):
        add(office, username="another", id_number=NUMBER)


def test_a_registration_is_changed_and_says_what(office: Office, keep: Act) -> None:
    """The trail tells the names and units, and of a number only that it is another."""
    told = keep("change_person", CLERK, name="姚海阳", unit=HOME, phone=PHONE)
    assert told == ["姓名", "手机号", "单位"]
    person = person_of(office.session, CLERK)
    assert (person.name, person.unit.code) == ("姚海阳", HOME)
    assert crypto.unseal(person.phone or b"") == PHONE.encode()
    event = office.session.scalars(select(Event).where(Event.kind == "person.changed")).one()
    assert event.data["from"] == "姚海洋"
    assert PHONE not in str(event.data)
    with pytest.raises(Refused):
        keep("change_person", CLERK, name="姚海阳", unit=HOME, phone=PHONE)
    office.session.rollback()
    keep("change_person", CLERK, name="姚海洋", unit="422826-jyzx", phone="")
    assert person_of(office.session, CLERK).phone is None


def test_a_closed_login_is_opened_again(office: Office, keep: Act) -> None:
    """Sessions end with it; a new code comes with the opening."""
    login = get_login(office.session, CLERK)
    session_row = LoginSession(
        login_id=login.id,
        kind="browser",
        token_hash=b"x",
        created_at=office.now,
        seen_at=office.now,
        expires_at=office.now + DAY,
        proved_at=office.now,
        ip="",
        user_agent="",
    )
    office.session.add(session_row)
    office.session.commit()
    keep("disable_login", CLERK)
    office.session.expire_all()
    assert (login.state, session_row.end_reason) == (LoginState.DISABLED, "disabled")
    assert keep("enable_login", CLERK)
    office.session.expire_all()
    assert (login.state, login.password_hash) == (LoginState.ACTIVE, "")


def test_a_code_for_an_administrator_needs_his_phone(office: Office, keep: Act) -> None:
    """Else whoever hands it on could act as the other, and powers would not be separated."""
    for act in ("send_code", "enable_login"):
        with pytest.raises(NoCodeForAdmins):
            keep(act, "tanlihua")
        office.session.rollback()
    login = office.session.scalars(select(Login).where(Login.username == "tanlihua")).one()
    office.session.add(
        SecondFactor(
            login_id=login.id,
            secret=crypto.seal(b"x"),
            created_at=office.now,
            confirmed_at=office.now,
            last_step=0,
        )
    )
    office.session.commit()
    assert keep("send_code", "tanlihua")


def test_the_page_shows_numbers_masked_and_what_was_done(
    office: Office, keep: Act, browser: Callable[[str], Browser]
) -> None:
    keep("change_person", CLERK, name="姚海阳", unit=HOME, phone=PHONE)
    office.session.commit()
    page = browser(SECOND).client.get(f"/people/{person_of(office.session, CLERK).id}").text
    assert "154****0001" in page
    assert PHONE not in page
    assert "修改人员登记" in page
    assert "姚海洋" in page
    assert page.index("联系人") < page.index("任命一个岗位")
