"""The text that Prometheus reads: every process's metrics, and the queue as it is at this moment."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import metrics
from app.core.db import database_is_away
from app.core.metrics import Looked
from app.monitoring import gauges
from app.monitoring.gauges import Moment, Waiting
from app.monitoring.metrics_relay import MetricsRelay, ProcessMetrics
from app.settings import LANES


async def exposition(
    session: AsyncSession, metrics_relay: MetricsRelay, accept: str = ""
) -> tuple[bytes, str]:
    """The text, and its media type, which follows the header Accept.

    Redis or the database away: what is known without it, and a gauge that says which was away.
    """
    own = await metrics_relay.post()
    found = await metrics_relay.others()
    others, now = found or ([], 0.0)
    looked = await _moment(session)
    ages = {own.process: 0.0} | {one.process: max(0.0, now - one.at) for one in others}
    sources = {"database": float(looked is not None), "redis": float(found is not None)}
    shown = [
        *merged([own, *others]),
        _gauge(metrics.SNAPSHOT_AGE, ages),
        _gauge(metrics.SOURCE_UP, sources),
        *(_of_moment(looked) if looked is not None else ()),
    ]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Shown(shown))
    encode: Callable[[Collector], bytes]
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


def merged(metrics_relay: Iterable[ProcessMetrics]) -> list[Metric]:
    """Each metric once, its samples with a label that names their process.

    So each series lives and restarts with its own process; sums would fall, and look like restarts, whenever
    one ends. Where versions differ in what a metric is, the first counts.
    """
    found: dict[str, Metric] = {}
    for snapshot in metrics_relay:
        for family in snapshot.families:
            metric = found.setdefault(family.name, Metric(family.name, family.meaning, family.kind))
            if metric.type != family.kind:
                continue
            for sample in family.samples:
                labels = {**sample.labels, "process": snapshot.process}
                metric.add_sample(sample.name, labels, sample.value)
    return list(found.values())


class _Shown(Collector):
    """Metrics that are made already, as prometheus_client's encoders want them."""

    def __init__(self, shown: list[Metric]) -> None:
        self._shown = shown

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        return self._shown


async def _moment(session: AsyncSession) -> Moment | None:
    try:
        return await gauges.look(session)
    except Exception as error:
        if not database_is_away(error):
            raise
        return None


def _of_moment(found: Moment) -> list[Metric]:
    waiting = {lane: found.waiting.get(index, Waiting()) for index, lane in enumerate(LANES)}
    running = {lane: found.running.get(index, 0) for index, lane in enumerate(LANES)}
    workers = {"yes": found.workers.get(True, 0), "no": found.workers.get(False, 0)}
    return [
        _gauge(metrics.QUEUE_DEPTH, {lane: one.count for lane, one in waiting.items()}),
        _gauge(metrics.QUEUE_OLDEST, {lane: one.oldest for lane, one in waiting.items()}),
        _gauge(metrics.JOBS_RUNNING, running),
        _gauge(metrics.WORKERS, workers),
        _gauge(metrics.WEBHOOKS_DUE, {"": found.webhooks.count}),
        _gauge(metrics.WEBHOOKS_OLDEST, {"": found.webhooks.oldest}),
    ]


def _gauge(looked: Looked, values: Mapping[str, float]) -> Metric:
    metric = Metric(looked.name, looked.meaning, "gauge")
    for value_of, value in values.items():
        metric.add_sample(looked.name, {looked.label: value_of} if looked.label else {}, value)
    return metric
