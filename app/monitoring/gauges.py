"""Gauges: the metrics that are read from the database when Prometheus asks, not counted in a process."""

from collections.abc import Mapping

from prometheus_client.core import Metric

from app.core import metrics
from app.core.metrics import GaugeDefinition
from app.monitoring.gauges_repository import Backlog, Gauges
from app.settings import LANES


def gauge(definition: GaugeDefinition, values: Mapping[str, float]) -> Metric:
    """A gauge with a sample for each value of its label. Without a label it has one sample."""
    metric = Metric(definition.name, definition.meaning, "gauge")
    for label_value, value in values.items():
        labels = {definition.label: label_value} if definition.label else {}
        metric.add_sample(definition.name, labels, value)
    return metric


def database_gauges(read: Gauges) -> list[Metric]:
    """The gauges of the queue, the workers and the webhooks. Every lane has a sample, also without jobs."""
    waiting = {lane: read.waiting.get(index, Backlog()) for index, lane in enumerate(LANES)}
    running = {lane: read.running.get(index, 0) for index, lane in enumerate(LANES)}
    workers = {"yes": read.workers.get(True, 0), "no": read.workers.get(False, 0)}
    return [
        gauge(metrics.QUEUE_DEPTH, {lane: backlog.count for lane, backlog in waiting.items()}),
        gauge(metrics.QUEUE_OLDEST, {lane: backlog.oldest_seconds for lane, backlog in waiting.items()}),
        gauge(metrics.JOBS_RUNNING, running),
        gauge(metrics.WORKERS, workers),
        gauge(metrics.WEBHOOKS_DUE, {"": read.webhooks.count}),
        gauge(metrics.WEBHOOKS_OLDEST, {"": read.webhooks.oldest_seconds}),
    ]
