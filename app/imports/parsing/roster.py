"""A roster: a row per pupil, from a school's administration or from the app that many schools come from."""

from app.imports.parsing.cells import WIDTHS, one_line, parse_email
from app.imports.parsing.columns import Columns, Vocabulary
from app.imports.parsing.formats import misfit
from app.imports.parsing.names import Name, name_from_parts, parse_name
from app.imports.parsing.problems import Code, Problem
from app.imports.parsing.register import Register
from app.imports.parsing.table import Row
from app.imports.parsing.teams import Teams, team_names
from app.imports.parsing.types import EvaluationMeta, Person, Understood

_WORDS = {
    "name": "naam,full name,student_name,volledige naam,leerling,student,pupil",
    "first_name": "roepnaam,voornaam,given_name,firstname",
    "prefix": "tussenvoegsel,tussenvoegsels,voorvoegsel,tussenv.,infix",
    "last_name": "achternaam,family_name,surname,familienaam",
    "alias": "aliases,bijnaam,nickname,ook bekend als",
    "email": "e-mail,mail,email address,e-mailadres,mailadres,student_email",
    "number": "student_number,leerlingnummer,studentnummer,leerlingnr,studentnr,stamnr,stamnummer,student id",
    "class_name": "class,klas,stamklas",
    "course": "course_name,vak,vaknaam",
    "team": "team_number,team_name,teamnummer,groep,groepje,group,projectgroep",
}
_WIDTHS = {
    "name": WIDTHS["name"],
    "first_name": WIDTHS["name"],
    "prefix": WIDTHS["prefix"],
    "last_name": WIDTHS["name"],
    "alias": WIDTHS["name"],
    "email": WIDTHS["email"],
    "number": WIDTHS["number"],
    "class_name": WIDTHS["class"],
    "course": WIDTHS["course"],
    "team": WIDTHS["team"],
}


class Roster:
    """People with their class and team; no feedback."""

    name = "roster"

    def __init__(self) -> None:
        self._vocabulary = Vocabulary(_WORDS)

    def header(self, row: Row) -> Columns | None:
        """A name, and one more thing to know people by."""
        columns = self._vocabulary.read(row)
        named = columns.has("name", "first_name")
        known = columns.has("last_name", "email", "number", "class_name", "team")
        return columns if named and known else None

    def read(self, columns: Columns, rows: tuple[Row, ...]) -> Understood:
        """A row with an error is left out; the others stay."""
        reading = _Reading(columns)
        for row in rows:
            reading.take(row)
        course, *others = reading.courses or [""]
        title = columns.title("course")
        second = [Problem(Code.TWO_COURSES, reading.courses[other], title) for other in others[:1]]
        memberships = reading.teams.memberships()
        return Understood(
            format=self.name,
            rows=len(rows),
            people=tuple(reading.register.people),
            teams=team_names(memberships),
            memberships=memberships,
            problems=(*reading.problems, *reading.register.problems, *reading.teams.problems, *second),
            evaluation=EvaluationMeta(course=course),
        )


class _Reading:
    """One pass over the rows."""

    def __init__(self, columns: Columns) -> None:
        self.problems: list[Problem] = []
        self.register = Register(columns.title)
        self.teams = Teams()
        self.courses: dict[str, int] = {}
        """Course → the row where it was first seen."""
        self._columns = columns

    def take(self, row: Row) -> None:
        """One row."""
        problem = misfit(self._columns, row, _WIDTHS)
        name = self._name(row)
        if problem or not name.key:
            self.problems.append(problem or Problem(Code.PERSON_MISSING, row.number))
            return
        place = self.register.add(self._person(row, name), same_name_is_same=True)
        if place is None:
            return
        if team := self._cell(row, "team"):
            person = self.register.people[place]
            self.teams.join(place, team, row.number, label=person.label, class_name=person.class_name)
        if course := self._cell(row, "course"):
            self.courses.setdefault(course, row.number)

    def _cell(self, row: Row, field: str) -> str:
        return one_line(self._columns.cell(row, field))

    def _name(self, row: Row) -> Name:
        aliases = [part.strip() for part in self._cell(row, "alias").replace("/", ",").split(",")]
        aliases = [alias for alias in aliases if alias]
        if self._columns.has("first_name"):
            given, infix, family = (self._cell(row, part) for part in ("first_name", "prefix", "last_name"))
            return name_from_parts(given, infix, family, aliases)
        name = parse_name(self._cell(row, "name"))
        return Name(name.given, name.infix, name.family, (*name.aliases, *aliases))

    def _person(self, row: Row, name: Name) -> Person:
        address = self._columns.cell(row, "email")
        email = parse_email(address)
        if address and not email:
            title = self._columns.title("email")
            self.problems.append(Problem(Code.EMAIL_NOT_UNDERSTOOD, row.number, title))
        return Person(
            name,
            email=email or "",
            number=self._cell(row, "number"),
            class_name=self._cell(row, "class_name"),
            row=row.number,
        )
