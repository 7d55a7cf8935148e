"""进展看板: the open requirements by stage, for those who may see them."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text, update

from app.boards.queries import FEW
from app.tickets.models import Ticket
from bench.reads.explain import explain, listening
from tests.requirements.road import CENTER, COMPANY, COUNTERPART, COUNTY, KEY, Road, asked
from tests.support.office import Browser, Counter
from tests.support.story import Story


@pytest.fixture(autouse=True)
def day(story: Story) -> None:
    story.at("2026-10-12 09:00")


def board(desk: Browser, status: int = 200, **asked: str) -> str:
    answer = desk.get("/board", **{"process": KEY, **asked})
    assert answer.status_code == status, answer.text
    return str(answer.text)


def stages(page: str) -> dict[str, list[str]]:
    """The numbers of the cards of each stage, as they stand."""
    found = {}
    for section in page.split("<section ")[1:]:
        stage = section.split("<h2", 1)[1].split(">", 1)[1].split("<", 1)[0].strip()
        cards = section.split("</section>")[0].split("/tickets/")[1:]
        found[stage] = [card.split('"', 1)[0] for card in cards]
    return {stage: cards for stage, cards in found.items() if cards}


def test_each_stands_at_its_stage_with_its_light(
    story: Story, road: Road, browser: Callable[[str], Browser]
) -> None:
    """What came back waits with who asked; what is late is red; what is closed is gone."""
    back, here, assessed = (story.ask(COUNTY, KEY, asked()) for _ in range(3))
    task = story.task("tengguorong", back)
    body = {"version": task["version"], "reason": "请写清楚。"}
    story.do("tengguorong", f"/tasks/{task['id']}/return", body)
    road.to_evaluation(assessed)
    page = board(browser(CENTER))
    assert stages(page) == {"申请人补正": [back], "部门审核": [here], "评估": [assessed]}
    assert "剩 5 个工作日" in page
    assert "运维公司评估：文斌" in page
    order = [page.index(f">{stage} <") for stage in ("部门审核", "评估", "联合测试", "发布")]
    assert order == sorted(order)
    story.at("2026-10-21 09:00")
    assert "light--late" in board(browser(CENTER), stage="评估")


def test_who_sees_what_is_who_may_see_the_ticket(
    story: Story, road: Road, browser: Callable[[str], Browser]
) -> None:
    """The county its own, the prefecture all of them, the company what has come to it (R12)."""
    number = story.ask(COUNTY, KEY, asked())
    later = story.ask(COUNTY, KEY, asked())
    secret = story.ask(COUNTY, KEY, asked())
    road.to_evaluation(later)
    story.session.execute(
        update(Ticket).where(Ticket.number == secret).values(is_confidential=True)
    )
    story.session.commit()
    seen = {
        who: {one for cards in stages(board(browser(who))).values() for one in cards}
        for who in (COUNTERPART, CENTER, COMPANY, "yaohaiyang", "xiangjianhua")
    }
    assert seen == {
        COUNTERPART: {number, later},
        CENTER: {number, later},
        COMPANY: {later},
        "yaohaiyang": set(),
        "xiangjianhua": {number, later},
    }
    board(browser(CENTER), 404, process="nothing")
    board(browser(CENTER), 404, stage="没有")
    board(browser(CENTER), 400, stage="评估", cursor="x")


def test_a_stage_is_read_in_pages_by_its_index(
    story: Story,
    browser: Callable[[str], Browser],
    count_queries: Callable[[], Counter],
    bind: Connection,
) -> None:
    """As many statements for one card as for many; each node in the order of its index."""
    first = story.ask(COUNTY, KEY, asked())
    desk = browser(CENTER)
    board(desk)
    counter = count_queries()
    board(desk)
    one = len(counter)
    for _ in range(FEW):
        story.ask(COUNTY, KEY, asked())
    counter = count_queries()
    page = board(desk)
    assert len(counter) == one
    assert len(stages(page)["部门审核"]) == FEW
    assert stages(page)["部门审核"][0] == first
    alone = board(desk, stage="部门审核")
    assert len(stages(alone)["部门审核"]) == FEW + 1

    story.session.execute(text("SET LOCAL enable_seqscan = off"))
    story.session.execute(text("SET LOCAL enable_sort = off"))
    with listening(bind.engine) as heard:
        board(desk)
    (said,) = [one for one in heard.statements if "LATERAL" in one.text]
    plan = explain(story.session.connection(), said)
    assert "ix_visit_board" in {node.index for node in plan.nodes}
    assert "Seq Scan" not in {node.kind for node in plan.nodes if node.relation == "visit"}
