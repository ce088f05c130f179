"""The web process with one number more in its metrics: how many tasks its event loop has."""

import asyncio

from prometheus_client import Gauge

from web.main import main

TASKS = "process_soak_tasks"
"""The metrics show what is named so; of several processes the one that is asked comes first."""

if __name__ == "__main__":
    Gauge(TASKS, "Tasks of the event loop.").set_function(lambda: len(asyncio.all_tasks()))
    main()
