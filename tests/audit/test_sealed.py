"""No clear personal data in the database: canaries are looked for in every column there is."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.support.office import Office

COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type IN
      ('text', 'character varying', 'bytea', 'json', 'jsonb', 'ARRAY')
      AND table_name NOT LIKE 'report_%'
"""


def places_of(session: Session, canary: str) -> set[str]:
    """Tables and columns in which the canary stands in clear, as text or as bytes."""
    found = set()
    for table, column in session.execute(text(COLUMNS)).all():
        hit = session.scalar(
            text(
                f'SELECT EXISTS (SELECT FROM "{table}" WHERE '  # noqa: S608 - names of our schema
                f"position(convert_to(:canary, 'UTF8') IN \"{column}\"::bytea) > 0)"
                if column_is_bytes(session, table, column)
                else f'SELECT EXISTS (SELECT FROM "{table}" WHERE '  # noqa: S608
                f'position(:canary IN "{column}"::text) > 0)'
            ),
            {"canary": canary},
        )
        if hit:
            found.add(f"{table}.{column}")
    return found


def column_is_bytes(session: Session, table: str, column: str) -> bool:
    kind = session.scalar(
        text(
            "SELECT data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = :table AND column_name = :column"
        ),
        {"table": table, "column": column},
    )
    return kind == "bytea"


@pytest.mark.parametrize("at", ["draft", "department_opinion", "returned", None])
def test_id_and_phone_numbers_stand_nowhere_in_clear(
    office: Office, session: Session, at: str | None
) -> None:
    """Drafts, submissions, accounts, ledgers, audit: sealed or masked, whatever the state."""
    answers = office.answers(2)
    ticket = office.draft(answers=answers)
    if at == "returned":
        office.submit(ticket)
        office.send_back(ticket)
    elif at != "draft":
        office.walk(office.submit(ticket), to=at)
    session.flush()
    for row in answers["people"]:
        for secret in (row["id_number"], row["id_number"][6:14], row["phone"]):
            assert places_of(session, secret) == set(), secret


def test_the_search_finds_what_is_in_clear(office: Office, session: Session) -> None:
    """A canary that is there is found, in text, in JSON and in bytes."""
    ticket = office.start()
    session.flush()
    assert "ticket.title" in places_of(session, ticket.title)
    assert "task.candidates" in places_of(
        office.walk(ticket, to="account_execution") and session, "account_admin:422826-xxzx"
    )
    assert "process_version.model" in places_of(session, "department_opinion")
