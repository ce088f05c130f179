"""Our own JSON format, version 1: one file with an evaluation, its people, teams, criteria and entries."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import msgspec
from msgspec import Meta

from app.imports.parsing.cells import WIDTHS, one_line, parse_email
from app.imports.parsing.entries import MAX_COMMENT, MAX_CRITERION, Collector, RawEntry
from app.imports.parsing.names import Name, name_from_parts, parse_name
from app.imports.parsing.problems import Code, ImportRefused, Problem, Refusal
from app.imports.parsing.register import Register
from app.imports.parsing.table import MAX_ROWS
from app.imports.parsing.teams import Teams, team_names
from app.imports.parsing.types import EvaluationMeta, Person, Understood

FORMAT = "terugblik"
VERSION = 1

Label = Annotated[str, Meta(max_length=WIDTHS["name"])]
PersonId = Annotated[
    str, Meta(min_length=1, max_length=WIDTHS["id"], description="An `id` of one of `people`.")
]


class JsonEvaluation(msgspec.Struct, forbid_unknown_fields=True):
    """What the evaluation is called, and its policy."""

    title: Annotated[str, Meta(max_length=200)] = ""
    course: Annotated[str, Meta(max_length=200)] = ""
    release: Annotated[str, Meta(pattern="^(automatic|reviewed)$")] | None = None
    min_reviewers: Annotated[int, Meta(ge=1, le=20)] | None = None
    show_quotes: Annotated[str, Meta(pattern="^(none|paraphrased|verbatim)$")] | None = None


class JsonPerson(msgspec.Struct, forbid_unknown_fields=True):
    """A pupil. Give either `name`, or `given_name` with `infix` and `family_name`."""

    id: Annotated[str, Meta(min_length=1, max_length=WIDTHS["id"], description="Unique within this file.")]
    name: Label = ""
    given_name: Label = ""
    infix: Annotated[str, Meta(max_length=WIDTHS["prefix"])] = ""
    family_name: Label = ""
    email: Annotated[str, Meta(max_length=WIDTHS["email"])] = ""
    number: Annotated[str, Meta(max_length=WIDTHS["number"], description="The school's own number.")] = ""
    class_name: Annotated[str, Meta(max_length=WIDTHS["class"])] = ""
    aliases: Annotated[list[Label], Meta(max_length=20, description="Nicknames, to be taken out too.")] = []


class JsonTeam(msgspec.Struct, forbid_unknown_fields=True):
    """A team and who is in it."""

    name: Annotated[str, Meta(min_length=1, max_length=WIDTHS["team"])]
    members: Annotated[list[PersonId], Meta(max_length=MAX_ROWS)]


class JsonEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What one person gave another on one criterion: a score, a comment, or both."""

    reviewer: PersonId
    reviewee: PersonId
    criterion: Annotated[str, Meta(max_length=MAX_CRITERION)] | None = None
    score: Annotated[float, Meta(description="0 to 100.")] | None = None
    comment: Annotated[str, Meta(description=f"At most {MAX_COMMENT} characters are used.")] | None = None
    kind: Annotated[str, Meta(description="peer or self; by default what follows from who it is about.")] = ""
    written_at: Annotated[
        str,
        Meta(description="ISO 8601, or dd-mm-yyyy. Without a zone: the school's local time."),
    ] = ""


class JsonFile(msgspec.Struct, forbid_unknown_fields=True):
    """A Terugblik import file, version 1."""

    format: Annotated[str, Meta(pattern=f"^{FORMAT}$")]
    version: Annotated[int, Meta(ge=VERSION, le=VERSION)]
    people: Annotated[list[JsonPerson], Meta(min_length=1, max_length=MAX_ROWS)]
    evaluation: JsonEvaluation = msgspec.field(default_factory=JsonEvaluation)
    teams: Annotated[list[JsonTeam], Meta(max_length=MAX_ROWS)] = []
    criteria: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=MAX_CRITERION)]],
        Meta(max_length=200, description="In the order in which to show them."),
    ] = []
    entries: Annotated[list[JsonEntry], Meta(max_length=MAX_ROWS)] = []


class _Head(msgspec.Struct):
    format: object = None
    version: object = None


def schema() -> dict[str, object]:
    """The JSON schema (draft 2020-12) of the format; docs/import-format-1.schema.json is this."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(JsonFile)}


def read_json(text: str) -> Understood:
    """What the file says.

    What the schema forbids refuses the file (ImportRefused) and names the place. What a schema cannot know,
    such as an entry by somebody unknown, is a problem of that one; its row is the 1-based place in the list
    that its column names.
    """
    file = _decode(text)
    register, places, problems = _people(file.people)
    teams, collector = Teams(), Collector()
    for criterion in file.criteria:
        collector.criterion(criterion)
    for row, team in enumerate(file.teams, 1):
        problems += _join(team, row, teams, register, places)
    for row, entry in enumerate(file.entries, 1):
        if entry.reviewer in places and entry.reviewee in places:
            collector.add(_raw(row, entry, places))
        else:
            problems.append(Problem(Code.PERSON_UNKNOWN, row, "entries"))
    memberships = teams.memberships()
    return Understood(
        format="own_json",
        rows=len(file.people) + len(file.entries),
        people=tuple(register.people),
        teams=team_names(memberships),
        memberships=memberships,
        criteria=collector.criteria,
        entries=tuple(collector.entries),
        problems=(*problems, *register.problems, *teams.problems, *collector.problems),
        evaluation=msgspec.convert(file.evaluation, EvaluationMeta, from_attributes=True),
    )


def _join(
    team: JsonTeam, row: int, teams: Teams, register: Register, places: dict[str, int]
) -> Iterator[Problem]:
    for member in team.members:
        if member in places:
            place = places[member]
            teams.join(place, one_line(team.name), row, label=register.people[place].label)
        else:
            yield Problem(Code.PERSON_UNKNOWN, row, "teams")


def _decode(text: str) -> JsonFile:
    """The file in the shape of the schema; its head first, so that the sentence fits the mistake."""
    try:
        head = msgspec.json.decode(text, type=_Head)
        if head.format != FORMAT:
            raise ImportRefused(Refusal.JSON_FORMAT)
        if head.version != VERSION:
            version = head.version if isinstance(head.version, int) else "?"
            raise ImportRefused(Refusal.JSON_VERSION, version=version)
        return msgspec.json.decode(text, type=JsonFile)
    except msgspec.ValidationError as error:
        raise ImportRefused(Refusal.JSON_SHAPE, fault=str(error)[:200]) from None
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise ImportRefused(Refusal.NOT_JSON) from None


def _people(listed: list[JsonPerson]) -> tuple[Register, dict[str, int], list[Problem]]:
    """The people, the place of each id among them, and what is wrong."""
    register, places, problems = Register(lambda _: "people"), dict[str, int](), list[Problem]()
    for row, person in enumerate(listed, 1):
        if person.id in places:
            other = register.people[places[person.id]].row or 0
            problems.append(Problem(Code.PERSON_TWICE, row, "people", {"other": other}))
            continue
        email = parse_email(person.email) or ""
        if person.email and not email:
            problems.append(Problem(Code.EMAIL_NOT_UNDERSTOOD, row, "people"))
        name = _name(person)
        if not name.key:
            problems.append(Problem(Code.NAME_MISSING, row, "people"))
        number, class_name = one_line(person.number), one_line(person.class_name)
        place = register.add(Person(name, email, number, person.id, class_name, row), same_name_is_same=False)
        if place is not None:
            places[person.id] = place
    return register, places, problems


def _name(person: JsonPerson) -> Name:
    aliases = [alias for text in person.aliases if (alias := one_line(text))]
    if person.given_name:
        given, infix, family = map(one_line, (person.given_name, person.infix, person.family_name))
        return name_from_parts(given, infix, family, aliases)
    name = parse_name(one_line(person.name))
    return replace(name, aliases=(*name.aliases, *aliases))


def _raw(row: int, entry: JsonEntry, places: dict[str, int]) -> RawEntry:
    return RawEntry(
        row,
        places[entry.reviewer],
        places[entry.reviewee],
        kind=entry.kind,
        criterion=entry.criterion or "",
        score="" if entry.score is None else str(entry.score),
        comment=entry.comment or "",
        created_at=entry.written_at,
        titles=dict.fromkeys(("kind", "criterion", "score", "comment", "created_at"), "entries"),
    )
