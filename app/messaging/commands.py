"""`flask --app wsgi sms …`: a gateway to try against, and one message to try a gateway."""

import threading
import time
import uuid

import click
from flask.cli import AppGroup

from app.audit.service import record
from app.core import clock
from app.core.db import reading, transaction
from app.core.errors import AppError
from app.identity.region import read_region
from app.messaging import channels, simulator
from app.messaging.channels.states import REASONS, Fate, fate_of, reason_of
from app.messaging.channels.types import OUTCOMES, Channel, Message, Outcome, Receipt
from app.messaging.text import segments, templates
from app.webhooks import signing

TEST_TEXT = "这是一条测试短信，收到不用处理。"
PAUSE = 0.5  # seconds between two looks for receipts
MOST_LOOKS = 20  # pages of receipts at one look

sms = AppGroup("sms", help="Gateways of short messages (SMS_GATEWAYS).")


@sms.command()
@click.option("--port", type=click.IntRange(0, 65535), default=9001, show_default=True)
@click.option("--secret", default=None, help="whsec_…；缺省为新的一个，会显示出来。")
@click.option("--delay", type=click.FloatRange(0), default=0.0, help="回执晚几秒。")
@click.option(
    "--push", default=None, help="把回执和回复推到这个地址（…/api/v1/gateways/名称/receipts）。"
)
def simulate(port: int, secret: str | None, delay: float, push: str | None) -> None:
    """Be a gateway that sends nothing and writes down what it was given; Ctrl-C ends it."""
    secret = secret or signing.new_secret()
    ended = threading.Event()
    taken = simulator.Taken(delay=delay, say=click.echo, clock=clock.utcnow)
    with simulator.server(port, secret, taken) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            click.echo(f"模拟网关 {url}，不会真的发送。SMS_GATEWAYS 写：")
            click.echo(
                f'[{{"name":"simulated","protocol":"http","url":"{url}","secret":"{secret}",'
                '"price":"0.045"}]'
            )
            if push:
                pusher = simulator.Pusher(push, secret, taken)
                threading.Thread(target=pusher.run, args=(ended,), daemon=True).start()
            server.serve_forever(0.1)
        except KeyboardInterrupt:
            click.echo("停了。")
        finally:
            ended.set()


@sms.command()
@click.argument("name")
@click.option("--to", required=True, help="收测试短信的手机号。")
@click.option("--unit", required=True, help="用哪个单位的签名（单位代码）。")
@click.option("--wait", type=click.FloatRange(0), default=10.0, help="等几秒回执。")
def check(name: str, to: str, unit: str, wait: float) -> None:
    """Send one fixed text over gateway NAME and say what became of it. It costs a message."""
    try:
        channel = channels.channel(name)
        message = _test_message(to, unit)
    except AppError as error:
        raise click.ClickException(error.text) from error
    now = clock.utcnow()
    with transaction() as session:  # before it goes: what may have been sent is on record
        record(session, now=now, actor=None, kind="sms.checked", object=f"gateway:{name}")
    (told,) = channel.submit(message.key, [message], now).values()
    click.echo(f"{OUTCOMES[told.outcome]} {told.gateway_id}{told.code} {told.why}".rstrip())
    if told.outcome is not Outcome.ACCEPTED:
        raise click.ClickException("这个网关没有收下，请看上面的原因。")
    try:
        found = _await(channel, told.gateway_id, segments.count(message.text), wait)
    except AppError as error:
        raise click.ClickException(error.text) from error
    for receipt in found:
        failed = fate_of(receipt.status) is Fate.FAILED
        why = f"（{REASONS[reason_of(receipt.status)]}）" if failed else ""
        click.echo(f"回执 {receipt.part}/{receipt.parts} {receipt.status}{why}")
    if not found:
        click.echo(f"{wait:g} 秒内没有回执。")


def _test_message(to: str, unit: str) -> Message:
    """Raises: click.BadParameter."""
    if not templates.MOBILE.fullmatch(to):
        raise click.BadParameter("不是手机号", param_hint="--to")
    with reading() as session:
        signature = read_region(session).signatures.get(unit)
    if signature is None:
        raise click.BadParameter("地区文件里没有这个单位的短信签名", param_hint="--unit")
    return Message(f"check-{uuid.uuid4().hex}", to, templates.compose(signature, TEST_TEXT, {}))


def _await(channel: Channel, gateway_id: str, parts: int, wait: float) -> list[Receipt]:
    """The receipts of one message that come in so many seconds."""
    until, mark = time.monotonic() + wait, ""
    found: list[Receipt] = []
    while True:
        for _ in range(MOST_LOOKS):
            news = channel.news(mark, clock.utcnow())
            found += [one for one in news.receipts if one.gateway_id == gateway_id]
            if news.following == mark or not news.receipts:
                break
            mark = news.following
        if len(found) >= parts or time.monotonic() >= until:
            return found
        time.sleep(PAUSE)
