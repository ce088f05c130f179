"""SQL of versions: texts that are not the current one, kept as documents, and how one becomes the current."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.summaries.models import SummaryVersion

FACTS = (
    *("job_id", "state", "locale", "method", "provisional", "revision", "comments_used", "comments_total"),
    *("model", "prompt_version", "checks", "flags", "attention", "left_out", "refused", "basis", "held_for"),
    *("created_at", "edited_by", "edited_at", "approved_by", "approved_at", "released_at"),
)
"""The columns of a summary that a version keeps, beside its input hash (as hexadecimal digits)."""


_KEPT = frozenset({"state", "released_at", "job_id", "held_for"})
"""What a version does not bring back: whoever chooses it has looked, and the student reads what was read."""


@dataclass(frozen=True, slots=True)
class Current:
    """What decides whether a new text may take the place of the current one. Locked until the commit."""

    id: int
    state: str
    provisional: bool
    edited: bool
    approved: bool
    next_number: int
    release: str
    seen_entries: tuple[int, ...] = ()
    """Flagged comments that a teacher has looked at."""

    @property
    def protected(self) -> bool:
        """Whether it is a teacher's: edited, approved, or released by hand. Such a text is never replaced."""
        by_hand = self.release == "reviewed" and self.state == "released"
        return not self.provisional and (self.edited or self.approved or by_hand)

    @property
    def is_read(self) -> bool:
        """Whether the student reads it now."""
        return not self.provisional and self.state == "released"


async def lock_current(session: AsyncSession, evaluation_id: int, student_id: int) -> Current | None:
    """The current text of a student, if there is one; nobody else changes it until the commit."""
    statement = text(
        """
        SELECT summary.id, state, provisional,
               (edited_by IS NOT NULL OR edited_at IS NOT NULL) AS edited,
               (approved_by IS NOT NULL OR approved_at IS NOT NULL) AS approved,
               1 + greatest(number, (SELECT max(number) FROM summary_version WHERE summary_id = summary.id))
                   AS next_number,
               (SELECT release FROM evaluation WHERE evaluation.id = summary.evaluation_id) AS release,
               seen_entries
        FROM summary WHERE evaluation_id = :evaluation_id AND student_id = :student_id
        FOR UPDATE OF summary
        """
    )
    row = (
        await session.execute(statement, {"evaluation_id": evaluation_id, "student_id": student_id})
    ).first()
    if row is None:
        return None
    return Current(**{**row._mapping, "seen_entries": tuple(row.seen_entries)})


async def keep_current(session: AsyncSession, summary_id: int) -> None:
    """Keep the current text as a version, before another takes its place."""
    facts = ", ".join(f"'{name}', summary.{name}" for name in FACTS)
    statement = text(
        f"""
        INSERT INTO summary_version (summary_id, number, facts, sentences)
        SELECT summary.id, summary.number,
               jsonb_build_object({facts}, 'input_hash', encode(summary.input_hash, 'hex')),
               coalesce((SELECT jsonb_agg(jsonb_build_object(
                   'position', position, 'kind', kind, 'text', text, 'origin', origin, 'quotes', quotes,
                   'entry_ids', (SELECT coalesce(jsonb_agg(entry_id ORDER BY entry_id), '[]'::jsonb)
                                 FROM sentence_source WHERE sentence_id = summary_sentence.id)
               ) ORDER BY position) FROM summary_sentence WHERE summary_id = summary.id), '[]'::jsonb)
        FROM summary WHERE summary.id = :summary_id
        ON CONFLICT (summary_id, number) DO NOTHING
        """  # noqa: S608 - put together of our own column names only
    )
    await session.execute(statement, {"summary_id": summary_id})


async def put_beside(
    session: AsyncSession,
    summary_id: int,
    number: int,
    facts: Mapping[str, Any],
    sentences: Sequence[Mapping[str, Any]],
) -> None:
    """Store a text beside the current one, in place of one that waited there and nobody chose."""
    beside = (SummaryVersion.summary_id == summary_id, SummaryVersion.beside)
    await session.execute(update(SummaryVersion).where(*beside).values(beside=False))
    session.add(
        SummaryVersion(
            summary_id=summary_id,
            number=number,
            beside=True,
            facts=dict(facts),
            sentences=list(map(dict, sentences)),
        )
    )
    await session.flush()


async def beside(session: AsyncSession, summary_id: int) -> SummaryVersion | None:
    """The newer text that waits beside the current one, if there is one."""
    return await session.scalar(
        select(SummaryVersion).where(SummaryVersion.summary_id == summary_id, SummaryVersion.beside)
    )


async def set_aside(session: AsyncSession, summary_id: int) -> bool:
    """The text beside the current one waits no longer; it stays in the history. False: there was none."""
    beside = (SummaryVersion.summary_id == summary_id, SummaryVersion.beside)
    statement = update(SummaryVersion).where(*beside).values(beside=False).returning(SummaryVersion.id)
    return (await session.scalar(statement)) is not None


async def make_current(session: AsyncSession, summary_id: int, version: SummaryVersion, state: str) -> None:
    """Put a version in the place of the current text, which `keep_current` has kept, and forget its row."""
    columns = ", ".join(f"{name} = new.{name}" for name in FACTS if name not in _KEPT)
    statement = text(
        f"""
        UPDATE summary SET {columns}, state = :state, number = :number, held_for = '[]'::jsonb,
               job_id = (SELECT id FROM job WHERE id = new.job_id),
               input_hash = decode(:input_hash, 'hex'), disputed_at = NULL
        FROM jsonb_populate_record(NULL::summary, CAST(:facts AS jsonb)) AS new
        WHERE summary.id = :summary_id
        """  # noqa: S608 - put together of our own column names only
    )
    facts = {name: value for name, value in version.facts.items() if name != "input_hash"}
    bound = {
        "summary_id": summary_id,
        "state": state,
        "number": version.number,
        "input_hash": version.facts.get("input_hash", ""),
    }
    await session.execute(statement, {**bound, "facts": _json(facts)})
    await session.execute(text("DELETE FROM summary_sentence WHERE summary_id = :id"), {"id": summary_id})
    await session.execute(_WRITE_SENTENCES, {"id": summary_id, "sentences": _json(version.sentences)})
    await session.execute(delete(SummaryVersion).where(SummaryVersion.id == version.id))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


_WRITE_SENTENCES = text(
    """
    WITH new AS (
        SELECT * FROM jsonb_to_recordset(CAST(:sentences AS jsonb))
            AS new (position smallint, kind text, text text, origin text, quotes jsonb, entry_ids jsonb)
    ), written AS (
        INSERT INTO summary_sentence (summary_id, position, kind, text, origin, quotes)
        SELECT :id, position, kind, text, origin, quotes FROM new
        RETURNING id, position
    )
    INSERT INTO sentence_source (sentence_id, entry_id)
    SELECT written.id, feedback_entry.id
    FROM written JOIN new USING (position), jsonb_array_elements_text(new.entry_ids) AS source (entry_id)
    JOIN feedback_entry ON feedback_entry.id = source.entry_id::bigint
    """
)
