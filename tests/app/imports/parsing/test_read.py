"""The door: which format a file is taken for, the order of problems, and limits on time and memory."""

import time
import tracemalloc

import pytest

from app.imports.parsing.decode import MAX_BYTES
from app.imports.parsing.problems import CATALOGUE, REFUSALS, Code, ImportRefused, Problem, Refusal
from app.imports.parsing.read import read

HEAD = b"from,to,score,comment\n"
JSON = b'{"format":"terugblik","version":1,"people":['


@pytest.mark.parametrize(
    ("text", "format_name"),
    [
        ("van;voor;score\nJan Bos;Eva Smit;4", "long_csv"),
        ("from\tto\tcomment\nJan Bos\tEva Smit\tok", "long_csv"),
        ("sep=|\nfrom|to|comment\nJan Bos|Eva Smit|ok", "long_csv"),
        ("Klas 3A, periode 2\n\nfrom,to,comment\nJan Bos,Eva Smit,ok", "long_csv"),
        ("naam;klas\nJan Bos;3A", "roster"),
        ("First Name,LAST_NAME\nJan,Bos", "roster"),
        (' {"format":"terugblik","version":1,"people":[{"id":"1","name":"Jan Bos"}]}', "own_json"),
    ],
)
def test_formats_are_told_apart_by_their_content(text: str, format_name: str) -> None:
    found = read(text.encode(), "whatever.txt")
    assert found.format == format_name
    assert found.people[0].label == "Jan Bos"
    assert found.errors == ()


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("a;b;c\n1;2;3\n", Refusal.NO_HEADER),
        ("<html><table><tr><td>van</td></tr></table></html>", Refusal.NO_HEADER),
        ("van;voor;kleur\nJan;Eva;rood\n", Refusal.NO_HEADER),
        ("van;voor;score\n\n;;\n", Refusal.NO_ROWS),
        ("van;voor;score\n" + "Jan Bos;Eva Smit;4\n" * 10_001, Refusal.TOO_MANY_ROWS),
    ],
)
def test_a_file_that_is_nothing_we_know_is_refused(text: str, refusal: Refusal) -> None:
    with pytest.raises(ImportRefused) as caught:
        read(text.encode())
    assert caught.value.refusal is refusal


def test_problems_come_in_the_order_of_the_rows_and_columns_twice_are_told() -> None:
    found = read(b"van;voor;score;cijfer\nJan;Eva;x\n\nJan;Kim;y\nJan;;3\n")
    assert [(problem.code, problem.row) for problem in found.problems] == [
        (Code.COLUMN_TWICE, 1),
        (Code.SCORE_NOT_NUMBER, 2),
        (Code.NOTHING_SAID, 2),
        (Code.ROWS_EMPTY, 3),
        (Code.SCORE_NOT_NUMBER, 4),
        (Code.NOTHING_SAID, 4),
        (Code.REVIEWEE_MISSING, 5),
    ]


@pytest.mark.parametrize("row", [b"," * 60_000, b"x," * 300, b'"a' + b"\n" * 60_000])
def test_a_file_of_broken_rows_only_is_told_from_one_without_rows(row: bytes) -> None:
    with pytest.raises(ImportRefused) as caught:
        read(HEAD + row)
    assert caught.value.refusal is Refusal.ROWS_UNREADABLE
    with pytest.raises(ImportRefused) as caught:
        read(HEAD)
    assert caught.value.refusal is Refusal.NO_ROWS


def test_every_problem_and_refusal_has_a_sentence() -> None:
    params = dict.fromkeys(("count", "first", "high", "limit", "low", "name", "other", "team"), "1")
    for code in Code:
        problem = Problem(code, 1, params=params)
        assert problem.message.endswith((".", "\ufffd."))
        assert problem.as_dict()["severity"] == CATALOGUE[code][0].value
    for refusal in Refusal:
        assert REFUSALS[refusal].endswith(".")


HUGE = {
    "ten million columns in the header": b"," * MAX_BYTES,
    "ten million columns in a row": HEAD + b"," * MAX_BYTES,
    "ten million cells in many rows": HEAD + (b"," * 999 + b"x\n") * 10_000,
    "ten million empty lines": HEAD + b"\n" * MAX_BYTES,
    "millions of rows of an empty quotation": HEAD + b'"\n' * (MAX_BYTES // 2),
    "quotation marks only": HEAD + b'"' * MAX_BYTES,
    "a quotation mark opened in every row": HEAD + (b'"' + b"a" * 1_000 + b"\n") * 9_000,
    "one endless cell": HEAD + b"x" * MAX_BYTES,
    "nothing but NUL": bytes(MAX_BYTES),
    "characters of four bytes": HEAD + ("😀" * 9_000 + "\n").encode() * 300,
    "ten million numbers in JSON": JSON + b"0," * MAX_BYTES,
    "a million people in JSON": JSON + b'{"id":"a"},' * MAX_BYTES,
    "JSON as deep as it is long": b'{"format":' + b"[" * MAX_BYTES,
}


@pytest.mark.parametrize("name", HUGE)
def test_no_file_takes_more_than_its_size_allows(name: str) -> None:
    """Twenty-five times the file at the very most, where a list of its cells would take a hundred times."""
    data = HUGE[name][:MAX_BYTES]
    tracemalloc.start()
    try:
        read(data)
    except ImportRefused:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 25 * MAX_BYTES


def _honest_file(rows: int) -> bytes:
    """So many rows about a twentieth as many pupils."""
    students = rows // 20
    pairs = [(i % students, (i + 1 + i // students) % students) for i in range(rows)]
    lines = [
        f"naam{a} van der Berg;naam{b} van der Berg;Inzet;4;Werkte goed, soms laat {a}" for a, b in pairs
    ]
    return "\n".join(("van;voor;criterium;score;opmerking", *lines)).encode()


def _seconds_to_read(data: bytes) -> float:
    """The least of three, because other programs only ever add to it."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        read(data)
        taken.append(time.process_time() - started)
    return min(taken)


def test_the_largest_honest_file_is_read_in_time_that_grows_with_it() -> None:
    """Ten times the rows and the pupils take about ten times as long; with quadratic work a hundred."""
    large = _honest_file(10_000)
    found = read(large)
    assert len(found.entries) == 10_000
    assert len(found.people) == 500
    assert _seconds_to_read(large) < 40 * _seconds_to_read(_honest_file(1_000))
