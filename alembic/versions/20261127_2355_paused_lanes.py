"""Lanes that a school has paused, and the jobs that are held by it.

Revision: 8a41c0d7e52f, after ca74d37ab9fb.
"""

import sqlalchemy as sa
from alembic import op

revision = "8a41c0d7e52f"
down_revision = "ca74d37ab9fb"
branch_labels = None
depends_on = None

BEFORE = "state = 'queued' AND next_retry_at IS NULL"
NOW = f"{BEFORE} AND NOT held"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("school_lane", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("school_lane", sa.Column("paused_by", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_school_lane_paused_by"),
        "school_lane",
        "user_account",
        ["paused_by"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column("job", sa.Column("held", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(
        "job",
        sa.Column(
            "waiting_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
    )
    op.create_check_constraint(op.f("ck_job_held"), "job", "NOT held OR state = 'queued'")
    op.drop_index("ix_job_waiting_age", table_name="job")
    op.drop_index("ix_job_waiting", table_name="job")
    op.create_index(
        "ix_job_waiting", "job", ["lane", "rank", "created_at", "id"], postgresql_where=sa.text(NOW)
    )
    op.create_index(
        "ix_job_waiting_age", "job", ["waiting_since"], postgresql_where=sa.text(f"{NOW} AND lane > 0")
    )
    op.create_index("ix_job_held", "job", ["school_id", "lane"], postgresql_where=sa.text("held"))


def downgrade() -> None:
    """What was held waits in line again."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_job_held", table_name="job")
    op.drop_index("ix_job_waiting_age", table_name="job")
    op.drop_index("ix_job_waiting", table_name="job")
    op.create_index(
        "ix_job_waiting", "job", ["lane", "rank", "created_at", "id"], postgresql_where=sa.text(BEFORE)
    )
    op.create_index(
        "ix_job_waiting_age", "job", ["created_at"], postgresql_where=sa.text(f"{BEFORE} AND lane > 0")
    )
    op.drop_column("job", "waiting_since")
    op.drop_column("job", "held")
    op.drop_column("school_lane", "paused_by")
    op.drop_column("school_lane", "paused_at")
