"""The long format: the other app's export, files of one's own, and every way in which a row can be wrong."""

from datetime import datetime
from decimal import Decimal

import pytest

from app.imports.parsing.problems import Code
from app.imports.parsing.read import read
from app.imports.parsing.types import Entry, TeamMembership, Understood

HEADER = (
    "to_student_id,to_student_name,from_student_id,from_student_name,type,score,criterion_id,criterion_name,"
    "created_at,comment"
)
GOOD = "1,Sanne de Vries,2,Jan Bos,peer,4,7,Inzet,03-11-2026,Goed bezig"


def export(*rows: str) -> Understood:
    return read("\n".join((HEADER, *rows)).encode())


def codes(understood: Understood) -> list[tuple[Code, int | None, str]]:
    return [(problem.code, problem.row, problem.column) for problem in understood.problems]


def test_the_other_apps_export() -> None:
    found = export(GOOD, '2,Jan Bos,2,Jan Bos,self,"3,5",8,Planning,04-11-2026,"Ik was laat,\nsorry"')
    assert (found.format, found.delimiter, found.encoding, found.rows) == ("long_csv", ",", "utf-8", 2)
    assert [(p.label, p.source_id, p.number, p.row) for p in found.people] == [
        ("Jan Bos", "2", "", 2),
        ("Sanne de Vries", "1", "", 2),
    ]
    assert found.criteria == ("Inzet", "Planning")
    assert found.entries == (
        Entry(0, 1, "Inzet", Decimal(4), "Goed bezig", "peer", datetime(2026, 11, 3), 2),
        Entry(0, 0, "Planning", Decimal("3.5"), "Ik was laat,\nsorry", "self", datetime(2026, 11, 4), 3),
    )
    assert found.problems == ()


def test_a_file_of_ones_own_in_dutch_with_addresses_and_teams() -> None:
    text = (
        "Peerfeedback 3A;;\n"
        "VAN;E-mailadres  gever;Voor;Email ontvanger;Groep;Klas;Criterium;Cijfer;Toelichting;Kleur\n"
        "Jan Bos;J.Bos@demo.example;Vries, Sanne de;s@demo.example;Rood;3A;Inzet;7,5;=goed;x\n"
        "Jan Bos;;Sanne de Vries;;Rood;3A;Planning;;laat\n"
    )
    found = read(text.encode("cp1252"))
    assert [(p.label, p.email, p.class_name) for p in found.people] == [
        ("Jan Bos", "j.bos@demo.example", ""),
        ("Sanne de Vries", "s@demo.example", "3A"),
    ]
    assert [(e.criterion, e.score, e.comment, e.kind, e.row) for e in found.entries] == [
        ("Inzet", Decimal("7.5"), "=goed", "peer", 3),
        ("Planning", None, "laat", "peer", 4),
    ]
    assert found.teams == ("Rood",)
    assert found.memberships == (TeamMembership(0, "Rood"), TeamMembership(1, "Rood"))
    assert codes(found) == [(Code.COLUMN_IGNORED, 2, "Kleur")]


def test_an_address_in_the_column_of_names_is_an_address() -> None:
    found = read(b"from,to,score\njan@demo.example,Sanne,4\n")
    assert [(p.label, p.email) for p in found.people] == [
        ("jan@demo.example", "jan@demo.example"),
        ("Sanne", ""),
    ]
    assert codes(found) == [(Code.NAME_MISSING, 2, "")]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (",,2,Jan Bos,peer,4,7,Inzet,,x", Code.REVIEWEE_MISSING, ""),
        ("1,Sanne de Vries,,,peer,4,7,Inzet,,x", Code.REVIEWER_MISSING, ""),
        ("1,Sanne de Vries,9,Mevrouw Prins,docent,4,7,Inzet,,x", Code.UNKNOWN_TYPE, "type"),
        ("1,Sanne de Vries,2,Jan Bos,self,4,7,Planning,,x", Code.SELF_ABOUT_OTHER, "type"),
        ("1,Sanne de Vries,2,Jan Bos,peer,4,7,Planning,,goed, maar laat", Code.TOO_MANY_CELLS, ""),
        (f"1,{'x' * 101},2,Jan Bos,peer,4,7,Planning,,x", Code.TEXT_TOO_LONG, "to_student_name"),
        ('1,"Sanne de Vries,2,Jan Bos,peer,4,7,Planning,,x', Code.UNCLOSED_QUOTE, ""),
        ("1,Sanne de Vries,2,Jan Bos,peer,4,7, inzet ,,iets anders", Code.DUPLICATE_DIFFERS, ""),
    ],
)
def test_a_broken_row_is_an_error_and_the_others_stay(row: str, code: Code, column: str) -> None:
    last = "2,Jan Bos,1,Sanne de Vries,peer,3,7,Inzet,,ok"
    found = export(GOOD, row, last)
    assert codes(found) == [(code, 3, column)]
    assert len(found.errors) == 1
    assert [entry.row for entry in found.entries] == [2, 4]
    assert [person.label for person in found.people] == ["Jan Bos", "Sanne de Vries"]


@pytest.mark.parametrize(
    ("row", "code", "column", "kept"),
    [
        ("2,Jan Bos,2,Jan Bos,peer,4,,,,x", Code.PEER_ABOUT_SELF, "type", (Decimal(4), "x", None)),
        ("2,Jan Bos,1,Sanne de Vries,peer,vier,,,,x", Code.SCORE_NOT_NUMBER, "score", (None, "x", None)),
        ("2,Jan Bos,1,Sanne de Vries,peer,400,,,,x", Code.SCORE_OUT_OF_RANGE, "score", (None, "x", None)),
        ("2,Jan Bos,1,Sanne de Vries,peer,-1,,,,x", Code.SCORE_OUT_OF_RANGE, "score", (None, "x", None)),
        (
            "2,Jan Bos,1,Sanne de Vries,peer,4,,,31-02-2026,x",
            Code.DATE_NOT_UNDERSTOOD,
            "created_at",
            (Decimal(4), "x", None),
        ),
        (
            f"2,Jan Bos,1,Sanne de Vries,peer,4,,,,{'x' * 10_001}",
            Code.TEXT_CUT,
            "comment",
            (Decimal(4), "x" * 10_000, None),
        ),
        (
            f"2,Jan Bos,1,Sanne de Vries,peer,4,,{'y' * 201},,x",
            Code.TEXT_CUT,
            "criterion_name",
            (Decimal(4), "x", "y" * 200),
        ),
    ],
)
def test_what_is_odd_within_a_row_is_a_warning_and_the_rest_is_used(
    row: str, code: Code, column: str, kept: tuple[Decimal | None, str, str | None]
) -> None:
    found = export(GOOD, row)
    assert codes(found) == [(code, 3, column)]
    assert len(found.warnings) == 1
    assert [(e.score, e.comment, e.criterion) for e in found.entries if e.row == 3] == [kept]


def test_a_row_that_says_nothing_is_skipped() -> None:
    found = export(GOOD, "2,Jan Bos,1,Sanne de Vries,peer,,7,Inzet,,")
    assert codes(found) == [(Code.NOTHING_SAID, 3, "")]
    assert len(found.entries) == 1


def test_the_same_row_twice_is_used_once() -> None:
    found = export(GOOD, GOOD)
    assert codes(found) == [(Code.DUPLICATE_SAME, 3, "")]
    assert found.problems[0].params == {"other": 2}
    assert len(found.entries) == 1


def test_without_a_type_it_follows_from_who_it_is_about() -> None:
    found = read(b"van;voor;score\nJan Bos;Jan Bos;4\nJan Bos;Eva Smit;3\n")
    assert [entry.kind for entry in found.entries] == ["self", "peer"]


def test_the_criterion_id_stands_in_for_a_name() -> None:
    found = export("1,Sanne de Vries,2,Jan Bos,peer,4,7,,,")
    assert found.criteria == ("7",)


def test_a_bare_name_that_two_people_have_is_not_guessed() -> None:
    text = (
        "van,email gever,voor,score\nEva Smit,e1@demo.example,Jan Bos,4\nEva Smit,e2@demo.example,Jan Bos,3\n"
    )
    found = read((text + "Jan Bos,,Eva Smit,4\n").encode())
    assert codes(found) == [(Code.NAME_AMBIGUOUS, 4, "voor")]
    assert len(found.entries) == 2


def test_a_second_team_and_a_wrong_address_are_told() -> None:
    text = "van;email gever;voor;score;team\nJan Bos;jan@;Eva Smit;4;1\nEva Smit;;Jan Bos;3;2\n"
    found = read(text.encode())
    assert [(code, row) for code, row, _ in codes(found)] == [
        (Code.EMAIL_NOT_UNDERSTOOD, 2),
        (Code.TWO_TEAMS, 3),
        (Code.TWO_TEAMS, 3),
    ]
    assert {membership.team for membership in found.memberships} == {"1"}


def test_no_problem_repeats_what_was_written() -> None:
    secret = "geheim-woord"
    found = export(
        f"1,Sanne de Vries,2,Jan Bos,peer,{secret},7,Inzet,{secret},",
        f"1,Sanne de Vries,2,Jan Bos,{secret},4,7,Inzet,,{secret}",
        f"1,Sanne de Vries,2,Jan Bos,peer,4,7,Plan,,{secret},{secret}",
        f'1,Sanne de Vries,2,Jan Bos,peer,4,7,Plan,,"{secret}',
    )
    assert len(found.problems) >= 4
    assert not [problem for problem in found.problems if secret in repr(problem.as_dict())]
