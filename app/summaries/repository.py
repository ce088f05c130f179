"""SQL of stored summaries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    and_,
    any_,
    bindparam,
    delete,
    func,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import plain_rows
from app.evaluations.material_repository import MATERIAL, MATERIAL_WIDTH, decode_material
from app.evaluations.models import Evaluation, Participant
from app.evaluations.read_models import MaterialRows
from app.jobs.models import Job, student_of
from app.jobs.sql.reads import UNFINISHED
from app.jobs.states import State
from app.summaries.models import SentenceSource, Summary, SummarySentence
from app.summaries.orders import subject_keys
from app.tasks import SUMMARY


@dataclass(frozen=True, slots=True)
class StoredSentence:
    """A sentence as stored, with the feedback entries that it rests on."""

    position: int
    kind: str
    text: str
    entry_ids: tuple[int, ...]


class Stored(NamedTuple):
    """What the next job of a pupil wants to know of the stored summary."""

    id: int
    state: str
    method: str
    comments_total: int
    input_hash: bytes


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


async def inputs(
    session: AsyncSession, school_id: int, evaluation_id: int, student_id: int
) -> tuple[MaterialRows, Stored | None] | None:
    """What a student's summary is made of, and what the model has written before; None: no such student.

    One statement, so that both are of the same time.
    """
    bound = {"school_id": school_id, "evaluation_id": evaluation_id, "student_id": student_id}
    rows = await plain_rows(session, _INPUTS, bound)
    if not rows:
        return None
    stored = rows[0][MATERIAL_WIDTH:]
    return decode_material(rows[0]), None if stored[0] is None else Stored(*stored)


async def class_counts(session: AsyncSession, evaluation_id: int) -> ClassCounts:
    """Count one class."""
    return (await counts_of_classes(session, [evaluation_id]))[evaluation_id]


async def counts_of_classes(session: AsyncSession, evaluation_ids: Sequence[int]) -> dict[int, ClassCounts]:
    """Count classes in one statement: each pupil by the newest job and the stored summary."""
    statement = text(
        """
        SELECT participant.evaluation_id,
               count(*) FILTER (WHERE participant.feedback_count > 0 OR newest.state IS NOT NULL),
               count(*) FILTER (WHERE summary.provisional = false AND newest.unfinished IS NOT TRUE),
               count(*) FILTER (WHERE newest.state = 'processing'),
               count(*) FILTER (WHERE newest.state = 'queued'),
               count(*) FILTER (WHERE newest.state = 'failed' OR summary.disputed_at IS NOT NULL
                                OR (summary.flags <> '[]' AND summary.approved_at IS NULL)
                                OR summary.held_for <> '[]'
                                OR EXISTS (SELECT FROM summary_version AS newer
                                           WHERE newer.summary_id = summary.id AND newer.beside))
        FROM participant
        LEFT JOIN LATERAL (
            SELECT state, completed_at IS NULL AS unfinished FROM job
            WHERE job.student_id = participant.student_id AND job.evaluation_id = participant.evaluation_id
              AND job.task = 'summary'
            ORDER BY created_at DESC LIMIT 1
        ) AS newest ON true
        LEFT JOIN summary ON summary.evaluation_id = participant.evaluation_id
                         AND summary.student_id = participant.student_id
        WHERE participant.evaluation_id = ANY(CAST(:evaluation_ids AS bigint[]))
        GROUP BY participant.evaluation_id
        """
    )
    rows = await session.execute(statement, {"evaluation_ids": list(evaluation_ids)})
    found = {evaluation_id: ClassCounts(*counts) for evaluation_id, *counts in rows}
    return {one: found.get(one, ClassCounts(0, 0, 0, 0, 0)) for one in evaluation_ids}


async def get(session: AsyncSession, school_id: int, evaluation_id: int, student_id: int) -> Summary | None:
    """The stored summary of a pupil."""
    return await session.scalar(
        select(Summary).where(
            Summary.school_id == school_id,
            Summary.evaluation_id == evaluation_id,
            Summary.student_id == student_id,
        )
    )


async def get_by_student(session: AsyncSession, evaluation_id: int, student_id: int) -> Summary | None:
    """The stored summary of a pupil, for a reader whose right to the evaluation was checked before."""
    return await session.scalar(
        select(Summary).where(Summary.evaluation_id == evaluation_id, Summary.student_id == student_id)
    )


async def get_by_evaluation(session: AsyncSession, evaluation_id: int) -> dict[int, Summary]:
    """Every stored summary of an evaluation, by pupil."""
    found = await session.scalars(select(Summary).where(Summary.evaluation_id == evaluation_id))
    return {summary.student_id: summary for summary in found}


async def fresh_jobs(session: AsyncSession, evaluation_id: int, student_ids: Sequence[int]) -> dict[int, Job]:
    """The completed job of each pupil whose stored summary is what a new run would be made from again."""
    bound = {"evaluation_id": evaluation_id, "student_ids": list(student_ids)}
    return {student_of(job).student_id: job for job in await session.scalars(_FRESH_JOBS, bound)}


async def answering_job(
    session: AsyncSession, evaluation_id: int, student_id: int, *, force: bool
) -> Job | None:
    """What makes another job of a pupil needless: the live one, or else, without `force`, as `fresh_jobs`."""
    bound = {
        "task": SUMMARY,
        "subject_keys": subject_keys(evaluation_id, [student_id]),
        "evaluation_id": evaluation_id,
        "student_ids": [student_id],
    }
    found = await session.scalars(_ANSWERING_JOBS[force], bound)
    return max(found, key=lambda job: job.state != State.COMPLETED, default=None)


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


async def released_at_once(session: AsyncSession, evaluation_id: int) -> bool:
    """Whether pupils of this evaluation may read what is written without a teacher's release."""
    release = await session.scalar(select(Evaluation.release).where(Evaluation.id == evaluation_id))
    return release == "automatic"


async def adopt(session: AsyncSession, summary_id: int, job_id: str, revision: int) -> None:
    """The stored summary is what this job would have written: it is now this job's."""
    await session.execute(
        update(Summary).where(Summary.id == summary_id).values(job_id=job_id, revision=revision)
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

    With `only_unreleased`, stand-ins, held texts and summaries that were released before are left alone.
    """
    statement = update(Summary).where(Summary.evaluation_id == evaluation_id).values(values)
    if student_ids is not None:
        statement = statement.where(Summary.student_id.in_(student_ids))
    if only_unreleased:
        unread = (Summary.state != "released", Summary.provisional.is_(False), Summary.held_for == [])
        statement = statement.where(*unread)
    return list(await session.scalars(statement.returning(Summary.student_id)))


async def rewrite_sentences(session: AsyncSession, summary_id: int, texts: Mapping[int, str]) -> None:
    """A teacher's own words for some sentences; an empty text takes the sentence out."""
    for position, words in texts.items():
        chosen = and_(SummarySentence.summary_id == summary_id, SummarySentence.position == position)
        if words:
            await session.execute(update(SummarySentence).where(chosen).values(text=words))
        else:
            await session.execute(delete(SummarySentence).where(chosen))


# What every job goes through is built once: to build such a statement costs more than to run it.
_FRESH = (
    select(Job.id)
    .join(Summary, Summary.job_id == Job.id)
    .join(
        Participant,
        and_(
            Participant.evaluation_id == Summary.evaluation_id,
            Participant.student_id == Summary.student_id,
        ),
    )
    .where(
        Summary.evaluation_id == bindparam("evaluation_id"),
        Summary.student_id == any_(bindparam("student_ids", type_=ARRAY(BigInteger))),
        Summary.revision == Participant.revision,
        Summary.provisional.is_(False),
        Job.state == "completed",
    )
)
_FRESH_JOBS = select(Job).where(Job.id.in_(_FRESH))
_ANSWERING_JOBS = {
    True: select(Job).where(UNFINISHED),
    False: select(Job).where(Job.id.in_(union_all(select(Job.id).where(UNFINISHED), _FRESH))),
}
_INPUTS = MATERIAL.add_columns(
    Summary.id, Summary.state, Summary.method, Summary.comments_total, Summary.input_hash
).outerjoin(
    Summary,
    and_(
        Summary.evaluation_id == Participant.evaluation_id,
        Summary.student_id == Participant.student_id,
        Summary.provisional.is_(False),
    ),
)
"""What a student's summary is made of, and the columns of Stored; nulls if the model has written none."""
