"""SQL that stores a finished draft: the summary, its sentences, and what each of them rests on."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Executable,
    FromClause,
    Integer,
    SmallInteger,
    Table,
    TableValuedAlias,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import plain_rows
from app.evaluations.models import Evaluation, FeedbackEntry
from app.summaries.models import SentenceSource, Summary, SummarySentence
from app.text.types import Sentence

WRITTEN = (
    *("school_id", "evaluation_id", "student_id", "job_id", "locale", "method", "provisional", "input_hash"),
    *("revision", "comments_used", "comments_total", "model", "prompt_version", "checks", "flags"),
)
"""The columns that a finished draft fills."""


async def replace(
    session: AsyncSession,
    values: Mapping[str, Any],
    new_sentences: Sequence[Sentence],
    entry_ids: Mapping[int, int],
    *,
    keep_real: bool = False,
) -> int | None:
    """Store a summary in place of the one before, with its sentences and sources; returns its id.

    `values` has every column of WRITTEN. Under `keep_real` a summary that is not provisional stays, and None
    is returned: a stand-in must not replace what was written for the pupil. The state follows the
    evaluation's policy in the same statement. Entries that were deleted meanwhile drop out as sources instead
    of failing the whole result.

    1. The summary; a first one with its sentences, all in one statement. 2. There was one before: its
    sentences go, and then the new ones come, for within one statement the old ones would still be there.
    """
    links = [(one.index, entry_ids[number]) for one in new_sentences for number in one.sources]
    sentences = {
        "sentence_position": [one.index for one in new_sentences],
        "sentence_kind": [one.kind.value for one in new_sentences],
        "sentence_text": [one.text for one in new_sentences],
        "link_position": [position for position, _ in links],
        "link_entry_id": [entry_id for _, entry_id in links],
        "evaluation_id": values["evaluation_id"],
        "student_id": values["student_id"],
    }
    rows = await plain_rows(session, _STORE[keep_real], {**values, **sentences})
    if not rows:
        return None
    summary_id, is_new = rows[0]
    if not is_new:
        await session.execute(_FORGET_SENTENCES, {"stored_id": summary_id})
        await session.execute(_WRITE_SENTENCES, {"stored_id": summary_id, **sentences})
    return int(summary_id)


_summary, _sentence, _source = (
    cast(Table, model.__table__) for model in (Summary, SummarySentence, SentenceSource)
)


def _store(keep_real: bool) -> Executable:
    """The upsert; `is_new` tells whether there was none before (only then has a row no `xmax`)."""
    given = {name: bindparam(name, type_=_summary.c[name].type) for name in WRITTEN}
    of_summary = Evaluation.id == given["evaluation_id"]
    automatic = select(Evaluation.release).where(of_summary).scalar_subquery() == "automatic"
    row: dict[str, Any] = {
        **given,
        "state": case((automatic, literal("released")), else_=literal("draft")),
        "released_at": case((automatic, func.now())),
    }
    reset = {"created_at": func.now(), "disputed_at": None, "edited_by": None, "edited_at": None}
    reset |= {"approved_by": None, "approved_at": None}
    statement = insert(_summary).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=[_summary.c.evaluation_id, _summary.c.student_id],
        set_={name: statement.excluded[name] for name in row} | reset,
        where=_summary.c.provisional.is_(True) if keep_real else None,
    )
    is_new = literal_column("summary.xmax = 0", Boolean).label("is_new")
    stored = statement.returning(_summary.c.id, is_new).cte("stored")
    first = select(stored.c.id).where(stored.c.is_new).subquery("first")
    return select(stored).add_cte(_sentences_of(first).cte("sources"))


def _sentences_of(summary: FromClause) -> Insert:
    """Writes the sentences of the one summary whose id is in there, or nothing if none is.

    Sources are sought among the pupil's entries. Sought by their ids alone they would cost what the length of
    an array makes them, and PostgreSQL, which keeps no plan that seems dearer, would plan anew each time.
    """
    new = _rows("sentence", position=SmallInteger, kind=Text, text=Text)
    written = (
        insert(_sentence)
        .from_select(
            ["summary_id", "position", "kind", "text"],
            select(summary.c.id, new.c.position, new.c.kind, new.c.text).join(new, true()),
        )
        .returning(_sentence.c.id, _sentence.c.position)
        .cte("written")
    )
    link = _rows("link", position=SmallInteger, entry_id=BigInteger)
    of_student = and_(
        FeedbackEntry.evaluation_id == bindparam("evaluation_id", type_=BigInteger),
        FeedbackEntry.reviewee_id == bindparam("student_id", type_=BigInteger),
    )
    sources = (
        select(written.c.id, link.c.entry_id)
        .join(link, link.c.position == written.c.position)
        .join(FeedbackEntry, and_(FeedbackEntry.id == link.c.entry_id, of_student))
    )
    return insert(_source).from_select(["sentence_id", "entry_id"], sources).on_conflict_do_nothing()


def _rows(name: str, **columns: type[Integer] | type[Text]) -> TableValuedAlias:
    """A table made of parameters, one array for each column, which is named after both."""
    arrays = (bindparam(f"{name}_{column}", type_=ARRAY(of)) for column, of in columns.items())
    return func.unnest(*arrays).table_valued(*columns).render_derived(name=name)


# Built once, for every job goes through them: to build them costs more than to run them.
_STORE = {keep_real: _store(keep_real) for keep_real in (False, True)}
_FORGET_SENTENCES = delete(_sentence).where(_sentence.c.summary_id == bindparam("stored_id"))
_WRITE_SENTENCES = _sentences_of(
    select(bindparam("stored_id", type_=BigInteger).label("id")).subquery("stored")
)
