"""Imports every module's tables once, so that Alembic and the tests see all of them."""

from app.accounts import models as accounts
from app.audit import models as audit
from app.core.db import Base
from app.evaluations import models as evaluations
from app.imports import models as imports
from app.jobs import models as jobs
from app.scheduling import models as scheduling
from app.summaries import models as summaries
from app.webhooks import models as webhooks

__all__ = [
    "accounts",
    "audit",
    "evaluations",
    "imports",
    "jobs",
    "metadata",
    "scheduling",
    "summaries",
    "webhooks",
]

metadata = Base.metadata
