"""An administrator leaves: his 附件1 lies ready for the contact, who looks at it and sends it."""

from tests.administrators.playing import PEOPLE, Town

CLERK, LEAVER = "yaohaiyang", "wuyiming"


def test_the_form_lies_ready_once(town: Town) -> None:
    town.at("2026-10-12 09:00")
    body = {"kind": "retirement", "date": town.day, "person": LEAVER}
    made = town.who(CLERK).post("/person-events", body)
    assert made.status_code == 201, made.text
    (number,) = made.json["tickets"]
    assert made.json["file_by"] == "2026-10-19"
    assert "附件1 已经备好" in made.json["outcome"]
    again = town.who(CLERK).post("/person-events", body)
    assert again.json["tickets"] == [number]
    draft = town.ticket(number, CLERK)
    assert (draft["state"], draft["process"]) == ("draft", "admin-account")
    name, id_number, phone = PEOPLE[LEAVER]
    assert draft["answers"]["event"] == "retirement"
    assert draft["answers"]["event_date"] == town.day
    (row,) = draft["answers"]["people"]
    assert (row["kind"], row["name"], row["post"]) == ("close", name, "permission_admin")
    assert row["subsystems"]
    assert (row["id_number"][-4:], row["phone"][-4:]) == (id_number[-4:], phone[-4:])
    sent = town.who(CLERK).post(f"/tickets/{number}/resubmit", {})
    assert {one["path"] for one in sent.json["errors"]} == {"urgent_reason"}, sent.text


def test_a_leave_opens_no_form(town: Town) -> None:
    """附件1 knows no leave; the days within which it is filed are told all the same."""
    town.at("2026-10-12 09:00")
    body = {"kind": "leave", "date": town.day, "person": LEAVER, "leave": "sick"}
    made = town.who(CLERK).post("/person-events", body)
    assert made.status_code == 201, made.text
    assert made.json["tickets"] == []
