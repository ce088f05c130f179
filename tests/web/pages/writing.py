"""A summary written without a worker: claimed, made of given sentences, and stored as a worker does."""

from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs import service as jobs
from app.jobs.models import student_of
from app.summaries import draft_repository, finish, inputs
from app.text.types import Draft, Kind, Method, Sentence
from tests.support.classes import must_claim

SENTENCES = (
    Sentence(0, Kind.STRENGTH, "Je komt op tijd en helpt je team.", (1,)),
    Sentence(1, Kind.GROWTH, "Je mag duidelijker plannen.", (2,)),
    Sentence(2, Kind.TIP, "Zet samen een planning op papier."),
)


async def write_next(units: UnitOfWorkFactory, flagged: int | None = None) -> None:
    """Complete the job that is next in line with SENTENCES, and store them."""
    job, lease = await must_claim(units)
    async with units() as uow:
        reading = await inputs.read(uow.session, *student_of(job), "model")
        draft = Draft(Method.AI, "nl", SENTENCES, comments_used=2, comments_total=2, checks={"names": 1})
        assert await jobs.complete(uow, lease) is not None
        flags = [{"entry_id": reading.entry_ids[flagged], "reason": "insult"}] if flagged else []
        values = {**finish.columns(job, reading, draft), "model": "model", "flags": flags}
        await draft_repository.store(uow.session, values, draft.sentences, reading.entry_ids)


async def fail_next(units: UnitOfWorkFactory, code: str = "model_answer") -> None:
    """Let the job that is next in line fail for good."""
    _, lease = await must_claim(units)
    async with units() as uow:
        assert await jobs.fail(uow, lease, code, retryable=False) is not None
