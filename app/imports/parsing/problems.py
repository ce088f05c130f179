"""What can be wrong with a file: a code for translation, a sentence, and whether the row is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.errors import BadInput

Params = Mapping[str, str | int]


class Severity(StrEnum):
    """An error leaves the row out; a warning uses it, wholly or in part, and says what to look at."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """Every problem that a reading can report; the page translates by this code."""

    UNCLOSED_QUOTE = "unclosed_quote"
    ROW_TOO_LONG = "row_too_long"
    TOO_MANY_CELLS = "too_many_cells"
    TEXT_TOO_LONG = "text_too_long"
    REVIEWER_MISSING = "reviewer_missing"
    REVIEWEE_MISSING = "reviewee_missing"
    PERSON_MISSING = "person_missing"
    PERSON_UNKNOWN = "person_unknown"
    NAME_AMBIGUOUS = "name_ambiguous"
    NUMBER_TAKEN = "number_taken"
    UNKNOWN_TYPE = "unknown_type"
    SELF_ABOUT_OTHER = "self_about_other"
    DUPLICATE_DIFFERS = "duplicate_differs"

    ROWS_EMPTY = "rows_empty"
    UNREADABLE_CHARACTERS = "unreadable_characters"
    CONTROL_CHARACTERS = "control_characters"
    COLUMN_IGNORED = "column_ignored"
    COLUMN_TWICE = "column_twice"
    PEER_ABOUT_SELF = "peer_about_self"
    SCORE_NOT_NUMBER = "score_not_number"
    SCORE_OUT_OF_RANGE = "score_out_of_range"
    DATE_NOT_UNDERSTOOD = "date_not_understood"
    EMAIL_NOT_UNDERSTOOD = "email_not_understood"
    EMAIL_TAKEN = "email_taken"
    NOTHING_SAID = "nothing_said"
    TEXT_CUT = "text_cut"
    DUPLICATE_SAME = "duplicate_same"
    PERSON_TWICE = "person_twice"
    NAME_RESEMBLES = "name_resembles"
    NAME_MISSING = "name_missing"
    NAME_DIFFERS = "name_differs"
    TWO_TEAMS = "two_teams"
    TWO_COURSES = "two_courses"


_E, _W = Severity.ERROR, Severity.WARNING

CATALOGUE: Mapping[Code, tuple[Severity, str]] = {
    Code.UNCLOSED_QUOTE: (
        _E,
        "A quotation mark is opened in this row and never closed; the row is left out.",
    ),
    Code.ROW_TOO_LONG: (_E, "This row has more than {limit} characters; it is left out."),
    Code.TOO_MANY_CELLS: (
        _E,
        "This row has more cells than there are columns; it is left out. "
        "A text that holds the separator must stand between quotation marks.",
    ),
    Code.TEXT_TOO_LONG: (_E, "The text in this cell is longer than {limit} characters; the row is left out."),
    Code.REVIEWER_MISSING: (_E, "It does not say who gave this feedback; the row is left out."),
    Code.REVIEWEE_MISSING: (_E, "It does not say who this feedback is for; the row is left out."),
    Code.PERSON_MISSING: (_E, "There is no name in this row; it is left out."),
    Code.PERSON_UNKNOWN: (_E, "This refers to somebody who is not in the list of people; it is left out."),
    Code.NAME_AMBIGUOUS: (
        _E,
        "More than one person is called {name}; the row is left out. Add an e-mail address.",
    ),
    Code.NUMBER_TAKEN: (_E, "This number belongs to somebody else in row {other}; the row is left out."),
    Code.UNKNOWN_TYPE: (_E, "The type is neither peer nor self; the row is left out."),
    Code.SELF_ABOUT_OTHER: (_E, "The type is self, but it is about somebody else; the row is left out."),
    Code.DUPLICATE_DIFFERS: (
        _E,
        "Row {other} holds something else by the same person, for the same person, on the same criterion; "
        "that one is used and this one is left out.",
    ),
    Code.ROWS_EMPTY: (_W, "There are empty rows here, {count} in number; they are skipped."),
    Code.UNREADABLE_CHARACTERS: (_W, "Some characters in this row could not be read; they show as \ufffd."),
    Code.CONTROL_CHARACTERS: (_W, "The file holds {count} invisible control characters; they are removed."),
    Code.COLUMN_IGNORED: (_W, "This column is not used."),
    Code.COLUMN_TWICE: (_W, "Another column holds the same; this one is not used."),
    Code.PEER_ABOUT_SELF: (_W, "The type is peer, but it is about the own person; it is used as self."),
    Code.SCORE_NOT_NUMBER: (_W, "The score is not a number; it is left out."),
    Code.SCORE_OUT_OF_RANGE: (_W, "The score is not between {low} and {high}; it is left out."),
    Code.DATE_NOT_UNDERSTOOD: (_W, "This is not a date like 31-12-2026; it is left out."),
    Code.EMAIL_NOT_UNDERSTOOD: (_W, "This is not an e-mail address; it is left out."),
    Code.EMAIL_TAKEN: (
        _W,
        "This address belongs to somebody else in row {other}; it is left out here.",
    ),
    Code.NOTHING_SAID: (_W, "There is neither a score nor a comment in this row; it is skipped."),
    Code.TEXT_CUT: (_W, "The text is longer than {limit} characters; what comes after is left out."),
    Code.DUPLICATE_SAME: (_W, "This row says the same as row {other}; it is used once."),
    Code.PERSON_TWICE: (_W, "This person is in row {other} too; the first row counts."),
    Code.NAME_RESEMBLES: (_W, "{name} resembles {other}. If they are one person, make the names the same."),
    Code.NAME_MISSING: (_W, "This person has no name in the file, so it cannot be taken out of comments."),
    Code.NAME_DIFFERS: (_W, "This person has another name in row {other}; that one is used."),
    Code.TWO_TEAMS: (_W, "{name} is in more than one team; the first one, {team}, is used."),
    Code.TWO_COURSES: (_W, "There is more than one course in the file; the first one is used."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. Never holds what a pupil wrote; names of people at the most.

    `row` is the number that a spreadsheet shows (the header is row 1); in JSON the 1-based place in the
    list that `column` names. None: the file as a whole.
    """

    code: Code
    row: int | None = None
    column: str = ""
    params: Params = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """Whether the row is lost."""
        return CATALOGUE[self.code][0]

    @property
    def message(self) -> str:
        """The sentence in English."""
        return CATALOGUE[self.code][1].format_map(self.params)

    def as_dict(self) -> dict[str, object]:
        """For JSON: row, column, code, severity, message, params."""
        return {
            "row": self.row,
            "column": self.column,
            "code": self.code.value,
            "severity": self.severity.value,
            "message": self.message,
            "params": dict(self.params),
        }


class Refusal(StrEnum):
    """Every reason to refuse a file as a whole."""

    EMPTY = "import_empty"
    TOO_BIG = "import_too_big"
    TOO_MANY_ROWS = "import_too_many_rows"
    WORKBOOK = "import_workbook"
    NOT_TEXT = "import_not_text"
    NO_HEADER = "import_no_header"
    NO_ROWS = "import_no_rows"
    ROWS_UNREADABLE = "import_rows_unreadable"
    NOT_JSON = "import_not_json"
    JSON_FORMAT = "import_json_format"
    JSON_VERSION = "import_json_version"
    JSON_SHAPE = "import_json_shape"


REFUSALS: Mapping[Refusal, str] = {
    Refusal.EMPTY: "The file is empty.",
    Refusal.TOO_BIG: "The file is larger than {limit} MB. Split it and import the parts one after the other.",
    Refusal.TOO_MANY_ROWS: (
        "The file has more than {limit} rows. Split it and import the parts one after the other."
    ),
    Refusal.WORKBOOK: (
        "This is a workbook of a spreadsheet program. Open it there, save the sheet as “CSV UTF-8” "
        "and choose that file."
    ),
    Refusal.NOT_TEXT: ("This is not a text file. Choose a CSV file, or save the sheet as “CSV UTF-8” first."),
    Refusal.NO_HEADER: (
        "No row with known column names was found at the beginning of the file. A file with feedback needs "
        "columns for who gave it, whom it is for, and a score or a comment; a file with people needs a name "
        "and one more of e-mail, number, class and team."
    ),
    Refusal.NO_ROWS: "There are column names, but no rows beneath them.",
    Refusal.ROWS_UNREADABLE: (
        "There are column names, but no row beneath them can be read: a row is too long or has too many "
        "cells, or a quotation mark is opened and never closed. Save the sheet as “CSV UTF-8” again."
    ),
    Refusal.NOT_JSON: "The file begins like JSON, but it is cut off or malformed.",
    Refusal.JSON_FORMAT: "This JSON file is not a Terugblik import: it does not say “format”: “terugblik”.",
    Refusal.JSON_VERSION: "This file is of version {version} of the format; only version 1 can be read.",
    Refusal.JSON_SHAPE: "The file is not as the format wants it: {fault}.",
}


class ImportRefused(BadInput):
    """Nothing of the file can be used; the sentence says why and what to do.

    `code` is one of `Refusal`, `params` what its sentence was made with, both for translation.
    """

    def __init__(self, refusal: Refusal, **params: str | int) -> None:
        super().__init__(REFUSALS[refusal].format_map(params), code=refusal.value, field="file")
        self.refusal = refusal
        self.params: Params = params
