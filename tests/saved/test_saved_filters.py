"""Filters that people keep: named, seen first, dropped; nobody else's."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.calendar.lights import Horizon
from app.core.errors import Malformed
from app.saved import queries, service
from app.saved.models import SavedFilter
from app.saved.types import MOST_KEPT, FilterNotFound, NameTaken, NoName, NothingSet, TooManyKept
from app.tasks.counting import count_kept
from app.tasks.narrowing import chosen
from app.tasks.queries import list_tasks
from app.tasks.types import Box
from tests.support.office import PROCESS, Browser, Office

CLERK, STRANGER = "yaohaiyang", "longjinhua"
Browse = Callable[[str], Browser]


def keep(
    office: Office, name: str = "急件", of: str = "todo", by: str = CLERK, **given: str
) -> int:
    return service.keep(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        of=of,
        name=name,
        given=given or {"q": "QX"},
    )


def names(office: Office, by: str = CLERK, of: str | None = None) -> list[str]:
    return [one.name for one in queries.list_kept(office.session, office.actor(by), of)]


def test_kept_twice_under_a_name_it_is_one(office: Office) -> None:
    """A double click; and what is set now takes the place of what was."""
    first, second = keep(office), keep(office, q=" 零工 ", page="2")
    assert first == second
    (kept,) = queries.list_kept(office.session, office.actor(CLERK), "todo")
    assert kept.given == {"q": "零工"}
    keep(office, of="mine")
    assert names(office) == ["急件", "急件"]
    assert names(office, STRANGER) == []


def test_one_of_a_list_is_seen_first(office: Office) -> None:
    actor = office.actor(CLERK)
    ids = [keep(office, name) for name in ("甲", "乙")] + [keep(office, "丙", of="mine")]
    for one in ids:
        service.make_default(office.session, actor=actor, filter_id=one, wanted=True)
    kept = queries.list_kept(office.session, actor)
    assert [one.name for one in kept if one.is_default] == ["丙", "乙"]
    todo = queries.list_kept(office.session, actor, "todo")
    assert queries.first_seen(todo, {"box": "todo"}) == {"q": "QX"}
    assert queries.first_seen(todo, {"box": "todo", "all": "1"}) is None
    service.make_default(office.session, actor=actor, filter_id=ids[1], wanted=False)
    todo = queries.list_kept(office.session, actor, "todo")
    assert queries.first_seen(todo, {}) is None


def test_a_name_stands_once_in_a_list(office: Office) -> None:
    keep(office, "甲")
    second = keep(office, "乙")
    actor = office.actor(CLERK)
    with pytest.raises(NameTaken):
        service.rename(office.session, actor=actor, filter_id=second, name="甲")
    service.rename(office.session, actor=actor, filter_id=second, name=" 丙 丁 ")
    assert names(office) == ["甲", "丙 丁"]
    with pytest.raises(NoName):
        service.rename(office.session, actor=actor, filter_id=second, name=" ")


def test_a_stranger_knows_none_of_it(office: Office) -> None:
    kept, stranger = keep(office), office.actor(STRANGER)
    with pytest.raises(FilterNotFound):
        service.rename(office.session, actor=stranger, filter_id=kept, name="x")
    with pytest.raises(FilterNotFound):
        service.make_default(office.session, actor=stranger, filter_id=kept, wanted=True)
    with pytest.raises(FilterNotFound):
        service.drop(office.session, actor=stranger, filter_id=kept)
    service.drop(office.session, actor=office.actor(CLERK), filter_id=kept)
    assert names(office) == []


def test_what_is_not_kept(office: Office) -> None:
    with pytest.raises(Malformed):
        keep(office, of="everything")
    with pytest.raises(Malformed):
        keep(office, q="x" * 201)
    with pytest.raises(NothingSet):
        keep(office, cursor="x")
    with pytest.raises(NoName):
        keep(office, "x" * 21)
    for n in range(MOST_KEPT):
        keep(office, f"第{n}个")
    with pytest.raises(TooManyKept):
        keep(office, "多一个")
    keep(office, "第0个", q="改了")  # one that is there may change


def test_kept_from_a_list_and_found_above_it(office: Office, browser: Browse) -> None:
    """The bare list shows the default; its chips lead out of it again."""
    clerk = browser(CLERK)
    given = {"list": "unit", "name": "急的", "state": "running", "unit": "公共就业"}
    answer = clerk.post("/filters", **given)
    address = answer.headers["Location"]
    assert answer.status_code == 302
    assert 'aria-current="true">急的</a>' in clerk.client.get(address).text
    (one,) = office.session.scalars(select(SavedFilter))
    assert clerk.post(f"/filters/{one.id}/default", on="1").status_code == 302
    bare = clerk.get("/tickets", box="unit")
    assert (bare.status_code, bare.headers["Location"]) == (302, address)
    assert clerk.get("/tickets", box="unit", all="1").status_code == 200
    assert clerk.get("/tickets", box="all").status_code == 200
    assert "急的" in clerk.get("/filters").text
    assert "急的" not in browser(STRANGER).get("/filters").text
    assert browser(STRANGER).post(f"/filters/{one.id}/drop").status_code == 404
    assert clerk.post(f"/filters/{one.id}/rename", name="缓的").status_code == 302
    assert "缓的" in clerk.get("/filters").text
    assert clerk.post(f"/filters/{one.id}/drop").status_code == 302
    assert clerk.post(f"/filters/{one.id}/drop").status_code == 404


FILTERS: tuple[dict[str, str], ...] = (
    *(
        {"q": "QX"},
        {"q": "姚海洋"},
        {"q": "没有这样的字"},
        {"process": PROCESS},
        {"process": "nothing"},
    ),
    *({"unit": "422826-jyzx"}, {"unit": "信息中心"}, {"person": "姚海洋"}, {"due": "later"}),
    *({"due": "late"}, {"state": "open"}, {"state": "claimed"}, {"from": "2026-11-20"}),
    *({"to": "2026-11-19"}, {"q": "QX", "due": "later", "person": "姚"}),
)


@pytest.mark.parametrize("box", [Box.TODO, Box.CLAIMABLE])
def test_each_says_how_many_its_list_has(
    office: Office, count_queries: Callable[[], Any], box: Box
) -> None:
    """All in one statement beside the calendar's, and the same as the lists themselves say."""
    for _ in range(3):
        office.start(CLERK)
    office.walk(office.start(CLERK), to="account_execution")
    who = "qinyongan" if box is Box.TODO else "tanlihua"
    actor, now = office.actor(who), office.now
    horizon = Horizon(office.session, actor.unit_id, now)
    counter = count_queries()
    counted = count_kept(
        office.session,
        actor,
        box,
        dict(enumerate(FILTERS)),
        horizon,
    )
    assert len(counter) == 2
    for n, given in enumerate(FILTERS):
        page = list_tasks(
            office.session, actor, box, q=given.get("q", ""), filters=chosen(given, horizon)
        )
        assert counted[n] == str(len(page.items)), given
    assert {"0"} < set(counted.values())


def test_a_long_list_is_counted_no_further(office: Office, browser: Browse) -> None:
    for _ in range(3):
        office.start(CLERK)
    actor = office.actor("qinyongan")
    given = {1: {"q": "QX"}, 2: {"state": "nonsense"}}
    assert count_kept(
        office.session,
        actor,
        Box.TODO,
        given,
        Horizon(office.session, actor.unit_id, office.now),
        most=2,
    ) == {1: "2+"}
    assert (
        count_kept(
            office.session,
            actor,
            Box.DONE,
            given,
            Horizon(office.session, actor.unit_id, office.now),
        )
        == {}
    )
    keep(office, "最近的", by="qinyongan", q="QX")
    office.session.commit()
    assert "最近的 3</a>" in browser("qinyongan").get("/tasks").text
