"""Cron expressions: the nights in which the clock changes, Sundays, words, and what is refused."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.scheduling import cron

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NEW_YORK = ZoneInfo("America/New_York")


def local(expression: str, after: datetime, zone: ZoneInfo, count: int) -> list[str]:
    """The next times as day, local time and offset from UTC."""
    times = cron.upcoming(cron.parse(expression), after, zone, count)
    return [time.astimezone(zone).strftime("%d %H:%M %z") for time in times]


def test_in_spring_a_skipped_time_runs_right_after_the_gap() -> None:
    assert local("30 2 * * *", datetime(2026, 3, 28, 12, tzinfo=UTC), AMSTERDAM, 2) == [
        "29 03:00 +0200",
        "30 02:30 +0200",
    ]
    assert local("30 2 * * *", datetime(2026, 3, 7, 12, tzinfo=UTC), NEW_YORK, 2) == [
        "08 03:00 -0400",
        "09 02:30 -0400",
    ]


def test_in_autumn_a_time_that_comes_twice_runs_once() -> None:
    assert local("30 2 * * *", datetime(2026, 10, 24, 12, tzinfo=UTC), AMSTERDAM, 2) == [
        "25 02:30 +0200",
        "26 02:30 +0100",
    ]
    assert local("30 1 * * *", datetime(2026, 10, 31, 12, tzinfo=UTC), NEW_YORK, 2) == [
        "01 01:30 -0400",
        "02 01:30 -0500",
    ]


def test_an_hourly_job_runs_in_every_hour_that_passes() -> None:
    times = cron.upcoming("30 * * * *", datetime(2026, 10, 24, 23, tzinfo=UTC), AMSTERDAM, 4)
    assert [b - a for a, b in pairwise(times)] == [timedelta(hours=1)] * 3


@pytest.mark.parametrize("expression", ["0 9 * * 0", "0 9 * * 7", "0 9 * * sun", "0 9 * * SUN"])
def test_sunday_may_be_written_in_four_ways(expression: str) -> None:
    assert local(expression, datetime(2026, 11, 23, tzinfo=UTC), AMSTERDAM, 1) == ["29 09:00 +0100"]


def test_a_range_that_begins_on_sunday_includes_it() -> None:
    days = local("0 9 * * 0-6", datetime(2026, 11, 28, 12, tzinfo=UTC), AMSTERDAM, 2)
    assert days == ["29 09:00 +0100", "30 09:00 +0100"]


def test_macros_work() -> None:
    assert local("@weekly", datetime(2026, 11, 23, tzinfo=UTC), AMSTERDAM, 1) == ["29 00:00 +0100"]
    assert cron.parse(" @Daily ") == "0 0 * * *"


def test_the_last_due_time_is_found_after_an_absence() -> None:
    first = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    now = first + timedelta(hours=3, seconds=30)
    assert cron.last_due("*/10 * * * *", first, now, AMSTERDAM) == first + timedelta(hours=3)
    assert cron.last_due("*/10 * * * *", first, first, AMSTERDAM) == first


def test_the_first_of_two_equal_times_is_not_missed() -> None:
    first = datetime(2026, 10, 24, 0, 30, tzinfo=UTC)
    now = datetime(2026, 10, 25, 1, 0, 30, tzinfo=UTC)
    assert cron.last_due("30 2 * * *", first, now, AMSTERDAM) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_after_a_year_only_the_last_days_are_searched() -> None:
    first = datetime(2025, 11, 23, tzinfo=UTC)
    now = datetime(2026, 11, 23, 0, 0, 30, tzinfo=UTC)
    assert cron.last_due("* * * * *", first, now, AMSTERDAM) == datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("0 0 2 * * *", "five fields"),
        ("61 * * * *", "Bad minute"),
        ("0 0 30 2 *", "Bad day-of-month"),
        ("a b c d e", "Bad minute"),
        ("@often", "five fields"),
        ("0 " * 200, "at most"),
    ],
)
def test_a_wrong_expression_is_refused_with_a_sentence(expression: str, why: str) -> None:
    with pytest.raises(cron.CronFault, match=why):
        cron.parse(expression)


def test_an_expression_is_described_in_both_languages() -> None:
    assert cron.describe("0 2 * * 0", "nl") == "Om 02:00, alleen op zondag"
    assert cron.describe("0 2 * * 0", "en") == "At 02:00, only on Sunday"
    assert cron.describe("*/15 8-17 * * 1-5", "nl") == (
        "Elke 15 minuten, tussen 08:00 en 17:59, maandag t/m vrijdag"
    )
