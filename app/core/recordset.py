"""Many rows as one JSON parameter that PostgreSQL reads as a table: one statement for any number of rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import TableValuedAlias, bindparam, column, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

Rows = Sequence[Mapping[str, object]]


def recordset(rows: Rows, **columns: TypeEngine[Any]) -> TableValuedAlias:
    """The rows as a table with these columns, to select from or to join. Values must be what JSON can hold.

    A VALUES list would be limited to 32,767 parameters, and the statement would grow with the rows.
    """
    table = func.jsonb_to_recordset(bindparam("rows", value=list(rows), type_=JSONB, unique=True))
    return table.table_valued(*(column(name, kind) for name, kind in columns.items())).render_derived(
        name="r", with_types=True
    )
