"""How many sessions at once, who is slowed by whom, and what one does with one's own sessions."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core.errors import NotFound
from app.identity import policy, queries, service, terms
from app.identity.models import LoginFailure, LoginSession
from app.identity.service import failures
from app.identity.types import Client, Issued, Position, SessionKind, TooManyAttempts
from tests.identity.conftest import HERE, NOW, PASSWORD, MakePerson

ELSEWHERE = Client("10.9.9.9", "other")


def sign_in(
    region: Session,
    username: str = "ann",
    *,
    client: Client = HERE,
    kind: SessionKind = SessionKind.BROWSER,
    after: timedelta = timedelta(),
    replacing: str = "",
) -> Issued:
    result = service.sign_in(
        region,
        username=username,
        password=PASSWORD,
        kind=kind,
        client=client,
        now=NOW + after,
        replacing=replacing,
    )
    assert isinstance(result, Issued), result
    return result


def live(region: Session, *sessions: Issued) -> list[bool]:
    region.expire_all()
    return [queries.find_presence(region, each.token, NOW) is not None for each in sessions]


@pytest.mark.parametrize(
    ("position", "demo", "lives"),
    [
        (Position.CLERK, False, [False, False, True, True]),
        (Position.SYSTEM_ADMIN, False, [False, False, False, True]),
        (Position.SYSTEM_ADMIN, True, [True, True, True, True]),
    ],
)
def test_newest_wins(
    region: Session, make_person: MakePerson, position: Position, demo: bool, lives: list[bool]
) -> None:
    """S15: two at once, one for administrators, browsers and programs together; all in DEMO."""
    make_person("ann", "422826-rsj", position)
    terms.configure(terms.Terms(demo=demo))
    opened = [sign_in(region) for _ in range(4)]
    assert live(region, *opened) == lives
    ended = region.scalars(select(Event).where(Event.kind == "login.displaced")).all()
    assert len(ended) == lives.count(False) == sum(each.displaced for each in opened)
    for session, lived in zip(opened, lives, strict=True):
        assert queries.why_ended(region, session.token) == ("idle" if lived else "displaced")


def test_signing_in_again_in_one_browser_displaces_nobody(
    region: Session, make_person: MakePerson
) -> None:
    """What this browser carries ends first."""
    make_person("ann", "422826-rsj", Position.SYSTEM_ADMIN)
    old = sign_in(region)
    assert sign_in(region, replacing=old.token).displaced == 0


def test_last_sign_in_is_kept(region: Session, make_person: MakePerson) -> None:
    make_person("ann", "422826-jyzx", Position.CLERK)
    sign_in(region, client=ELSEWHERE)
    presence = queries.find_presence(
        region, sign_in(region, after=timedelta(hours=1)).token, NOW + timedelta(hours=1)
    )
    assert presence is not None
    assert (presence.last_at, presence.last_ip) == (NOW, "10.9.9.9")


def test_own_sessions_only(region: Session, make_person: MakePerson) -> None:
    """One ends one's own; other people's are absent."""
    for who in ("ann", "bob"):
        make_person(who, "422826-jyzx", Position.CLERK)
    here, there, bobs = sign_in(region), sign_in(region), sign_in(region, "bob")
    presence = queries.find_presence(region, here.token, NOW)
    assert presence is not None
    ids = {row.token_hash: row.id for row in region.scalars(select(LoginSession)).all()}
    with pytest.raises(NotFound):
        service.end_session(
            region,
            actor=presence.actor,
            session_id=ids[queries.token_hash(bobs.token)],
            now=NOW,
        )
    service.end_session(
        region, actor=presence.actor, session_id=ids[queries.token_hash(there.token)], now=NOW
    )
    region.flush()
    assert live(region, here, there, bobs) == [True, False, True]
    sign_in(region)
    assert service.end_other_sessions(region, actor=presence.actor, now=NOW) == 1
    kinds = region.scalars(select(Event.kind)).all()
    assert {"login.ended", "login.others_ended"} <= set(kinds)


def test_storm_slows_strangers_not_the_known(region: Session, make_person: MakePerson) -> None:
    """S5: when the whole site is guessed at, a minute at most, and not where one signs in daily."""
    make_person("ann", "422826-jyzx", Position.CLERK)
    sign_in(region)
    keys = failures.Keys.of("guess", Client("10.0.0.1", ""))
    region.add(
        LoginFailure(key=keys.everybody, failures=policy.FREE_FAILURES_ALL - 1, first_at=NOW)
    )
    failures.count(region, keys, None, NOW)
    refused = service.sign_in(
        region,
        username="ann",
        password=PASSWORD,
        kind=SessionKind.BROWSER,
        client=ELSEWHERE,
        now=NOW,
    )
    assert isinstance(refused, TooManyAttempts)
    assert refused.facts["retry_after"] <= 61
    sign_in(region)
    sign_in(region, client=ELSEWHERE, after=timedelta(seconds=61))
    assert "login:everybody" in region.scalars(select(Event.object)).all()
