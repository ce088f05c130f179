"""Renders templates: one Jinja environment per language, its texts, the static files, and the page frame."""

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.accounts.principal import Principal
from app.core.locale import Locale
from app.text.guidance import guidance

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"
DEFAULT_ZONE = "Europe/Amsterdam"
"""The time zone for visitors. For users it is that of their school (School.time_zone)."""

Section = Literal["", "evaluations", "imports", "schedules", "monitoring", "people", "webhooks", "account"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What just happened: a code that notice.html has a text for, and up to two numbers."""

    code: str
    numbers: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Chrome:
    """What base.html needs for the frame of a page. Without a CSRF token the frame has no form."""

    user: Principal | None = None
    csrf_token: str = ""
    notice: Notice | None = None
    section: Section = ""
    zone: str = DEFAULT_ZONE

    @property
    def csrf_field(self) -> Markup:
        """The hidden field of every form."""
        return Markup('<input type="hidden" name="csrf_token" value="{}">').format(self.csrf_token)


@cache
def static_path() -> str:
    """The path of the static files. It holds a digest of them all, so browsers may keep them."""
    digest = hashlib.sha256()
    for file in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(file.relative_to(STATIC).as_posix().encode())
        digest.update(file.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


@cache
def translations(locale: Locale) -> NullTranslations:
    """The translations into a language. Templates are in English; other languages have `locale/<code>.po`."""
    if locale == "en":
        return NullTranslations()
    with (HERE / "locale" / f"{locale}.po").open("rb") as source:
        catalog = read_po(source, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


@cache
def environment(locale: Locale) -> Environment:
    """The templates in one language. Undefined names are errors, and everything is escaped."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    env.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(static=static_path(), locale=locale, guidance=partial(guidance, locale=locale))
    env.filters.update(datetime=TimeFormat(locale, "datetime"), date=TimeFormat(locale, "date"))
    env.filters.update(decimal=partial(format_decimal, format="#,##0.#", locale=locale))
    return env


def render(template: str, locale: Locale, **context: object) -> str:
    """Render a template. Raises jinja2.TemplateError, such as for a missing template or name."""
    return environment(locale).get_template(template).render(**context)


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """A filter that writes a time (`datetime`) or its day (`date`) in one language."""

    locale: Locale
    pattern: Literal["datetime", "date"]

    def __call__(self, value: datetime, zone: str = DEFAULT_ZONE) -> Markup:
        """A <time> element, in this time zone."""
        local = value.astimezone(_zone(zone))
        if self.pattern == "date":
            text = format_date(local.date(), "d MMMM y", locale=self.locale)
        else:
            text = format_datetime(local, "d MMM y, HH:mm", locale=self.locale)
        return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), text)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
