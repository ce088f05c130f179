"""Every metric's name, labels and meaning. Nothing here may carry a name, a text or an id."""

from prometheus_client import Counter, Gauge, Histogram

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
swept_jobs = Counter("terugblik_swept_jobs_total", "Jobs that the sweeper moved or woke.", ["what"])
checks_struck = Counter("terugblik_checks_struck_total", "Model output refused, by check.", ["code"])
rate_limit_refusals = Counter("terugblik_rate_limit_refusals_total", "Calls answered with 429.", ["limit"])
rate_limits_unchecked = Counter(
    "terugblik_rate_limits_unchecked_total", "Calls that passed uncounted because Redis did not answer."
)
webhook_tries = Counter(
    "terugblik_webhook_tries_total",
    "Tries of deliveries, by what came of them: delivered, retry, failed, gone, lost.",
    ["outcome"],
)
stream_viewers = Gauge("terugblik_stream_viewers", "Open event streams of this process.")
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
