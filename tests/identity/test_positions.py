"""Who holds what, from when to when, and whom an actor sees."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.identity import policy, queries, service
from app.identity.types import (
    EXCLUSIVE,
    LastAdministrator,
    LoginState,
    NoSuchUnit,
    PersonExists,
    Position,
    PositionsExclude,
    UsernameTaken,
)
from tests.identity.conftest import NOW, MakePerson

DAY = timedelta(days=1)


def test_expired_appointment_gives_no_position(region: Session, make_person: MakePerson) -> None:
    """A position holds from its first moment up to, not including, its last."""
    person = make_person("bob", "422826-rsj", Position.UNIT_LEADER, since=NOW - DAY, until=NOW)
    before = queries.actor_of(region, person.id, NOW - DAY)
    after = queries.actor_of(region, person.id, NOW)
    assert before.holds(Position.UNIT_LEADER)
    assert not after.positions
    bureau = queries.unit_by_code(region, "422826-rsj")
    assert [h.person_id for h in queries.holders(region, "unit_leader", bureau, NOW - DAY)] == [
        person.id
    ]
    assert not queries.holders(region, "unit_leader", bureau, NOW)
    assert not queries.holders(region, "unit_leader", bureau, NOW - 2 * DAY)


def test_disabled_login_holds_nothing_open(region: Session, make_person: MakePerson) -> None:
    """Nobody is offered work who cannot sign in."""
    make_person("bob", "422826-rsj", Position.UNIT_LEADER)
    bureau = queries.unit_by_code(region, "422826-rsj")
    assert queries.holders(region, Position.UNIT_LEADER, bureau.id, NOW)
    service.disable_login(region, actor=None, username="bob", now=NOW)
    assert not queries.holders(region, Position.UNIT_LEADER, bureau.id, NOW)


def test_same_level_is_the_county_and_not_the_next(
    region: Session, make_person: MakePerson
) -> None:
    """A township finds the county's administrators; the 州 does not find a county's."""
    tan = make_person("tan", "422826-xxzx", Position.ACCOUNT_ADMIN)
    make_person("odd", "422826-gaoleshan", Position.ACCOUNT_ADMIN)
    make_person("xu", "422827-xxzx", Position.ACCOUNT_ADMIN)
    qin = make_person("qin", "422800-xxzx", Position.ACCOUNT_ADMIN)

    def found(code: str) -> list[int]:
        unit = queries.unit_by_code(region, code)
        held = queries.holders_same_level(region, "account_admin", unit.division_id, NOW)
        return [holder.person_id for holder in held]

    assert found("422826-gaoleshan") == [tan.id]
    assert found("422800-jyzx") == [qin.id]
    assert queries.holders(
        region, "account_admin", queries.unit_by_code(region, "422826-xxzx"), NOW
    )[0].key == ("account_admin:422826-xxzx")


def test_exclusive_positions(region: Session, make_person: MakePerson) -> None:
    """S22: none of the five beside another of them, in whatever unit; once it ended, yes."""
    person = make_person("wu", "422826-xxzx", Position.PERMISSION_ADMIN)
    unit, other = (queries.unit_by_code(region, code) for code in ("422826-xxzx", "422827-xxzx"))

    def appoint(position: Position) -> None:
        service.appoint(
            region,
            actor=None,
            person_id=person.id,
            position=position,
            unit=other,
            source="test",
            now=NOW,
        )

    for position in EXCLUSIVE - {Position.PERMISSION_ADMIN}:
        with pytest.raises(PositionsExclude):
            appoint(position)
    appoint(Position.CLERK)
    service.end_appointment(
        region,
        actor=None,
        person_id=person.id,
        position=Position.PERMISSION_ADMIN,
        unit=unit,
        now=NOW,
    )
    region.flush()
    appoint(Position.ACCOUNT_ADMIN)
    region.flush()
    held = {h.position for h in queries.actor_of(region, person.id, NOW).positions}
    assert held == {"clerk", "account_admin"}
    with pytest.raises(NotFound):
        service.end_appointment(
            region,
            actor=None,
            person_id=person.id,
            position=Position.OPERATOR,
            unit=unit,
            now=NOW,
        )


def _drop(session: Session, username: str) -> None:
    login = queries.get_login(session, username)
    service.end_appointment(
        session,
        actor=None,
        person_id=login.person_id,
        position=Position.SYSTEM_ADMIN,
        unit=login.person.unit,
        now=NOW,
    )


@pytest.mark.parametrize(
    "take",
    [
        lambda session, name: service.disable_login(session, actor=None, username=name, now=NOW),
        lambda session, name: service.limit_login(
            session, actor=None, username=name, until=NOW + timedelta(days=9), now=NOW
        ),
        _drop,
    ],
    ids=["disable", "limit", "end_appointment"],
)
def test_the_last_system_administrator_stays(
    region: Session, make_person: MakePerson, take: Callable[[Session, str], None]
) -> None:
    """S24: of two in a county one may go; then another county's is no help."""
    for username in ("ann", "bob"):
        make_person(username, "422826-rsj", Position.SYSTEM_ADMIN)
    make_person("far", "422827-rsj", Position.SYSTEM_ADMIN)
    service.disable_login(region, actor=None, username="ann", now=NOW)
    region.flush()
    with pytest.raises(LastAdministrator, match="请先任命另一名系统管理员"):
        take(region, "bob")
    login = queries.get_login(region, "bob")
    assert (login.state, login.valid_until) == (LoginState.ACTIVE, None)
    assert queries.actor_of(region, login.person_id, NOW).holds("system_admin")
    service.activate_login(region, actor=None, username="ann", now=NOW)
    region.flush()
    take(region, "bob")


def test_appointing_twice_is_once(region: Session, make_person: MakePerson) -> None:
    """A repeated act finds it done."""
    person = make_person("wu", "422826-xxzx", Position.CLERK)
    unit = queries.unit_by_code(region, "422826-xxzx")
    for _ in range(2):
        service.appoint(
            region,
            actor=None,
            person_id=person.id,
            position=Position.CLERK,
            unit=unit,
            source="test",
            now=NOW,
        )
    region.flush()
    assert len(queries.holders(region, Position.CLERK, unit, NOW)) == 1


@pytest.mark.parametrize("position", list(Position))
def test_may_hold_is_symmetric(position: Position) -> None:
    """Excluding works both ways round, and nobody excludes himself."""
    assert policy.may_hold(position, [position])
    for other in Position:
        assert policy.may_hold(position, [other]) == policy.may_hold(other, [position])


def test_stranger_from_another_county_is_not_in_scope(
    region: Session, make_person: MakePerson
) -> None:
    """R12: a county sees itself, the 州 all, a township and the company only themselves."""
    usernames = {
        "xian": "422826-jyzx",
        "town": "422826-gaoleshan",
        "lai": "422827-rsj-jyg",
        "zhou": "422800-jyzx",
        "chuxin": "yw-chuxin",
    }
    people = {name: make_person(name, code) for name, code in usernames.items()}
    sees = {
        name: {
            ref.username
            for ref in queries.list_people(
                region,
                reach=queries.scope_of(region, queries.actor_of(region, person.id, NOW)),
                now=NOW,
            ).items
        }
        for name, person in people.items()
    }
    assert sees == {
        "xian": {"xian", "town"},
        "town": {"town"},
        "lai": {"lai"},
        "zhou": set(usernames),
        "chuxin": {"chuxin"},
    }
    lai = queries.actor_of(region, people["lai"].id, NOW)
    units = queries.list_units(region, actor=lai).items
    assert {unit.code[:6] for unit in units} == {"422827"}


def test_lists_page_by_key_and_search(region: Session, make_person: MakePerson) -> None:
    """Pages follow one another without gap; a percent sign in the search is a percent sign."""
    for name in ("ab1", "ab2", "ab3", "zz"):
        make_person(name)
    actor = queries.actor_of(region, make_person("me").id, NOW)
    given = {"reach": queries.scope_of(region, actor), "now": NOW}
    first = queries.list_people(region, q="ab", limit=2, **given)
    second = queries.list_people(region, q="ab", limit=2, cursor=first.next_cursor, **given)
    assert [ref.username for ref in (*first.items, *second.items)] == ["ab1", "ab2", "ab3"]
    assert second.next_cursor is None
    assert not queries.list_people(region, q="%", **given).items
    assert [unit.code for unit in queries.list_units(region, actor=actor, q="信息中心").items] == [
        "422826-xxzx"
    ]


def test_one_person_one_login(region: Session, make_person: MakePerson) -> None:
    """S10: an ID number and a user name are each given once."""
    unit = queries.unit_by_code(region, "422826-jyzx")

    def create(number: str) -> None:
        service.create_person(region, actor=None, name="甲", unit=unit, now=NOW, id_number=number)

    create("42289919850722222X")
    with pytest.raises(PersonExists):
        create("42289919850722222x")
    person = make_person("jia")
    with pytest.raises(UsernameTaken):
        service.create_login(region, actor=None, person_id=person.id, username="JIA", now=NOW)


def test_people_by_ids(region: Session, make_person: MakePerson) -> None:
    """Names for timelines, in one statement; unknown ids are left out."""
    ann, bob = make_person("ann"), make_person("bob", "422827-jyzx")
    found = queries.people_by_ids(region, [ann.id, bob.id, bob.id, 0])
    assert {ref.username for ref in found.values()} == {"ann", "bob"}
    assert found[bob.id].unit_name == "来凤县公共就业服务中心"
    assert queries.people_by_ids(region, []) == {}


def test_absent_things(region: Session) -> None:
    """Nobody and nowhere answer NotFound."""
    with pytest.raises(NotFound):
        queries.actor_of(region, 0, NOW)
    with pytest.raises(NoSuchUnit):
        queries.unit_by_code(region, "x")
    with pytest.raises(NoSuchUnit):
        queries.get_unit(region, 0)


def test_own_signature(region: Session, make_person: MakePerson) -> None:
    """It is sealed in the table and comes back as it was."""
    person = make_person("ann")
    assert queries.stored_signature(region, person.id) is None
    actor = queries.actor_of(region, person.id, NOW)
    service.store_signature(region, actor=actor, png=b"\x89PNG drawn", now=NOW)
    region.flush()
    assert queries.stored_signature(region, person.id) == b"\x89PNG drawn"
    assert b"drawn" not in (person.signature_png or b"")
