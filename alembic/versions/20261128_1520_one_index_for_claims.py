"""One index for the claim, whatever PostgreSQL knows of the queue: see Job.waiting.

Revision: e07d4a6f1c93, after c52f9b1d0e77.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "e07d4a6f1c93"
down_revision = "c52f9b1d0e77"
branch_labels = None
depends_on = None

WAITING = "state = 'queued' AND next_retry_at IS NULL AND NOT held"
LIVE = "state IN ('queued', 'processing')"
NOT_ENDED = "completed_at IS NULL"


def upgrade() -> None:
    """The table is written anew, for the column is stored; a hundred thousand jobs take seconds.

    Web processes of the version before can queue nothing from here on, for their ON CONFLICT names the old
    index: they answer 500 until the release has replaced them. Their workers go on.
    """
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "job", sa.Column("waiting", sa.Boolean(), sa.Computed(WAITING, persisted=True), nullable=False)
    )
    op.create_check_constraint(op.f("ck_job_ended"), "job", f"({LIVE}) = ({NOT_ENDED})")
    _index("waiting", NOT_ENDED, include=["waiting_since"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _index(WAITING, LIVE)
    op.drop_constraint(op.f("ck_job_ended"), "job", type_="check")
    op.drop_column("job", "waiting")


def _index(waiting: str, live: str, include: Sequence[str] = ()) -> None:
    for name in ("uq_job_live", "ix_job_waiting", "ix_job_school_live"):
        op.drop_index(name, table_name="job")
    op.create_index(
        "uq_job_live", "job", ["evaluation_id", "student_id"], unique=True, postgresql_where=sa.text(live)
    )
    op.create_index(
        "ix_job_waiting",
        "job",
        ["lane", "rank", "created_at", "id"],
        postgresql_include=include,
        postgresql_where=sa.text(waiting),
    )
    op.create_index(
        "ix_job_school_live", "job", ["school_id", "lane", "created_at"], postgresql_where=sa.text(live)
    )
