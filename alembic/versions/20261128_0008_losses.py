"""How many workers were lost with a job.

Revision: 3f6d20b7a915, after 7b1e90c4d2fa.
"""

import sqlalchemy as sa
from alembic import op

revision = "3f6d20b7a915"
down_revision = "7b1e90c4d2fa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("job", sa.Column("losses", sa.SmallInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("job", "losses")
