"""A county with many people: accounts, three posts each, and what the books say of them."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import crypto

UNIT = "422826"


def fill(session: Session, count: int, *, ticket: str, now: datetime) -> None:
    """Under one ticket that was really decided, so that the night finds nothing wrong."""
    given = {
        "count": count,
        "ticket": ticket,
        "number": crypto.seal("422899199001012385"),
        "phone": crypto.seal("15400000000"),
        "now": now,
        "unit": UNIT,
    }
    for statement in STATEMENTS:
        session.execute(text(statement), given)
    for table in ("account", "grant", "ledger_row"):
        session.execute(ANALYSE[table])


ANALYSE = {
    "account": text("ANALYZE account"),
    "grant": text('ANALYZE "grant"'),
    "ledger_row": text("ANALYZE ledger_row"),
}
STATEMENTS = (
    """
    INSERT INTO account (person_ref, name, id_number, phone, unit_id, kind, state, ticket, row_no,
        at, opened_ticket, opened_row, opened_source, opened_at)
    SELECT decode(md5(n::text), 'hex'), substr('王李张刘陈杨赵黄周吴', 1 + n % 10, 1)
        || substr('伟芳娜敏静丽强磊军洋', 1 + n / 10 % 10, 1)
        || substr('明华国秀英志永桂兰平', 1 + n / 100 % 10, 1),
        :number, :phone, places.id, 'operator', 'active', :ticket, n, :now, :ticket, n,
        :ticket || '/1#' || n, :now
    FROM generate_series(1001, 1000 + :count) AS n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS places
          FROM unit WHERE path LIKE '%/' || :unit || '/%' AND kind <> 'division') places
      ON n % places.places = places.place
    """,
    """
    INSERT INTO "grant" (account_id, subsystem, post, state, ticket, row_no, at, granted_ticket,
        granted_row, granted_at)
    SELECT a.id, 'gig-station', post, 'active', :ticket, a.row_no, :now, :ticket, a.row_no, :now
    FROM account a, unnest(ARRAY['publishing', 'query', 'review']) AS post WHERE a.row_no > 1000
    """,
    """
    INSERT INTO ledger_row (name, unit_id, unit_code, unit_name, year, serial, at, place, ticket,
        row_no, source, values, words, account_id)
    SELECT book, u.id, u.code, u.name, 2026, 1000 + a.row_no, :now, p.path, :ticket, a.row_no,
        :ticket || '/1#' || a.row_no,
        jsonb_build_object('name', a.name, 'act', '创建', '_subsystem', 'gig-station',
            '_after', 'publishing,query,review', 'unit', p.name), '', a.id
    FROM account a JOIN unit p ON p.id = a.unit_id JOIN unit u ON u.id = p.division_id,
        unnest(ARRAY['accounts', 'grants']) AS book
    WHERE a.row_no > 1000
    """,
)
