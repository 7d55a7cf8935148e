"""Who may do what, operation by operation: the matrix that test_operations holds against the site.

Y: it is done, by the page and over REST alike. n: it is refused, and nothing changes. x: refused
as if it were not there. Where page and REST differ both marks stand: over REST an administrator
ends a ticket where its requester cancels it, for which the page has a button of its own. Whoever
adds an operation adds a line here and its stage in `stages`.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What somebody is to the ticket of 姚海洋, which waits for the opinion of 秦永安."""

    REQUESTER = "requester"
    HOLDER = "holder"  # who has the task in hand
    CANDIDATE = "candidate"  # holds the same position
    COLLEAGUE = "colleague"  # of the unit, without a position
    DEPUTY = "deputy"  # has a mandate of the holder
    FORMER = "former deputy"  # had one that has ended
    ADDED = "added signer"
    COPIED = "copied"  # of a township: reads nothing of the county's but what he was told
    COUNTY = "administrator of the county"
    SYSTEM = "administrator of the region"
    AUDITOR = "auditor"
    COMPANY = "company"
    STRANGER = "stranger"  # holds the holder's position in another county


MATRIX = """
                        req hol can col dep for add cop cou sys aud com str
claim                     n   Y   Y   x   Y   n   x   x   x   x   x   x   x
release                   n   Y   n   x   Y   n   n   x   x   x   x   x   x
complete                  n   Y   n   x   Y   n   n   x   x   x   x   x   x
return                    n   Y   n   x   Y   n   n   x   x   x   x   x   x
transfer                  n   Y   n   x   Y   n   n   x   x   x   x   x   x
delegate                  n   Y   n   x   Y   n   n   x   x   x   x   x   x
add-signer-before         n   Y   n   x   Y   n   n   x   x   x   x   x   x
add-signer-after          n   Y   n   x   Y   n   n   x   x   x   x   x   x
add-signer-beside         n   Y   n   x   Y   n   n   x   x   x   x   x   x
remove-signer             n   Y   n   x   Y   x   n   x   x   x   x   x   x
take-back                 n   Y   n   x   Y   x   x   x   x   x   x   x   x
urge                      Y   n   Y   n   n   n   n   n   n   n   n   x   x
comment                   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   x   x
copy                      Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   Y   x   x
withdraw                  Y   n   n   n   n   n   n   n   n   n   n   x   x
resubmit                  Y   n   n   n   n   n   n   n   n   n   n   x   x
cancel                    Y   n   n   n   n   n   n   n  nY  nY   n   x   x
suspend                   n   n   n   n   n   n   n   n   Y   Y   n   n   n
resume                    n   n   n   n   n   n   n   n   Y   Y   n   n   n
end-by-repair             n   n   n   n   n   n   n   n   Y   Y   n   n   n
move                      n   n   n   n   n   n   n   n   Y   Y   n   n   n
"""


def cells() -> dict[str, dict[Kind, str]]:
    """By operation and kind."""
    found = {}
    for line in MATRIX.strip().splitlines()[1:]:
        name, *marks = line.split()
        found[name] = dict(zip(Kind, marks, strict=True))
    return found


def as_row(name: str, found: dict[Kind, str]) -> str:
    """As the matrix writes it."""
    return f"{name:<23}" + "".join(f"{found[kind]:>4}" for kind in Kind)
