"""How many jobs a worker process can run.

Revision: c52f9b1d0e77, after 3b8e2f90d7c1.
"""

import sqlalchemy as sa
from alembic import op

revision = "c52f9b1d0e77"
down_revision = "3b8e2f90d7c1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("worker_process", sa.Column("threads", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("worker_process", "threads")
