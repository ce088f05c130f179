"""Reads values of the environment, and collects a sentence for each wrong value."""

from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")


class Reader:
    """Reads one value at a time. Faults are collected in `faults`; the default is returned then."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """The value without spaces around it; the default when it is missing or empty."""
        return self._environ.get(name, "").strip() or default

    def required(self, name: str, why: str) -> str:
        """The value. A missing value is a fault that says `why` it is needed."""
        value = self.text(name)
        if not value:
            self.faults.append(f"{name} is not set: {why}")
        return value

    def number(self, name: str, default: T, kind: Callable[[str], T], low: float, high: float) -> T:
        """The value as a number, which must be from `low` to `high`."""
        raw = self.text(name)
        if not raw:
            return default
        try:
            value = kind(raw)
        except ValueError:
            self.faults.append(f"{name} must be a number, not {raw!r}.")
            return default
        if not low <= float(value) <= high:  # type: ignore[arg-type]
            self.faults.append(f"{name} must be from {low:g} to {high:g}, not {raw}.")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """The value as a boolean: 1, true, yes or on; 0, false, no or off."""
        raw = self.text(name).lower()
        if raw in {"1", "true", "yes", "on"}:
            return True
        if raw in {"0", "false", "no", "off"}:
            return False
        if raw:
            self.faults.append(f"{name} must be yes or no, not {raw!r}.")
        return default

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """The value in lower case, which must be one of `allowed`."""
        raw = self.text(name, default).lower()
        if raw not in allowed:
            self.faults.append(f"{name} must be one of {', '.join(allowed)}, not {raw!r}.")
            return default
        return raw

    def addresses(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The HTTP addresses of a list with commas, without slashes at their ends."""
        urls = self.words(name, default)
        for url in urls:
            if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
                self.faults.append(f"{name} must hold http:// or https:// addresses, not {url!r}.")
        return tuple(url.rstrip("/") for url in urls)

    def words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The parts of a list with commas."""
        raw = self.text(name)
        return tuple(word.strip() for word in raw.split(",") if word.strip()) if raw else default
