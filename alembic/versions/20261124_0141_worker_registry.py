"""The registry of worker processes, and the indexes of a school's live and ended jobs.

Revision: 5d0c6f1be2a4, after f8892e798300.
"""

import sqlalchemy as sa
from alembic import op

revision = "5d0c6f1be2a4"
down_revision = "f8892e798300"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "worker_process",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("lanes", sa.ARRAY(sa.String(length=10)), nullable=False),
        sa.Column("running", sa.Integer(), server_default="0", nullable=False),
        sa.Column("model_reachable", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_process")),
    )
    op.create_index(
        "ix_job_school_live",
        "job",
        ["school_id", "lane", "created_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'processing')"),
    )
    op.create_index(
        "ix_job_school_ended",
        "job",
        ["school_id", "completed_at"],
        unique=False,
        postgresql_where=sa.text("completed_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index(
        "ix_job_school_ended", table_name="job", postgresql_where=sa.text("completed_at IS NOT NULL")
    )
    op.drop_index(
        "ix_job_school_live",
        table_name="job",
        postgresql_where=sa.text("state IN ('queued', 'processing')"),
    )
    op.drop_table("worker_process")
