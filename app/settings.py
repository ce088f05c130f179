"""Every setting of the product, read once from the environment. `load` reports all faults at once."""

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.environ import Reader

DEMO_MODEL = "terugblik-demo"
"""The name of the demo model. Its output is labelled as a demonstration."""


class SettingsError(Exception):
    """One or more settings are wrong. `faults` has a plain sentence for each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """`url` is in SQLAlchemy's form for asyncpg, without `sslmode`, which `tls` replaces."""

    url: str
    tls: Literal["off", "unverified", "verified"]
    pool_size: int
    """Connections of a process, at most."""


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """Events and rate limits use `url`. Dramatiq uses another database, because it runs KEYS there."""

    url: str
    broker_url: str
    verify_tls: bool


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """The servers of the language model, and how long they may take, in seconds.

    `keep_alive` is for Ollama, in its notation. A prompt may have `context_chars` characters.
    """

    provider: Literal["ollama", "openai"] = "ollama"
    base_urls: tuple[str, ...] = ("http://127.0.0.1:11434",)
    model: str = "llama3.1:8b"
    api_key: str | None = None
    connect_timeout: float = 5.0
    first_token_timeout: float = 60.0
    total_timeout: float = 120.0
    keep_alive: str = "10m"
    context_chars: int = 12_000


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`secret` signs CSRF tokens. `trusted_proxies` are addresses and networks that may set X-Forwarded-For.

    `host` is the value of HOST; without it every interface when a platform sets PORT, else this machine.
    Rate limits are calls a minute for each user. `metrics_token` opens /metrics to other machines.
    """

    secret: str
    host: str
    port: int
    base_url: str | None
    secure_cookies: bool
    trusted_proxies: tuple[str, ...]
    session_hours: int
    rate_limit_queue: int
    rate_limit_batch: int
    rate_limit_other: int
    metrics_token: str | None


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`lanes` are the lanes from which this process may claim.

    A job whose worker died runs again after at most the lease plus the sweep interval: 15 s by default.
    """

    lanes: tuple[str, ...]
    threads: int
    lease_seconds: float
    renew_interval_seconds: float
    sweep_interval_seconds: float


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`encryption_key` encrypts the receivers' secrets. `allowed_hosts` are permitted internal receivers."""

    encryption_key: str
    allowed_hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """All groups of settings, and how logs are written."""

    database: DatabaseSettings
    redis: RedisSettings
    llm: LlmSettings
    web: WebSettings
    worker: WorkerSettings
    webhooks: WebhookSettings
    log_format: Literal["json", "text"]
    log_level: str


def load(environ: Mapping[str, str]) -> Settings:
    """Read all settings from `environ`. Raises SettingsError with every fault, not only the first."""
    reader = Reader(environ)
    settings = Settings(
        database=_database(reader),
        redis=_redis(reader),
        llm=_llm(reader),
        web=_web(reader),
        worker=_worker(reader),
        webhooks=_webhooks(reader),
        log_format="json" if reader.choice("LOG_FORMAT", "json", ("json", "text")) == "json" else "text",
        log_level=reader.choice("LOG_LEVEL", "info", ("debug", "info", "warning", "error")),
    )
    if reader.faults:
        raise SettingsError(reader.faults)
    return settings


def _database(reader: Reader) -> DatabaseSettings:
    raw = reader.required("DATABASE_URL", "give the address of a PostgreSQL database, or use `terugblik up`.")
    url, tls = raw, "off"
    if raw:
        try:
            url, tls = database_url(raw)
        except ValueError as fault:
            reader.faults.append(f"DATABASE_URL {fault}")
    pool = reader.number("DATABASE_POOL_SIZE", 10, int, 2, 200)
    return DatabaseSettings(url=url, tls=tls, pool_size=pool)  # type: ignore[arg-type]


def database_url(raw: str) -> tuple[str, str]:
    """Turn an address as hosts give it into SQLAlchemy's form for asyncpg, and into a mode of TLS.

    `postgres://` and `postgresql://` both work. asyncpg does not know `sslmode`, so it is taken out of the
    address. As in libpq, `require` encrypts without checking the certificate, and the `verify-…` modes check
    it (postgresql.org/docs/current/libpq-ssl.html). Raises ValueError; its text completes "DATABASE_URL …".
    """
    parts = urlsplit(raw)
    if parts.scheme.split("+")[0] not in {"postgres", "postgresql"}:
        raise ValueError("must begin with postgres:// or postgresql://.")
    query = dict(parse_qsl(parts.query))
    mode = query.pop("sslmode", "disable")
    known = {"disable": "off", "allow": "off", "prefer": "off", "require": "unverified"}
    known |= {"verify-ca": "verified", "verify-full": "verified"}
    if mode not in known:
        raise ValueError(f"has an unknown sslmode {mode!r}.")
    if not parts.path.strip("/"):
        raise ValueError("names no database.")
    query.pop("channel_binding", None)
    url = urlunsplit(("postgresql+asyncpg", parts.netloc, parts.path, urlencode(query), ""))
    return url, known[mode]


def _redis(reader: Reader) -> RedisSettings:
    raw = reader.required("REDIS_URL", "give the address of a Redis or Valkey server, or use `terugblik up`.")
    if raw and urlsplit(raw).scheme not in {"redis", "rediss", "unix"}:
        reader.faults.append("REDIS_URL must begin with redis://, rediss:// or unix://.")
    return RedisSettings(
        url=raw,
        broker_url=reader.text("REDIS_BROKER_URL") or _other_database(raw),
        verify_tls=reader.flag("REDIS_TLS_VERIFY", False),
    )


def _other_database(url: str) -> str:
    """The same server with the next database number. The number of a unix socket is in `?db=`."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        query = dict(parse_qsl(parts.query))
        query["db"] = str(int(query.get("db", "0")) + 1)
        return f"unix://{parts.netloc}{parts.path}?{urlencode(query)}"
    number = parts.path.strip("/")
    following = int(number) + 1 if number.isdigit() else 1
    return urlunsplit(parts._replace(path=f"/{following}"))


def _llm(reader: Reader) -> LlmSettings:
    default = LlmSettings()
    provider = reader.choice("LLM_PROVIDER", default.provider, ("ollama", "openai"))
    return LlmSettings(
        provider="openai" if provider == "openai" else "ollama",
        base_urls=reader.addresses("OLLAMA_BASE_URL", default.base_urls),
        model=reader.text("OLLAMA_MODEL", default.model),
        api_key=reader.text("OPENAI_API_KEY") or None,
        connect_timeout=reader.number("OLLAMA_CONNECT_TIMEOUT", default.connect_timeout, float, 0.05, 60),
        first_token_timeout=reader.number(
            "OLLAMA_FIRST_TOKEN_TIMEOUT", default.first_token_timeout, float, 0.05, 600
        ),
        total_timeout=reader.number("OLLAMA_TIMEOUT", default.total_timeout, float, 0.1, 3600),
        keep_alive=reader.text("OLLAMA_KEEP_ALIVE", default.keep_alive),
        context_chars=reader.number("OLLAMA_CONTEXT_CHARS", default.context_chars, int, 1000, 1_000_000),
    )


def _web(reader: Reader) -> WebSettings:
    secret = reader.required("SECRET_KEY", "give a long random text; it signs the forms' tokens.")
    if secret and len(secret) < 32:
        reader.faults.append("SECRET_KEY must have at least 32 characters.")
    return WebSettings(
        secret=secret,
        host=reader.text("HOST", "0.0.0.0" if reader.text("PORT") else "127.0.0.1"),  # noqa: S104
        port=reader.number("PORT", 8000, int, 0, 65535),
        base_url=next(iter(reader.addresses("BASE_URL")), None),
        secure_cookies=reader.flag("SECURE_COOKIES", True),
        trusted_proxies=_proxies(reader),
        session_hours=reader.number("SESSION_HOURS", 12, int, 1, 24 * 30),
        rate_limit_queue=reader.number("RATE_LIMIT_QUEUE", 10, int, 1, 1_000_000),
        rate_limit_batch=reader.number("RATE_LIMIT_BATCH", 5, int, 1, 1_000_000),
        rate_limit_other=reader.number("RATE_LIMIT_OTHER", 100, int, 1, 1_000_000),
        metrics_token=reader.text("METRICS_TOKEN") or None,
    )


def _proxies(reader: Reader) -> tuple[str, ...]:
    """Addresses and networks. `*` is refused: with it anybody could choose the address that is counted."""
    proxies = reader.words("TRUSTED_PROXIES")
    for proxy in proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            reader.faults.append(
                f"TRUSTED_PROXIES must hold addresses or networks such as 10.0.0.0/8, not {proxy!r}."
            )
    return proxies


LANES = ("high", "normal", "low")
"""The lanes in order of urgency. A job's `lane` column holds the index."""


def _worker(reader: Reader) -> WorkerSettings:
    lanes = reader.words("TERUGBLIK_LANES", LANES)
    unknown = [lane for lane in lanes if lane not in LANES]
    if unknown:
        reader.faults.append(f"TERUGBLIK_LANES may hold {', '.join(LANES)}; unknown: {', '.join(unknown)}.")
    lease = reader.number("JOB_LEASE_SECONDS", 10.0, float, 1, 3600)
    renew = reader.number("JOB_RENEW_SECONDS", 3.0, float, 0.1, 1200)
    if renew * 2 > lease:
        reader.faults.append("JOB_LEASE_SECONDS must be at least twice JOB_RENEW_SECONDS.")
    return WorkerSettings(
        lanes=tuple(lane for lane in LANES if lane in lanes),
        threads=reader.number("WORKER_THREADS", 16, int, 1, 256),
        lease_seconds=lease,
        renew_interval_seconds=renew,
        sweep_interval_seconds=reader.number("JOB_SWEEP_SECONDS", 5.0, float, 0.1, 600),
    )


def _webhooks(reader: Reader) -> WebhookSettings:
    key = reader.text("WEBHOOK_ENCRYPTION_KEY") or reader.text("SECRET_KEY")
    return WebhookSettings(encryption_key=key, allowed_hosts=reader.words("WEBHOOK_ALLOWED_HOSTS"))


def tls_context(verify: bool) -> ssl.SSLContext:
    """A TLS context for clients. Unverified for hosts such as Heroku, whose certificates are self-signed."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def home(environ: Mapping[str, str]) -> Path:
    """The folder for the data of the embedded services: TERUGBLIK_HOME, or `.local`."""
    return Path(environ.get("TERUGBLIK_HOME") or ".local").expanduser().absolute()
