"""The short form of every experiment. `make soak` runs the full ones, and there lateness fails too."""

import pytest

from tests.soak.report import Scale
from tests.soak.scenarios import Scenario, scenarios


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
async def test_nothing_is_lost_or_duplicated(scenario: Scenario) -> None:
    """Times are printed and not asserted here: they belong to a quiet machine."""
    report = await scenario.run(Scale(short=True, seed=1))
    print(report.text())
    assert (report.lost, report.duplicated, report.wrong) == ([], [], [])
