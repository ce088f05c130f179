"""Calls every operation of the OpenAPI document with made-up values, and checks each answer against it."""

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.web import Web
from web.openapi_examples import EXAMPLES

Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]

CHECKS: list[Callable[..., bool | None]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

ROLES = ("owner", "admin", "student", "stranger", "nobody")
"""Parts of the cast: `owner` teaches the course that the objects are of, `stranger` another school's.

Hypothesis begins with the first of a list: the owner with the example, who is let in and makes something.
"""

WAYS = ("example", "real objects", "real objects", "made up")
"""Otherwise nearly all calls would end with 404, and no body would make anything."""

SEED = 20261128


@dataclass
class Report:
    """What was wrong, nothing when nothing was, and how often each status was answered."""

    faults: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Fuzz:
    """`objects`: what is really there, by the name of its path parameter. `examples` for each operation."""

    url: str
    tokens: Mapping[str, str]
    objects: Mapping[str, str]
    examples: int

    def run(self, say: Callable[[str], object] = str) -> Report:
        """Call everything, what deletes last. Blocks: run it in a thread beside the server."""
        document = schemathesis.openapi.from_url(f"{self.url}/schema/openapi.json")
        operations = [found.ok() for found in document.get_all_operations() if isinstance(found, Ok)]
        report = Report()
        with requests.Session() as session:
            for operation in sorted(operations, key=lambda one: one.method.upper() == "DELETE"):
                if not _is_stream(operation):
                    say(f"{operation.method.upper()} {operation.path}")
                    self._attempt(operation, session, report)
        return report

    def _attempt(self, operation: Operation, session: requests.Session, report: Report) -> None:
        example = _example(operation)

        @seed(SEED)
        @settings(
            max_examples=self.examples,
            phases=(Phase.generate,),
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(_cases(operation), st.sampled_from(ROLES), st.sampled_from(WAYS))
        def call(case: AnyCase, role: str, way: str) -> None:
            if way == "example" and example is not None:
                case.body = copy.deepcopy(example)
            if way != "made up":
                self._aim(case)
            case.headers.pop("Authorization", None)  # schemathesis makes one up as well
            headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role in self.tokens else {}
            answer = case.call(self.url, session=session, headers=headers)
            report.statuses[answer.status_code] += 1
            try:
                case.validate_response(answer, checks=CHECKS)
            except (Failure, FailureGroup) as fault:
                raise AssertionError(f"as {role}: {_describe(fault)}") from fault

        try:
            call()
        except AssertionError as fault:
            report.faults.append(f"{operation.method.upper()} {operation.path} {fault}")

    def _aim(self, case: AnyCase) -> None:
        """Put the numbers of real objects in the place of made-up ones, in the path and in the body."""
        case.path_parameters = {
            name: self.objects.get(name, value) for name, value in (case.path_parameters or {}).items()
        }
        for part in (case.body, case.body.get("task_params") if isinstance(case.body, dict) else None):
            if isinstance(part, dict):
                known = {"evaluation_id": int(self.objects["evaluation_id"])}
                known["student_ids"] = [int(self.objects["student_id"])]  # type: ignore[assignment]
                part |= {name: value for name, value in known.items() if name in part}


def _cases(operation: Operation) -> st.SearchStrategy[AnyCase]:
    """What fits the description and, where something can be wrong about a call, what does not."""
    fits = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not (operation.path_parameters or operation.query or operation.body):
        return fits
    return fits | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


def _example(operation: Operation) -> Any:
    """The document's own example of the body; None when it has none."""
    named = re.findall(r"#/components/schemas/(\w+)", json.dumps(operation.definition.raw.get("requestBody")))
    return next((EXAMPLES[name] for name in named if name in EXAMPLES), None)


def _is_stream(operation: Operation) -> bool:
    """Streams do not end; who may open which, the table of access tests."""
    return str(operation.path).endswith("/events")


def _describe(fault: BaseException) -> str:
    if isinstance(fault, BaseExceptionGroup):
        return "; ".join(_describe(one) for one in fault.exceptions)
    return f"{type(fault).__name__}: {fault}"


def fuzz_of(web: Web, url: str, objects: Mapping[str, str], examples: int) -> Fuzz:
    """With the tokens of the cast."""
    everyone = web.cast.everyone()
    tokens = {role: everyone[role].token for role in ROLES if role in everyone}
    return Fuzz(url, tokens, objects, examples)
