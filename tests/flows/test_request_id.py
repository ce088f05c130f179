"""One request followed from the call through the worker's log to the receiver of the webhook."""

import json
from typing import Any

from app.jobs.models import Job
from app.settings import load
from tests.support.cast import CANARY
from tests.support.eventually import eventually
from tests.support.model_scripts import cut
from tests.support.model_server import ModelServer
from tests.support.receiver import receiving
from tests.support.web import Web, open_web
from tests.support.worker_process import running_worker

IDS = {"high": "first-request-1", "low": "other-request-2"}


async def ask(web: Web, priority: str, url: str) -> str:
    """Queue a summary under the request id of this priority; returns the job's id."""
    course = web.cast.course.evaluation_id
    student = web.cast.student if priority == "high" else web.cast.classmate
    path = f"/api/v1/feedback-summaries/evaluation/{course}/student/{student.id}/queue"
    async with web.as_user(web.cast.owner) as client:
        body = {"priority": priority, "webhook_url": url, "force": True}
        answer = await client.post(path, json=body, headers={"X-Request-ID": IDS[priority]})
    assert answer.headers["x-request-id"] == IDS[priority]
    return str(answer.json()["job_id"])


def lines_of(log: str, job_id: str) -> list[dict[str, Any]]:
    """What was logged of a job, in JSON."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("job_id") == job_id]


async def test_a_request_is_followed_through_queue_worker_and_webhook(environ: dict[str, str]) -> None:
    """Two wait, and one worker takes both: whichever wake-up it uses, each job keeps its own id."""
    async with ModelServer() as model, receiving() as receiver:
        model.following.append(cut(after=1))
        allowed = f"127.0.0.1:{receiver.port}"
        complete = environ | {
            "OLLAMA_BASE_URL": model.url,
            "WEBHOOK_ALLOWED_HOSTS": allowed,
            "LOG_FORMAT": "json",
            "WORKER_THREADS": "1",
        }
        async with open_web(load(complete)) as web:
            low = await ask(web, "low", receiver.url)
            high = await ask(web, "high", receiver.url)

            async def high_is_put_back() -> bool:
                async with web.units() as uow:
                    return (await uow.session.get_one(Job, high)).next_retry_at is not None

            async with running_worker(complete) as worker:
                await eventually(high_is_put_back, 15)
                async with web.as_user(web.cast.owner) as client:
                    await client.post(f"/api/v1/feedback-summaries/jobs/{high}/cancel")
                await eventually(lambda: len(receiver.got) == 2, 15)
                log = worker.log
    for job_id, request_id in ((high, IDS["high"]), (low, IDS["low"])):
        lines = lines_of(log, job_id)
        assert {line["request_id"] for line in lines} == {request_id}
        (ended,) = (line for line in lines if line["event"] == "attempt_ended")
        assert {"waited", "ran", "total", "attempt", "school_id"} <= ended.keys()
    received = {one.json["data"]["job_id"]: one.headers["x-request-id"] for one in receiver.got}
    assert received == {high: IDS["high"], low: IDS["low"]}
    for private in (CANARY, "Fatima", "Sven"):
        assert private not in log
