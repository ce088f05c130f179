"""The summaries' handler: one attempt from reading the comments to the ending that the runner stores."""

import structlog

from app.core.db import database_is_away
from app.core.errors import NotFound
from app.jobs.handlers import Ending, Failed, Report, Tools
from app.jobs.models import Job, student_of
from app.jobs.service import Lease
from app.llm import ModelFault
from app.summaries import finish, inputs
from app.summaries.inputs import Reading
from app.text.generate import generate

log = structlog.get_logger(__name__)

CAUSES = {
    "unreachable": "model_unreachable",
    "timeout_connect": "model_unreachable",
    "timeout_first_token": "model_slow",
    "timeout_total": "model_slow",
    "busy": "model_busy",
    "model_missing": "model_setup",
}
"""The error code of each fault of the model; every other fault was in its answer."""


class SummaryHandler:
    """Writes summaries; see app.jobs.handlers.Handler."""

    def __init__(self, tools: Tools) -> None:
        self._sessions = tools.sessions
        self._model = tools.model

    async def attempt(self, job: Job, _lease: Lease, report: Report) -> Ending:
        """1. Read. 2. The same input as stored: adopt. 3. Generate, with no session open. 4. Finish.

        A fault of the model, and one of ours, become a retry with a stand-in for the student to read.
        """
        reading = None
        try:
            reading = await self._read(job)
            unchanged = None if job.force else reading.unchanged
            if unchanged is not None:
                return finish.Adopted(job, reading, unchanged)
            draft = await generate(reading.material, self._model, report)
            return finish.Written(job, reading, draft)
        except ModelFault as fault:
            log.warning("model_fault", fault=str(fault))
            return finish.unwritten(job, reading, CAUSES.get(fault.code, "model_answer"), fault.retryable)
        except NotFound:
            return Failed("pupil_gone", retryable=False)
        except Exception as error:
            if database_is_away(error) or reading is None:
                raise
            log.exception("attempt_crashed")
            return finish.unwritten(job, reading, "internal", retryable=True)

    async def _read(self, job: Job) -> Reading:
        async with self._sessions() as session:
            return await inputs.read(session, *student_of(job), self._model.name)
