"""`make up`: a site with real data, on a PostgreSQL and a Redis of your own, until Ctrl-C.

`python -m scripts.up [--with-parent]`. The same children under the same supervisor as `make run`;
no demo data, no private database. OWNER_DATABASE_URL: who may change tables, for this start only.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory

from app.config import CATALOGUE, gather
from app.core.schema import alembic_config
from scripts import setup
from scripts.prepare import Step, run_step, steps
from scripts.process import Failed, say
from scripts.production import refusals, with_address
from scripts.serve import counts_folder, keep_serving, locks, until_stopped
from scripts.settings import DEFAULT_REGION, given_port, write_settings
from scripts.supervisor import Supervisor

OLDEST_POSTGRESQL = 15
PATIENCE = 10
COMMAND = ".venv/bin/flask --app wsgi"
MIGRATE, REGION, PUBLISH = 0, 1, 2  # of scripts.prepare.steps; the fourth plays the demonstration
STATE = """
    SELECT current_user, current_setting('server_version_num')::int / 10000,
           to_regclass('public.alembic_version') IS NOT NULL,
           CASE WHEN to_regclass('public.alembic_version') IS NULL
                THEN has_schema_privilege(current_user, 'public', 'CREATE')
                ELSE (SELECT pg_has_role(current_user, relowner, 'MEMBER')
                      FROM pg_class WHERE oid = to_regclass('public.alembic_version')) END
"""


def settings_of(environ: Mapping[str, str], data: Path) -> dict[str, str]:
    """What the command line will find in DATA_DIR/settings.env.

    Raises: Failed.
    """
    if found := refusals({**environ, "DATA_DIR": str(data)}):
        raise Failed("\n          ".join(found))
    given = {**environ, "DATA_DIR": str(data)}
    known = gather(with_address(given))
    if not gather(given).get("BASE_URL"):
        say(f"BASE_URL is not set: links and codes on paper say {known['BASE_URL']}. Set it soon.")
    settings = {one.name: known[one.name] for one in CATALOGUE if known.get(one.name)}
    settings["REGION"] = settings.get("REGION", DEFAULT_REGION)
    if settings["REGION"] not in setup.known_regions():
        raise Failed(setup.unknown_region(settings["REGION"]))
    settings["PORT"] = str(given_port(known))
    for passing in ("PROMETHEUS_MULTIPROC_DIR", "OWNER_DATABASE_URL"):  # each start has its own
        settings.pop(passing, None)
    return settings


def bring_up_to_date(env: Mapping[str, str], data: Path, region: str, held: int) -> None:
    """Migrate as whoever may; into a new database read the region and publish what is shipped.

    Later releases publish nothing by themselves: an office may have a version of its own by then.
    Raises: Failed.
    """
    owner = {**env, "DATABASE_URL": env.get("OWNER_DATABASE_URL") or env["DATABASE_URL"]}
    role = look(env["DATABASE_URL"])[0]
    name, there, may = look(owner["DATABASE_URL"])
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    todo = steps(region)
    if there != head:
        if not may:
            raise Failed(refuse_to_migrate(name, there, head))
        run_step(todo[MIGRATE], data, owner, held)
    if name != role:
        run_step(Step(f"Letting {role} in", ("db", "grant", role)), data, owner, held)
    elif may:
        say(f"{role} owns the tables, so the site could change its audit trail: see db grant.")
    if not has_rows(env["DATABASE_URL"], "process_version"):
        for step in (todo[REGION], todo[PUBLISH]):
            run_step(step, data, env, held)


def look(url: str) -> tuple[str, str | None, bool]:
    """Who that is, which schema is there, and whether he may change it.

    Raises: Failed.
    """
    try:
        with psycopg.connect(url, connect_timeout=PATIENCE) as connection:
            row = connection.execute(STATE).fetchone()
            assert row is not None  # noqa: S101 - it asks for one line
            role, number, has_schema, may = row
            if number < OLDEST_POSTGRESQL:
                raise Failed(f"PostgreSQL {number} is too old: {OLDEST_POSTGRESQL} or newer.")
            there = None
            if has_schema:
                found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
                there = found[0] if found else None
    except psycopg.Error as error:
        cause = str(error).strip().splitlines()[-1]
        raise Failed(f"The database does not answer or lets us not in: {cause}") from None
    return str(role), there, bool(may)


def has_rows(url: str, table: str) -> bool:
    with psycopg.connect(url, connect_timeout=PATIENCE) as connection:
        statement = {
            "process_version": "SELECT EXISTS (SELECT FROM process_version)",
            "login": "SELECT EXISTS (SELECT FROM login)",
        }[table]
        row = connection.execute(statement).fetchone()
    return bool(row and row[0])


def refuse_to_migrate(role: str, there: str | None, head: str | None) -> str:
    return (
        f"The database has the schema {there or '(none)'}, this version needs {head}, and {role} "
        f"may not change it. Run as the owner of the tables:\n"
        f"          DATABASE_URL=postgresql://OWNER:…@HOST/NAME {COMMAND} db upgrade\n"
        f"          DATABASE_URL=postgresql://OWNER:…@HOST/NAME {COMMAND} db grant {role}\n"
        f"          or give OWNER_DATABASE_URL=… to `make up`, for this start only."
    )


def up(data: Path, environ: Mapping[str, str]) -> None:
    settings = settings_of(environ, data)
    run = data / "run"
    run.mkdir(parents=True, exist_ok=True)
    (data / "log").mkdir(exist_ok=True)
    launcher, held = locks(run)
    counts = counts_folder(run)
    env = {
        **environ,
        **settings,
        "DATA_DIR": str(data),
        "DEMO": "0",
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": str(counts),
    }
    without_owner = {name: value for name, value in env.items() if name != "OWNER_DATABASE_URL"}
    os.environ.pop("OWNER_DATABASE_URL", None)  # children inherit what is left
    supervisor = Supervisor(data / "log", without_owner, held)
    try:
        bring_up_to_date(env, data, settings["REGION"], held)
        write_settings(data / "settings.env", {**settings, "DATA_DIR": str(data)}, "make up")
        keep_serving(supervisor, settings, run, lambda: welcome(env["DATABASE_URL"]))
    finally:
        (run / "site.json").unlink(missing_ok=True)
        say("Ending all children")
        supervisor.stop_all()
        shutil.rmtree(counts, ignore_errors=True)
        say("All ended")
        os.close(launcher)


def welcome(url: str) -> None:
    if not has_rows(url, "login"):
        say("There is no login yet. The first administrator, in another window:")
        say(f"  {COMMAND} users create NAME --name 姓名 --unit CODE --position system_admin")
    say(f"Is everything in order? {COMMAND} doctor")


if __name__ == "__main__":
    sys.exit(until_stopped(up))
