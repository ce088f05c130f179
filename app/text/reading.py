"""The two readings: the model takes points out of the comments, then judges them without its first answer."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from app.core.locale import Locale
from app.text import contract
from app.text.answers import AnswerFault, Found, read_points, read_verdicts
from app.text.contract import Step
from app.text.grouping import agreed
from app.text.model import Model, ModelFault
from app.text.points import Point, Verdict
from app.text.progress import FROM, Reporter
from app.text.quotes import check_quotes
from app.text.steps import Steps, step_key
from app.text.types import Comment, LeftOut, Prompt

T = TypeVar("T")

MAX_TRIES = 2
"""How often a model may give one answer that is not in the agreed form."""
OF_THE_ANSWER = frozenset({"bad_answer", "too_long"})
"""The model said nothing, or never stopped: another answer may be better."""


@dataclass(frozen=True, slots=True)
class Calls:
    """How the steps of one summary ask the model: the answers of earlier attempts first."""

    model: Model
    locale: Locale
    steps: Steps
    checks: Counter[str]
    """Counted up: answers that were not in the agreed form, by code."""

    async def ask(self, step: Step, prompt: Prompt, read: Callable[[str], T]) -> T:
        """The answer to one request, read. Raises ModelFault, `bad_answer` after two unusable answers."""
        key = step_key(prompt, self.model.name)
        stored = await self.steps.get(step, key)
        if isinstance(stored, str):
            return read(stored)
        for _ in range(MAX_TRIES):
            started = time.monotonic()
            try:
                answer = await self.model.complete(prompt)
                result = read(answer)
            except AnswerFault as fault:
                self.checks[f"format_{fault.code}"] += 1
            except ModelFault as fault:
                if fault.code not in OF_THE_ANSWER:
                    raise
                self.checks[f"format_{fault.code}"] += 1
            else:
                await self.steps.put(step, key, answer, seconds=time.monotonic() - started)
                return result
        raise ModelFault("bad_answer")


@dataclass(frozen=True, slots=True)
class Reading:
    """What both readings agree on, and what is left out with its reason."""

    points: tuple[Point, ...]
    left_out: tuple[LeftOut, ...]


async def read(comments: Sequence[Comment], calls: Calls, report: Reporter) -> Reading:
    """Points that both readings agree on.

    1. The model takes points out of all comments, in one call if they fit. 2. Code holds each quote against
    its comment. 3. Comments of which nothing usable came are asked again once, together. 4. The model says of
    each point, in other words and in reversed order, whether it is praise or a wish; it does not see its
    first answer. 5. Points on which the two differ are left out. Raises ModelFault.
    """
    report.stage("reading", FROM["reading"])
    found = await _extract(comments, calls)
    points, left = check_quotes(found, comments)
    again = _unanswered(comments, found, points)
    if again:
        found = (*found, *await _extract(again, calls))
        points, left = check_quotes(found, comments)
    silent = _unanswered(comments, found, points)
    left = (*left, *(LeftOut(comment.number, "forgotten") for comment in silent))
    left = (*left, *_said_nothing(comments, found, points))

    report.stage("judging", FROM["judging"])
    verdicts = await _judge(points, comments, calls)
    kept, differing = agreed(points, verdicts)
    return Reading(kept, (*left, *differing))


async def _extract(comments: Sequence[Comment], calls: Calls) -> tuple[Found, ...]:
    rows: list[Found] = []
    for prompt in contract.extract_prompts(comments, calls.locale, calls.model.context_chars):
        rows += await calls.ask("extract", prompt, read_points)
    return tuple(rows)


async def _judge(points: Sequence[Point], comments: Sequence[Comment], calls: Calls) -> dict[int, Verdict]:
    verdicts: dict[int, Verdict] = {}
    prompts = contract.judge_points_prompts(points, comments, calls.locale, calls.model.context_chars)
    for prompt in prompts:
        verdicts |= await calls.ask("judge_points", prompt, read_verdicts)
    return verdicts


def _unanswered(
    comments: Sequence[Comment], found: Sequence[Found], points: Sequence[Point]
) -> list[Comment]:
    """Comments that neither yielded a point nor were named as saying nothing or something unsafe."""
    done = {point.comment for point in points}
    done |= {row.comment for row in found if row.kind in {"nothing", "unsafe"}}
    return [comment for comment in comments if comment.number not in done]


def _said_nothing(
    comments: Sequence[Comment], found: Sequence[Found], points: Sequence[Point]
) -> list[LeftOut]:
    quoted = {point.comment for point in points}
    unsafe = {row.comment for row in found if row.kind == "unsafe"}
    nothing = {row.comment for row in found if row.kind == "nothing"} - quoted - unsafe
    return [LeftOut(comment.number, "nothing") for comment in comments if comment.number in nothing]


def as_json(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Points as they are stored with a text."""
    return [
        {"comment": one.comment, "quote": one.quote, "kind": one.kind, "theme": one.theme} for one in points
    ]
