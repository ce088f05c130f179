"""A draft is stored whole or not at all, in place of the one before, with those sources that still exist."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, update

from app.core.unit_of_work import UnitOfWorkFactory
from app.evaluations.models import Evaluation, FeedbackEntry
from app.jobs.models import Job, student_of
from app.jobs.service import Lease
from app.settings import Settings
from app.summaries import draft_repository, finish, inputs, repository
from app.summaries.draft_repository import Stored
from app.summaries.inputs import Reading
from app.summaries.models import SentenceSource, Summary, SummarySentence, SummaryVersion
from app.text.types import Draft, FlagReason, Kind, Method, Sentence
from tests.support.classes import make_class, must_claim, order, queue
from tests.support.school import counted_statements
from tests.support.web import open_units

FIRST = (
    Sentence(0, Kind.STRENGTH, "Je komt op tijd en helpt je team.", (1, 2, 2)),
    Sentence(1, Kind.GROWTH, "Je mag duidelijker plannen.", (2,)),
    Sentence(2, Kind.TIP, "Zet samen een planning op papier."),
)
SECOND = (
    Sentence(0, Kind.GROWTH, "Je mag vaker iets van je laten horen.", (1,)),
    Sentence(1, Kind.TIP, "Begin elk overleg met een vraag."),
)


class Desk:
    """One pupil with a running job, and what was read for it."""

    def __init__(self, units: UnitOfWorkFactory, job: Job, lease: Lease, reading: Reading) -> None:
        self.units, self.job, self.lease, self.reading = units, job, lease, reading

    async def write(
        self,
        sentences: tuple[Sentence, ...],
        *,
        provisional: bool = False,
        held_for: tuple[FlagReason, ...] = (),
    ) -> tuple[Stored, int]:
        """Store these; returns where they went and how many statements that took."""
        draft = replace(draft_of(sentences), provisional=provisional, held_for=held_for)
        values = finish.columns(self.job, self.reading, draft)
        with counted_statements() as sent:
            async with self.units() as uow:
                stored = await draft_repository.store(uow.session, values, sentences, self.reading.entry_ids)
        return stored, len(sent)

    async def teacher(self, **values: object) -> None:
        """What a teacher did with the current text, or with the evaluation's policy."""
        async with self.units() as uow:
            if "release" in values:
                await uow.session.execute(update(Evaluation).values(release=values.pop("release")))
            if values:
                await uow.session.execute(update(Summary).values(**values))

    async def versions(self) -> list[tuple[int, bool, list[str]]]:
        """All versions but the current one: number, whether it waits beside it, and its sentences."""
        async with self.units() as uow:
            found = await uow.session.scalars(select(SummaryVersion).order_by(SummaryVersion.number))
            return [(one.number, one.beside, [row["text"] for row in one.sentences]) for one in found]

    async def read(self) -> dict[str, list[int]]:
        """The sentences that are stored, in order, with the numbers of the comments under each."""
        numbers = {entry_id: number for number, entry_id in self.reading.entry_ids.items()}
        async with self.units() as uow:
            found = await uow.session.scalars(select(Summary.id))
            stored = [one for summary in found for one in await repository.sentences(uow.session, summary)]
        return {one.text: sorted(numbers[entry] for entry in one.entry_ids) for one in stored}


def draft_of(sentences: tuple[Sentence, ...]) -> Draft:
    """As a model would have written it."""
    return Draft(Method.AI, "nl", sentences, comments_used=2, comments_total=2)


def expected(sentences: tuple[Sentence, ...], *gone: int) -> dict[str, list[int]]:
    """What is to be read of these when some comments are gone."""
    return {one.text: sorted(set(one.sources).difference(gone)) for one in sentences}


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """A pupil with two comments whose job runs."""
    async with open_units(settings) as units:
        some = await make_class(units, "a", 3)
        await queue(units, order(some, some.students[:1]))
        job, lease = await must_claim(units)
        async with units() as uow:
            reading = await inputs.read(uow.session, *student_of(job), "m")
        yield Desk(units, job, lease, reading)


async def test_a_first_summary_is_one_statement_with_all_that_belongs_to_it(desk: Desk) -> None:
    stored, statements = await desk.write(FIRST)
    assert stored.place == "current"
    assert statements == 1
    assert await desk.read() == expected(FIRST)


async def test_what_is_replaced_leaves_no_sentence_behind(desk: Desk) -> None:
    first, _ = await desk.write(FIRST)
    second, _ = await desk.write(SECOND)
    assert first == second
    assert await desk.read() == expected(SECOND)
    await desk.write(FIRST)
    assert await desk.read() == expected(FIRST)
    async with desk.units() as uow:
        assert await uow.session.scalar(select(func.count()).select_from(SentenceSource)) == 3


async def test_a_stand_in_gives_way_to_what_the_model_writes_and_not_the_other_way(desk: Desk) -> None:
    for stand_in in (SECOND, FIRST[:1]):
        stored, _ = await desk.write(stand_in, provisional=True)
        assert stored.place == "current"
        assert await desk.read() == expected(stand_in)
    await desk.write(FIRST)
    stored, _ = await desk.write(SECOND, provisional=True)
    assert stored.place == "kept"
    assert await desk.read() == expected(FIRST)


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_comment_that_is_deleted_meanwhile_drops_out_as_a_source(desk: Desk, replaced: bool) -> None:
    if replaced:
        await desk.write(SECOND)
    async with desk.units() as uow:
        gone = FeedbackEntry.id == desk.reading.entry_ids[2]
        await uow.session.execute(delete(FeedbackEntry).where(gone))
    await desk.write(FIRST)
    assert await desk.read() == expected(FIRST, 2)


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_summary_without_sentences_is_stored(desk: Desk, replaced: bool) -> None:
    if replaced:
        await desk.write(FIRST)
    stored, _ = await desk.write(())
    assert stored.place == "current"
    assert await desk.read() == {}


async def test_whoever_lost_the_lease_writes_nothing(desk: Desk) -> None:
    late = Lease(desk.lease.job_id, uuid4())
    written = finish.Written(desk.job, desk.reading, draft_of(FIRST))
    async with desk.units() as uow:
        await written.store(uow, late)
    async with desk.units() as uow:
        for table in (Summary, SummarySentence, SentenceSource):
            assert await uow.session.scalar(select(func.count()).select_from(table)) == 0
        await written.store(uow, desk.lease)
    assert await desk.read() == expected(FIRST)


async def test_an_older_text_is_kept_as_a_version(desk: Desk) -> None:
    await desk.write(FIRST)
    await desk.write(SECOND)
    assert await desk.versions() == [(1, False, [one.text for one in FIRST])]


@pytest.mark.parametrize("mark", ["edited_at", "approved_at"])
async def test_a_new_text_stands_beside_a_teacher_s(desk: Desk, mark: str) -> None:
    await desk.write(FIRST)
    await desk.teacher(**{mark: datetime(2026, 11, 1, tzinfo=UTC)})
    stored, _ = await desk.write(SECOND)
    assert stored.place == "beside"
    assert await desk.read() == expected(FIRST)
    assert await desk.versions() == [(2, True, [one.text for one in SECOND])]
    await desk.write(SECOND[:1])
    assert [(number, beside) for number, beside, _ in await desk.versions()] == [(2, False), (3, True)]


async def test_a_text_that_a_teacher_released_by_hand_stays(desk: Desk) -> None:
    await desk.teacher(release="reviewed")
    await desk.write(FIRST)
    await desk.teacher(state="released")
    assert (await desk.write(SECOND))[0].place == "beside"
    assert await desk.read() == expected(FIRST)


async def test_a_held_text_is_a_draft_and_never_replaces_what_the_student_reads(desk: Desk) -> None:
    await desk.write(FIRST, held_for=("self_harm",))
    async with desk.units() as uow:
        assert await uow.session.scalar(select(Summary.state)) == "draft"
    await desk.write(FIRST)
    async with desk.units() as uow:
        assert await uow.session.scalar(select(Summary.state)) == "released"
    assert (await desk.write(SECOND, held_for=("home",)))[0].place == "beside"
    assert await desk.read() == expected(FIRST)


async def test_the_basic_text_needs_no_release(desk: Desk) -> None:
    await desk.teacher(release="reviewed")
    await desk.write(SECOND, provisional=True)
    async with desk.units() as uow:
        assert await uow.session.scalar(select(Summary.state)) == "released"
