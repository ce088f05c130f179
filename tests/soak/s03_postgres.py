"""PostgreSQL is restarted at once, is away for half a minute, and its connections are cut at random.

Pupils come in and workers work meanwhile. Whoever asks is answered within 2 s, with a 202 or with a 503 that
says when to come again. What was accepted ends with one result, no process needs a hand, and at the end
thirty calls at the same moment are all served: the pools have recovered.
"""

import asyncio

import httpx

from tests.soak.asker import Asker
from tests.soak.own_postgres import OwnPostgres
from tests.soak.report import Report, Scale
from tests.soak.system import System, open_system
from tests.soak.verdict import completed, judge
from tests.soak.work import Witness, until_work_goes_on
from tests.support.model_scripts import slow_start

ANSWER_LIMIT_SECONDS = 2.0
BACK_TIMEOUT_SECONDS = 20.0
"""A lease of 10 s must run out and a sweep come round; most of the work goes on at once."""
CROWD = 30


async def run(scale: Scale) -> Report:
    """See the module."""
    report = Report("3. PostgreSQL restarted, away, connections cut")
    async with open_system(WORKER_THREADS="8") as system:
        await system.web.start()
        await system.add_workers(scale.pick(2, 1))
        witness = Witness(system)
        await system.model.answer_by(slow_start(0.1))
        classes = [(some, await system.teacher(some)) for some in await system.classes(scale.pick(1500, 200))]
        asker = Asker(system.web.url, classes, 0.05)
        postgres = OwnPostgres(system.servers.postgres, system.units)
        async with asker.asking():
            gaps = await _restarted(system, postgres, scale, report)
            await _cut(postgres, scale, report)
            gaps.append(await until_work_goes_on(system, report, "cut connections"))
        await system.all_ended(report, 60)
        ended = await judge(system.units, report, len(asker.accepted))
        report.count("completed", completed(ended), len(ended))
        report.count(
            "accepted jobs that are there",
            len({job.id for job in ended} & asker.accepted),
            len(asker.accepted),
        )
        _judge_answers(report, asker)
        report.times("from PostgreSQL's return to work going on", gaps, BACK_TIMEOUT_SECONDS, at="max")
        await _crowd(system, classes[0][1], report)
        witness.testify(report)
    return report


async def _restarted(system: System, postgres: OwnPostgres, scale: Scale, report: Report) -> list[float]:
    """Short restarts, then one long outage."""
    gaps = []
    for away in scale.pick([0.0] * 10 + [30.0], [0.0, 2.5]):
        await postgres.stop()
        await asyncio.sleep(away)
        await postgres.start()
        report.did.append(f"stopped PostgreSQL at once, and started it again after {away:g} s")
        gaps.append(await until_work_goes_on(system, report, "a restart"))
    return gaps


async def _cut(postgres: OwnPostgres, scale: Scale, report: Report) -> None:
    cut = 0
    for _ in range(scale.pick(60, 8)):
        cut += await postgres.cut(scale.random.randint(1, 4))
        await asyncio.sleep(scale.random.uniform(0.05, 0.4))
    report.did.append(f"cut {cut} connections of workers and web process")


def _judge_answers(report: Report, asker: Asker) -> None:
    refused = [answer for answer in asker.answers if answer.status == httpx.codes.SERVICE_UNAVAILABLE]
    report.note("answers 503", len(refused))
    report.wrong += [f"a 503 without Retry-After: {answer}" for answer in refused if not answer.retry_after]
    report.wrong += [
        f"an answer was {answer}" for answer in asker.answers if answer.status not in {200, 202, 503}
    ]
    report.times("answers 503", [answer.seconds for answer in refused], ANSWER_LIMIT_SECONDS, at="max")
    report.times("all answers", [answer.seconds for answer in asker.answers], ANSWER_LIMIT_SECONDS, at="p99")


async def _crowd(system: System, token: str, report: Report) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=system.web.url, headers=headers, timeout=30) as client:
        answers = await asyncio.gather(*(client.get("/api/v1/evaluations") for _ in range(CROWD)))
    report.count("of a crowd at the end served", sum(one.status_code == 200 for one in answers), CROWD)
