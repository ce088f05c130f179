"""Cron expressions: their times in a time zone, and their description in words. Pure.

The five fields are Debian's (manpages.debian.org/cron, crontab(5)), read by cronsim. 0 and 7 are both Sunday,
names work, and when both day fields are set either may match. When the clock changes, a job at a fixed hour
runs once: right after a gap in which its time lies, and at the first of two equal times. Periodiq's
expressions are not used, because it misses Sundays (docs/adr/0013-minute-tick.md).
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import get_day_names, get_month_names
from cron_descriptor import CasingTypeEnum, ExpressionDescriptor, Options
from cronsim import CronSim, CronSimError

from app.core.locale import Locale

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
MAX_EXPRESSION_LENGTH = 100
"""Characters."""

CATCH_UP_WINDOW = timedelta(days=2)
"""How far back missed times are searched. It bounds the work after a long absence."""


class CronFault(ValueError):
    """The expression is not valid. The error's text is a sentence for the person who wrote it.

    `code` is for translation: "long", "fields", "never", or cron's name of the wrong field.
    """

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def parse(expression: str) -> str:
    """The expression as five fields; macros such as @daily are replaced by theirs. Raises CronFault."""
    text = " ".join(expression.split())
    text = MACROS.get(text.lower(), text)
    if len(text) > MAX_EXPRESSION_LENGTH:
        raise CronFault(f"A cron expression has at most {MAX_EXPRESSION_LENGTH} characters.", "long")
    if len(text.split()) != 5:
        sentence = "A cron expression has five fields: minute, hour, day, month, day of the week."
        raise CronFault(sentence, "fields")
    try:
        next(CronSim(text, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as fault:
        sentence = f"{fault}: that is not a value that cron knows."
        raise CronFault(sentence, str(fault).removeprefix("Bad ")) from fault
    except StopIteration as fault:
        raise CronFault("This moment never comes.", "never") from fault
    return text


def upcoming(expression: str, after: datetime, zone: ZoneInfo, count: int) -> list[datetime]:
    """The next `count` times after `after`, in UTC. There are fewer when fifty years hold fewer.

    Raises CronFault.
    """
    try:
        times = CronSim(expression, after.astimezone(zone))
    except CronSimError as fault:
        raise CronFault(str(fault), "fields") from fault
    return [time.astimezone(UTC) for time, _ in zip(times, range(count), strict=False)]


def last_due(expression: str, first: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """The latest time of the expression that is not after `now`. `first`, a time of it, is the earliest.

    The search goes forward from `first`, or from CATCH_UP_WINDOW before `now` when that is later. Backward,
    cronsim misses the first of two equal times (seen with "30 2 * * *" in Europe/Amsterdam).
    """
    due = first
    start = max(first, now - CATCH_UP_WINDOW)
    for time in CronSim(expression, start.astimezone(zone)):
        if time > now:
            return due
        due = time.astimezone(UTC)
    return due


@lru_cache(maxsize=1024)
def describe(expression: str, locale: Locale) -> str:
    """The expression in words, as "Om 02:00, alleen op zondag"."""
    options = Options()
    options.locale_code = "nl_NL" if locale == "nl" else "en_US"
    options.use_24hour_time_format = True
    options.casing_type = CasingTypeEnum.Sentence
    words = str(ExpressionDescriptor(expression, options).get_description())
    for english, ours in _names(locale):
        words = words.replace(english, ours)
    return words


@lru_cache(maxsize=2)
def _names(locale: Locale) -> list[tuple[str, str]]:
    """English names of days and months, with those of `locale`.

    cron-descriptor takes the names from the process's locale, which is English on servers.
    """
    pairs = [
        (get_day_names("wide", locale="en"), get_day_names("wide", locale=locale)),
        (get_month_names("wide", locale="en"), get_month_names("wide", locale=locale)),
    ]
    return [(str(english[key]), str(ours[key])) for english, ours in pairs for key in english]
