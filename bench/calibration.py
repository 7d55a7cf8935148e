"""How fast this machine is, beside the one on which the budgets were agreed.

The same loop there and here, in CPU time: what an interpreter does all day (calls, dictionaries,
strings), what it hands to C (JSON, deflate, SHA-256, regular expressions) and to the kernel, and
reading objects from all over a heap larger than the caches, which neighbours slow down most.
It runs right before and right after each leg, so that what disturbs the leg disturbs the loop too.
"""

import hashlib
import json
import os
import random
import re
import statistics
import time
import zlib
from dataclasses import dataclass
from functools import cache

# Milliseconds a round. Recorded in November 2026 with `python -m bench --calibrate` on an otherwise
# idle virtual machine with 2 cores of an AMD EPYC (x86-64), Debian 12, Python 3.11.2: the median of
# nine runs. Change it together with the budgets or never: it is what they are measured in.
RECORDED = 2.8
ROUNDS = 200
PIPE = os.pipe()
WORDS = re.compile(r"[a-z]+\d")


@dataclass(frozen=True)
class Row:
    number: int
    name: str
    values: tuple[int, ...]


@cache
def heap() -> list[Row]:
    """Some 30 MB of objects, met in an order in which none lies beside the next."""
    rows = [Row(n, f"name {n}", (n, n + 1)) for n in range(120_000)]
    random.Random(1).shuffle(rows)
    return rows


def work(turn: int) -> int:
    """One round."""
    begin = turn * 2_500 % 100_000
    met = sum(len(row.name) + row.values[1] for row in heap()[begin : begin + 2_500])
    for _ in range(60):
        os.write(PIPE[1], b"." * 512)
        os.read(PIPE[0], 512)
    rows = [Row(n, f"row{n}", (n, n * n, n % 7)) for n in range(400)]
    found: dict[str, list[int]] = {}
    for row in rows:
        for value in row.values:
            found.setdefault(f"{row.name}:{value % 11}", []).append(value)
    ordered = sorted(found.items(), key=lambda pair: (len(pair[1]), pair[0]))
    text = json.dumps(dict(ordered))
    again: dict[str, list[int]] = json.loads(text)
    packed = zlib.compress(text.encode(), 6)
    digest = hashlib.sha256(zlib.decompress(packed) * 8).digest()
    return len(again) + len(WORDS.findall(text)) + digest[0] + met


def milliseconds(rounds: int = ROUNDS) -> float:
    """CPU time of one round here and now."""
    heap()
    taken = []
    for turn in range(rounds):
        begun = time.process_time_ns()
        work(turn)
        taken.append((time.process_time_ns() - begun) / 1e6)
    return statistics.median(taken)


def factor(here: float) -> float:
    """What a duration measured here is multiplied with; above 1, this machine is the faster."""
    return RECORDED / here
