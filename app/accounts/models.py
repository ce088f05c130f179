"""Tables of schools, users, login sessions, API tokens and failed logins."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, BigId, CreatedAt


class School(Base):
    """A tenant. `policy` holds the school's defaults for new evaluations."""

    __tablename__ = "school"

    id: Mapped[BigId]
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64), server_default="Europe/Amsterdam")
    locale: Mapped[str] = mapped_column(String(2), server_default="nl")
    policy: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[CreatedAt]

    __table_args__ = (CheckConstraint("locale IN ('nl', 'en')", name="locale"),)


class User(Base):
    """A user of one school. The address is in lower case and unique over all schools, for the login."""

    __tablename__ = "user_account"

    id: Mapped[BigId]
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(10))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    number: Mapped[str | None] = mapped_column(String(32))
    given_name: Mapped[str] = mapped_column(String(100))
    infix: Mapped[str] = mapped_column(String(30), server_default="")
    family_name: Mapped[str] = mapped_column(String(100), server_default="")
    aliases: Mapped[list[str]] = mapped_column(ARRAY(String(100)), server_default="{}")
    class_name: Mapped[str | None] = mapped_column(String(50))
    locale: Mapped[str | None] = mapped_column(String(2))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    code: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The fingerprint of the one-time code with which the user may set a password until `code_until`."""
    code_until: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    """When the user was blocked. A blocked user cannot log in; what belongs to the user stays."""
    import_run_id: Mapped[int | None] = mapped_column(BigInteger)
    """The import that made this user, so that it can be undone."""
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        CheckConstraint("role IN ('pupil', 'teacher', 'admin')", name="role"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        Index(
            "uq_user_account_school_number",
            "school_id",
            "number",
            unique=True,
            postgresql_where=text("number IS NOT NULL"),
        ),
        CheckConstraint("(code IS NULL) = (code_until IS NULL)", name="code"),
        Index("ix_user_account_school", "school_id", "role"),
        Index("ix_user_account_name", "school_id", "family_name", "given_name", "id"),
    )

    @property
    def name(self) -> str:
        """Given name, infix and family name, in that order."""
        return " ".join(part for part in (self.given_name, self.infix, self.family_name) if part)


class LoginSession(Base):
    """The login of one browser. The cookie holds the secret, this row its fingerprint."""

    __tablename__ = "login_session"

    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    user_agent: Mapped[str] = mapped_column(String(200), server_default="")


class ApiToken(Base):
    """A bearer token of a user. Its secret was shown once; this row holds the fingerprint."""

    __tablename__ = "api_token"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[datetime | None]


class LoginFailure(Base):
    """A failed login of an account or from an address. Stored here, so that it counts while Redis is down."""

    __tablename__ = "login_failure"

    id: Mapped[BigId]
    key: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("ix_login_failure_key_at", "key", "at"),)
