"""One scrape of a web process shows what worker processes count, also when they have just ended."""

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from app.jobs.models import Job
from app.settings import load
from tests.support.eventually import eventually
from tests.support.model_server import ModelServer
from tests.support.web import Web, open_web, serving
from tests.support.worker_process import running_worker


async def scrape(url: str) -> dict[str, Metric]:
    """The metrics that Prometheus would read."""
    async with httpx.AsyncClient(base_url=url) as client:
        answer = await client.get("/metrics")
    return {one.name: one for one in text_string_to_metric_families(answer.text)}


async def make_summary(web: Web) -> None:
    """Queue one, and wait until it is there."""
    path = f"/api/v1/feedback-summaries/evaluation/{web.cast.course.evaluation_id}"
    async with web.as_user(web.cast.owner) as client:
        answer = await client.post(f"{path}/student/{web.cast.student.id}/queue")
    job_id = answer.json()["job_id"]

    async def completed() -> bool:
        async with web.units() as uow:
            return (await uow.session.get_one(Job, job_id)).state == "completed"

    await eventually(completed, 15)


def of_worker(metric: Metric, child: int, **labels: str) -> float:
    """A value that this worker process has counted."""
    (found,) = (
        one.value
        for one in metric.samples
        if one.labels["process"].endswith(f"-{child}")
        and not one.labels["process"].startswith("web-")
        and labels.items() <= one.labels.items()
    )
    return found


async def test_what_a_worker_counts_is_read_from_a_web_process(environ: dict[str, str]) -> None:
    async with ModelServer() as model:
        complete = environ | {"OLLAMA_BASE_URL": model.url}
        async with open_web(load(complete)) as web, serving(web.app) as url:
            async with running_worker(complete) as worker:
                child = worker.child
                await make_summary(web)
                assert (await scrape(url))["terugblik_workers"].samples[0].value == 1
                worker.terminate()
                assert await worker.ended() == 0
            found = await scrape(url)
    ended = found["terugblik_jobs_ended"]
    assert of_worker(ended, child, lane="normal", outcome="completed") == 1
    assert of_worker(ended, child, lane="high", outcome="completed") == 0
    calls = {
        sample.labels["outcome"]: sample.value
        for sample in found["terugblik_model_call_seconds"].samples
        if sample.name.endswith("_count") and sample.labels["process"].endswith(f"-{child}")
    }
    assert calls["done"] >= 2, "it sorted, and it wrote"
    assert of_worker(found["terugblik_model_tokens"], child) > 0
    assert any(one.labels["process"].startswith("web-") for one in found["process_cpu_seconds"].samples)


@pytest.mark.parametrize("accept", ["text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0"])
async def test_the_media_type_is_the_one_that_was_asked_for(web: Web, accept: str) -> None:
    async with serving(web.app) as url, httpx.AsyncClient(base_url=url) as client:
        answer = await client.get("/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(accept.split(";", maxsplit=1)[0])
    assert answer.text.endswith("# EOF\n") == accept.startswith("application/openmetrics")
