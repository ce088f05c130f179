"""What Prometheus reads: metrics of all processes in its format, whichever server is away, and no names."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from redis.asyncio import Redis
from sqlalchemy import func, insert

from app.core.redis import make_async_redis
from app.jobs import telemetry
from app.jobs.sql import workers
from app.monitoring.metrics_relay import INDEX_KEY, Family, MetricsRelay, ProcessMetrics, Sample
from app.monitoring.prometheus import exposition, merge
from app.settings import Settings, load
from app.webhooks.models import Delivery
from tests.support.cast import CANARY, Cast, make_cast
from tests.support.classes import make_class as class_of
from tests.support.classes import must_claim, order, queue
from tests.support.web import open_units

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
ABBREVIATED = re.compile(r"_(ms|msec|millis|milliseconds|minutes|hours|days|kb|mb|percent|s)(_|$)")


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    async with make_async_redis(settings.redis) as client:
        yield client


@asynccontextmanager
async def scraped(
    settings: Settings, relay: MetricsRelay, accept: str = ""
) -> AsyncIterator[tuple[str, dict[str, Metric]]]:
    """The text of a scrape and the metrics in it."""
    async with open_units(settings) as units, units() as uow:
        body, media_type = await exposition(uow.session, relay, accept)
    text = body.decode()
    read = read_openmetrics if "openmetrics" in media_type else read_text
    yield text, {family.name: family for family in read(text)}


def values(metric: Metric, label: str) -> dict[str, float]:
    """The values of a metric by one of its labels."""
    return {one.labels[label]: one.value for one in metric.samples}


def registry_with(count: float) -> CollectorRegistry:
    """The registry of a process with a counter and a gauge at `count`."""
    found = CollectorRegistry()
    Counter("terugblik_things", "Things.", ["kind"], registry=found).labels("a").inc(count)
    Gauge("terugblik_viewers", "Viewers.", registry=found).set(count)
    return found


async def post(redis: Redis, process: str, count: float) -> None:
    """Post the metrics of a process of this name."""
    await MetricsRelay(redis, process, registry_with(count)).post()


async def test_one_scrape_shows_the_series_of_every_process(settings: Settings, redis: Redis) -> None:
    await post(redis, "worker-1", 5)
    await post(redis, "worker-2", 7)
    async with scraped(settings, MetricsRelay(redis, "web-1")) as (text, found):
        assert values(found["terugblik_things"], "process") == {"worker-1": 5, "worker-2": 7}
        assert values(found["terugblik_metrics_age_seconds"], "process").keys() == {
            "worker-1",
            "worker-2",
            "web-1",
        }
        assert values(found["terugblik_stream_viewers"], "process") == {"web-1": 0}
        assert text.count("# TYPE terugblik_things_total") == 1
    await post(redis, "worker-1", 1)
    async with scraped(settings, MetricsRelay(redis, "web-1")) as (_, found):
        assert values(found["terugblik_things"], "process") == {"worker-1": 1, "worker-2": 7}


async def test_no_scrape_shows_a_lower_number_than_one_before_it(settings: Settings, redis: Redis) -> None:
    """Whichever process is asked. Prometheus would take a lower number for a restart."""
    async with scraped(settings, MetricsRelay(redis, "web-1")) as (_, found):
        shown = values(found["process_cpu_seconds"], "process")["web-1"]
    async with scraped(settings, MetricsRelay(redis, "web-2")) as (_, found):
        assert values(found["process_cpu_seconds"], "process")["web-1"] >= shown


async def test_a_post_expires_after_a_minute(redis: Redis, settings: Settings) -> None:
    await post(redis, "worker-1", 5)
    assert 50 < await redis.ttl("terugblik:metrics:worker-1") <= 60
    await redis.zadd(INDEX_KEY, {"long-ago": 1.0})
    await post(redis, "worker-2", 5)
    assert await redis.zrange(INDEX_KEY, 0, -1) == [b"worker-1", b"worker-2"]
    await redis.delete("terugblik:metrics:worker-1")
    found = await MetricsRelay(redis, "web-1").read_others()
    assert found is not None
    assert [one.process for one in found[0]] == ["worker-2"]


async def test_a_post_that_cannot_be_decoded_is_skipped(settings: Settings, redis: Redis) -> None:
    await post(redis, "worker-1", 5)
    await post(redis, "worker-2", 7)
    await redis.set("terugblik:metrics:worker-1", b"\xc1 another version")
    async with scraped(settings, MetricsRelay(redis, "web-1")) as (_, found):
        assert values(found["terugblik_things"], "process") == {"worker-2": 7}


async def test_too_many_bytes_are_not_posted(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.monitoring.metrics_relay.MAX_BYTES", 100)
    await MetricsRelay(redis, "worker-1").post()
    assert await redis.exists("terugblik:metrics:worker-1") == 0


def test_versions_that_differ_in_a_metric_do_not_mix() -> None:
    one = ProcessMetrics("a", 0, [Family("terugblik_x", "gauge", "X.", [Sample("terugblik_x", {}, 1.0)])])
    other = ProcessMetrics(
        "b", 0, [Family("terugblik_x", "counter", "X.", [Sample("terugblik_x_total", {}, 2.0)])]
    )
    (metric,) = merge([one, other])
    assert (metric.type, [sample.value for sample in metric.samples]) == ("gauge", [1.0])


async def test_the_gauges_are_read_from_the_database(settings: Settings, redis: Redis) -> None:
    async with open_units(settings) as units:
        some = await class_of(units, "a", 3)
        await queue(units, order(some, some.students))
        await must_claim(units)
        async with units() as uow:
            await workers.beat(uow.session, "one", ("low",), 0, model_reachable=True)
            await workers.beat(uow.session, "two", ("low",), 0, model_reachable=False)
            due = {"url": "https://hooks.invalid/", "event": "test", "body": {}, "school_id": some.school_id}
            for number, age in enumerate((90, 20, -60)):
                values_of = {"id": f"msg_{number}", "next_try_at": func.now() - timedelta(seconds=age)}
                await uow.session.execute(insert(Delivery).values(due | values_of))
    async with scraped(settings, MetricsRelay(redis, "web-1")) as (_, found):
        assert values(found["terugblik_queue_depth"], "lane") == {"high": 0, "normal": 2, "low": 0}
        assert 0 < values(found["terugblik_queue_oldest_seconds"], "lane")["normal"] < 60
        assert values(found["terugblik_jobs_running"], "lane") == {"high": 0, "normal": 1, "low": 0}
        assert values(found["terugblik_workers"], "model") == {"yes": 1, "no": 1}
        assert [one.value for one in found["terugblik_webhooks_due"].samples] == [2]
        assert found["terugblik_webhooks_oldest_seconds"].samples[0].value == pytest.approx(90, abs=5)
        assert values(found["terugblik_metrics_source_up"], "source") == {"database": 1, "redis": 1}


@pytest.mark.parametrize("away", ["database", "redis"])
async def test_without_a_server_the_rest_is_shown(environ: dict[str, str], away: str) -> None:
    nowhere = {"database": "postgresql://nobody@127.0.0.1:1/nothing", "redis": "redis://127.0.0.1:1/0"}
    settings = load({**environ, f"{away.upper()}_URL": nowhere[away]})
    async with (
        make_async_redis(settings.redis) as client,
        scraped(settings, MetricsRelay(client, "web-1")) as (_, found),
    ):
        up = values(found["terugblik_metrics_source_up"], "source")
        assert up == {"database": 1, "redis": 1} | {away: 0}
        assert ("terugblik_queue_depth" in found) == (away == "redis")
        assert "terugblik_rate_limit_refusals" in found


async def test_without_redis_a_relay_opens_and_closes(environ: dict[str, str]) -> None:
    settings = load({**environ, "REDIS_URL": "redis://127.0.0.1:1/0"})
    async with make_async_redis(settings.redis) as client:
        posting = MetricsRelay(client, "worker-1")
        await posting.open()
        await posting.close()


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
async def test_the_text_keeps_the_rules_of_the_format(settings: Settings, redis: Redis, accept: str) -> None:
    """The rules of prometheus.io/docs/practices/naming that `promtool check metrics` checks too."""
    telemetry.prepare()
    async with scraped(settings, MetricsRelay(redis, "web-1"), accept) as (text, found):
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        series = [line.rsplit(" ", 1)[0] for line in lines]
        assert len(series) == len(set(series)), "every series once"
        assert len(found) > 25
        for name, metric in found.items():
            assert text.count(f"# HELP {name}{'' if accept or metric.type != 'counter' else '_total'} ") == 1
            assert re.fullmatch(r"(terugblik|process)_[a-z0-9_]+", name)
            assert metric.documentation.endswith(".")
            assert not ABBREVIATED.search(name), "seconds and bytes"
            assert metric.type in {"counter", "gauge", "histogram"}
            if metric.samples:
                counts = all(one.name.endswith("_total") for one in metric.samples)
                assert counts == (metric.type == "counter")
            if metric.samples and metric.type == "histogram":
                parts = {one.name.removeprefix(name) for one in metric.samples}
                assert parts == {"_sum", "_count", "_bucket"}


async def test_no_metric_names_a_person(settings: Settings, redis: Redis) -> None:
    """Label values are the product's words. Only the labels of buckets and processes have digits."""
    async with open_units(settings) as units:
        cast: Cast = await make_cast(units)
        wanted = order(await class_of(units, "a", 3), ())
        assert wanted.school_id > 0
    async with scraped(settings, MetricsRelay(redis, "web-1")) as (text, found):
        for metric in found.values():
            for sample in metric.samples:
                named = {
                    name: value for name, value in sample.labels.items() if name not in {"le", "process"}
                }
                assert all(re.fullmatch(r"[a-z_.]*", value) for value in named.values()), sample
        for person in cast.everyone().values():
            assert person.email not in text
            assert person.principal.name not in text
        assert CANARY not in text
