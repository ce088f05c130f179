"""A request to a route of the access table, with the objects' numbers in its path and body."""

import re
from collections.abc import Mapping

import httpx

from tests.support.web import Web
from tests.web.access.objects import UPLOAD
from tests.web.access.table import Row


def client_of(web: Web, part: str) -> httpx.AsyncClient:
    """A client with the API token of this part of the cast; for "nobody" one without."""
    cast = web.cast.everyone()
    return web.as_user(cast[part]) if part in cast else web.anonymous()


def build_request(
    client: httpx.AsyncClient, web: Web, objects: Mapping[str, str], key: tuple[str, str], row: Row
) -> httpx.Request:
    """The request that the row of the route `key` describes; `objects` are path parameters by name."""
    method, template = key
    in_path = {**objects, **{name: objects[other] for name, other in row.instead.items()}}
    path = re.sub(r"\{(\w+):\w+\}", lambda found: in_path[found[1]], template)
    path = path.replace("/static/", f"{web.static}/")
    return client.build_request(
        method,
        f"{path}?{row.query}",
        json=_filled(row.json, objects),
        data={name: _filled(value, objects) for name, value in row.form.items()},
        files={"file": ("proef.csv", UPLOAD, "text/csv")} if row.upload else None,
    )


def _filled(body: object, objects: Mapping[str, str]) -> object:
    """The body with the numbers of objects in it, or with their names if they have no number."""
    if isinstance(body, Mapping):
        return {name: _filled(value, objects) for name, value in body.items()}
    if isinstance(body, str) and body.startswith("{"):
        found = objects[body.strip("{}")]
        return int(found) if found.isdecimal() else found
    return body
