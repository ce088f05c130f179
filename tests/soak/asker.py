"""Pupils who come one after the other and have a summary queued over HTTP; remembers what each was told."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import httpx

from tests.support.classes import SchoolClass


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Status 0: none, the connection broke. `at` is when it was asked, on time.monotonic()."""

    status: int
    seconds: float
    at: float
    job_id: str = ""
    retry_after: str = ""


class Asker:
    """Asks for every pupil once, and again until there was a 202. `answers` are in the order of asking."""

    def __init__(self, url: str, classes: Sequence[tuple[SchoolClass, str]], every: float) -> None:
        """`classes` with the token of somebody who may queue for them; one pupil every so many seconds."""
        self.answers: list[Answer] = []
        self._url = url
        self._students = _students(classes)
        self._every = every

    @property
    def accepted(self) -> set[str]:
        """The jobs that were promised: by a 202, or by a 200 where the 202 was lost on the way."""
        return {answer.job_id for answer in self.answers if answer.job_id}

    @contextlib.asynccontextmanager
    async def asking(self) -> AsyncIterator[None]:
        """Asks as long as the block runs, or until every pupil has a job. Everybody asked for gets one."""
        async with httpx.AsyncClient(base_url=self._url, timeout=60, trust_env=False) as client:
            enough = asyncio.Event()
            task = asyncio.create_task(self._ask(client, enough))
            try:
                yield
            finally:
                enough.set()
                await task

    async def _ask(self, client: httpx.AsyncClient, enough: asyncio.Event) -> None:
        for path, token in self._students:
            if enough.is_set():
                return
            answer = 0
            while answer not in {httpx.codes.OK, httpx.codes.ACCEPTED}:
                answer = (await self._post_once(client, path, token)).status
                await asyncio.sleep(self._every)

    async def _post_once(self, client: httpx.AsyncClient, path: str, token: str) -> Answer:
        began = time.monotonic()
        try:
            response = await client.post(path, headers={"Authorization": f"Bearer {token}"})
        except httpx.TransportError:
            answer = Answer(0, time.monotonic() - began, began)
        else:
            took = time.monotonic() - began
            job_id = response.json().get("job_id", "") if response.status_code < 300 else ""
            retry_after = response.headers.get("retry-after", "")
            answer = Answer(response.status_code, took, began, job_id, retry_after)
        self.answers.append(answer)
        return answer


def _students(classes: Sequence[tuple[SchoolClass, str]]) -> Iterator[tuple[str, str]]:
    """Path and token for each pupil, one of each class in turn."""
    base = "/api/v1/feedback-summaries/evaluation"
    for students in itertools.zip_longest(*(some.students for some, _ in classes)):
        for (some, token), student in zip(classes, students, strict=True):
            if student is not None:
                yield f"{base}/{some.evaluation_id}/student/{student}/queue", token
