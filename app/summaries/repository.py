"""SQL of stored summaries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, delete, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from app.evaluations.models import Evaluation, Participant
from app.jobs.models import Job
from app.summaries.models import SentenceSource, Summary, SummarySentence
from app.summaries.types import Sentence


@dataclass(frozen=True, slots=True)
class StoredSentence:
    """A sentence as stored, with the feedback entries that it rests on."""

    position: int
    kind: str
    text: str
    entry_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """How far a class is. `total` leaves out who received nothing and was never queued.

    `attention`: failed, or with a flag or an objection that no teacher has seen to yet.
    """

    total: int
    ready: int
    processing: int
    queued: int
    attention: int


async def class_counts(session: AsyncSession, evaluation_id: int) -> ClassCounts:
    """Count a class in one statement: each pupil by the newest job and the stored summary."""
    statement = text(
        """
        SELECT count(*) FILTER (WHERE participant.feedback_count > 0 OR newest.state IS NOT NULL),
               count(*) FILTER (WHERE summary.provisional = false AND newest.live IS NOT TRUE),
               count(*) FILTER (WHERE newest.state = 'processing'),
               count(*) FILTER (WHERE newest.state = 'queued'),
               count(*) FILTER (WHERE newest.state = 'failed' OR summary.disputed_at IS NOT NULL
                                OR (summary.flags <> '[]' AND summary.approved_at IS NULL))
        FROM participant
        LEFT JOIN LATERAL (
            SELECT state, state IN ('queued', 'processing') AS live FROM job
            WHERE job.student_id = participant.student_id AND job.evaluation_id = participant.evaluation_id
            ORDER BY created_at DESC LIMIT 1
        ) AS newest ON true
        LEFT JOIN summary ON summary.evaluation_id = participant.evaluation_id
                         AND summary.student_id = participant.student_id
        WHERE participant.evaluation_id = :evaluation_id
        """
    )
    row = (await session.execute(statement, {"evaluation_id": evaluation_id})).one()
    return ClassCounts(*row)


async def get(session: AsyncSession, school_id: int, evaluation_id: int, student_id: int) -> Summary | None:
    """The stored summary of a pupil."""
    return await session.scalar(
        select(Summary).where(
            Summary.school_id == school_id,
            Summary.evaluation_id == evaluation_id,
            Summary.student_id == student_id,
        )
    )


async def of_pupil(session: AsyncSession, evaluation_id: int, student_id: int) -> Summary | None:
    """The stored summary of a pupil, for a reader whose right to the evaluation was checked before."""
    return await session.scalar(
        select(Summary).where(Summary.evaluation_id == evaluation_id, Summary.student_id == student_id)
    )


async def of_evaluation(session: AsyncSession, evaluation_id: int) -> dict[int, Summary]:
    """Every stored summary of an evaluation, by pupil."""
    found = await session.scalars(select(Summary).where(Summary.evaluation_id == evaluation_id))
    return {summary.student_id: summary for summary in found}


async def fresh_jobs(session: AsyncSession, evaluation_id: int, student_ids: Sequence[int]) -> dict[int, Job]:
    """The completed job of each pupil whose stored summary is what a new run would be made from again."""
    statement = (
        select(Job)
        .join(Summary, Summary.job_id == Job.id)
        .join(
            Participant,
            and_(
                Participant.evaluation_id == Summary.evaluation_id,
                Participant.student_id == Summary.student_id,
            ),
        )
        .where(
            Summary.evaluation_id == evaluation_id,
            Summary.student_id.in_(student_ids),
            Summary.revision == Participant.revision,
            Summary.provisional.is_(False),
            Job.state == "completed",
        )
    )
    return {job.student_id: job for job in await session.scalars(statement)}


async def is_fresh(session: AsyncSession, summary: Summary) -> bool:
    """Whether nothing that this summary is made of has changed since."""
    revision = await session.scalar(
        select(Participant.revision).where(
            Participant.evaluation_id == summary.evaluation_id, Participant.student_id == summary.student_id
        )
    )
    return revision == summary.revision and not summary.provisional


async def sentences(session: AsyncSession, summary_id: int) -> list[StoredSentence]:
    """The sentences in reading order, each with its sources."""
    sources = func.array_remove(func.array_agg(SentenceSource.entry_id.distinct()), None)
    statement = (
        select(SummarySentence.position, SummarySentence.kind, SummarySentence.text, sources)
        .outerjoin(SentenceSource, SentenceSource.sentence_id == SummarySentence.id)
        .where(SummarySentence.summary_id == summary_id)
        .group_by(SummarySentence.id)
        .order_by(SummarySentence.position)
    )
    return [StoredSentence(row[0], row[1], row[2], tuple(row[3])) for row in await session.execute(statement)]


async def replace(
    session: AsyncSession,
    values: Mapping[str, Any],
    new_sentences: Sequence[Sentence],
    entry_ids: Mapping[int, int],
    *,
    keep_real: bool = False,
) -> int | None:
    """Store a summary in place of the one before, with its sentences and sources; returns its id.

    Under `keep_real` a summary that is not provisional stays, and None is returned: a stand-in must not
    replace what was written for the pupil. The state follows the evaluation's policy in the same statement.
    """
    release = select(Evaluation.release).where(Evaluation.id == values["evaluation_id"]).scalar_subquery()
    automatic = release == "automatic"
    row = {
        **values,
        "state": case((automatic, literal("released")), else_=literal("draft")),
        "released_at": case((automatic, func.now())),
    }
    statement = upsert(Summary).values(row)
    reset = {"created_at": func.now(), "disputed_at": None, "edited_by": None, "edited_at": None}
    reset |= {"approved_by": None, "approved_at": None}
    statement = statement.on_conflict_do_update(
        index_elements=[Summary.evaluation_id, Summary.student_id],
        set_={name: statement.excluded[name] for name in row} | reset,
        where=Summary.provisional.is_(True) if keep_real else None,
    )
    summary_id = await session.scalar(statement.returning(Summary.id))
    if summary_id is not None:
        await _write_sentences(session, summary_id, new_sentences, entry_ids)
    return summary_id


async def released_at_once(session: AsyncSession, evaluation_id: int) -> bool:
    """Whether pupils of this evaluation may read what is written without a teacher's release."""
    release = await session.scalar(select(Evaluation.release).where(Evaluation.id == evaluation_id))
    return release == "automatic"


async def _write_sentences(
    session: AsyncSession, summary_id: int, written: Sequence[Sentence], entry_ids: Mapping[int, int]
) -> None:
    """Entries that were deleted meanwhile drop out as sources instead of failing the whole result."""
    await session.execute(delete(SummarySentence).where(SummarySentence.summary_id == summary_id))
    if not written:
        return
    rows = [
        {"summary_id": summary_id, "position": one.index, "kind": one.kind.value, "text": one.text}
        for one in written
    ]
    statement = insert(SummarySentence).returning(SummarySentence.position, SummarySentence.id)
    ids = dict((await session.execute(statement, rows)).all())
    links = [(ids[one.index], entry_ids[number]) for one in written for number in one.sources]
    if links:
        await session.execute(
            text(
                """
                INSERT INTO sentence_source (sentence_id, entry_id)
                SELECT link.sentence_id, link.entry_id
                FROM unnest(CAST(:sentences AS bigint[]), CAST(:entries AS bigint[]))
                     AS link (sentence_id, entry_id)
                JOIN feedback_entry ON feedback_entry.id = link.entry_id
                ON CONFLICT DO NOTHING
                """
            ),
            {"sentences": [link[0] for link in links], "entries": [link[1] for link in links]},
        )


async def adopt(session: AsyncSession, summary: Summary, job_id: str, revision: int) -> None:
    """The stored summary is what this job would have written: it is now this job's."""
    await session.execute(
        update(Summary).where(Summary.id == summary.id).values(job_id=job_id, revision=revision)
    )


async def move(
    session: AsyncSession,
    evaluation_id: int,
    student_ids: Sequence[int] | None,
    values: dict[str, Any],
    *,
    only_unreleased: bool = False,
) -> list[int]:
    """Set columns of the stored summaries of some pupils or of all; returns the pupils.

    With `only_unreleased`, stand-ins and summaries that were released before are left alone.
    """
    statement = update(Summary).where(Summary.evaluation_id == evaluation_id).values(values)
    if student_ids is not None:
        statement = statement.where(Summary.student_id.in_(student_ids))
    if only_unreleased:
        statement = statement.where(Summary.state != "released", Summary.provisional.is_(False))
    return list(await session.scalars(statement.returning(Summary.student_id)))


async def rewrite_sentences(session: AsyncSession, summary_id: int, texts: Mapping[int, str]) -> None:
    """A teacher's own words for some sentences; an empty text takes the sentence out."""
    for position, words in texts.items():
        chosen = and_(SummarySentence.summary_id == summary_id, SummarySentence.position == position)
        if words:
            await session.execute(update(SummarySentence).where(chosen).values(text=words))
        else:
            await session.execute(delete(SummarySentence).where(chosen))
