"""An office for a leg that opens pages: an app in this process on a database of its own."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import yaml
from alembic import command
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from app.config import Settings
from app.core.clock import utcnow
from app.core.db import transaction
from app.core.schema import alembic_config
from app.demo.service import play
from app.identity import service as identity
from app.identity.demo import load_demo_people
from app.processes.service import publishing
from app.wiring import create_app, join
from bench.setting import Setting
from scripts.cluster import Cluster
from scripts.process import ROOT


@contextmanager
def office(cluster: Cluster, setting: Setting, name: str) -> Iterator[tuple[Flask, Engine]]:
    """The demo region with its people, the shipped processes and the tickets of the demo."""
    cluster.create(name)
    url = cluster.url(name)
    command.upgrade(alembic_config(url), "head")
    engine = create_engine(url, hide_parameters=True)
    settings = _settings(setting, url)
    join(settings, bind=engine)
    _people_and_processes()
    yield create_app(settings, bind=engine), engine
    engine.dispose()
    cluster.drop(name)


def vacuum(engine: Engine) -> None:
    """What a site does by and by, as soon as it comes to it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _settings(setting: Setting, url: str) -> Settings:
    data = setting.scratch / "data"
    data.mkdir(exist_ok=True)
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return Settings.from_env(
        {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_KEYS": f"b1:{key}",
            "DATABASE_URL": url,
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "DATA_DIR": str(data),
            "BASE_URL": "http://127.0.0.1",
            "DEMO": "1",
        }
    )


def _people_and_processes() -> None:
    region, people = (
        yaml.safe_load((ROOT / "regions" / name).read_text(encoding="utf-8"))
        for name in ("enshi.yaml", "enshi.demo.yaml")
    )
    now = utcnow()
    with transaction() as session:
        identity.import_region(session, data=region, now=now)
        load_demo_people(session, people, now)
        for file in sorted((ROOT / "bpmn" / "processes").glob("*.bpmn")):
            bundle = publishing.Bundle.read(ROOT, file.stem)
            version = publishing.deploy(session, now=now, bundle=bundle)
            publishing.publish(session, now=now, key=version.key, number=version.number)
    play(now, lambda _line: None)
