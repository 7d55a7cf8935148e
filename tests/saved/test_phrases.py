"""常用语: one's own list, written as a whole."""

from collections.abc import Callable

import pytest

from app.saved import phrasing
from app.saved.queries import phrases_of
from app.saved.types import MOST_PHRASES, USUAL, BadPhrases, StalePhrases
from tests.support.office import Browser, Office

HEAD, CLERK = "qinyongan", "yaohaiyang"


def write(office: Office, *texts: str, seen: int, by: str = HEAD) -> tuple[str, ...]:
    actor = office.actor(by)
    return phrasing.write(office.session, actor=actor, texts=texts, seen=seen).texts


def test_who_has_written_none_is_offered_the_usual_ones(office: Office) -> None:
    assert phrases_of(office.session, office.actor(HEAD)).texts == USUAL


def test_the_list_is_kept_in_its_order_and_is_ones_own(office: Office) -> None:
    """Empty lines and what stands twice go; numbers of people are masked."""
    kept = write(office, " 同意。 ", "", "同意。", "请核对 15400000107。", seen=0)
    assert kept == ("同意。", "请核对 154****0107。")
    assert phrases_of(office.session, office.actor(CLERK)).texts == USUAL
    assert write(office, seen=1) == ()
    assert phrases_of(office.session, office.actor(HEAD)).rev == 2


def test_an_old_page_is_refused_and_the_same_list_is_fine(office: Office) -> None:
    write(office, "甲", seen=0)
    assert write(office, "甲", seen=0) == ("甲",)
    with pytest.raises(StalePhrases):
        write(office, "乙", seen=0)


@pytest.mark.parametrize("texts", [["长" * 201], [f"第{n}句" for n in range(MOST_PHRASES + 1)]])
def test_there_is_an_end_to_it(office: Office, texts: list[str]) -> None:
    with pytest.raises(BadPhrases):
        write(office, *texts, seen=0)


def test_the_page_and_the_panel(office: Office, browser: Callable[[str], Browser]) -> None:
    ticket = office.start()
    office.session.commit()
    head = browser(HEAD)
    assert "同意，请按规定办理。" in head.get("/phrases").text
    assert head.post("/phrases", phrases="按程序办理。\n同意。", rev=0).status_code == 302
    shown = head.get(f"/tickets/{ticket.number}").text
    assert shown.index("按程序办理。") < shown.index('id="own-opinion"')
    late = head.post("/phrases", phrases="写了很久的话", rev=0)
    assert late.status_code == 409
    assert "写了很久的话" in late.text
    assert "按程序办理。" in late.text
    wrong = head.post("/phrases", phrases="长" * 201, rev=1)
    assert wrong.status_code == 422
    assert "超过 200 个字" in wrong.text
