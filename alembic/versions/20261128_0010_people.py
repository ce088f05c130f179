"""People: a code to set a password with, who is blocked, and an index for the list.

Revision: 3b8e2f90d7c1, after 3f6d20b7a915.
"""

import sqlalchemy as sa
from alembic import op

revision = "3b8e2f90d7c1"
down_revision = "3f6d20b7a915"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("user_account", sa.Column("code", sa.LargeBinary(), nullable=True))
    op.add_column("user_account", sa.Column("code_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("user_account", sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_user_account_code"), "user_account", "(code IS NULL) = (code_until IS NULL)"
    )
    op.create_index(
        "ix_user_account_name", "user_account", ["school_id", "family_name", "given_name", "id"], unique=False
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_user_account_name", table_name="user_account")
    op.drop_constraint(op.f("ck_user_account_code"), "user_account", type_="check")
    op.drop_column("user_account", "blocked_at")
    op.drop_column("user_account", "code_until")
    op.drop_column("user_account", "code")
