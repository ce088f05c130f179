"""SQL that writes many pupils of a school at once: one statement, however many there are."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    String,
    all_,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from app.accounts.models import User
from app.core.recordset import Rows, recordset


async def reserve_user_ids(session: AsyncSession, count: int) -> list[int]:
    """Ids for people who are about to be added, so that the order of returned rows does not matter."""
    sequence = func.pg_get_serial_sequence(User.__tablename__, "id")
    query = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
    return [int(number) for number in await session.scalars(query)]


async def add_students(
    session: AsyncSession, school_id: int, import_run_id: int | None, students: Rows
) -> None:
    """Add pupils. Rows: id, given_name, infix, family_name, aliases, email, number, class_name.

    Raises IntegrityError when a number or an address is in use.
    """
    r = recordset(
        students,
        id=BigInteger(),
        given_name=String(),
        infix=String(),
        family_name=String(),
        aliases=User.aliases.type,
        email=String(),
        number=String(),
        class_name=String(),
    )
    columns = ["id", "given_name", "infix", "family_name", "aliases", "email", "number", "class_name"]
    source = select(
        *(r.c[name] for name in columns),
        literal(school_id, BigInteger()),
        literal("pupil"),
        literal(import_run_id, BigInteger()),
    )
    await session.execute(insert(User).from_select([*columns, "school_id", "role", "import_run_id"], source))


_COMPLETED: dict[str, TypeEngine[Any]] = {
    "user_id": BigInteger(),
    "email": String(),
    "number": String(),
    "class_name": String(),
    "aliases": User.aliases.type,
}


async def complete_students(session: AsyncSession, school_id: int, rows: Rows) -> None:
    """Set numbers and addresses where there are none, add aliases, set the class.

    Rows: user_id, email, number, class_name, aliases. Null leaves a field as it is.
    """
    r = recordset(rows, **_COMPLETED)
    await session.execute(
        update(User)
        .where(User.id == r.c.user_id, User.school_id == school_id, User.role == "pupil")
        .values(
            email=func.coalesce(User.email, r.c.email),
            number=func.coalesce(User.number, r.c.number),
            class_name=func.coalesce(r.c.class_name, User.class_name),
            aliases=func.array_cat(User.aliases, r.c.aliases),
        )
    )


async def undo_completions(session: AsyncSession, school_id: int, rows: Rows) -> None:
    """Take back what `complete_students` set. A field that was changed since stays as it is.

    Rows: user_id, email, number, aliases, class_name (what was set), class_was (the class before).
    """
    r = recordset(rows, **_COMPLETED, class_was=String())
    is_as_set = User.class_name == r.c.class_name
    alias = func.unnest(User.aliases).column_valued("alias")
    other_aliases = select(alias).where(alias != all_(r.c.aliases)).correlate(User, r).scalar_subquery()
    await session.execute(
        update(User)
        .where(User.id == r.c.user_id, User.school_id == school_id)
        .values(
            email=func.nullif(User.email, r.c.email),
            number=func.nullif(User.number, r.c.number),
            class_name=case((is_as_set, r.c.class_was), else_=User.class_name),
            aliases=func.array(other_aliases),
        )
    )


async def remove_students(session: AsyncSession, school_id: int, user_ids: Sequence[int]) -> None:
    """Remove pupils with everything that refers to them."""
    r = recordset([{"user_id": user_id} for user_id in user_ids], user_id=BigInteger())
    await session.execute(
        delete(User).where(User.id == r.c.user_id, User.school_id == school_id, User.role == "pupil")
    )
