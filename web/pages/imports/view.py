"""What the templates of imports are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ProblemView:
    """Something in an uploaded file that needs a look. `row` is the line in the file, 1-based."""

    row: int | None
    text: str
    column: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class ImportItem:
    """One line of the imports list."""

    id: int
    title: str
    file_name: str
    state: str
    created_at: datetime
    evaluation_id: int | None = None


@dataclass(frozen=True, slots=True)
class ImportPage:
    """An import: its preview, or what became of it."""

    item: ImportItem
    course: str
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[ProblemView, ...] = ()
    more_problems: int = 0
    can_apply: bool = True
