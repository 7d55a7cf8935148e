"""发送 on pages and over REST: figures, masked numbers, who sees and steers it."""

from app.messaging import channels
from app.sendings.models import Sending
from app.sendings.types import DeliveryState
from tests.messaging.gateway import Gateway
from tests.sendings.office import CLERK, LEADER, MORNING, REVIEWER, STRANGER, Desk
from tests.sendings.test_submitting import run
from tests.support.story import Story
from tests.weihai.test_list_pages import signed_in


def told(desk: Desk, story: Story, gateway: Gateway, number: int = 120) -> Sending:
    """One that is half sent."""
    story.at("2027-02-10 09:00")
    channels.configure([gateway.setting])
    desk.now = MORNING
    sending = desk.open(number)
    run(desk, turns=1)
    return sending


def test_it_shows_how_far_it_is_and_no_number_in_full(
    desk: Desk, story: Story, gateway: Gateway
) -> None:
    sending = told(desk, story, gateway)
    found = story.see(CLERK, f"/campaigns/{sending.id}")
    counts = {one["state"]: one["messages"] for one in found["tallies"]}
    assert counts == {"submitted": 100, "waiting": 20}
    assert (found["recipients"], found["price"], found["cost"]) == (120, "0.045", "4.50")
    rows = story.see(CLERK, f"/campaigns/{sending.id}/deliveries", state="waiting", limit=200)
    assert len(rows["items"]) == 20
    assert "15400000101" not in str(rows)
    assert rows["items"][0]["phone"].startswith("154")


def test_a_clerk_reads_words_and_the_gateway_s_own_behind_a_fold(
    desk: Desk, story: Story, gateway: Gateway
) -> None:
    story.at("2027-02-10 09:00")
    channels.configure([gateway.setting])
    desk.now = MORNING
    sending = desk.open(2)
    gateway.misbehave = lambda handler: handler.send_error(401, "SIGNATURE")
    run(desk, turns=1)
    page = signed_in(story, CLERK).get(f"/sendings/{sending.id}").text
    words, _, fold = page.partition("网关不认本系统的密钥，请运维处理。")
    assert fold, page[-3000:]
    raw = fold.split("</tr>", 1)[0]
    assert "<details" in raw
    assert "HTTP401" in raw
    assert "HTTP401" not in words.rpartition("<tr>")[2]


def test_who_was_written_to_already_is_left_out_and_it_says_why(
    desk: Desk, story: Story, gateway: Gateway
) -> None:
    told(desk, story, gateway, 2)
    again = desk.open(2)
    run(desk)
    page = signed_in(story, CLERK).get(f"/sendings/{again.id}").text
    assert page.count("已经到了“制度与参数”里的上限") == 3, "of the state, and of each number"


def test_who_sent_who_leads_and_who_reviewed_see_it_and_no_other(
    desk: Desk, story: Story, gateway: Gateway
) -> None:
    sending = told(desk, story, gateway, 3)
    for who in (CLERK, LEADER, REVIEWER):
        assert story.see(who, "/campaigns")["items"][0]["id"] == sending.id
    assert story.see(STRANGER, "/campaigns")["items"] == []
    body = {"version": sending.rev, "reason": "不该由我停"}
    story.do(STRANGER, f"/campaigns/{sending.id}/stop", body, says=404)


def test_it_is_paused_gone_on_with_and_stopped_over_rest(
    desk: Desk, story: Story, gateway: Gateway
) -> None:
    sending = told(desk, story, gateway)
    seen = story.see(LEADER, f"/campaigns/{sending.id}")["version"]
    words = {"version": seen, "reason": "内容要再核对一下"}
    paused = story.do(LEADER, f"/campaigns/{sending.id}/pause", words)
    assert (paused["state"], paused["reason"]) == ("paused", "内容要再核对一下")
    refused = story.do(CLERK, f"/campaigns/{sending.id}/stop", words, says=409)
    assert refused["code"] == "sending_moved"
    going = story.do(CLERK, f"/campaigns/{sending.id}/resume", {"version": paused["version"]})
    bare = {"version": going["version"], "reason": " "}
    errors = story.do(CLERK, f"/campaigns/{sending.id}/stop", bare, says=422)["errors"]
    assert errors[0]["path"] == "reason"
    stopped = story.do(
        REVIEWER, f"/campaigns/{sending.id}/stop", {**words, "version": going["version"]}
    )
    assert (stopped["state"], stopped["may_steer"]) == ("stopped", False)
    assert desk.states(sending) == {DeliveryState.SUBMITTED: 100, DeliveryState.WITHDRAWN: 20}
    (cost,) = story.see(CLERK, "/ledgers/sending-costs")["items"]
    assert "4.50" in str(cost)
