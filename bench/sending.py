"""A message to very many: opened, handed to a gateway that takes all it gets, and booked.

Each part is a process of its own, as on a site: one opens, two send, one is the gateway of `flask
sms simulate`. They share the cores, so the gateway's own work is in the rate too.
"""

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import yaml
from alembic import command
from sqlalchemy import Engine, create_engine, insert, select
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import clock, crypto
from app.core.db import transaction
from app.core.schema import alembic_config
from app.identity import service as identity
from app.identity.demo import load_demo_people
from app.identity.models import Login, Unit
from app.messaging.audience.numbers import phone_ref
from app.messaging.models import MessageTemplate
from app.messaging.text import segments, templates
from app.messaging.text.types import Purpose
from app.processes.models import Instance, ProcessVersion
from app.processes.service import publishing
from app.recipients import queries as recipients
from app.recipients.models import Recipient, RecipientList
from app.sendings.models import Sending
from app.sendings.queries import standing_of
from app.sendings.types import DeliveryState
from app.webhooks import signing
from app.wiring import join
from bench.figures import Figure
from bench.offices import vacuum
from bench.senders import SECRET, Told
from bench.setting import Setting
from scripts.cluster import Cluster
from scripts.process import ROOT

RECIPIENTS, FEW_RECIPIENTS = 100_000, 4_000
AT_ONCE = 5_000
SENDERS = 2
CLERK, UNIT, PROCESS = "congpeijun", "371082-jyzx", "message-send"
SIGNATURE, NAME = "荣成就业中心", {"姓名": "毕淑芬"}
BODY = "${姓名}您好，专场招聘会定于2027年2月20日上午9时举办，欢迎参加。详询0631-12333。回复T退订"
LEAST, MOST_MEMORY = 2_000.0, 300.0  # recipients a second, MB
OPENS = 9  # o'clock: messages go by day


def run(setting: Setting) -> list[Figure]:
    many = FEW_RECIPIENTS if setting.quick else RECIPIENTS
    with setting.cluster() as cluster:
        environment = _environment(cluster, setting)
        engine = create_engine(cluster.url("sending"))
        _office(environment, engine, many)
        with _gateway(environment) as port:
            environment["SMS_GATEWAYS"] = _route(port, environment[SECRET])
            opened = _told(_start("open", environment))
            sent = [_told(one) for one in [_start("work", environment) for _ in range(SENDERS)]]
        _prove(engine, many)
        engine.dispose()
    seconds = opened.seconds + max(one.seconds for one in sent)
    parts = opened.cpu, sum(one.cpu for one in sent)
    return [
        Figure(f"{many:,} recipients, opened and sent", many / seconds, "/s", LEAST, at_most=False),
        Figure("opening a thousand", parts[0] / many * 1e6, "ms CPU"),
        Figure("sending and booking a thousand", parts[1] / many * 1e6, "ms CPU"),
        Figure("largest process", max(one.megabytes for one in (opened, *sent)), "MB", MOST_MEMORY),
    ]


def _environment(cluster: Cluster, setting: Setting) -> dict[str, str]:
    cluster.create("sending")
    command.upgrade(alembic_config(cluster.url("sending")), "head")
    moved = setting.scratch / "clock"
    now = datetime.now().astimezone()
    clock.configure(timezone="Asia/Shanghai", offset_file=None)
    morning = clock.local(now).replace(hour=OPENS, minute=0)
    moved.write_text(str((morning - now).total_seconds()))
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        **os.environ,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": f"b1:{key}",
        "DATABASE_URL": cluster.url("sending"),
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DATA_DIR": str(setting.scratch),
        "BASE_URL": "http://127.0.0.1",
        "DEMO": "1",
        "WEBHOOK_HOSTS": "127.0.0.1",
        "CLOCK_OFFSET_FILE": str(moved),
        SECRET: signing.new_secret(),
    }


def _office(environment: Mapping[str, str], engine: Engine, many: int) -> None:
    """A unit of 威海 with a template on file and a frozen list: what the approval leaves behind."""
    join(Settings.from_env(environment), bind=engine)
    region, people = (
        yaml.safe_load((ROOT / "regions" / name).read_text(encoding="utf-8"))
        for name in ("weihai.yaml", "weihai.demo.yaml")
    )
    now = clock.utcnow()
    with transaction() as session:
        identity.import_region(session, data=region, now=now)
        load_demo_people(session, people, now)
        publishing.deploy(session, now=now, bundle=publishing.Bundle.read(ROOT, PROCESS))
        _list(session, many, now)
    vacuum(engine)


def _list(session: Session, many: int, now: datetime) -> None:
    unit = session.scalars(select(Unit).where(Unit.code == UNIT)).one()
    clerk = session.scalars(select(Login.person_id).where(Login.username == CLERK)).one()
    template = MessageTemplate(
        ticket="MB-1",
        family="MB-1",
        unit_id=unit.id,
        signature=SIGNATURE,
        name="春风行动",
        purpose=Purpose.PUBLICITY,
        body=BODY,
        variables=[{"name": "姓名", "example": "毕淑芬", "longest": 10}],
        mobile="YD1",
        filed_on=now.date(),
        at=now,
    )
    session.add(template)
    session.flush()
    each = segments.count(templates.compose(SIGNATURE, BODY, NAME))
    listed = RecipientList(
        number="MD-1",
        unit_id=unit.id,
        template_id=template.id,
        client_key="bench",
        sheet_sealed=crypto.seal("名单.xlsx"),
        digest=b"",
        funnel={"read": many, "kept": many},
        areas={"371082": many},
        kept=many,
        segments=each * many,
        made_by_id=clerk,
        made_at=now,
    )
    session.add(listed)
    session.flush()
    for first in range(1, many + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, many + 1))
        session.execute(insert(Recipient), [_recipient(listed.id, n, each) for n in numbers])
    listed.digest = recipients.digest_now(session, listed.id)
    version = session.scalars(select(ProcessVersion.id)).one()
    session.add(
        Instance(
            version_id=version,
            number="XX-1",
            title="春风行动",
            requester_id=clerk,
            unit_id=unit.id,
            variables={},
            state=b"",
            created_at=now,
            opened_at=now,
        )
    )


def _recipient(list_id: int, n: int, each: int) -> dict[str, object]:
    phone = f"154{n // 90:06}{n % 90:02}"  # nobody's, and none that the gateway refuses
    return {
        "list_id": list_id,
        "n": n,
        "phone": crypto.seal(phone),
        "phone_ref": phone_ref(phone),
        "area": UNIT[:6],
        "values_sealed": crypto.seal_json(NAME),
        "segments": each,
    }


def _route(port: int, secret: str) -> str:
    """Without a rate: as many as it is handed."""
    one = {"name": "bench", "protocol": "http", "url": f"http://127.0.0.1:{port}", "rate": 0}
    return json.dumps([one | {"secret": secret, "price": "0.045"}])


def _start(act: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.senders", act],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _told(child: subprocess.Popen[str]) -> Told:
    """Raises: RuntimeError, where it came to no good end."""
    said, _ = child.communicate()
    if child.returncode:
        raise RuntimeError(f"{child.args!r}: {child.returncode}")
    return Told(**json.loads(said.splitlines()[-1]))


@contextmanager
def _gateway(environment: Mapping[str, str]) -> Iterator[int]:
    child = _start("gateway", environment)
    if child.stdout is None:
        raise AssertionError
    try:
        yield int(child.stdout.readline())
    finally:
        child.terminate()
        child.communicate()


def _prove(engine: Engine, many: int) -> None:
    """Everybody once, and every segment booked; else the rate is of something else."""
    with Session(engine) as session:
        sending = session.scalars(select(Sending)).one()
        standing = standing_of(session, sending)
        if standing.count(DeliveryState.SUBMITTED) != many or standing.billed != sending.segments:
            raise AssertionError(standing)
