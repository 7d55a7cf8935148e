"""归档: what W21P §15 wants kept, in one file that is made while it leaves; numbers masked."""

import csv
import hashlib
import io
import json
import random
from itertools import pairwise
from typing import Any
from zipfile import ZipFile

from sqlalchemy import func, select

from app.audit.models import Event
from app.core import outbox
from app.messaging import channels
from app.sendings import bundling
from app.sendings.models import Sending
from app.sendings.service import pulling, unsettled
from tests.messaging.gateway import Gateway
from tests.sendings.office import CLERK, MORNING, STRANGER, Desk
from tests.sendings.test_submitting import run
from tests.support.story import Story
from tests.weihai.lists import numbers
from tests.weihai.test_message_send import (
    AREAS,
    CITY,
    CITY_LEADER,
    KEY,
    asked,
    on_file,
    opened,
    reviewed,
    sheet,
    upload,
)
from tests.weihai.test_message_sent import turns


def unpacked(data: bytes) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files, each as its hash in the manifest says; and the manifest."""
    with ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(files.pop(bundling.MANIFEST))
    assert {one["name"]: one["sha256"] for one in told["files"]} == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items()
    }
    return files, told


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def approved(story: Story, gateway: Gateway, count: int = 12) -> Sending:
    """By its whole road, over REST, then sent."""
    channels.configure([gateway.setting])
    story.at("2027-01-18 09:00")
    template = on_file(story, CITY)
    listed = [(phone, AREAS[n % 3]) for n, phone in enumerate(numbers(count))]
    made = upload(story, CITY, template, sheet(listed, "区市")).json
    number = story.ask(CITY, KEY, asked(made["number"]))
    story.decide(CITY_LEADER, number)
    reviewed(story, number)
    sending = opened(story, number)
    turns(story.at("2027-01-20 18:50"))
    while outbox.work_off():
        pass
    return sending


def test_all_of_it_is_in_one_file(story: Story, gateway: Gateway) -> None:
    sending = approved(story, gateway)
    row = {"part": 1, "parts": 2, "status": "DELIVRD", "at": "2027-01-20T18:52:00+08:00"}
    told = [row | {"id": f"gw-{sending.key(n)}", "part": part} for n in (1, 3) for part in (1, 2)]
    phone = numbers(1)[0]
    reply = {"id": "r1", "from": phone, "text": "=1+1 请问在哪里", "at": row["at"]}
    gateway.answer = {"receipts": told, "replies": [reply], "next": "5"}
    pulling.pull("mas", story.at("2027-01-20 19:00"))
    channels.configure([])
    path = f"/campaigns/{sending.id}"
    assert story.see(CITY, path)["may_archive"]
    answer = story.desk(CITY).get(f"{path}/archive.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    files, manifest = unpacked(answer.data)
    papers = {name for name in files if name.endswith(".pdf")}
    assert papers == {"forms/message-send-final.pdf", "forms/message-send-review-final.pdf"}
    assert all(files[name].startswith(b"%PDF") for name in papers)
    sheets = {"numbers.csv", "receipts.csv", "replies.csv"}
    assert set(files) - papers == {"text.txt", "log.jsonl", *sheets}
    kept = rows_of(files["numbers.csv"])
    assert [one["状态"] for one in kept].count("已送达") == 2
    assert (len(kept), kept[0]["手机号"]) == (12, f"{phone[:3]}****{phone[-4:]}")
    assert len({one["号码校验码"] for one in kept}) == 12
    assert [one["序号"] for one in rows_of(files["receipts.csv"])] == ["1", "1", "3", "3"]
    (answered,) = rows_of(files["replies.csv"])
    assert answered["回复"].startswith("'="), "nothing that a spreadsheet would calculate"
    log = [json.loads(line) for line in files["log.jsonl"].splitlines()]
    of_ticket = [one for one in log if one["chain"] == log[0]["chain"]]
    assert [one["seq"] for one in of_ticket] == list(range(1, len(of_ticket) + 1))
    assert all(a["hash"] == b["prev_hash"] for a, b in pairwise(of_ticket))
    text = sending.texts[None]
    assert files["text.txt"].decode() == f"【{text.signature}】{text.body}"
    assert (manifest["cost"], manifest["numbers"], manifest["left_out"]) == ("1.08", 12, [])
    assert manifest["kept_for_years"] == 5
    assert phone.encode() not in b"".join(files.values())
    events = select(func.count()).where(Event.kind == "sending.archived")
    assert story.session.scalar(events) == 1


def test_only_when_it_has_ended_and_for_who_answers_for_it(
    desk: Desk, story: Story, gateway: Gateway
) -> None:
    story.at("2027-02-10 09:00")
    channels.configure([gateway.setting])
    desk.now = MORNING
    sending = desk.open(3)
    path = f"/campaigns/{sending.id}/archive.zip"
    refused = story.desk(CLERK).get(path)
    assert (refused.status_code, refused.json["code"]) == (409, "not_ended")
    run(desk)
    unsettled.sweep(desk.moment)
    assert desk.sending(sending).ended_at is not None
    assert story.desk(STRANGER).get(path).status_code == 404


def test_it_leaves_while_it_is_made() -> None:
    """The first bytes are there before the last row is read, and no more is held than leaves."""
    read, noise = [], random.Random(9)

    def rows() -> Any:
        for n in range(200):
            read.append(n)
            yield noise.randbytes(4096)

    pieces = bundling.packed([bundling.File("a.csv", rows())], {"ticket": "X"}, MORNING)
    first = next(pieces)
    assert first
    assert len(read) < 200
    files, told = unpacked(first + b"".join(pieces))
    assert len(files["a.csv"]) == 200 * 4096
    assert told["ticket"] == "X"
