"""`make fuzz`: many made-up calls of every operation by every role.

`python -m tests.web.fuzz [EXAMPLES]`: that many for each operation, 500 when not said.
"""

import asyncio
import subprocess
import sys

from app.core import logs
from app.settings import load
from app.summaries import synchronous_read
from tests.support.services import ROOT, TEMPLATE, fresh_database, running_servers
from tests.support.web import open_web, serving
from tests.web.access.objects import make_objects
from tests.web.fuzz.fuzzing import Report, fuzz_of


def say(line: str) -> None:
    """On the terminal, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def fuzz(environ: dict[str, str], examples: int) -> Report:
    """Call, and say which operation is being called."""
    synchronous_read.WAIT_SECONDS = 0.01
    logs.configure("text", "error")
    async with open_web(load(environ)) as web, serving(web.app) as url:
        objects = await make_objects(web.units, web.cast)
        run = fuzz_of(web, url, objects, examples).run
        return await asyncio.to_thread(run, say)


def main() -> None:
    """On servers of its own. Ends with 1 when something was wrong."""
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with running_servers() as servers:
        servers.admin("createdb", TEMPLATE)
        migrate = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(migrate, cwd=ROOT, env=servers.environ(TEMPLATE), check=True)
        with fresh_database(servers, TEMPLATE) as name:
            report = asyncio.run(fuzz(servers.environ(name), examples))
    say(", ".join(f"{status}: {count}" for status, count in sorted(report.statuses.items())))
    say("\n\n".join(report.faults) or "Every answer was declared and had its shape.")
    sys.exit(1 if report.faults else 0)


if __name__ == "__main__":
    main()
