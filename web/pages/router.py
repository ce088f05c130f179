"""All pages, with what every one of them is given. For web/main.py."""

from litestar import Router
from litestar.di import Provide

from app.core.errors import Conflict
from web.pages.account import AccountPages
from web.pages.evaluations import EvaluationPages
from web.pages.frame import conflict, provide_draw
from web.pages.imports import ImportPages
from web.pages.jobs import JobPages
from web.pages.monitoring import MonitoringPages
from web.pages.password import PasswordPages
from web.pages.people import PeoplePages
from web.pages.schedules import SchedulePages
from web.pages.session import SessionPages
from web.pages.students import StudentPages
from web.pages.webhooks import WebhookPages


def pages_router() -> Router:
    """The pages. They are no part of the API's description."""
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
        dependencies={"draw": Provide(provide_draw)},
        exception_handlers={Conflict: conflict},
        include_in_schema=False,
    )
