"""Versions of texts, the steps of an attempt, holds, and what a sentence rests on.

Revision: 4b8d1e6a90c7, after b84c1f5e2d39.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "4b8d1e6a90c7"
down_revision = "b84c1f5e2d39"
branch_labels = None
depends_on = None

LIST = sa.text("'[]'::jsonb")


def upgrade() -> None:
    """Each stored text becomes version 1. Columns come with constant defaults: no table is rewritten.

    Texts that rules wrote and nobody edited or approved give way to the basic text; those that a teacher
    edited or approved stay. Sentences of unfinished attempts go: the next attempt writes them another way.
    """
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("summary", sa.Column("number", sa.Integer(), server_default="1", nullable=False))
    for name in ("attention", "left_out", "refused", "held_for", "seen_entries"):
        op.add_column("summary", sa.Column(name, postgresql.JSONB(), server_default=LIST, nullable=False))
    op.add_column(
        "summary",
        sa.Column("basis", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    op.add_column(
        "summary_sentence", sa.Column("origin", sa.String(10), server_default="model", nullable=False)
    )
    op.add_column(
        "summary_sentence", sa.Column("quotes", postgresql.JSONB(), server_default=LIST, nullable=False)
    )
    op.create_table(
        "summary_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("summary_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("beside", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("sentences", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summary.id"], name="fk_summary_version_summary_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_summary_version"),
        sa.UniqueConstraint("summary_id", "number", name="uq_summary_version_summary_id_number"),
    )
    op.create_index(
        "uq_summary_version_beside",
        "summary_version",
        ["summary_id"],
        unique=True,
        postgresql_where=sa.text("beside"),
    )
    op.create_table(
        "summary_step",
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name="fk_summary_step_evaluation_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["user_account.id"], name="fk_summary_step_student_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "student_id", "step", "key", name="pk_summary_step"),
    )
    op.create_index("ix_summary_step_student_id", "summary_step", ["student_id"])
    op.execute(
        """
        WITH by_rule AS (
            UPDATE summary SET provisional = true
            WHERE method = 'fallback' AND edited_by IS NULL AND approved_by IS NULL
            RETURNING id
        )
        DELETE FROM summary_sentence WHERE summary_id IN (SELECT id FROM by_rule)
        """
    )
    # Nobody finds an empty page where a text stood: a line that claims nothing says what happens next.
    op.execute(
        """
        INSERT INTO summary_sentence (summary_id, position, kind, text)
        SELECT id, 0, 'note', CASE locale
            WHEN 'en' THEN 'This summary has to be made anew. Your teacher can start that.'
            ELSE 'Deze samenvatting moet opnieuw worden gemaakt. Je docent kan dat starten.'
        END
        FROM summary
        WHERE method = 'fallback' AND provisional
          AND NOT EXISTS (SELECT 1 FROM summary_sentence WHERE summary_id = summary.id)
        """
    )
    op.execute("UPDATE job SET draft = '[]'::jsonb WHERE draft IS NOT NULL AND completed_at IS NULL")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("summary_step")
    op.drop_table("summary_version")
    op.drop_column("summary_sentence", "quotes")
    op.drop_column("summary_sentence", "origin")
    for name in ("basis", "seen_entries", "held_for", "refused", "left_out", "attention", "number"):
        op.drop_column("summary", name)
