"""Second factor, one-time codes instead of one-time passwords, the sign-in before."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # An administrator has seen them: nobody gets in with one any more, a reset gives a code.
    op.execute("UPDATE login SET password_hash = '' WHERE password_expires_at IS NOT NULL")
    op.drop_column("login", "password_expires_at")
    op.add_column("login_session", sa.Column("last_at", MOMENT, nullable=True))
    op.add_column("login_session", sa.Column("last_ip", sa.Text(), nullable=True))
    op.create_index("ix_login_session_login", "login_session", ["login_id", "id"])
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("login_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_one_time_code_login_id_login")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
    )
    op.create_index(op.f("ix_one_time_code_login_id"), "one_time_code", ["login_id"])
    op.create_table(
        "second_factor",
        sa.Column("login_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_second_factor_login_id_login")
        ),
        sa.PrimaryKeyConstraint("login_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("login_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_recovery_code_login_id_login")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_login_id"), "recovery_code", ["login_id"])
    op.create_table(
        "login_challenge",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("login_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_login_challenge_login_id_login")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_challenge")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_challenge_token_hash")),
    )
    op.create_index(op.f("ix_login_challenge_login_id"), "login_challenge", ["login_id"])


def downgrade() -> None:
    for table in ("login_challenge", "recovery_code", "second_factor", "one_time_code"):
        op.drop_table(table)
    op.drop_index("ix_login_session_login", "login_session")
    op.drop_column("login_session", "last_ip")
    op.drop_column("login_session", "last_at")
    op.add_column("login", sa.Column("password_expires_at", MOMENT, nullable=True))
