"""Entrypoint of `dramatiq workers.main` and `periodiq workers.main`: settings, logs, broker, actors."""

import os

import dramatiq

from app import settings as app_settings
from app.core import logs
from workers import actors, cron
from workers.broker import make_broker
from workers.resources import Resources
from workers.shutdown import StopClock

try:
    settings = app_settings.load(os.environ)
except app_settings.SettingsError as fault:
    raise SystemExit(f"The settings are wrong:\n{fault}") from None

logs.configure(settings.log_format, settings.log_level)
stop_clock = StopClock()
resources = Resources(settings, stop_clock)
broker = make_broker(settings, resources, resources.fault, stop_clock)
actors.declare(broker, resources)
cron.declare(broker, resources)
dramatiq.set_broker(broker)  # where Dramatiq's and Periodiq's commands look for it
