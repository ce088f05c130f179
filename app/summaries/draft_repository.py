"""SQL that stores a finished draft as the current text or beside it, with what each sentence rests on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
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
    or_,
    select,
    true,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import plain_rows
from app.evaluations.models import Evaluation, FeedbackEntry
from app.summaries import version_repository
from app.summaries.models import SentenceSource, Summary, SummarySentence
from app.text.types import Sentence

WRITTEN = (
    *("school_id", "evaluation_id", "student_id", "job_id", "locale", "method", "provisional", "input_hash"),
    *("revision", "comments_used", "comments_total", "model", "prompt_version", "checks", "flags"),
    *("attention", "left_out", "refused", "basis", "held_for"),
)
"""The columns that a finished draft fills."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a draft went: it is the `current` text, waits `beside` it, or the old one was `kept`."""

    place: Literal["current", "beside", "kept"]
    summary_id: int


async def store(
    session: AsyncSession,
    values: Mapping[str, Any],
    new_sentences: Sequence[Sentence],
    entry_ids: Mapping[int, int],
) -> Stored:
    """Store a draft; returns where it went and the summary's id.

    `values` has every column of WRITTEN. Entries that were deleted meanwhile drop out as sources instead of
    failing the whole result.

    1. There is no text yet: the draft becomes the current one, in one statement. The state follows the
    evaluation's policy; a held text is a draft under any policy. 2. There is one: it is locked. A provisional
    draft, which stands in for what the model owes, changes nothing about a real one. 3. A teacher's text, or
    one that the student reads while the new one is held, stays: the draft is stored beside it. 4. Otherwise
    the old text is kept as a version, and the draft takes its place.
    """
    rows = await plain_rows(session, _FIRST, {**values, **_arrays(values, new_sentences, entry_ids)})
    if rows:
        return Stored("current", int(rows[0][0]))
    current = await version_repository.lock_current(
        session, int(values["evaluation_id"]), int(values["student_id"])
    )
    if current is None:
        raise LookupError("the summary that was in the way is gone")
    flagged = {flag["entry_id"] for flag in values["flags"]}
    if flagged and flagged <= set(current.seen_entries):
        values = {**values, "held_for": []}  # a teacher has looked at every one of these comments
    if values["provisional"] and not current.provisional:
        return Stored("kept", current.id)
    if current.protected or (values["held_for"] and current.is_read):
        await _put_beside(session, current, values, new_sentences, entry_ids)
        return Stored("beside", current.id)
    await _put_in_place(session, current, values, _arrays(values, new_sentences, entry_ids))
    return Stored("current", current.id)


async def _put_beside(
    session: AsyncSession,
    current: version_repository.Current,
    values: Mapping[str, Any],
    new_sentences: Sequence[Sentence],
    entry_ids: Mapping[int, int],
) -> None:
    facts = {**values, "input_hash": bytes(values["input_hash"]).hex(), "state": "draft"}
    facts = {name: facts[name] for name in (*version_repository.FACTS, "input_hash") if name in facts}
    documents = [_document(one, entry_ids) for one in new_sentences]
    await version_repository.put_beside(session, current.id, current.next_number, facts, documents)


async def _put_in_place(
    session: AsyncSession,
    current: version_repository.Current,
    values: Mapping[str, Any],
    sentences: Mapping[str, Any],
) -> None:
    """Put the draft in the place of the current text, which is kept as a version unless it was a stand-in."""
    if not current.provisional:
        await version_repository.keep_current(session, current.id)
    stored = {"stored_id": current.id, "stored_number": current.next_number}
    await plain_rows(session, _REPLACE, {**values, **stored})
    await session.execute(_FORGET_SENTENCES, {"stored_id": current.id})
    await session.execute(_WRITE_SENTENCES, {"stored_id": current.id, **sentences})


def _arrays(
    values: Mapping[str, Any], new_sentences: Sequence[Sentence], entry_ids: Mapping[int, int]
) -> dict[str, Any]:
    links = [(one.index, entry_ids[number]) for one in new_sentences for number in one.sources]
    return {
        "sentence_position": [one.index for one in new_sentences],
        "sentence_kind": [one.kind.value for one in new_sentences],
        "sentence_text": [one.text for one in new_sentences],
        "sentence_origin": [one.origin for one in new_sentences],
        "sentence_quotes": [json.dumps(one.quotes, ensure_ascii=False) for one in new_sentences],
        "link_position": [position for position, _ in links],
        "link_entry_id": [entry_id for _, entry_id in links],
        "evaluation_id": values["evaluation_id"],
        "student_id": values["student_id"],
    }


def _document(sentence: Sentence, entry_ids: Mapping[int, int]) -> dict[str, Any]:
    return {
        "position": sentence.index,
        "kind": sentence.kind.value,
        "text": sentence.text,
        "origin": sentence.origin,
        "quotes": list(sentence.quotes),
        "entry_ids": [entry_ids[number] for number in sentence.sources],
    }


_summary, _sentence, _source = (
    cast(Table, model.__table__) for model in (Summary, SummarySentence, SentenceSource)
)


def _columns() -> dict[str, Any]:
    """The columns of a new current text. Its state follows the policy; a held one is a draft.

    The basic text claims nothing, so it needs no release.
    """
    given = {name: bindparam(name, type_=_summary.c[name].type) for name in WRITTEN}
    policy = select(Evaluation.release).where(Evaluation.id == given["evaluation_id"]).scalar_subquery()
    shown = and_(policy == "automatic", given["held_for"] == literal([], JSONB))
    is_read = or_(shown, given["provisional"])
    return {
        **given,
        "state": case((is_read, literal("released")), else_=literal("draft")),
        "released_at": case((is_read, func.now())),
    }


def _first() -> Executable:
    """A first text with its sentences, in one statement; no row when there is one already."""
    statement = insert(_summary).values(_columns())
    statement = statement.on_conflict_do_nothing(index_elements=["evaluation_id", "student_id"])
    stored = statement.returning(_summary.c.id).cte("stored")
    return select(stored).add_cte(_sentences_of(select(stored.c.id).subquery("first")).cte("sources"))


def _replace() -> Executable:
    """A new text in the place of the current one, which is locked."""
    reset: dict[str, Any] = {
        "created_at": func.now(),
        "disputed_at": None,
        "edited_by": None,
        "edited_at": None,
    }
    reset |= {"approved_by": None, "approved_at": None, "number": bindparam("stored_number", type_=Integer)}
    changed = update(_summary).where(_summary.c.id == bindparam("stored_id", type_=BigInteger))
    return changed.values({**_columns(), **reset}).returning(_summary.c.id)


def _sentences_of(summary: FromClause) -> Insert:
    """Writes the sentences of the one summary whose id is in there, or nothing if none is.

    Sources are sought among the pupil's entries. Sought by their ids alone they would cost what the length of
    an array makes them, and PostgreSQL, which keeps no plan that seems dearer, would plan anew each time.
    """
    new = _rows("sentence", position=SmallInteger, kind=Text, text=Text, origin=Text, quotes=Text)
    written = (
        insert(_sentence)
        .from_select(
            ["summary_id", "position", "kind", "text", "origin", "quotes"],
            select(
                *(summary.c.id, new.c.position, new.c.kind, new.c.text, new.c.origin),
                sql_cast(new.c.quotes, JSONB),
            ).join(new, true()),
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
_FIRST, _REPLACE = _first(), _replace()
_FORGET_SENTENCES = delete(_sentence).where(_sentence.c.summary_id == bindparam("stored_id"))
_WRITE_SENTENCES = _sentences_of(
    select(bindparam("stored_id", type_=BigInteger).label("id")).subquery("stored")
)
