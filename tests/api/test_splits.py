"""分表 over REST: the first ticket is answered with the list of the others."""

from typing import Any

import pytest

from tests.api.conftest import PROCESS, Rest, answers_for


def mixed(clerk: Rest) -> dict[str, Any]:
    answers = answers_for(clerk, 3, subsystem="gig-station")
    for row, subsystem in zip(
        answers["people"], ("", "shared-labour", "shared-labour"), strict=True
    ):
        row["subsystem"] = subsystem
    return {"process": PROCESS, "answers": answers}


def test_the_first_is_answered_with_the_others(clerk: Rest) -> None:
    """One whole ticket each; a later reader sees the same list."""
    made = clerk.post("/tickets", mixed(clerk))
    assert made.status_code == 201, made.text
    (other,) = made.json["split"]
    assert len(made.json["answers"]["people"]) == 1
    second = clerk.get(f"/tickets/{other['number']}").json
    assert len(second["answers"]["people"]) == 2
    assert second["answers"]["subsystem"] == "shared-labour"
    assert [one["number"] for one in second["split"]] == [made.json["number"]]
    assert [one["kind"] for one in second["links"]] == ["split"]


@pytest.mark.committed
def test_the_same_key_gives_the_same_tickets(clerk: Rest) -> None:
    """A repeated request makes nothing more."""
    body = mixed(clerk)
    first = clerk.post("/tickets", body, key="split-1")
    again = clerk.post("/tickets", body, key="split-1")
    assert first.json["number"] == again.json["number"]
    assert first.json["split"] == again.json["split"]
    assert len(clerk.get("/tickets", box="mine").json["items"]) == 2


def test_a_draft_is_split_when_it_is_sent(clerk: Rest) -> None:
    """It is kept as it was typed until then."""
    draft = clerk.post("/tickets", {**mixed(clerk), "draft": True})
    assert draft.json["split"] == []
    assert len(draft.json["answers"]["people"]) == 3
    sent = clerk.post(f"/tickets/{draft.json['number']}/resubmit", {})
    assert sent.status_code == 200, sent.text
    assert len(sent.json["split"]) == 1


def test_the_form_says_what_splits(clerk: Rest) -> None:
    """So that a program can tell."""
    form = clerk.get(f"/processes/{PROCESS}").json["form"]
    people = next(one for one in form["components"] if one["key"] == "people")
    assert [one["key"] for one in people["components"] if one.get("splits")] == ["subsystem"]
