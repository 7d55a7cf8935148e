"""A new data folder out of a backup: `python -m scripts.restore BACKUP --keys FILE --into DIR`.

Makes a private PostgreSQL there, loads the backup, and leaves a folder that `make run` serves with
`DATA_DIR=DIR`. For a PostgreSQL of your own use `flask --app wsgi backup restore`.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path

from app.backup.sealing import open_keys
from app.backup.types import MANIFEST, BackupRefused
from scripts.cluster import Cluster, make_password
from scripts.prepare import DATABASE, UNFINISHED
from scripts.process import ROOT, Child, Failed, Running, say
from scripts.settings import write_settings


def restore(backup: Path, keys: Mapping[str, str], into: Path) -> None:
    """Raises: Failed; then `into` holds no database named `banjian`, and may be deleted."""
    if into.exists() and any(into.iterdir()):
        raise Failed(f"{into} is not empty: name a new folder.")
    try:
        manifest = json.loads((backup / MANIFEST).read_bytes())
        kept = {"REGION": str(manifest["region"]), "TIMEZONE": str(manifest["timezone"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failed(f"{backup} is no whole backup: `backup verify` says more.") from error
    into.mkdir(parents=True, exist_ok=True)
    (into / "run").mkdir()
    (into / "log").mkdir()
    cluster = Cluster(into / "pg", into / "run" / "pg", make_password())
    settings = {**kept, **keys, "LOG_FORMAT": "text", "DEMO": "1"}
    # No Redis is needed: what was waiting is held, so there is nobody to wake.
    offline = {**settings, "DATA_DIR": str(into), "REDIS_URL": "redis://127.0.0.1:1/0"}
    cluster.make()
    with Running(cluster.child()):
        cluster.wait()
        cluster.create(UNFINISHED)
        url = cluster.url(UNFINISHED)
        _run(["backup", "restore", str(backup)], {**offline, "DATABASE_URL": url})
        cluster.rename(UNFINISHED, DATABASE)
    write_settings(into / "settings.env", {**settings, "DATABASE_URL": cluster.url(DATABASE)})


def _run(arguments: list[str], env: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    with Running(Child("restore", command, env=env)) as running:
        output, _ = running.process.communicate()
        text = output.decode(errors="replace").rstrip()
    for line in text.splitlines():
        say(line)
    if running.process.returncode:
        raise Failed(f"`flask --app wsgi {arguments[0]} {arguments[1]}` failed; see above.")


def _passphrase(file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").split("\n", 1)[0]
    return getpass("Passphrase of the keys: ")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("backup", type=Path)
    parser.add_argument("--keys", type=Path, required=True)
    parser.add_argument("--passphrase-file", type=Path)
    parser.add_argument("--into", type=Path, required=True)
    given = parser.parse_args()
    try:
        keys = open_keys(given.keys.read_bytes(), _passphrase(given.passphrase_file))
        restore(given.backup.resolve(), keys, given.into.resolve())
    except (Failed, BackupRefused, OSError) as failure:
        say(f"Cannot go on: {failure}")
        return 1
    say(f"Restored. Serve it with `DATA_DIR={given.into} make run`.")
    return 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
