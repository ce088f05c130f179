"""Settings: all faults at once, the addresses that hosts give, and the defaults."""

import ssl

import pytest

from app.settings import Settings, SettingsError, database_url, home, load, tls_context

GOOD = {
    "DATABASE_URL": "postgresql://user:pass@db.example:5432/terugblik",
    "REDIS_URL": "redis://cache.example:6379",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
}


def faults(**changes: str) -> list[str]:
    """The faults of GOOD with these changes."""
    with pytest.raises(SettingsError) as caught:
        load({**GOOD, **changes})
    return caught.value.faults


def test_an_empty_environment_lacks_everything_that_is_needed() -> None:
    with pytest.raises(SettingsError) as caught:
        load({})
    assert [fault.split()[0] for fault in caught.value.faults] == ["DATABASE_URL", "REDIS_URL", "SECRET_KEY"]


def test_all_faults_are_reported_at_once() -> None:
    found = faults(
        PORT="80000", REDIS_URL="http://x", SECRET_KEY="short", LOG_LEVEL="loud", WORKER_THREADS="x"
    )
    assert {fault.split()[0] for fault in found} == {
        "PORT",
        "REDIS_URL",
        "SECRET_KEY",
        "LOG_LEVEL",
        "WORKER_THREADS",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "postgresql://db.example"),
        ("DATABASE_URL", "postgresql://db.example/x?sslmode=maybe"),
        ("DATABASE_POOL_SIZE", "1"),
        ("OLLAMA_BASE_URL", "http://one,two"),
        ("BASE_URL", "terugblik.school.example"),
        ("OLLAMA_TIMEOUT", "-1"),
        ("LLM_PROVIDER", "somebody"),
        ("SECURE_COOKIES", "perhaps"),
        ("SESSION_HOURS", "0"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy.example"),
        ("TERUGBLIK_LANES", "high,slow"),
        ("JOB_LEASE_SECONDS", "15"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_the_fault_of_a_wrong_value_begins_with_its_name(name: str, value: str) -> None:
    if name == "JOB_LEASE_SECONDS":
        found = faults(JOB_LEASE_SECONDS=value, JOB_RENEW_SECONDS="10")
    else:
        found = faults(**{name: value})
    assert len(found) == 1
    assert found[0].startswith(name)


def test_a_fault_does_not_repeat_a_secret() -> None:
    found = faults(DATABASE_URL="mysql://user:hunter2@x/y", SECRET_KEY="hunter2")
    assert "hunter2" not in " ".join(found)


@pytest.mark.parametrize(
    ("given", "url", "tls"),
    [
        ("postgres://u:p@h:5432/d", "postgresql+asyncpg://u:p@h:5432/d", "off"),
        ("postgresql+psycopg://h/d", "postgresql+asyncpg://h/d", "off"),
        ("postgres://h/d?sslmode=require", "postgresql+asyncpg://h/d", "unverified"),
        ("postgres://h/d?sslmode=verify-full", "postgresql+asyncpg://h/d", "verified"),
        ("postgres://h/d?channel_binding=require&sslmode=prefer", "postgresql+asyncpg://h/d", "off"),
        ("postgresql://u@/d?host=/run/pg", "postgresql+asyncpg://u@/d?host=%2Frun%2Fpg", "off"),
    ],
)
def test_the_forms_that_hosts_give(given: str, url: str, tls: str) -> None:
    assert database_url(given) == (url, tls)


@pytest.mark.parametrize(
    ("given", "broker"),
    [
        ("redis://h", "redis://h/1"),
        ("redis://h:6379/0", "redis://h:6379/1"),
        ("rediss://:p@h:6380/3", "rediss://:p@h:6380/4"),
        ("unix:///run/v.sock", "unix:///run/v.sock?db=1"),
        ("unix:///run/v.sock?db=2", "unix:///run/v.sock?db=3"),
    ],
)
def test_the_broker_uses_the_next_database(given: str, broker: str) -> None:
    assert load({**GOOD, "REDIS_URL": given}).redis.broker_url == broker


def test_the_broker_may_have_another_address() -> None:
    elsewhere = load({**GOOD, "REDIS_BROKER_URL": "redis://other/0"}).redis
    assert elsewhere.broker_url == "redis://other/0"


def test_the_defaults_are_those_of_a_public_installation() -> None:
    settings = load(GOOD)
    assert isinstance(settings, Settings)
    assert settings.web.secure_cookies
    assert settings.web.trusted_proxies == ()
    assert settings.web.session_hours == 12
    assert settings.log_format == "json"
    assert settings.llm.base_urls == ("http://127.0.0.1:11434",)
    assert settings.worker.lanes == ("high", "normal", "low")


@pytest.mark.parametrize(
    ("environ", "host", "port"),
    [
        ({}, "127.0.0.1", 8000),
        ({"PORT": "5000"}, "0.0.0.0", 5000),  # noqa: S104
        ({"PORT": "5000", "HOST": "127.0.0.1"}, "127.0.0.1", 5000),
    ],
)
def test_every_interface_is_served_only_when_a_platform_gives_the_port(
    environ: dict[str, str], host: str, port: int
) -> None:
    web = load({**GOOD, **environ}).web
    assert (web.host, web.port) == (host, port)


def test_lists_are_split_and_lanes_come_in_order() -> None:
    settings = load(
        {
            **GOOD,
            "OLLAMA_BASE_URL": "http://one:1/, http://two:2",
            "TERUGBLIK_LANES": "normal,high",
            "TRUSTED_PROXIES": "10.0.0.0/8, ::1",
        }
    )
    assert settings.llm.base_urls == ("http://one:1", "http://two:2")
    assert settings.worker.lanes == ("high", "normal")
    assert settings.web.trusted_proxies == ("10.0.0.0/8", "::1")


def test_tls_is_checked_when_asked_for() -> None:
    assert tls_context(verify=True).verify_mode == ssl.CERT_REQUIRED
    assert tls_context(verify=False).verify_mode == ssl.CERT_NONE


def test_the_home_folder() -> None:
    assert home({}).name == ".local"
    assert str(home({"TERUGBLIK_HOME": "/srv/terugblik"})) == "/srv/terugblik"
