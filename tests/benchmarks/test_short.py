"""Every benchmark in its short form: it runs, and what it made is complete. `make bench` says how fast."""

import pytest

from tests.benchmarks.__main__ import BENCHMARKS
from tests.benchmarks.site import Site
from tests.support.services import Servers


@pytest.mark.parametrize("name", BENCHMARKS)
async def test_in_short(name: str, servers: Servers, template: str) -> None:
    reports = await BENCHMARKS[name](Site(servers, template, short=True))
    for report in reports:
        assert report.rows
        assert report.text()
