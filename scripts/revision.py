"""`make revision NAME=…`: write the migration from the newest schema to what the models say now."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from app.core.schema import alembic_config
from scripts.cluster import Cluster, make_password
from scripts.process import ROOT, Running


def main() -> int:
    numbers = [int(path.name[:4]) for path in ROOT.glob("migrations/versions/[0-9]*.py")]
    with tempfile.TemporaryDirectory(prefix="bj-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        cluster = Cluster(folder / "pg", folder / "s", make_password(), careless=True)
        cluster.make()
        with Running(cluster.child()):
            cluster.wait()
            cluster.create("revision")
            config = alembic_config(cluster.url("revision"))
            command.upgrade(config, "head")
            command.revision(
                config,
                message=sys.argv[1],
                autogenerate=True,
                rev_id=f"{max(numbers, default=0) + 1:04d}",
            )
    print("Read it before you commit it: renames look like a drop and an add.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
