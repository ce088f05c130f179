"""Many requests at the same moment, over real HTTP."""

import asyncio
from collections import Counter

import httpx

from tests.support.web import Web, serving

SUMMARIES = "/api/v1/feedback-summaries"


async def test_fifty_posts_at_once_make_one_job(web: Web) -> None:
    course, student = web.cast.course, web.cast.student
    path = f"{SUMMARIES}/evaluation/{course.evaluation_id}/student/{student.id}/queue"
    async with serving(web.app) as url, client(url, web.cast.owner.token) as teacher:
        answers = await asyncio.gather(*(teacher.post(path, json={}) for _ in range(50)))
    assert Counter(answer.status_code for answer in answers) == {202: 1, 200: 49}
    assert len({answer.json()["job_id"] for answer in answers}) == 1


async def test_a_batch_clicked_twice_is_one_batch(web: Web) -> None:
    path = f"{SUMMARIES}/evaluation/{web.cast.course.evaluation_id}/batch-queue"
    async with serving(web.app) as url, client(url, web.cast.owner.token) as teacher:
        first, second = await asyncio.gather(*(teacher.post(path, json={}) for _ in range(2)))
    assert (first.status_code, second.status_code) == (202, 202)
    queued = sorted((answer.json()["queued"], answer.json()["already_queued"]) for answer in (first, second))
    assert queued == [(0, 1), (1, 0)]


async def test_five_hundred_status_calls_at_once_are_all_answered(web: Web) -> None:
    course, student = web.cast.course, web.cast.student
    async with serving(web.app) as url, client(url, student.token) as reader:
        path = f"{SUMMARIES}/evaluation/{course.evaluation_id}/student/{student.id}/queue"
        job_id = (await reader.post(path, json={})).json()["job_id"]
        status = f"{SUMMARIES}/jobs/{job_id}/status"
        answers = await asyncio.gather(*(reader.get(status) for _ in range(500)))
    assert Counter(answer.status_code for answer in answers) == {200: 500}


async def test_a_student_who_does_not_exist_stops_nobody(web: Web) -> None:
    path = f"{SUMMARIES}/evaluation/{web.cast.course.evaluation_id}/batch-queue"
    async with web.as_user(web.cast.owner) as teacher:
        answer = await teacher.post(path, json={"student_ids": [web.cast.student.id, 10**9]})
    body = answer.json()
    assert (body["total_students"], body["queued"], body["failed"]) == (2, 1, 1)
    assert body["results"][1]["reason"] == "There is no such pupil in this evaluation."


def client(url: str, token: str) -> httpx.AsyncClient:
    """A program with a token and as many connections as it likes."""
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
        limits=httpx.Limits(max_connections=None),
    )
