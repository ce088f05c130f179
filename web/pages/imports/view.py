"""What the templates of imports are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A problem in an uploaded file. `row` is its line (1-based). `fatal`: the line is left out."""

    row: int | None
    text: str
    column: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class ImportItem:
    """One line of the list of imports."""

    id: int
    title: str
    file_name: str
    state: str
    created_at: datetime
    evaluation_id: int | None = None


@dataclass(frozen=True, slots=True)
class ImportPage:
    """The page of an import. `more_problems` counts the problems that are not shown."""

    item: ImportItem
    course: str
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[ProblemView, ...] = ()
    more_problems: int = 0
    can_apply: bool = True
