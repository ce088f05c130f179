"""Our worker process with one call to the model in place of the product's reading, judging and writing.

Everything else is the product's own: wake-ups, claims, leases, progress, fenced finish, events. What is left
is what the peers do too, so that queues can be compared with queues. `dramatiq tests.benchmarks.one_call`
"""

import os

from app.llm import Model
from app.summaries import attempt
from app.text.progress import FROM, Reporter
from app.text.steps import Steps
from app.text.types import Draft, Kind, Material, Prompt, Sentence
from tests.benchmarks.model_stub import ASKED


async def one_call(material: Material, model: Model, report: Reporter, _steps: Steps | None = None) -> Draft:
    """A summary of whatever the model says, line by line, without a check."""
    report.stage("writing", FROM["writing"])
    said = await model.complete(Prompt(ASKED, "\n".join(one.text for one in material.comments), version=""))
    lines = said.splitlines()
    sentences = [Sentence(at, Kind.STRENGTH, line, (at + 1,)) for at, line in enumerate(lines[:-1])]
    sentences.append(Sentence(len(lines) - 1, Kind.TIP, lines[-1]))
    for sentence in sentences:
        report.sentence(sentence)
    return Draft(
        method=model.method,
        locale=material.locale,
        sentences=tuple(sentences),
        comments_used=len(material.comments),
        comments_total=len(material.comments),
        model=model.name,
    )


if "DATABASE_URL" in os.environ:
    setattr(attempt, "generate", one_call)  # noqa: B010 - the name is not exported
    from workers.main import broker

    __all__ = ["broker"]
