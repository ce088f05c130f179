"""The pick-up benchmark in short: it runs, and our consumer is the quicker one."""

import statistics

from tests.benchmarks.pickup import measure, table


async def test_we_pick_up_sooner(environ: dict[str, str]) -> None:
    took = await measure(environ, pairs=3, idle=(1.0, 1.2))
    assert statistics.median(took["ours"]) < statistics.median(took["dramatiq"]), table(took)
