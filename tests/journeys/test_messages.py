"""S8 at a thousandth in a browser: a list, a request, its reviews, the sending, receipts, books.

The whole story is played for the city over the limit, and for a county on other days.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from playwright.sync_api import Browser, FilePayload, Page, expect
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.sheets import XLSX
from app.documents import service as documents
from app.identity import service as identity
from app.identity.demo import draw_signature
from app.messaging import channels
from app.messaging.audience.types import Block
from app.messaging.text import segments, templates
from app.recipients import service as recipients
from app.rules.models import ParameterChange
from app.rules.types import ChangeState
from app.sendings.models import Sending
from app.sendings.service import pulling
from pdf.client import PdfClient
from tests.documents.conftest import pdf_socket  # noqa: F401 - a fixture
from tests.journeys.conftest import Windows
from tests.journeys.desk import Desk, Office, forget_sessions
from tests.journeys.messages import send, served, work_off
from tests.journeys.test_pages import is_sound
from tests.messaging.conftest import allowed, gateway  # noqa: F401 - fixtures
from tests.messaging.gateway import Gateway
from tests.support import servers
from tests.support.shared import Run
from tests.support.story import Story, story  # noqa: F401 - a fixture
from tests.support.warm import Engines, app_on
from tests.weihai.conftest import TEMPLATE, weihai  # noqa: F401 - a fixture
from tests.weihai.lists import FAIR, filed, numbers, person
from tests.weihai.test_message_send import sheet

pytestmark = pytest.mark.journey
PRICE = Decimal("0.045")
DIMENSIONS = ("kind", "content", "level", "scope", "channel", "timing")


@dataclass(frozen=True)
class Scene:
    """Who sends what to how many, and when; of the numbers some get nothing."""

    clerk: str
    leader: str
    reviewer: str
    second: str  # empty: not so many
    today: str
    wanted: datetime
    areas: tuple[str, ...]
    signature: str
    body: str
    people: int
    refused: int
    wrong: int
    twice: int

    @property
    def kept(self) -> int:
        return self.people - self.refused - self.wrong

    @property
    def text(self) -> str:
        return templates.compose(self.signature, self.body, {})

    @property
    def segments(self) -> int:
        return self.kept * segments.count(self.text)


SCENES = {
    "city": Scene(
        *("biwenbo", "yujianbo", "songhaiyan", "xiajianguo"),
        today="2027-01-18 09:00",
        wanted=datetime(2027, 1, 20, 18, 50),  # noqa: DTZ001 - as people write it
        areas=("荣成市", "文登区", "乳山市"),
        signature="威海就业中心",
        body=FAIR,
        people=298,
        refused=3,
        wrong=2,
        twice=2,
    ),
    "county": Scene(
        *("zhangguixiang", "liuguixiang", "zhangliping", ""),
        today="2027-03-30 16:20",
        wanted=datetime(2027, 4, 1, 8, 0),  # noqa: DTZ001 - as people write it
        areas=("乳山市",),
        signature="乳山就业中心",
        body="乳山市2027年技能培训班4月6日开课，地点在示例路3号。详询0631-5200083。回T退订",
        people=40,
        refused=1,
        wrong=1,
        twice=5,
    ),
}


@pytest.fixture
def bind(engines: Engines, weihai: str, worker_id: str) -> Iterator[Engine]:  # noqa: F811, ARG001
    with engines.copied(f"messages_{worker_id}", TEMPLATE) as engine:
        yield engine


@pytest.fixture
def app(run: Run, bind: Engine, pdf_socket: object) -> Flask:  # noqa: F811
    settings = Settings.from_env(servers.environment(run, "postgresql://"))
    made = app_on(settings, bind)
    client = PdfClient(pdf_socket)  # type: ignore[arg-type]
    documents.configure(documents.Press(client, settings.base_url, demo=True))
    return made


@pytest.fixture
def session(app: Flask, bind: Engine) -> Iterator[Session]:  # noqa: ARG001 - joined
    with Session(bind) as made:
        yield made


@pytest.fixture
def windows(browser: Browser, app: Flask) -> Iterator[Windows]:
    with served(app) as url:
        made = Windows(browser, url)
        yield made
        made.close()
    forget_sessions()
    assert not made.complaints, made.complaints


@pytest.fixture
def morning(story: Story, windows: Windows) -> Callable[[str], Office]:  # noqa: F811
    """Another day, on which everybody signs in anew."""

    def make(text: str) -> Office:
        story.at(text)
        forget_sessions()
        return Office(windows.open)

    return make


@pytest.mark.parametrize("name", list(SCENES))
def test_what_a_city_and_a_county_send(
    story: Story,  # noqa: F811
    gateway: Gateway,  # noqa: F811
    morning: Callable[[str], Office],
    name: str,
) -> None:
    scene = SCENES[name]
    channels.configure([gateway.setting])
    office = morning(scene.today)
    phones = set_up(story, scene)
    listed = make_list(office.desk(scene.clerk), scene, phones)
    number = ask(office.desk(scene.clerk), scene, listed)
    review(office, scene, number)
    begins_later(office.desk(scene.clerk).page, scene, number)

    office = morning(f"{scene.wanted:%Y-%m-%d %H:%M}")
    now = story.at(f"{scene.wanted:%Y-%m-%d %H:%M}")
    assert send(now) > 0
    texts = {row["text"] for one in gateway.heard for row in one.told["messages"]}
    assert texts == {scene.text}
    assert (len(gateway.handed), set(gateway.handed.values())) == (scene.kept, {1})
    hear(story, gateway, now + timedelta(minutes=5))
    work_off()
    ends(office, scene, number)
    channels.configure([])


def test_a_county_does_not_reach_the_next_one(
    story: Story,  # noqa: F811
    morning: Callable[[str], Office],
) -> None:
    """R13: of a sheet for three districts the own people are listed, the others told row by row."""
    scene = SCENES["city"]
    desk = morning(scene.today).desk("congpeijun")
    on_file(story, "congpeijun", FAIR)
    upload(desk.page, numbers(300), scene.areas)
    main = desk.page.locator("main")
    for words in ("−200 行", "100 人", "不是本区市的人，不能由本单位发送"):
        expect(main).to_contain_text(words)
    expect(main).not_to_contain_text("文登区 1")
    is_sound(desk.page)


def on_file(story: Story, username: str, body: str) -> None:  # noqa: F811
    filed(story.session, person(story.session, username), body=body)
    story.session.commit()


def set_up(story: Story, scene: Scene) -> list[str]:  # noqa: F811
    """A template on file, signatures, who wants nothing, and from how many on two look at it."""
    on_file(story, scene.clerk, scene.body)
    now = story.at(scene.today)
    phones = numbers(scene.people)
    for username in filter(None, (scene.leader, scene.reviewer, scene.second)):
        actor = person(story.session, username, now)
        png = draw_signature(actor.name)
        identity.store_signature(story.session, actor=actor, png=png, now=now)
    unwanted = phones[: scene.refused + scene.wrong]
    for n, phone in enumerate(unwanted):
        kind = Block.REFUSED if n < scene.refused else Block.WRONG_NUMBER
        recipients.block(story.session, phone=phone, kind=kind, source="回复T", now=now)
    clerk = person(story.session, scene.clerk, now)
    story.session.add(
        ParameterChange(
            key="second_reviewer_above",
            unit_id=person(story.session, scene.reviewer, now).division_id,
            value=200,
            since=(now - timedelta(days=9)).date(),
            reason="千分之一。",
            state=ChangeState.CONFIRMED,
            place="/371000/",
            proposed_by_id=clerk.person_id,
            proposed_at=now - timedelta(days=10),
        )
    )
    story.session.commit()
    return [*phones, *phones[-scene.twice :]]


def upload(page: Page, phones: list[str], areas: tuple[str, ...]) -> None:
    page.goto("/lists")
    page.get_by_role("link", name=re.compile("^用这个")).click()
    rows = [(phone, areas[n % len(areas)]) for n, phone in enumerate(phones)]
    file = FilePayload(name="名单.xlsx", mimeType=XLSX, buffer=sheet(rows, "区市"))
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="上传，做成名单").click()
    page.wait_for_url(re.compile(r"/lists/\d+$"))


def make_list(desk: Desk, scene: Scene, phones: list[str]) -> str:
    """The funnel adds up; answers the list's number."""
    page = desk.page
    upload(page, phones, scene.areas)
    facts = page.locator("main")
    for words in (
        f"{len(phones)} 行",
        f"−{scene.refused} 行",
        f"−{scene.twice} 行",
        f"{scene.kept} 人",
        f"{scene.segments} 条",
    ):
        expect(facts).to_contain_text(words)
    is_sound(page)
    found = re.search(r"MD-\d{4}-\d{5}", page.locator("h1").inner_text())
    assert found is not None
    return found[0]


def ask(desk: Desk, scene: Scene, listed: str) -> str:
    """The figures stand beside the form as soon as the list is named."""
    page = desk.page
    page.goto("/start")
    page.locator(".catalogue").get_by_role("link", name="信息发送", exact=True).click()
    page.locator("#contact_phone").fill("0631-5200001")
    for field, value in (("purpose", "publicity"), ("level", "normal"), ("channel", "sms")):
        page.locator(f"#{field}").select_option(value)
    page.locator("#list_number").fill(listed)
    told = page.locator("[data-reckoned]")
    for words in (f"{scene.kept} 人", f"{scene.segments} 条", f"{scene.segments * PRICE:.2f} 元"):
        expect(told).to_contain_text(words)
    page.locator("#wanted_at").fill(scene.wanted.isoformat(timespec="minutes"))
    page.locator("#audience").fill("登记求职的人员")
    page.locator("#reason").fill("2027 年春风行动。")
    page.locator("#self_check").check()
    is_sound(page)
    page.locator(".form-foot button[value=submit]").click()
    page.wait_for_url(re.compile(r"/tickets/XXFS-\d{4}-\d{5}$"))
    expect(page.locator("main")).to_contain_text(scene.text)
    return desk.number


def review(office: Office, scene: Scene, number: str) -> None:
    """Leader, the six questions, and the second reviewer where there are many people."""
    leader = office.desk(scene.leader)
    leader.open(number)
    steps = leader.page.locator(".road b").all_inner_texts()
    assert ("第二审核人复核" in steps) == bool(scene.second)
    leader.decide("同意")
    reviewer = office.desk(scene.reviewer)
    reviewer.claim(number)
    reviewer.choose("同意")
    reviewer.page.get_by_label("用备案签名").check()
    reviewer.page.locator(".decide-acts button.act:visible").click()
    expect(reviewer.page.locator("#decide")).to_contain_text("有 6 处要改")
    for one in DIMENSIONS:
        reviewer.page.locator(f"input[name=review_{one}][value=fit]").check()
    is_sound(reviewer.page)
    reviewer.decide("同意")
    if scene.second:
        second = office.desk(scene.second)
        second.open(number)
        second.decide("同意", opinion="人数已核对")


def begins_later(page: Page, scene: Scene, number: str) -> None:
    """Approved, and not yet its time: the ticket says what it waits for, and where that stands."""
    page.goto(f"/tickets/{number}")
    expect(page.locator(".road .here")).to_contain_text("发送")
    page.get_by_role("link", name="看发送情况").click()
    wanted = scene.wanted.strftime("%Y-%m-%d %H:%M")
    expect(page.locator("main")).to_contain_text(f"{wanted} 自动开始")
    expect(page.locator("main")).to_contain_text(f"0 / {scene.kept}")
    is_sound(page)


def hear(story: Story, gateway: Gateway, now: datetime) -> None:  # noqa: F811
    """Every part of every message arrived, says the operator, and all of it twice."""
    sending = story.session.scalars(select(Sending).order_by(Sending.id.desc())).first()
    assert sending is not None
    parts = sending.segments // sending.total
    rows = [
        {
            "id": f"gw-{key}",
            "part": part,
            "parts": parts,
            "status": "DELIVRD",
            "at": now.isoformat(),
        }
        for key in gateway.handed
        for part in range(1, parts + 1)
    ]
    gateway.answer = json.dumps({"receipts": rows * 2, "next": "1"}).encode()
    pulling.pull("mas", now)


def ends(office: Office, scene: Scene, number: str) -> None:
    """All arrived, the ticket closed, both books written."""
    page = office.desk(scene.clerk).page
    page.goto(f"/tickets/{number}")
    expect(page.locator(".case-head .light").first).to_have_text("办结")
    page.get_by_role("link", name="看发送情况").click()
    main = page.locator("main")
    cost = f"{scene.segments * PRICE:.2f}"
    for words in (f"{scene.kept} / {scene.kept}", "送达 100.0%", f"{scene.segments} 条", cost):
        expect(main).to_contain_text(words)
    page = office.desk(scene.reviewer).page
    for book in ("sendings", "sending-costs", "message-send-review"):
        page.goto(f"/ledgers/{book}?q={number}")
        line = page.locator("tbody tr", has_text=number)
        expect(line).to_have_count(1)
        expect(line).to_contain_text(str(scene.segments))
