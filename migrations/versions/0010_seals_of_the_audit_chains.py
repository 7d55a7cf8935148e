"""Signed seals over all audit chains, indexes for the auditor, and rights for the application's
own database role.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None

APP_ROLE = "banjian_app"
# Which tables only grow is said once, by their trigger; this follows.
GRANT_TO_APP = """
CREATE FUNCTION grant_to_app(role name) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  place regclass;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', role);
  EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %I', role);
  FOR place IN
    SELECT DISTINCT tgrelid::regclass FROM pg_trigger
    WHERE tgfoid = 'public.refuse_change()'::regprocedure
  LOOP
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', place, role);
  END LOOP;
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM %I', role);
END
$body$
"""


def upgrade() -> None:
    op.create_index("ix_event_kind", "event", ["kind", "id"])
    op.create_index("ix_event_at", "event", ["at"])
    op.create_table(
        "audit_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_key")),
        sa.UniqueConstraint("public_key", name=op.f("uq_audit_key_public_key")),
    )
    op.create_table(
        "audit_seal",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("chains_count", sa.Integer(), nullable=False),
        sa.Column("changed_hash", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("heads_packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit_seal")),
    )
    op.create_table(
        "sealed_head",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_sealed_head")),
    )
    refuse = "EXECUTE FUNCTION refuse_change()"
    row = f"BEFORE UPDATE OR DELETE ON audit_seal FOR EACH ROW {refuse}"
    whole = f"BEFORE TRUNCATE ON audit_seal FOR EACH STATEMENT {refuse}"
    op.execute(f"CREATE TRIGGER audit_seal_append_only {row}")
    op.execute(f"CREATE TRIGGER audit_seal_no_truncate {whole}")
    op.execute(GRANT_TO_APP)
    op.execute("REVOKE EXECUTE ON FUNCTION grant_to_app(name) FROM PUBLIC")
    op.execute(
        f"""
        DO $body$ BEGIN
          IF current_user <> '{APP_ROLE}'
             AND EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
            PERFORM grant_to_app('{APP_ROLE}');
          END IF;
        END $body$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION grant_to_app(name)")
    op.drop_table("sealed_head")
    op.drop_table("audit_seal")
    op.drop_table("audit_key")
    op.drop_index("ix_event_at", table_name="event")
    op.drop_index("ix_event_kind", table_name="event")
