"""Cron maths: what an expression means, in words and in moments of a time zone. Pure.

The five fields are Debian's (manpages.debian.org/cron, crontab(5)), as cronsim reads them: 0 and 7 are
both Sunday, names work, and when both day fields are set either may match. At the change of the clock a
job of a fixed hour runs once: right after a gap that holds its time, and only the first time an hour
comes twice. Periodiq's own expressions are not used for this, for it misses Sundays (FACTS.md).
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
LONGEST = 100
"""Characters of an expression."""

LOOK_BACK = timedelta(days=2)


class CronFault(ValueError):
    """The expression means nothing; its text is a sentence for the person who wrote it.

    `code` is for translation: "long", "fields", "never", or cron's name of the field that is wrong.
    """

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def parse(expression: str) -> str:
    """The expression in five fields, single-spaced. Raises CronFault."""
    text = " ".join(expression.split())
    text = MACROS.get(text.lower(), text)
    if len(text) > LONGEST:
        raise CronFault(f"A cron expression has at most {LONGEST} characters.", "long")
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
    """The next `count` moments after `after`, in UTC. Fewer when no more come within fifty years.

    Raises CronFault.
    """
    try:
        moments = CronSim(expression, after.astimezone(zone))
    except CronSimError as fault:
        raise CronFault(str(fault), "fields") from fault
    return [moment.astimezone(UTC) for moment, _ in zip(moments, range(count), strict=False)]


def last_due(expression: str, first: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """The latest moment from `first`, itself a moment of the expression, to `now`, both included.

    Found by going forward: backward, cronsim misses the first of an hour that comes twice (seen with
    "30 2 * * *" in Europe/Amsterdam). After a long absence only the last two days are gone through.
    """
    due = first
    start = max(first, now - LOOK_BACK)
    for moment in CronSim(expression, start.astimezone(zone)):
        if moment > now:
            return due
        due = moment.astimezone(UTC)
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
    """Days and months: cron-descriptor takes them from the process's locale, which is English in servers."""
    pairs = [
        (get_day_names("wide", locale="en"), get_day_names("wide", locale=locale)),
        (get_month_names("wide", locale="en"), get_month_names("wide", locale=locale)),
    ]
    return [(str(english[key]), str(ours[key])) for english, ours in pairs for key in english]
