"""What must hold in a restored folder, and what does not."""

from app.config import Settings
from app.core import crypto
from scripts.invariants import broken
from scripts.process import Failed
from scripts.served import Site

# A restored site acts for nobody before a person says so. Each counts what must not be.
AT_REST = {
    "nothing is sent by itself": "SELECT count(*) FROM outbox WHERE state = 'waiting'",
    "nobody is signed in": "SELECT count(*) FROM login_session WHERE ended_at IS NULL",
}


def broken_at_rest(site: Site) -> list[str]:
    counts = {name: site.count(statement) for name, statement in AT_REST.items()}
    return [f"{name}: {count}" for name, count in counts.items() if count]


def broken_invariants(site: Site) -> list[str]:
    with site.connect() as connection:
        found = [f"{rule.invariant} {rule.words}: {row}" for rule, row in broken(connection)]
    return found + broken_documents(site) + broken_files(site)


def broken_documents(site: Site) -> list[str]:
    """I9: under the seal of the field keys lie the bytes that were frozen."""
    crypto.configure(Settings.from_env({"DATA_DIR": str(site.data)}).field_keys)
    rows = site.rows("SELECT check_code, pdf, sha256 FROM document WHERE pdf IS NOT NULL")
    return [
        f"I9 document {row['check_code']} is not the one that was frozen"
        for row in rows
        if crypto.digest(crypto.unseal(bytes(row["pdf"]))) != row["sha256"]
    ]


def broken_files(site: Site) -> list[str]:
    """I9: every attachment has its file, unchanged, and no file is left over."""
    try:
        site.command("attachments", "verify")
    except Failed as failure:
        return [f"I9 {failure}"]
    return []


def broken_promises(
    site: Site, promised: list[tuple[str, int, float]], before: float
) -> tuple[list[str], int]:
    """I1: what was acknowledged before the backup began is there; answers also what came later."""
    done = "SELECT count(*) FROM task WHERE instance_id = instance.id AND state = 'done'"
    asked = f"SELECT number, ({done}) AS steps FROM instance WHERE submission_count > 0"  # noqa: S608 - fixed
    there = {row["number"]: int(row["steps"]) for row in site.rows(asked)}
    lost = [
        f"I1 {number}: step {step} was acknowledged, {there.get(number, -1)} found"
        for number, step, at in promised
        if at < before and there.get(number, -1) < step
    ]
    later = sum(1 for number, step, _ in promised if there.get(number, -1) < step)
    return lost, later
