"""Many rows as one JSON parameter that PostgreSQL reads as a table: one statement for any number of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import TableValuedAlias, bindparam, column, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

Rows = Sequence[Mapping[str, object]]


def recordset(rows: Rows, **columns: TypeEngine[Any]) -> TableValuedAlias:
    """A table with these columns, to select from or to join; values must be what JSON can hold.

    There is no limit of 32,767 parameters to keep below, and no text of a statement that grows.
    """
    table = func.jsonb_to_recordset(bindparam("rows", value=list(rows), type_=JSONB, unique=True))
    return table.table_valued(*(column(name, kind) for name, kind in columns.items())).render_derived(
        name="r", with_types=True
    )
