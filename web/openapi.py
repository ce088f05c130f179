"""The OpenAPI description of the API, with the errors that each call may give and with examples."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Litestar, Request, Router
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import HTTPRoute

from app.accounts.guards import UNAUTHENTICATED, declared_access, public
from web.middleware.rate_limit import API_PREFIX
from web.openapi_examples import EXAMPLES
from web.problems import PROBLEM_MEDIA_TYPE, Problem

ERRORS: Mapping[int, str] = {
    400: "The call cannot be understood, or a value is not allowed; `field` says which.",
    401: "Nobody is logged in, or the token is unknown, expired or withdrawn.",
    403: "Not for this role, or not in this state.",
    404: "There is no such thing, or it is another school's.",
    409: "The state does not allow it; `detail` says which state.",
    413: "The body is too large.",
    415: "This kind of body is not taken here.",
    429: "Too many calls; `Retry-After` says for how many seconds to wait.",
    503: "The database does not answer at the moment; nothing was lost.",
}


def openapi_config() -> OpenAPIConfig:
    """JSON at /schema. There is no page that shows it, because such pages load scripts from other sites."""
    return OpenAPIConfig(
        title="Terugblik",
        version="1",
        description="Peer feedback of pupils, turned into one private, anonymised, faithful summary each.",
        use_handler_docstrings=True,
        operation_id_creator=operation_id,
        components=Components(
            security_schemes={
                "token": SecurityScheme(type="http", scheme="bearer", description="`terugblik token create`")
            }
        ),
        security=[{"token": []}],
        render_plugins=[WithExamples(path="/openapi.json")],
        openapi_router=Router(
            "/schema",
            route_handlers=[],
            guards=[public],
            opt=dict(UNAUTHENTICATED),
            include_in_schema=False,
        ),
    )


class WithExamples(JsonRenderPlugin):
    """Renders the description, with an example for each shape that has one."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The description as JSON."""
        components = openapi_schema["components"]
        shapes = {
            name: shape | {"examples": [EXAMPLES[name]]} if name in EXAMPLES else shape
            for name, shape in components["schemas"].items()
        }
        return super().render(request, openapi_schema | {"components": components | {"schemas": shapes}})


def operation_id(handler: HTTPRouteHandler, method: Any, _path: Sequence[Any]) -> str:
    """The controller and its function, such as `summaries_queue`. Generated clients use it as a name."""
    name = re.sub(r"^.*<locals>\.", "", handler.fn.__qualname__).removeprefix("Api")
    found = re.sub(r"(Api|Controller)?\.", "_", name).lower()
    return found if len(handler.http_methods) == 1 else f"{found}_{HttpMethod(method).value.lower()}"


def declare_errors(app: Litestar) -> None:
    """Add to each call of the API the errors that it may respond with. What a call declares itself stays.

    The errors follow from what all calls share (rate limits, the database) and from what each declares: who
    may call it, what is in its path, and whether it takes a body. A POST changes the state of something, so
    it may find another state than it needs (409).
    """
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith(API_PREFIX):
            for handler in route.route_handlers:
                problems = {status: _problem(status) for status in _statuses(handler, route.path)}
                handler.responses = problems | dict(handler.responses or {})


def _statuses(handler: HTTPRouteHandler, path: str) -> list[int]:
    found = {400, 429, 503}
    if any(access.roles is not None for access in declared_access(handler)):
        found |= {401, 403}
    if "{" in path:
        found |= {404}
    if handler.http_methods & {"POST", "PATCH", "DELETE"}:
        found |= {413, 415}
    if "POST" in handler.http_methods or handler.opt.get("queues"):
        found |= {404, 409}
    return sorted(found)


def _problem(status: int) -> ResponseSpec:
    return ResponseSpec(
        Problem, generate_examples=False, description=ERRORS[status], media_type=PROBLEM_MEDIA_TYPE
    )
