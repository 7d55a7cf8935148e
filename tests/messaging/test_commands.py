"""The setting, and the two commands beside it."""

import json
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
import yaml
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.config import BadSetting, Settings
from app.identity import service as identity
from app.messaging import channels
from scripts.process import ROOT
from tests.messaging.gateway import SECRET, Gateway
from tests.support.office import (  # noqa: F401 - fixtures
    NOW,
    app,
    bind,
    joined,
    office,
    office_database,
    session,
)
from tests.webhooks import receiver

GOOD = {
    "name": "mas",
    "protocol": "http",
    "url": "https://gateway.example/banjian",
    "secret": SECRET,
    "price": "0.045",
}
TO = "15400000203"
Check = Callable[..., Result]


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return Settings.from_env({**environment, "WEBHOOK_HOSTS": "127.0.0.1"})


@pytest.fixture
def gateway(app: Flask) -> Iterator[Gateway]:  # noqa: ARG001, F811 - the app is joined first
    with Gateway() as made:
        made.misbehave = made.serve
        channels.configure([made.setting])
        yield made
    channels.configure([])


@pytest.fixture
def check(app: Flask, session: Session) -> Check:  # noqa: F811
    data = yaml.safe_load((ROOT / "regions" / "enshi.yaml").read_text(encoding="utf-8"))
    signed = data | {"signatures": {"422826-jyzx": "咸丰就业中心"}}
    identity.import_region(session, data=signed, now=NOW)
    session.commit()

    def invoke(*words: str) -> Result:
        return app.test_cli_runner().invoke(args=["sms", "check", *words])

    return invoke


def test_gateways_are_read(environment: dict[str, str]) -> None:
    """In their order: the first comes first."""
    given = json.dumps([GOOD, GOOD | {"name": "second", "price": 0.05}])
    first, second = Settings.from_env({**environment, "SMS_GATEWAYS": given}).sms_gateways
    assert (first.name, first.price, second.price) == ("mas", Decimal("0.045"), Decimal("0.05"))
    assert Settings.from_env(environment).sms_gateways == ()


@pytest.mark.parametrize(
    "value",
    [
        "{",
        "{}",
        "[1]",
        json.dumps([GOOD, GOOD]),
        json.dumps([{"name": "mas"}]),
        *(
            json.dumps([GOOD | wrong])
            for wrong in (
                {"name": "MAS"},
                {"more": "x"},
                {"protocol": "cmpp20"},
                {"url": "gateway.example"},
                {"secret": "whsec_short"},
                {"secret": b64encode(b"x" * 32).decode()},
                {"secret": "whsec_" + b64encode(b"x" * 8).decode()},
                {"price": "free"},
                {"price": "NaN"},
                {"price": "-1"},
            )
        ),
    ],
)
def test_a_setting_that_means_nothing_is_refused(environment: dict[str, str], value: str) -> None:
    with pytest.raises(BadSetting, match="SMS_GATEWAYS"):
        Settings.from_env({**environment, "SMS_GATEWAYS": value})


def test_one_fixed_text_goes_and_is_on_record(
    gateway: Gateway,
    check: Check,
    session: Session,  # noqa: F811
) -> None:
    """With the unit's signature; the number stands nowhere in the trail."""
    done = check("mas", "--to", TO, "--unit", "422826-jyzx", "--wait", "0")
    assert done.exit_code == 1  # this gateway answers nothing that reads like receipts
    assert "已提交 gw-check-" in done.output
    (message,) = gateway.heard[0].told["messages"]
    assert message["to"] == TO
    assert message["text"].startswith("【咸丰就业中心】")
    event = session.scalars(select(Event).where(Event.kind == "sms.checked")).one()
    assert (event.object, TO in str(event.data)) == ("gateway:mas", False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none", "--to", TO, "--unit", "422826-jyzx"), "没有这个短信网关"),
        (("mas", "--to", "0718-8200000", "--unit", "422826-jyzx"), "不是手机号"),
        (("mas", "--to", TO, "--unit", "422827-jyzx"), "没有这个单位的短信签名"),
    ],
)
def test_what_cannot_go_is_refused_before(
    gateway: Gateway, check: Check, words: tuple[str, ...], said: str
) -> None:
    done = check(*words)
    assert done.exit_code != 0
    assert said in done.output
    assert gateway.heard == []


def test_a_broken_gateway_fails_the_check(gateway: Gateway, check: Check) -> None:
    """Unknown is said, and it is tried once."""
    gateway.misbehave = receiver.answers(500, b"oops")
    done = check("mas", "--to", TO, "--unit", "422826-jyzx")
    assert done.exit_code == 1
    assert "未知" in done.output
    assert len(gateway.heard) == 1


def test_the_simulator_says_where_it_is(environment: dict[str, str]) -> None:
    """Its setting can be pasted."""
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "sms", "simulate", "--port", "0"],
        cwd=ROOT,
        env={**environment, "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        setting = running.stdout.readline()
        running.terminate()  # an interrupt is ignored by whatever was started in the background
    (read,) = Settings.from_env({**environment, "SMS_GATEWAYS": setting}).sms_gateways
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+", read.url)
