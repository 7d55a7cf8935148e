"""What `make up` refuses, before anything is installed or touched. The standard library alone."""

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from app.config import gather, production_faults

ROOT = Path(__file__).resolve().parent.parent


def refusals(environ: Mapping[str, str]) -> list[str]:
    """Each a sentence that says how to mend it; none means go on."""
    data = Path(environ.get("DATA_DIR") or ROOT / "var").resolve()
    env = with_address({**environ, "DATA_DIR": str(data)})
    of_demo = not environ.get("DEMO") and gather(env).get("DEMO") == "1"
    if not of_demo:
        return production_faults(env)
    # What a demonstration keeps here is no setting of an office, and must not be written over.
    nowhere = {**env, "DATA_DIR": str(data / "none")}
    return [
        f"{data} 是演示环境（make run）的数据目录：请用 DATA_DIR 另外指定一个。",
        *production_faults(nowhere),
    ]


def with_address(environ: Mapping[str, str]) -> dict[str, str]:
    """The address this machine calls itself by, where nobody has said one. Never http."""
    if gather(environ).get("BASE_URL"):
        return dict(environ)
    return {**environ, "BASE_URL": f"https://{socket.getfqdn()}"}


def main() -> int:
    found = refusals(os.environ)
    for sentence in found:
        sys.stderr.write(f"banjian   没有启动：{sentence}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
