"""Files that are made to hurt: far too large, bombs, broken letters, formulas.

Each is answered with the right status and one clear sentence: by the API as a problem document, by the page
as a page. Meanwhile somebody else is served all the time, and the web process stays small: it may grow by
400 MB, for eight of the greatest files at once are each held as they came, as a file and as text.
"""

import asyncio
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import text

from tests.soak.bystander import Bystander
from tests.soak.process_size import megabytes
from tests.soak.report import Report, Scale
from tests.soak.system import System, open_system
from tests.soak.uploads import PIECE, Answer, Upload, send
from tests.support.classes import make_class

API = "/api/v1/evaluations/import"
PAGE = "/imports"
HEAD = "from_student_name,to_student_name,type,criterion_name,score,comment\n"
LARGEST = 10_000_000
"""Bytes; just under what an import may have."""
MAX_MEMORY = 400
"""MB that the process may grow."""
FORMULAS = (
    "=1+1",
    "@SUM(A1)",
    "+31 6 is geen nummer",
    "-2",
    '=HYPERLINK("http://x.invalid")',
    "=cmd|' /C x'!A0",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A file and what must be said of it; `code` is the problem document's, and empty when all is well."""

    what: str
    make: Callable[[], Upload]
    status: int
    code: str = ""


async def run(scale: Scale) -> Report:
    """See the module."""
    report = Report("10. Files that are made to hurt")
    async with open_system() as system:
        some = await make_class(system.units, "soak", 10)
        token = await system.teacher(some)
        cases = await asyncio.to_thread(lambda: list(_cases(scale)))
        await system.web.start()
        port, before = system.web.port, megabytes(system.web.pid, "VmHWM")
        async with Bystander(system.web.url, token).watching() as bystander:
            for case in cases:
                _judge(report, case, await send(port, token, case.make()))
            many = _file("x", HEAD + "A B,C D,peer,x,1," + "y" * LARGEST)
            answers = await asyncio.gather(*(send(port, token, many()) for _ in range(scale.pick(8, 3))))
            for answer in answers:
                _judge(
                    report,
                    Case("the largest file, several at once", many, 400, "import_rows_unreadable"),
                    answer,
                )
        report.at_most(
            "MB that the web process grew", megabytes(system.web.pid, "VmHWM") - before, MAX_MEMORY
        )
        report.times("somebody else's calls", bystander.seconds, limit=1.0, at="p99")
        report.wrong += [f"somebody else got {one}" for one in bystander.refused]
        await _formulas_are_text(system, report)
    return report


def _cases(scale: Scale) -> Iterator[Case]:
    """Everything, one after the other."""
    huge = scale.pick(200_000_000, 40_000_000)
    yield Case(f"{huge // 10**6} MB", _endless(API, huge), 413, "too_large")
    yield Case(f"{huge // 10**6} MB of unknown length", _endless(API, huge, chunked=True), 413, "too_large")
    yield Case(f"{huge // 10**6} MB to the page", _endless(PAGE, huge), 413)
    rows, most = scale.pick((10_000, 10_001), (1_000, 10_001))
    yield Case(f"{rows} rows of a class of 30", _file("a.csv", HEAD + _rows(rows, 30)), 201)
    yield Case(f"{rows} rows of {2 * rows} new pupils", _file("b.csv", HEAD + _strangers(rows)), 201)
    yield Case(f"{most} rows", _file("c.csv", HEAD + _rows(most, 30)), 400, "import_too_many_rows")
    yield Case("10 million columns", _file("d.csv", "," * LARGEST), 400, "import_no_header")
    yield Case(
        "10 million cells in a row", _file("e.csv", HEAD + "," * LARGEST), 400, "import_rows_unreadable"
    )
    yield Case("5 million rows", _file("f.csv", HEAD + "x\n" * (LARGEST // 2)), 400, "import_too_many_rows")
    quotes = _file("g.csv", HEAD + '"\n' * (LARGEST // 2))
    yield Case("5 million quotation marks", quotes, 400, "import_too_many_rows")
    yield Case("nested JSON", _file("h.json", "[" * LARGEST), 400, "import_json_shape")
    bomb = _bomb(scale.pick(2_000, 200))
    yield Case("a zip bomb as XLSX", lambda: Upload.from_bytes(API, "i.xlsx", bomb), 400, "import_workbook")
    yield Case("a zip bomb to the page", lambda: Upload.from_bytes(PAGE, "i.xlsx", bomb), 400)
    noise = random.Random(1).randbytes(LARGEST)
    yield Case("noise", lambda: Upload.from_bytes(API, "j.csv", noise), 400, "import_not_text")
    yield Case("nothing", _file("k.csv", ""), 400, "import_empty")
    for name, data in _broken_letters():
        yield Case(name, lambda data=data: Upload.from_bytes(API, "l.csv", data), 201)  # type: ignore[misc]
    said = "".join(f'"Ann Aa","Bo Bb",peer,c{n},1,"{_quoted(one)}"\n' for n, one in enumerate(FORMULAS))
    yield Case("formulas", _file("m.csv", HEAD + said), 201)


def _judge(report: Report, case: Case, answer: Answer) -> None:
    """The status, and a sentence that says what to do."""
    problem = answer.problem
    said = str(problem.get("detail", ""))
    report.did.append(f"{case.what}: {answer.status} {problem.get('code', '')} in {answer.seconds:.2f} s")
    if answer.status != case.status or problem.get("code", case.code) != case.code:
        report.wrong.append(
            f"{case.what}: {answer.status} {answer.body[:200]!r}, not {case.status} {case.code}"
        )
    elif case.code and not said.endswith("."):
        report.wrong.append(f"{case.what}: no clear sentence, {said!r}")
    elif case.status >= 400 and not case.code and b"<!doctype html>" not in answer.body.lower():
        report.wrong.append(f"{case.what}: no page")


async def _formulas_are_text(system: System, report: Report) -> None:
    """What begins like a formula is stored as it was written."""
    async with system.units() as uow:
        rows = await uow.session.scalars(text("SELECT comment FROM feedback_entry WHERE comment ~ '^[=+@-]'"))
        report.count("formulas stored as text", len(set(rows) & set(FORMULAS)), len(FORMULAS))


def _file(name: str, said: str) -> Callable[[], Upload]:
    return lambda: Upload.from_bytes(API, name, said.encode())


def _endless(path: str, size: int, *, chunked: bool = False) -> Callable[[], Upload]:
    whole = size // PIECE
    return lambda: Upload(path, "a.csv", (b"a" * PIECE for _ in range(whole)), whole * PIECE, chunked)


def _rows(count: int, size: int) -> str:
    """A class whose pupils say something of each other on many criteria."""
    return "".join(
        f"{_name(n % size)},{_name((n // size + n + 1) % size)},peer,c{n // size},4,Werkte goed {n}\n"
        for n in range(count)
    )


def _strangers(count: int) -> str:
    """Everybody is in one row only."""
    return "".join(f"{_name(2 * n)} Van,{_name(2 * n + 1)} Van,peer,c,4,Werkte goed\n" for n in range(count))


def _name(number: int) -> str:
    """Distinct, and no typing error of each other."""
    return "Pupil " + "".join("abcdefghij"[int(digit)] * 2 for digit in f"{number:05d}")


def _bomb(megabytes_inside: int) -> bytes:
    """A workbook whose sheet is a thousandth of itself."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(megabytes_inside):
                sheet.write(b" " * 1_000_000)
    return packed.getvalue()


def _broken_letters() -> Iterator[tuple[str, bytes]]:
    row = "José Ruiz,Zoë Bos,peer,{},4,Een goede reünie\n"
    yield "Windows-1252", (HEAD + row.format("a")).encode("cp1252")
    yield (
        "UTF-8 with Windows-1252 in it",
        (HEAD + row.format("b") * 3).encode() + row.format("c").encode("cp1252"),
    )
    yield "UTF-16 cut in a letter", (HEAD + row.format("d") + row.format("e")).encode("utf-16")[:-1]
    yield "half a surrogate", HEAD.encode() + row.format("f").encode() + b"\xed\xa0\x80 X,Bo Bb,peer,f,1,ja\n"


def _quoted(cell: str) -> str:
    return cell.replace('"', '""')
