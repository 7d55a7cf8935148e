"""向外推送 as an administrator uses it."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from app.webhooks import delivering
from app.webhooks.models import Endpoint
from tests.support.office import Browser, Office
from tests.webhooks.conftest import ADMIN, COUNTY, STRANGER
from tests.webhooks.receiver import Receiver
from tests.webhooks.test_telling import send

pytestmark = pytest.mark.usefixtures("administrators")
SignIn = Callable[[str], Browser]


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def test_from_the_empty_page_to_a_replay(
    browser: SignIn, office: Office, receiver: Receiver
) -> None:
    admin = browser(ADMIN)
    assert "还没有登记推送地址" in text(admin.get("/admin/webhooks"))
    given = {"unit": COUNTY, "name": "大厅", "url": receiver.url, "kind": "ticket.opened"}
    wrong = admin.post("/admin/webhooks", **given | {"url": "http://10.0.0.1/", "name": ""})
    assert wrong.status_code == 422
    assert "请写对方系统的名称" in text(wrong)
    assert 'value="http://10.0.0.1/"' in wrong.text
    shown = admin.post("/admin/webhooks", **given)
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", unescape(shown.text))
    assert admin.post("/admin/webhooks", **given).status_code == 409
    endpoint = office.session.scalars(select(Endpoint)).one()
    here = f"/admin/webhooks/{endpoint.id}"
    assert secret not in admin.get(here).text
    assert admin.post(f"{here}/ping").status_code == 302
    assert admin.post(f"{here}/ping").status_code == 409
    ticket = office.start()
    send(office)
    assert [one.told["type"] for one in receiver.heard] == ["ping", "ticket.opened"]
    assert all(one.is_signed(secret) for one in receiver.heard)
    page = admin.get(here)
    assert f"提交了一件 {ticket.number} 已送达 1 次 200" in text(page)
    (replay, _) = re.findall(r'action="([^"]*/replay)"', page.text)
    assert admin.post(replay).status_code == 302
    assert "等着送 1" in text(admin.get(here, state="waiting"))
    assert admin.post(f"{here}/switch-off", version="1").status_code == 302
    assert admin.post(f"{here}/switch-on", version="1").status_code == 409
    assert delivering.send(9e9, quick_only=False) == 0
    assert admin.post(replay).status_code == 409
    assert "启用后可重发" in text(admin.get(here))
    assert "自己的权限" not in text(admin.get("/admin/webhooks"))
    assert browser(STRANGER).get(here).status_code == 404
    assert browser("yaohaiyang").get(here).status_code == 403
