"""Finds the experiments: every module of this package whose name is a number and what it does."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from tests import soak
from tests.soak.report import Report, Scale


@dataclass(frozen=True, slots=True)
class Scenario:
    """One experiment. `name` is its module's, such as s01_killed_workers."""

    name: str
    run: Callable[[Scale], Coroutine[Any, Any, Report]]


def scenarios() -> list[Scenario]:
    """All, in the order of their numbers."""
    names = sorted(found.name for found in pkgutil.iter_modules(soak.__path__))
    return [_scenario(name) for name in names if re.match(r"s\d\d_", name)]


def chosen(wanted: Sequence[str]) -> list[Scenario]:
    """Those whose number or part of whose name is among `wanted`; all when it is empty.

    Raises SystemExit with a sentence when one of them names none.
    """
    every = scenarios()
    for one in wanted:
        if not any(_is(scenario, one) for scenario in every):
            raise SystemExit(f"There is no experiment {one!r}; there are {', '.join(s.name for s in every)}.")
    return [scenario for scenario in every if not wanted or any(_is(scenario, one) for one in wanted)]


def _is(scenario: Scenario, wanted: str) -> bool:
    return int(wanted) == int(scenario.name[1:3]) if wanted.isdigit() else wanted in scenario.name


def _scenario(name: str) -> Scenario:
    module = importlib.import_module(f"{soak.__name__}.{name}")
    return Scenario(name, module.run)
