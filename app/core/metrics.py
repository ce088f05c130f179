"""Every metric's name, labels and meaning. No metric may carry a name, a text or an id of a person.

Prometheus sees an increase only in a series that existed before. So the series whose labels are known start
at zero here and in app/jobs/telemetry.py.
"""

from typing import NamedTuple

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # one more series for each counter and histogram, which nobody reads

wakeups_unsent = Counter(
    "terugblik_wakeups_unsent_total", "Wake-ups that Redis did not take; the sweeper resends."
)
events_unsent = Counter(
    "terugblik_events_unsent_total", "Events that Redis did not take; snapshots make up for it."
)
jobs_ended = Counter("terugblik_jobs_ended_total", "Ends of attempts.", ["lane", "outcome", "cause"])
job_wait_seconds = Histogram(
    "terugblik_job_wait_seconds",
    "From queued to claimed.",
    ["lane"],
    buckets=(0.01, 0.05, 0.25, 1, 5, 30, 120, 600, 3600),
)
job_run_seconds = Histogram(
    "terugblik_job_run_seconds",
    "From claimed to the end of the attempt.",
    ["lane"],
    buckets=(0.05, 0.25, 1, 5, 15, 30, 60, 120),
)
leases_lost = Counter("terugblik_leases_lost_total", "Results thrown away because the lease was lost.")
sweeps = Counter("terugblik_sweeps_total", "Rounds that the sweeper made.")
swept_jobs = Counter("terugblik_swept_jobs_total", "Jobs that the sweeper moved or woke.", ["what"])
for _what in ("lease_expired", "retry_due", "pause", "woken"):
    swept_jobs.labels(_what)
model_call_seconds = Histogram(
    "terugblik_model_call_seconds",
    "One call of the model, by how it ended: done, stopped (by us), or the fault.",
    ["outcome"],
    buckets=(0.25, 1, 2.5, 5, 10, 20, 40, 80, 160),
)
model_first_token_seconds = Histogram(
    "terugblik_model_first_token_seconds",
    "From the call to the first piece of text.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
model_tokens = Counter(
    "terugblik_model_tokens_total", "Tokens that the model wrote: as its server counts them, else pieces."
)
model_tokens_per_second = Histogram(
    "terugblik_model_tokens_per_second",
    "How fast a call's text came, from its first piece on.",
    buckets=(1, 2.5, 5, 10, 20, 40, 80, 160, 320),
)
checks_struck = Counter("terugblik_checks_struck_total", "Model output refused, by check.", ["code"])
rate_limit_refusals = Counter("terugblik_rate_limit_refusals_total", "Calls answered with 429.", ["limit"])
for _limit in ("queue", "batch", "other"):
    rate_limit_refusals.labels(_limit)
rate_limits_unchecked = Counter(
    "terugblik_rate_limits_unchecked_total", "Calls that passed uncounted because Redis did not answer."
)
webhook_tries = Counter(
    "terugblik_webhook_tries_total",
    "Tries of deliveries, by what came of them: delivered, retry, failed, gone, lost.",
    ["outcome"],
)
for _outcome in ("delivered", "retry", "failed", "gone", "lost"):
    webhook_tries.labels(_outcome)
stream_viewers = Gauge("terugblik_stream_viewers", "Open event streams.")
event_lag_seconds = Histogram(
    "terugblik_event_lag_seconds",
    "From an event's sending to its arrival where streams are served, by the clocks of the two machines.",
    buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10),
)
actor_runs = Counter(
    "terugblik_actor_runs_total",
    "Actor runs, by how they ended: done, failed, skipped.",
    ["actor", "outcome"],
)
actor_run_seconds = Histogram(
    "terugblik_actor_run_seconds",
    "How long an actor ran, whatever it did.",
    ["actor"],
    buckets=(0.005, 0.025, 0.1, 0.5, 2.5, 10, 30, 120),
)


class GaugeDefinition(NamedTuple):
    """A gauge that is read when Prometheus asks (app/monitoring/gauges.py). It has at most one label."""

    name: str
    meaning: str
    label: str | None = None


QUEUE_DEPTH = GaugeDefinition("terugblik_queue_depth", "Jobs that may start now.", "lane")
QUEUE_OLDEST = GaugeDefinition(
    "terugblik_queue_oldest_seconds", "How long the first of them has waited.", "lane"
)
JOBS_RUNNING = GaugeDefinition("terugblik_jobs_running", "Jobs that a worker is at.", "lane")
WORKERS = GaugeDefinition(
    "terugblik_workers", "Worker processes, by whether they reach the model: yes, no.", "model"
)
WEBHOOKS_DUE = GaugeDefinition("terugblik_webhooks_due", "Webhooks that should have been sent by now.")
WEBHOOKS_OLDEST = GaugeDefinition(
    "terugblik_webhooks_oldest_seconds", "For how long the first of them has been due."
)
SOURCE_UP = GaugeDefinition(
    "terugblik_metrics_source_up",
    "Whether it could be asked: the database for the queue, Redis for the other processes' metrics.",
    "source",
)
SNAPSHOT_AGE = GaugeDefinition(
    "terugblik_metrics_age_seconds", "How old these numbers of a process are.", "process"
)
