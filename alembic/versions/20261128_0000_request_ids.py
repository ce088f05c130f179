"""The id of the request that asked for a job, on the job and on what is told of its end.

Revision: 7b1e90c4d2fa, after 8a41c0d7e52f.
"""

import sqlalchemy as sa
from alembic import op

revision = "7b1e90c4d2fa"
down_revision = "8a41c0d7e52f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("job", sa.Column("request_id", sa.String(length=64), nullable=True))
    op.add_column("webhook_delivery", sa.Column("request_id", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("webhook_delivery", "request_id")
    op.drop_column("job", "request_id")
