"""The first tables.

Revision: 26a0d7c153b1, after .
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "26a0d7c153b1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "login_failure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
    )
    op.create_index("ix_login_failure_key_at", "login_failure", ["key", "at"], unique=False)
    op.create_table(
        "school",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), server_default="Europe/Amsterdam", nullable=False),
        sa.Column("locale", sa.String(length=2), server_default="nl", nullable=False),
        sa.Column(
            "policy",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("locale IN ('nl', 'en')", name=op.f("ck_school_locale")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("slug", name=op.f("uq_school_slug")),
    )
    op.create_table(
        "school_lane",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("last_rank", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_school_lane_school_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("school_id", "lane", name=op.f("pk_school_lane")),
    )
    op.create_index("ix_school_lane_rank", "school_lane", ["lane", "last_rank"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("given_name", sa.String(length=100), nullable=False),
        sa.Column("infix", sa.String(length=30), server_default="", nullable=False),
        sa.Column("family_name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("aliases", sa.ARRAY(sa.String(length=100)), server_default="{}", nullable=False),
        sa.Column("class_name", sa.String(length=50), nullable=True),
        sa.Column("locale", sa.String(length=2), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("import_run_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('pupil', 'teacher', 'admin')", name=op.f("ck_user_account_role")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_user_account_email_lower")),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_user_account_school_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_index("ix_user_account_school", "user_account", ["school_id", "role"], unique=False)
    op.create_index(
        "uq_user_account_school_number",
        "user_account",
        ["school_id", "number"],
        unique=True,
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_api_token_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_api_token_fingerprint")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(length=50), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user_account.id"], name=op.f("fk_audit_event_actor_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_audit_event_school_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_school_at", "audit_event", ["school_id", "at"], unique=False)
    op.create_table(
        "evaluation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("course", sa.String(length=200), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("release", sa.String(length=10), server_default="automatic", nullable=False),
        sa.Column("min_reviewers", sa.SmallInteger(), server_default="2", nullable=False),
        sa.Column("show_quotes", sa.String(length=12), server_default="none", nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("release IN ('automatic', 'reviewed')", name=op.f("ck_evaluation_release")),
        sa.CheckConstraint(
            "show_quotes IN ('none', 'paraphrased', 'verbatim')", name=op.f("ck_evaluation_show_quotes")
        ),
        sa.CheckConstraint("state IN ('open', 'closed', 'released')", name=op.f("ck_evaluation_state")),
        sa.CheckConstraint("min_reviewers BETWEEN 1 AND 20", name=op.f("ck_evaluation_min_reviewers")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_evaluation_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_evaluation_school_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
    )
    op.create_index(
        "ix_evaluation_school",
        "evaluation",
        ["school_id", sa.literal_column("created_at DESC")],
        unique=False,
    )
    op.create_table(
        "login_session",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_login_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_login_session")),
    )
    op.create_index(op.f("ix_login_session_expires_at"), "login_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"], unique=False)
    op.create_table(
        "criterion",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_criterion_evaluation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
        sa.UniqueConstraint("evaluation_id", "name", name=op.f("uq_criterion_evaluation_id_name")),
    )
    op.create_table(
        "evaluation_teacher",
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluation.id"],
            name=op.f("fk_evaluation_teacher_evaluation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_evaluation_teacher_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "user_id", name=op.f("pk_evaluation_teacher")),
    )
    op.create_index(op.f("ix_evaluation_teacher_user_id"), "evaluation_teacher", ["user_id"], unique=False)
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), server_default="previewed", nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("format", sa.String(length=30), nullable=False),
        sa.Column("title", sa.String(length=200), server_default="", nullable=False),
        sa.Column("course", sa.String(length=200), server_default="", nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "problems",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "created",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('previewed', 'applied', 'undone')", name=op.f("ck_import_run_state")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name=op.f("fk_import_run_created_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluation.id"],
            name=op.f("fk_import_run_evaluation_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_import_run_school_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index(
        "ix_import_run_school",
        "import_run",
        ["school_id", sa.literal_column("created_at DESC")],
        unique=False,
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="queued", nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=True),
        sa.Column("progress", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("max_retries", sa.SmallInteger(), server_default="3", nullable=False),
        sa.Column("force", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(length=100), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error_message", sa.String(length=300), nullable=True),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("draft", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "history",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("webhook_url", sa.String(length=2000), nullable=True),
        sa.CheckConstraint("(state = 'processing') = (lease_token IS NOT NULL)", name=op.f("ck_job_lease")),
        sa.CheckConstraint(
            "state IN ('queued', 'processing', 'completed', 'failed', 'cancelled')", name=op.f("ck_job_state")
        ),
        sa.CheckConstraint("lane BETWEEN 0 AND 2", name=op.f("ck_job_lane")),
        sa.CheckConstraint("max_retries BETWEEN 0 AND 10", name=op.f("ck_job_max_retries")),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_job_progress")),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_job_evaluation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["user_account.id"], name=op.f("fk_job_requested_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_job_school_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["user_account.id"], name=op.f("fk_job_student_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_ended",
        "job",
        ["completed_at"],
        unique=False,
        postgresql_where=sa.text("completed_at IS NOT NULL"),
    )
    op.create_index("ix_job_evaluation", "job", ["evaluation_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_job_lease", "job", ["lease_until"], unique=False, postgresql_where=sa.text("state = 'processing'")
    )
    op.create_index("ix_job_pupil", "job", ["student_id", "evaluation_id", "created_at"], unique=False)
    op.create_index(
        "ix_job_retry",
        "job",
        ["next_retry_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued' AND next_retry_at IS NOT NULL"),
    )
    op.create_index("ix_job_school", "job", ["school_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_job_waiting",
        "job",
        ["lane", "rank", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'queued' AND next_retry_at IS NULL"),
    )
    op.create_index(
        "ix_job_waiting_age",
        "job",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'queued' AND next_retry_at IS NULL AND lane > 0"),
    )
    op.create_index(
        "uq_job_live",
        "job",
        ["evaluation_id", "student_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued', 'processing')"),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_team_evaluation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("evaluation_id", "name", name=op.f("uq_team_evaluation_id_name")),
    )
    op.create_table(
        "feedback_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("reviewer_id", sa.BigInteger(), nullable=False),
        sa.Column("reviewee_id", sa.BigInteger(), nullable=False),
        sa.Column("criterion_id", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=4), server_default="peer", nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("import_run_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('peer', 'self')", name=op.f("ck_feedback_entry_kind")),
        sa.ForeignKeyConstraint(
            ["criterion_id"],
            ["criterion.id"],
            name=op.f("fk_feedback_entry_criterion_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluation.id"],
            name=op.f("fk_feedback_entry_evaluation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name=op.f("fk_feedback_entry_import_run_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["reviewee_id"],
            ["user_account.id"],
            name=op.f("fk_feedback_entry_reviewee_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["user_account.id"],
            name=op.f("fk_feedback_entry_reviewer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_feedback_entry_school_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_entry")),
        sa.UniqueConstraint(
            "evaluation_id",
            "reviewee_id",
            "reviewer_id",
            "criterion_id",
            "kind",
            name="uq_feedback_entry_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_feedback_entry_import_run_id"), "feedback_entry", ["import_run_id"], unique=False
    )
    op.create_index(op.f("ix_feedback_entry_reviewee_id"), "feedback_entry", ["reviewee_id"], unique=False)
    op.create_index(op.f("ix_feedback_entry_reviewer_id"), "feedback_entry", ["reviewer_id"], unique=False)
    op.create_table(
        "participant",
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("feedback_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reviewer_count", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluation.id"],
            name=op.f("fk_participant_evaluation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["user_account.id"], name=op.f("fk_participant_student_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_participant_team_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "student_id", name=op.f("pk_participant")),
    )
    op.create_index(op.f("ix_participant_student_id"), "participant", ["student_id"], unique=False)
    op.create_table(
        "summary",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=10), server_default="draft", nullable=False),
        sa.Column("locale", sa.String(length=2), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("provisional", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("input_hash", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("comments_used", sa.Integer(), nullable=False),
        sa.Column("comments_total", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=100), server_default="", nullable=False),
        sa.Column("prompt_version", sa.String(length=20), server_default="", nullable=False),
        sa.Column(
            "checks",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "flags",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("edited_by", sa.BigInteger(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("locale IN ('nl', 'en')", name=op.f("ck_summary_locale")),
        sa.CheckConstraint("method IN ('ai', 'fallback', 'empty', 'demo')", name=op.f("ck_summary_method")),
        sa.CheckConstraint("state IN ('draft', 'approved', 'released')", name=op.f("ck_summary_state")),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["user_account.id"], name=op.f("fk_summary_approved_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["edited_by"], ["user_account.id"], name=op.f("fk_summary_edited_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_summary_evaluation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_summary_job_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_summary_school_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["user_account.id"], name=op.f("fk_summary_student_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary")),
        sa.UniqueConstraint("evaluation_id", "student_id", name=op.f("uq_summary_evaluation_id_student_id")),
    )
    op.create_index(op.f("ix_summary_job_id"), "summary", ["job_id"], unique=False)
    op.create_index("ix_summary_school", "summary", ["school_id"], unique=False)
    op.create_index(op.f("ix_summary_student_id"), "summary", ["student_id"], unique=False)
    op.create_table(
        "summary_sentence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("summary_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["summary_id"], ["summary.id"], name=op.f("fk_summary_sentence_summary_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summary_sentence")),
        sa.UniqueConstraint("summary_id", "position", name=op.f("uq_summary_sentence_summary_id_position")),
    )
    op.create_table(
        "sentence_source",
        sa.Column("sentence_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["feedback_entry.id"], name=op.f("fk_sentence_source_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sentence_id"],
            ["summary_sentence.id"],
            name=op.f("fk_sentence_source_sentence_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sentence_id", "entry_id", name=op.f("pk_sentence_source")),
    )
    op.create_index(op.f("ix_sentence_source_entry_id"), "sentence_source", ["entry_id"], unique=False)

    # Without these, deleting a person scans the tables that name one.
    for name, table, column in (
        ("ix_audit_event_actor", "audit_event", "actor_id"),
        ("ix_job_requester", "job", "requested_by"),
        ("ix_summary_editor", "summary", "edited_by"),
        ("ix_summary_approver", "summary", "approved_by"),
    ):
        op.create_index(name, table, [column], postgresql_where=sa.text(f"{column} IS NOT NULL"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index(op.f("ix_sentence_source_entry_id"), table_name="sentence_source")
    op.drop_table("sentence_source")
    op.drop_table("summary_sentence")
    op.drop_index(op.f("ix_summary_student_id"), table_name="summary")
    op.drop_index("ix_summary_school", table_name="summary")
    op.drop_index(op.f("ix_summary_job_id"), table_name="summary")
    op.drop_table("summary")
    op.drop_index(op.f("ix_participant_student_id"), table_name="participant")
    op.drop_table("participant")
    op.drop_index(op.f("ix_feedback_entry_reviewer_id"), table_name="feedback_entry")
    op.drop_index(op.f("ix_feedback_entry_reviewee_id"), table_name="feedback_entry")
    op.drop_index(op.f("ix_feedback_entry_import_run_id"), table_name="feedback_entry")
    op.drop_table("feedback_entry")
    op.drop_table("team")
    op.drop_index(
        "uq_job_live", table_name="job", postgresql_where=sa.text("state IN ('queued', 'processing')")
    )
    op.drop_index(
        "ix_job_waiting_age",
        table_name="job",
        postgresql_where=sa.text("state = 'queued' AND next_retry_at IS NULL AND lane > 0"),
    )
    op.drop_index(
        "ix_job_waiting",
        table_name="job",
        postgresql_where=sa.text("state = 'queued' AND next_retry_at IS NULL"),
    )
    op.drop_index("ix_job_school", table_name="job")
    op.drop_index(
        "ix_job_retry",
        table_name="job",
        postgresql_where=sa.text("state = 'queued' AND next_retry_at IS NOT NULL"),
    )
    op.drop_index("ix_job_pupil", table_name="job")
    op.drop_index("ix_job_lease", table_name="job", postgresql_where=sa.text("state = 'processing'"))
    op.drop_index("ix_job_ended", table_name="job", postgresql_where=sa.text("completed_at IS NOT NULL"))
    op.drop_index("ix_job_evaluation", table_name="job")
    op.drop_table("job")
    op.drop_index("ix_import_run_school", table_name="import_run")
    op.drop_table("import_run")
    op.drop_index(op.f("ix_evaluation_teacher_user_id"), table_name="evaluation_teacher")
    op.drop_table("evaluation_teacher")
    op.drop_table("criterion")
    op.drop_index(op.f("ix_login_session_user_id"), table_name="login_session")
    op.drop_index(op.f("ix_login_session_expires_at"), table_name="login_session")
    op.drop_table("login_session")
    op.drop_index("ix_evaluation_school", table_name="evaluation")
    op.drop_table("evaluation")
    op.drop_index("ix_audit_event_school_at", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_index(op.f("ix_api_token_user_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_index(
        "uq_user_account_school_number",
        table_name="user_account",
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.drop_index("ix_user_account_school", table_name="user_account")
    op.drop_table("user_account")
    op.drop_index("ix_school_lane_rank", table_name="school_lane")
    op.drop_table("school_lane")
    op.drop_table("school")
    op.drop_index("ix_login_failure_key_at", table_name="login_failure")
    op.drop_table("login_failure")
