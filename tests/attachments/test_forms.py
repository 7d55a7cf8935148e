"""Files in answers: with the form or before it, never lost, bound with the submission."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.attachments.models import Attachment, Binding
from tests.attachments import samples
from tests.attachments.conftest import Rest
from tests.support.office import Browser

PDF = samples.pdf()
FAR = "qutianyu"


@pytest.fixture(autouse=True)
def deployed(files_process: str) -> str:
    return files_process


def answers(*ids: str, **more: Any) -> dict[str, Any]:
    return {"subject": "补办证明", "papers": list(ids), "rows": [], **more}


def start(rest: Rest, *ids: str, **more: Any) -> Any:
    return rest.post("/tickets", {"process": "trial", "answers": answers(*ids), **more})


def test_files_belong_to_the_ticket_once_it_is_submitted(
    clerk: Rest, login: Callable[[str], Rest], session: Session
) -> None:
    """Who sees the ticket sees its files; another county sees neither."""
    paper, extra = clerk.keep("证明.pdf", PDF), clerk.keep("说明.txt", b"a")
    head, far = login("qinyongan"), login(FAR)
    assert head.get(f"/attachments/{paper}").status_code == 404
    made = start(clerk, paper, attachments=[extra])
    assert made.status_code == 201, made.text
    assert [one["id"] for one in made.json["attachments"]] == [paper, extra]
    assert made.json["answers"]["papers"] == [paper]
    for one in (paper, extra):
        assert head.get(f"/attachments/{one}").status_code == 200
        assert far.get(f"/attachments/{one}").status_code == 404
    places = session.scalars(select(Binding.place).order_by(Binding.id)).all()
    assert places == ["submission:1", "general"]


@pytest.mark.parametrize("kind", ["foreign", "missing", "other ticket", "wrong kind", "too many"])
def test_what_is_not_ones_own_is_no_answer(
    clerk: Rest, login: Callable[[str], Rest], session: Session, kind: str
) -> None:
    if kind == "foreign":
        ids = [login("qinyongan").keep("证明.pdf", PDF)]
    elif kind == "missing":
        ids = ["nothing-like-this"]
    elif kind == "other ticket":
        ids = [clerk.keep("证明.pdf", PDF)]
        assert start(clerk, *ids).status_code == 201
    elif kind == "wrong kind":
        ids = [clerk.keep("说明.txt", b"a")]
    else:
        ids = [clerk.keep("证明.pdf", PDF) for _ in range(4)]
    before = session.scalar(select(func.count()).select_from(Binding))
    answer = start(clerk, *ids)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["path"].startswith("papers")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Binding)) == before
    assert start(clerk, clerk.keep("一.pdf", PDF), attachments=ids[:1]).status_code in (201, 422)


def test_a_foreign_file_is_no_attachment_of_a_ticket(
    clerk: Rest, login: Callable[[str], Rest]
) -> None:
    other = login("qinyongan").keep("证明.pdf", PDF)
    answer = start(clerk, clerk.keep("一.pdf", PDF), attachments=[other])
    assert answer.status_code == 422
    assert answer.json["errors"][0]["path"] == "attachments.0"


def form(page: str) -> str:
    return page.split('name="client_key" value="', 1)[1].split('"', 1)[0]


def upload(name: str, data: bytes) -> tuple[BytesIO, str]:
    return BytesIO(data), name


def ids_in(page: str, field: str) -> list[str]:
    return [part.split('"', 1)[0] for part in page.split(f'name="{field}" value="')[1:]]


def test_a_form_without_script_brings_its_files(
    browser: Callable[[str], Browser], session: Session
) -> None:
    """One field is refused: the file stays with the page and is sent again by its id."""
    clerk = browser("yaohaiyang")
    page = clerk.get("/start/trial")
    assert 'enctype="multipart/form-data"' in page.text
    assert 'type="file"' in page.text
    refused = clerk.post(
        "/start/trial",
        client_key=form(page.text),
        act="submit",
        subject="",
        **{"upload-papers": upload("证明.pdf", PDF)},
    )
    assert refused.status_code == 422
    assert "证明.pdf" in refused.text
    (kept,) = ids_in(refused.text, "papers")
    address = refused.text.split('<form class="cols', 1)[1].split('action="', 1)[1].split('"')[0]
    assert address.endswith("/edit")
    again = clerk.get(address)  # the page closed and opened again: the draft has it
    assert ids_in(again.text, "papers") == [kept]
    sent = clerk.post(
        address,
        act="submit",
        subject="补办证明",
        papers=kept,
        **{
            "upload-papers": upload("照片.png", samples.png()),
            "rows-0-title": "附表一",
            "upload-rows-0-file": upload("附表.pdf", PDF),
        },
    )
    assert sent.status_code == 302, sent.text
    session.rollback()
    places = session.execute(select(Binding.kind, Binding.place)).all()
    assert sorted(places) == [("ticket", "submission:1")] * 3
    shown = clerk.get(address.removesuffix("/edit")).text
    assert "证明.pdf、照片.png" in shown
    assert "附表.pdf" in shown


def test_a_refused_file_stands_beside_its_field_and_nothing_else_is_lost(
    browser: Callable[[str], Browser], session: Session
) -> None:
    clerk = browser("yaohaiyang")
    page = clerk.get("/start/trial")
    refused = clerk.post(
        "/start/trial",
        client_key=form(page.text),
        act="submit",
        subject="补办证明",
        **{"upload-papers": [upload("好.pdf", PDF), upload("坏.pdf", b"MZ" + bytes(99))]},
    )
    assert refused.status_code == 422
    assert "“坏.pdf”：这种文件不能收" in refused.text
    assert "补办证明" in refused.text
    assert len(ids_in(refused.text, "papers")) == 1
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Attachment)) == 1


def test_a_file_can_be_taken_out_again(browser: Callable[[str], Browser]) -> None:
    clerk = browser("yaohaiyang")
    page = clerk.get("/start/trial")
    saved = clerk.post(
        "/start/trial",
        client_key=form(page.text),
        act="save",
        subject="补办",
        **{"upload-papers": upload("证明.pdf", PDF)},
    )
    address = saved.headers["Location"]
    (kept,) = ids_in(clerk.get(address).text, "papers")
    without = clerk.post(address, subject="补办", papers=kept, remove_file=f"papers:{kept}")
    assert without.status_code == 200
    assert ids_in(without.text, "papers") == []


def test_a_draft_keeps_its_files_from_the_sweep_and_from_others(
    clerk: Rest, login: Callable[[str], Rest], session: Session
) -> None:
    one = clerk.keep("证明.pdf", PDF)
    made = clerk.post("/tickets", {"process": "trial", "answers": {"papers": [one]}, "draft": True})
    assert made.status_code == 201, made.text
    session.rollback()
    assert session.scalars(select(Binding.kind)).all() == ["draft"]
    assert clerk.get(f"/attachments/{one}").status_code == 200
    assert login("qinyongan").get(f"/attachments/{one}").status_code == 404


def test_a_foreign_file_in_a_draft_shows_no_name(
    clerk: Rest, login: Callable[[str], Rest], browser: Callable[[str], Browser]
) -> None:
    other = login(FAR).keep("白鹭的证明.pdf", PDF)
    made = clerk.post(
        "/tickets", {"process": "trial", "answers": {"papers": [other]}, "draft": True}
    )
    assert made.status_code == 201
    number = made.json["number"]
    for path in (f"/tickets/{number}", f"/tickets/{number}/edit"):
        assert "白鹭" not in browser("yaohaiyang").get(path).text
    assert login(FAR).get(f"/attachments/{other}").status_code == 200


def test_a_node_may_ask_for_a_file(
    clerk: Rest, browser: Callable[[str], Browser], session: Session
) -> None:
    number = start(clerk, clerk.keep("证明.pdf", PDF)).json["number"]
    head = browser("qinyongan")
    page = head.get(f"/tickets/{number}").text
    task = re.search(r"/tasks/(\d+)/decide", page)[1]  # type: ignore[index]
    version = page.split('name="version" value="', 1)[1].split('"', 1)[0]
    bad = head.post(
        f"/tasks/{task}/decide",
        act="complete:approve",
        version=version,
        **{"upload-proof": upload("记录.pdf", b"nothing")},
    )
    assert bad.status_code == 422
    assert "“记录.pdf”" in bad.text
    done = head.post(
        f"/tasks/{task}/decide",
        act="complete:approve",
        version=version,
        **{"upload-proof": upload("记录.pdf", PDF)},
    )
    assert done.status_code == 302, done.text
    session.rollback()
    assert session.scalars(select(Binding.place).order_by(Binding.id)).all() == [
        "submission:1",
        f"task:{task}",
    ]
    assert "记录.pdf" in head.get(f"/tickets/{number}").text


def test_two_clicks_on_the_form_make_one_ticket(
    browser: Callable[[str], Browser], session: Session
) -> None:
    clerk = browser("yaohaiyang")
    key = form(clerk.get("/start/trial").text)
    for _ in range(2):
        done = clerk.post(
            "/start/trial",
            client_key=key,
            act="submit",
            subject="补办证明",
            **{"upload-papers": upload("证明.pdf", PDF)},
        )
        assert done.status_code == 302
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Binding)) == 1


def test_returned_and_sent_again_the_file_is_still_good(
    clerk: Rest, login: Callable[[str], Rest]
) -> None:
    one = clerk.keep("证明.pdf", PDF)
    number = start(clerk, one).json["number"]
    head = login("qinyongan")
    task = head.get(f"/tickets/{number}").json["tasks"][0]
    back = head.post(
        f"/tasks/{task['id']}/return", {"version": task["version"], "reason": "请补充。"}
    )
    assert back.status_code == 200, back.text
    again = clerk.post(f"/tickets/{number}/resubmit", {"answers": answers(one)})
    assert again.status_code == 200, again.text
