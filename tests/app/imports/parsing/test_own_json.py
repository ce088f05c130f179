"""Our own JSON: what it holds, what refuses the file, and what costs one entry only."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from app.imports.parsing.own_json import schema
from app.imports.parsing.problems import Code, ImportRefused, Refusal
from app.imports.parsing.read import read
from app.imports.parsing.types import EvaluationMeta, Understood

SCHEMA = Path(__file__).parents[4] / "docs" / "import-format-1.schema.json"

PEOPLE = [
    {"id": "a", "name": "Sanne de Vries", "email": "S@demo.example", "number": "1", "class_name": "3A"},
    {"id": "b", "given_name": "Jan", "family_name": "Bos", "aliases": ["Jantje"]},
]


def load(**parts: object) -> Understood:
    return read(json.dumps({"format": "terugblik", "version": 1, "people": PEOPLE, **parts}).encode())


def test_a_whole_evaluation() -> None:
    found = load(
        evaluation={"title": "Podcast", "course": "Nederlands", "release": "reviewed", "min_reviewers": 3},
        criteria=["Planning", "Inzet"],
        teams=[{"name": "1", "members": ["a", "b"]}],
        entries=[
            {"reviewer": "a", "reviewee": "b", "criterion": "inzet", "score": 4.5, "comment": "top\r\nhoor"},
            {"reviewer": "b", "reviewee": "b", "comment": "ging wel", "written_at": "03-11-2026"},
        ],
    )
    assert (found.format, found.delimiter, found.rows) == ("own_json", "", 4)
    assert found.evaluation == EvaluationMeta("Podcast", "Nederlands", "reviewed", 3)
    assert [(p.label, p.email, p.number, p.source_id) for p in found.people] == [
        ("Sanne de Vries", "s@demo.example", "1", "a"),
        ("Jan Bos", "", "", "b"),
    ]
    assert found.people[1].name.aliases == ("Jantje",)
    assert (found.criteria, found.teams, len(found.memberships)) == (("Planning", "Inzet"), ("1",), 2)
    assert [(e.criterion, e.score, e.comment, e.kind, e.row) for e in found.entries] == [
        ("Inzet", Decimal("4.5"), "top\nhoor", "peer", 1),
        (None, None, "ging wel", "self", 2),
    ]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"reviewer": "z", "reviewee": "a", "score": 1}, Code.PERSON_UNKNOWN),
        ({"reviewer": "b", "reviewee": "a", "score": 1, "kind": "docent"}, Code.UNKNOWN_TYPE),
        ({"reviewer": "b", "reviewee": "a", "score": 1, "kind": "self"}, Code.SELF_ABOUT_OTHER),
        ({"reviewer": "b", "reviewee": "a", "score": 500}, Code.SCORE_OUT_OF_RANGE),
        ({"reviewer": "b", "reviewee": "a", "score": 1, "written_at": "gisteren"}, Code.DATE_NOT_UNDERSTOOD),
        ({"reviewer": "b", "reviewee": "a", "comment": "\0 "}, Code.NOTHING_SAID),
        ({"reviewer": "a", "reviewee": "b", "score": 2}, Code.DUPLICATE_DIFFERS),
    ],
)
def test_one_wrong_entry_costs_no_other(entry: dict[str, object], code: Code) -> None:
    found = load(entries=[{"reviewer": "a", "reviewee": "b", "score": 1}, entry])
    assert (found.problems[0].code, found.problems[0].row, found.problems[0].column[:7]) in {
        (code, 2, "entries"),
        (code, 2, ""),
    }
    assert found.entries[0].row == 1


def test_problems_of_people_and_teams() -> None:
    people = [*PEOPLE, {"id": "a", "name": "Eva Smit"}, {"id": "c"}, {"id": "d", "name": "X Y", "email": "x"}]
    found = load(people=people, teams=[{"name": "1", "members": ["a", "q"]}])
    assert {(problem.code, problem.row, problem.column) for problem in found.problems} == {
        (Code.PERSON_TWICE, 3, "people"),
        (Code.NAME_MISSING, 4, "people"),
        (Code.EMAIL_NOT_UNDERSTOOD, 5, "people"),
        (Code.PERSON_UNKNOWN, 1, "teams"),
    }


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ('{"format": "terugblik", "version": 1, "peo', Refusal.NOT_JSON),
        ("{" * 100_000, Refusal.NOT_JSON),
        ('{"format":' + "[" * 100_000, Refusal.NOT_JSON),
        ('{"people": []}', Refusal.JSON_FORMAT),
        ("[1, 2]", Refusal.JSON_SHAPE),
        ('{"format": "terugblik", "version": 2}', Refusal.JSON_VERSION),
        ('{"format": "terugblik", "version": {"a": "geheim"}}', Refusal.JSON_VERSION),
        ('{"format": "terugblik", "version": 1}', Refusal.JSON_SHAPE),
        ('{"format": "terugblik", "version": 1, "people": [{"id": 1}]}', Refusal.JSON_SHAPE),
        ('{"format": "terugblik", "version": 1, "people": [], "kleur": 1}', Refusal.JSON_SHAPE),
    ],
)
def test_what_the_schema_forbids_refuses_the_file(text: str, refusal: Refusal) -> None:
    with pytest.raises(ImportRefused) as caught:
        read(text.encode())
    assert caught.value.refusal is refusal
    assert "geheim" not in caught.value.detail


def test_a_wrong_shape_is_named_by_its_place_and_not_by_what_is_there() -> None:
    entries: list[object] = [
        {"reviewer": "a", "reviewee": "b"},
        {"reviewer": "a", "reviewee": {"x": "geheim"}},
    ]
    with pytest.raises(ImportRefused, match=r"\$\.entries\[1\]\.reviewee") as caught:
        load(entries=entries)
    assert "geheim" not in caught.value.detail


def test_the_schema_in_the_documentation_is_the_one_that_is_used() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == schema()
