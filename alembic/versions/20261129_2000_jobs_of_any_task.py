"""Jobs of any task: each says its kind and what it is about, and may do without a school or a student.

Revision: b84c1f5e2d39, after e07d4a6f1c93.

Upgrade by stop, migrate, start. Processes of the version before that still run meet this:

- For as long as it lasts every statement on jobs waits for the table, and is cancelled after ten seconds.
  Web processes then answer 503. Workers take that for a database that is away: they hand wake-ups back, and
  keep trying to store what they have finished until its lease has run out. A job whose lease ran out
  meanwhile goes back in line, which counts as one of its attempts.
- From the commit on, old web processes queue nothing, for their ON CONFLICT names the index that is gone:
  they answer 500. Old workers go on: they name the columns that they read, and all jobs are still summaries.
"""

import sqlalchemy as sa
from alembic import op

revision = "b84c1f5e2d39"
down_revision = "e07d4a6f1c93"
branch_labels = None
depends_on = None

NOT_ENDED = "completed_at IS NULL"
KEY = "CAST(evaluation_id AS text) || ':' || CAST(student_id AS text)"
SUMMARY = (
    "task <> 'summary' OR (school_id IS NOT NULL AND evaluation_id IS NOT NULL AND student_id IS NOT NULL"
    f" AND subject_key = {KEY})"
)
OPTIONAL = ("school_id", "evaluation_id", "student_id")


def upgrade() -> None:
    """Fill old rows by writing the table once, as a computed column whose expression is then dropped.

    An UPDATE of every row would leave the table and its ten indexes at twice their size. A hundred thousand
    jobs take seconds. The new indexes are built in the same transaction and not concurrently, because the
    table is locked for the writing anyway; they hold unfinished jobs only.
    """
    op.execute("SET LOCAL lock_timeout = '4s'")
    task = sa.Column("task", sa.String(20), server_default="summary", nullable=False)
    key = sa.Column("subject_key", sa.String(100), sa.Computed(KEY, persisted=True), nullable=False)
    op.add_column("job", task)
    op.add_column("job", key)
    op.execute("ALTER TABLE job ALTER COLUMN task DROP DEFAULT, ALTER COLUMN subject_key DROP EXPRESSION")
    for column in OPTIONAL:
        op.alter_column("job", column, nullable=True)
    op.create_check_constraint(op.f("ck_job_summary"), "job", SUMMARY)
    for name in ("uq_job_live", "ix_job_school_live"):
        op.drop_index(name, table_name="job")
    _index("uq_job_unfinished", ["task", "subject_key"], NOT_ENDED, unique=True)
    _index("ix_job_evaluation_unfinished", ["evaluation_id"], f"{NOT_ENDED} AND evaluation_id IS NOT NULL")
    _index(
        "ix_job_school_unfinished",
        ["school_id", "lane", "created_at"],
        f"{NOT_ENDED} AND school_id IS NOT NULL",
    )
    _let_lanes_be_nobody_s()


def _index(name: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    op.create_index(name, "job", columns, unique=unique, postgresql_where=sa.text(condition))


def _let_lanes_be_nobody_s() -> None:
    """The order of jobs without a school is a row of `school_lane` too: a row for each lane and school."""
    op.drop_constraint(op.f("pk_school_lane"), "school_lane", type_="primary")
    op.alter_column("school_lane", "school_id", nullable=True)
    op.add_column("school_lane", sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False))
    op.create_primary_key(op.f("pk_school_lane"), "school_lane", ["id"])
    op.create_unique_constraint(
        op.f("uq_school_lane_school_id_lane"),
        "school_lane",
        ["school_id", "lane"],
        postgresql_nulls_not_distinct=True,
    )
    op.create_check_constraint(
        op.f("ck_school_lane_paused"), "school_lane", "school_id IS NOT NULL OR paused_at IS NULL"
    )


def downgrade() -> None:
    """Jobs of other tasks go, for the version before would take them for summaries."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DELETE FROM job WHERE task <> 'summary'")
    op.execute("DELETE FROM school_lane WHERE school_id IS NULL")
    op.drop_constraint(op.f("ck_school_lane_paused"), "school_lane", type_="check")
    op.drop_constraint(op.f("uq_school_lane_school_id_lane"), "school_lane", type_="unique")
    op.drop_constraint(op.f("pk_school_lane"), "school_lane", type_="primary")
    op.drop_column("school_lane", "id")
    op.alter_column("school_lane", "school_id", nullable=False)
    op.create_primary_key(op.f("pk_school_lane"), "school_lane", ["school_id", "lane"])
    for name in ("uq_job_unfinished", "ix_job_evaluation_unfinished", "ix_job_school_unfinished"):
        op.drop_index(name, table_name="job")
    _index("uq_job_live", ["evaluation_id", "student_id"], NOT_ENDED, unique=True)
    _index("ix_job_school_live", ["school_id", "lane", "created_at"], NOT_ENDED)
    op.drop_constraint(op.f("ck_job_summary"), "job", type_="check")
    for column in OPTIONAL:
        op.alter_column("job", column, nullable=False)
    op.drop_column("job", "subject_key")
    op.drop_column("job", "task")
