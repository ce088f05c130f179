"""A few made-up calls of every operation by every role (`make fuzz`: many), and what the document says."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from app.accounts.api import Me
from app.evaluations.schemas import EvaluationPatch
from app.monitoring import schemas as monitoring
from app.scheduling import schemas as scheduling
from app.summaries import schemas as summaries
from app.summaries import synchronous_read
from app.webhooks import schemas as webhooks
from tests.support.web import Web, serving
from tests.web.access.objects import make_objects
from tests.web.fuzz.fuzzing import fuzz_of
from web.openapi_examples import EXAMPLES
from web.problems import Problem

HOMES = (summaries, scheduling, webhooks, monitoring)


async def test_every_answer_is_declared_and_has_its_shape(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synchronous_read, "WAIT_SECONDS", 0.01)
    objects = await make_objects(web.units, web.cast)
    async with serving(web.app) as url:
        report = await asyncio.to_thread(fuzz_of(web, url, objects, examples=4).run)
    assert not report.faults, "\n\n".join(report.faults)
    assert {200, 201, 202, 204, 400, 401, 403, 404, 409} <= report.statuses.keys(), (
        "it came as far as all of these"
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_of_its_shape(name: str) -> None:
    own = {"Problem": Problem, "Me": Me, "EvaluationPatch": EvaluationPatch}
    shape = own.get(name) or next(getattr(home, name) for home in HOMES if hasattr(home, name))
    read = msgspec.json.decode(msgspec.json.encode(EXAMPLES[name]), type=shape)
    decoded = msgspec.json.decode(msgspec.json.encode(read))
    assert EXAMPLES[name].items() <= {**decoded, **_defaults(EXAMPLES[name], decoded)}.items()


def _defaults(example: Mapping[str, Any], decoded: Mapping[str, Any]) -> dict[str, Any]:
    """Values that are written in another way: nested shapes add their defaults, times their own form."""
    return {
        name: value for name, value in example.items() if isinstance(value, dict | list) and name in decoded
    }


@pytest.mark.parametrize("path", ["/schema", "/schema/openapi.json"])
async def test_the_document_has_examples_for_bodies_and_jobs(shared_web: Web, path: str) -> None:
    async with shared_web.anonymous() as client:
        document = (await client.get(path)).json()
    shapes = document["components"]["schemas"]
    assert shapes["JobOut"]["examples"] == [EXAMPLES["JobOut"]]
    assert EXAMPLES.keys() <= shapes.keys(), "no example is of a shape that is gone"
    for operations in document["paths"].values():
        for operation in operations.values():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for shape in _named(body):
                assert "examples" in shapes[shape], f"{shape} has no example"
    names = [one["operationId"] for operations in document["paths"].values() for one in operations.values()]
    assert len(names) == len(set(names))
    assert "summaries_queue" in names


def _named(part: object) -> set[str]:
    """The names of the shapes that a part of the document refers to."""
    if isinstance(part, dict):
        own = {part["$ref"].rsplit("/", 1)[-1]} if "$ref" in part else set()
        return own.union(*(_named(value) for value in part.values()))
    return set().union(*map(_named, part)) if isinstance(part, list) else set()
