"""Collecting who is in which team: nobody is in two, and team 1 of one class is not team 1 of another."""

from collections import defaultdict

from app.imports.parsing.names import match_key
from app.imports.parsing.problems import Code, Problem
from app.imports.parsing.types import TeamMembership


class Teams:
    """Takes (person, team) one by one, in the order of the file."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._names: dict[tuple[str, str], tuple[str, str]] = {}
        self._team_of: dict[int, tuple[str, str]] = {}

    def join(self, person: int, team: str, row: int, *, label: str, class_name: str = "") -> None:
        """Puts a person, called `label`, in a team of a class. A second, different team is a problem."""
        key = (match_key(class_name), match_key(team) or team)
        self._names.setdefault(key, (class_name, team))
        first = self._team_of.setdefault(person, key)
        if first != key:
            params = {"name": label, "team": self._names[first][1]}
            self.problems.append(Problem(Code.TWO_TEAMS, row, params=params))

    def memberships(self) -> tuple[TeamMembership, ...]:
        """Everyone's team. A name that several classes use gets the class before it: "3A 1"."""
        classes = defaultdict(set)
        for class_key, team_key in self._team_of.values():
            classes[team_key].add(class_key)
        return tuple(
            TeamMembership(person, self._title(key, shared=len(classes[key[1]]) > 1))
            for person, key in self._team_of.items()
        )

    def _title(self, key: tuple[str, str], *, shared: bool) -> str:
        class_name, team = self._names[key]
        return f"{class_name} {team}".strip() if shared else team


def team_names(memberships: tuple[TeamMembership, ...]) -> tuple[str, ...]:
    """The distinct teams, in order of first appearance."""
    return tuple(dict.fromkeys(membership.team for membership in memberships))
