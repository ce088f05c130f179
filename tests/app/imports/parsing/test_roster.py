"""Rosters in Dutch and English, and what can be wrong with them."""

import pytest

from app.imports.parsing.names import Name
from app.imports.parsing.problems import Code
from app.imports.parsing.read import read
from app.imports.parsing.types import Person, Understood


def codes(understood: Understood) -> list[tuple[Code, int | None, str]]:
    return [(problem.code, problem.row, problem.column) for problem in understood.problems]


def test_dutch_administration() -> None:
    header = "Leerlingnummer;Roepnaam;Tussenvoegsel;Achternaam;Klas"
    found = read(f"{header}\r\n0142;Sanne;de;Vries;3A\r\n0143;Jan;;Bos;3A\r\n".encode("utf-8-sig"))
    assert (found.format, found.delimiter, found.rows, found.entries) == ("roster", ";", 2, ())
    assert found.people == (
        Person(Name("Sanne", "de", "Vries"), number="0142", class_name="3A", row=2),
        Person(Name("Jan", "", "Bos"), number="0143", class_name="3A", row=3),
    )
    assert found.problems == ()


@pytest.mark.parametrize("header", ["name", "first_name,prefix,last_name"])
def test_english_roster_with_teams(header: str) -> None:
    name = "Sanne de Vries" if header == "name" else "Sanne,de,Vries"
    text = (
        f"{header},email,student_number,class_name,course,team_number\n"
        f"{name},S@demo.example,142,3A,Informatica,4\n"
    )
    found = read(text.encode())
    assert found.people == (
        Person(Name("Sanne", "de", "Vries"), "s@demo.example", "142", class_name="3A", row=2),
    )
    assert (found.teams, found.evaluation.course) == (("4",), "Informatica")
    assert [(m.person, m.team) for m in found.memberships] == [(0, "4")]


def test_nicknames() -> None:
    found = read(b"naam;klas;bijnaam\nJohanna (Joke) Smit;3A;Jo / Jopie\n")
    assert found.people[0].name == Name("Johanna", "", "Smit", ("Joke", "Jo", "Jopie"))


def test_team_1_of_one_class_is_not_team_1_of_another() -> None:
    found = read(b"naam;klas;groep\nJan Bos;3A;1\nEva Smit;3B;1\nKim Kok;3B;2\n")
    assert [membership.team for membership in found.memberships] == ["3A 1", "3B 1", "2"]


@pytest.mark.parametrize(
    ("row", "code", "column", "people"),
    [
        (";;3A;;;", Code.PERSON_MISSING, "", 1),
        ("Eva;Smit;3A;;142;", Code.NUMBER_TAKEN, "nummer", 1),
        ("Eva;Smit;3A;jan@demo.example;143;", Code.EMAIL_TAKEN, "email", 2),
        ("Eva;Smit;3A;kaas;143;", Code.EMAIL_NOT_UNDERSTOOD, "email", 2),
        ("Jan;Bos;3A;jan@demo.example;142;", Code.PERSON_TWICE, "", 1),
        ("Jan;Bos;3A;;;", Code.PERSON_TWICE, "", 1),
        ("Jan;Bos;3A;;142;2", Code.PERSON_TWICE, "", 1),
        (f"Eva;{'x' * 101};3A;;143;", Code.TEXT_TOO_LONG, "achternaam", 1),
        ("Eva;Smit;3A;;143;1;2", Code.TOO_MANY_CELLS, "", 1),
    ],
)
def test_problems(row: str, code: Code, column: str, people: int) -> None:
    header = "voornaam;achternaam;klas;email;nummer;team"
    text = f"{header}\nJan;Bos;3A;jan@demo.example;142;1\n{row}\n"
    found = read(text.replace("nummer", "leerlingnummer").encode())
    assert codes(found)[0] == (code, 3, column.replace("nummer", "leerlingnummer"))
    assert len(found.people) == people


def test_namesakes_with_numbers_of_their_own_are_two_people() -> None:
    found = read(b"naam;klas;leerlingnummer\nEva Smit;3A;1\nEva Smit;3A;2\n")
    assert len(found.people) == 2
    assert found.problems == ()


def test_two_courses_are_told_once() -> None:
    found = read(b"naam;vak;klas\nJan Bos;Informatica;3A\nEva Smit;NLT;3A\nKim Kok;Wiskunde;3A\n")
    assert codes(found) == [(Code.TWO_COURSES, 3, "vak")]
    assert found.evaluation.course == "Informatica"
