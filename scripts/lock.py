"""`make lock`: compile requirements*.in with hashes, and renew the npm lock.

The files name no index and no folder: where packages come from is the reader's own configuration.
"""

import subprocess
import sys

from scripts.process import ROOT
from scripts.setup import FRONTEND, node_and_npm

NAMES = ("requirements", "requirements-dev", "requirements-node", "requirements-redis")
OPTIONS = (
    *(
        "--generate-hashes",
        "--strip-extras",
        "--allow-unsafe",
        "--quiet",
        "--resolver",
        "backtracking",
    ),
    *("--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--no-header"),
)


def main() -> int:
    for name in NAMES:
        print(f"Compiling {name}.in", flush=True)
        subprocess.run(
            [sys.executable, "-m", "piptools", "compile", *OPTIONS, f"{name}.in"],
            cwd=ROOT,
            check=True,
        )
    print("Renewing frontend/package-lock.json", flush=True)
    _, npm = node_and_npm()
    subprocess.run([*npm, "install", "--package-lock-only"], cwd=FRONTEND, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
