"""The text that Prometheus reads: the metrics of every process, and the gauges."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import metrics
from app.core.db import database_is_away
from app.monitoring.gauges import database_gauges, gauge
from app.monitoring.gauges_repository import Gauges, read_gauges
from app.monitoring.metrics_relay import MetricsRelay, ProcessMetrics


async def exposition(
    session: AsyncSession, metrics_relay: MetricsRelay, accept: str = ""
) -> tuple[bytes, str]:
    """The text and its media type, which follows `accept`, the request's Accept header.

    Without Redis the metrics of the other processes are missing, without the database the gauges. The gauge
    SOURCE_UP shows which of the two was away.
    """
    own = await metrics_relay.post()
    relayed = await metrics_relay.read_others()
    others, now = relayed or ([], 0.0)
    gauges = await _read_gauges(session)
    ages = {own.process: 0.0} | {other.process: max(0.0, now - other.at) for other in others}
    sources = {"database": float(gauges is not None), "redis": float(relayed is not None)}
    shown = [
        *merge([own, *others]),
        gauge(metrics.SNAPSHOT_AGE, ages),
        gauge(metrics.SOURCE_UP, sources),
        *(database_gauges(gauges) if gauges is not None else ()),
    ]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_FixedMetrics(shown))
    encode: Callable[[Collector], bytes]
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


def merge(processes: Iterable[ProcessMetrics]) -> list[Metric]:
    """Each metric once, with the samples of all processes. The label `process` tells them apart.

    Samples are not added up: a sum falls when a process ends, and Prometheus would take that for a restart.
    Where two versions of the product define a metric differently, the first definition counts.
    """
    found: dict[str, Metric] = {}
    for process in processes:
        for family in process.families:
            metric = found.setdefault(family.name, Metric(family.name, family.meaning, family.kind))
            if metric.type != family.kind:
                continue
            for sample in family.samples:
                labels = {**sample.labels, "process": process.process}
                metric.add_sample(sample.name, labels, sample.value)
    return list(found.values())


class _FixedMetrics(Collector):
    """Ready metrics in the form that prometheus_client's encoders take."""

    def __init__(self, shown: list[Metric]) -> None:
        self._shown = shown

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        return self._shown


async def _read_gauges(session: AsyncSession) -> Gauges | None:
    try:
        return await read_gauges(session)
    except Exception as error:
        if not database_is_away(error):
            raise
        return None
