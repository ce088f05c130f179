"""What a person should look at when a file is compared with a school: of the same shape as `Problem`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.imports.parsing.problems import Severity


class IssueCode(StrEnum):
    """Every kind of issue. Pages translate by this code."""

    KNOWN_TWICE = "known_twice"
    CLASS_DIFFERS = "class_differs"
    KEYS_DISAGREE = "keys_disagree"
    IS_STAFF = "is_staff"
    PERSON_LEFT_OUT = "person_left_out"
    SAME_AFTER_MATCHING = "same_after_matching"
    KNOWN_OTHERWISE = "known_otherwise"
    EMAIL_UNUSABLE = "email_unusable"
    RESEMBLES_KNOWN = "resembles_known"


_E, _W = Severity.ERROR, Severity.WARNING

CATALOGUE: Mapping[IssueCode, tuple[Severity, str]] = {
    IssueCode.KNOWN_TWICE: (
        _E,
        "It cannot be told which pupil called {name} is meant; this person is left out. "
        "Add a number, an e-mail address or a class.",
    ),
    IssueCode.CLASS_DIFFERS: (
        _E,
        "{name} is known here in class {known}, not {here}; this person is left out. "
        "Add the number or e-mail address that the school has, or a new one if it is somebody else.",
    ),
    IssueCode.KEYS_DISAGREE: (
        _E,
        "The number, the e-mail address and the name of {name} belong to different people here; "
        "this person is left out.",
    ),
    IssueCode.IS_STAFF: (_E, "{name} is a teacher or administrator and cannot receive feedback; left out."),
    IssueCode.PERSON_LEFT_OUT: (_E, "This row names somebody who is left out (row {other}), so it is too."),
    IssueCode.SAME_AFTER_MATCHING: (
        _E,
        "Row {other} is by the same person, for the same person, on the same criterion; this is left out.",
    ),
    IssueCode.KNOWN_OTHERWISE: (_W, "{name} is known here as {other}; the known name is kept."),
    IssueCode.EMAIL_UNUSABLE: (_W, "The e-mail address of {name} cannot be used here; it is left out."),
    IssueCode.RESEMBLES_KNOWN: (
        _W,
        "{name} is new here and resembles {other}. If they are one person, make the names the same.",
    ),
}


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to look at. It may hold names of people, and never what a pupil wrote."""

    code: IssueCode
    row: int | None = None
    column: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """Whether something is left out."""
        return CATALOGUE[self.code][0]

    @property
    def message(self) -> str:
        """The sentence in English."""
        return CATALOGUE[self.code][1].format_map(self.params)

    def as_dict(self) -> dict[str, object]:
        """For JSON, with the keys of `Problem.as_dict`."""
        return {
            "row": self.row,
            "column": self.column,
            "code": self.code.value,
            "severity": self.severity.value,
            "message": self.message,
            "params": dict(self.params),
        }
