"""The router of all pages, with their dependency `render_page` and their answer to a Conflict."""

from litestar import Router
from litestar.di import Provide

from app.core.errors import Conflict
from web.pages.account.controller import AccountPages
from web.pages.evaluations.controller import EvaluationPages
from web.pages.imports.controller import ImportPages
from web.pages.jobs.controller import JobPages
from web.pages.monitoring.controller import MonitoringPages
from web.pages.password.controller import PasswordPages
from web.pages.people.controller import PeoplePages
from web.pages.schedules.controller import SchedulePages
from web.pages.session.controller import SessionPages
from web.pages.shared.responses import provide_render_page, redirect_after_conflict
from web.pages.students.controller import StudentPages
from web.pages.webhooks.controller import WebhookPages


def pages_router() -> Router:
    """The pages. They are not in the description of the API."""
    return Router(
        path="/",
        route_handlers=[
            SessionPages,
            AccountPages,
            EvaluationPages,
            StudentPages,
            JobPages,
            ImportPages,
            SchedulePages,
            PasswordPages,
            PeoplePages,
            WebhookPages,
            MonitoringPages,
        ],
        dependencies={"render_page": Provide(provide_render_page)},
        exception_handlers={Conflict: redirect_after_conflict},
        include_in_schema=False,
    )
