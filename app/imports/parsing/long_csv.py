"""The long format: a row for each reviewer, reviewee and criterion."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.imports.parsing.cells import WIDTHS, one_line, parse_email
from app.imports.parsing.columns import Columns, Vocabulary
from app.imports.parsing.entries import Collector, RawEntry, knows_kind
from app.imports.parsing.formats import misfit
from app.imports.parsing.names import Name, parse_name
from app.imports.parsing.people import Mention, People
from app.imports.parsing.problems import Code, Problem
from app.imports.parsing.table import Row
from app.imports.parsing.teams import Teams, team_names
from app.imports.parsing.types import Understood

_WORDS = {
    "reviewee_id": "to_student_id,to id,recipient id,ontvanger id,voor id",
    "reviewee_name": "to_student_name,to,to name,for,reviewee,recipient,recipient name,recipient's name,"
    "ontvanger,naam ontvanger,voor,feedback voor,aan,over,beoordeelde,naam beoordeelde",
    "reviewee_email": "to_email,to_student_email,recipient email,recipient's email,"
    "email ontvanger,ontvanger email,e-mailadres ontvanger,email voor,email beoordeelde",
    "reviewee_number": "to_student_number,recipient number,"
    "leerlingnummer ontvanger,leerlingnummer voor,leerlingnummer beoordeelde",
    "reviewee_class": "class,class_name,klas,stamklas",
    "reviewer_id": "from_student_id,from id,giver id,gever id,van id",
    "reviewer_name": "from_student_name,from,from name,by,reviewer,giver,giver name,giver's name,"
    "gever,naam gever,van,feedback van,beoordelaar,naam beoordelaar",
    "reviewer_email": "from_email,from_student_email,giver email,giver's email,"
    "email gever,gever email,e-mailadres gever,email van,email beoordelaar",
    "reviewer_number": "from_student_number,giver number,"
    "leerlingnummer gever,leerlingnummer van,leerlingnummer beoordelaar",
    "kind": "type,soort",
    "criterion": "criterion_name,criteria,question,skill,criterium,onderdeel,vraag,competentie,vaardigheid",
    "criterion_id": "question id,criterium id,vraag id",
    "score": "points,grade,rating,punten,cijfer,waardering",
    "comment": "comments,feedback,remark,remarks,text,opmerking,opmerkingen,toelichting,commentaar,tekst",
    "created_at": "created,date,timestamp,written_at,datum,tijdstip,aangemaakt op,ingevuld op",
    "team": "team_name,team_number,group,teamnummer,groep,groepje,projectgroep",
}
"""The columns `to_student_id` … `comment` are the other app's; the rest are what people call them."""
_KINDS_OF_ID = ("id", "name", "email", "number")
_REVIEWER = tuple(f"reviewer_{kind}" for kind in _KINDS_OF_ID)
_REVIEWEE = tuple(f"reviewee_{kind}" for kind in _KINDS_OF_ID)
_SAID = ("kind", "criterion", "score", "comment", "created_at")
_WIDTHS = {field: WIDTHS[field.split("_")[1]] for field in (*_REVIEWER, *_REVIEWEE, "reviewee_class")} | {
    "team": WIDTHS["team"]
}


@dataclass(frozen=True, slots=True)
class _Line:
    """A row with who it is about; one that is not usable has been reported and is no line."""

    row: Row
    reviewer: Mention
    reviewee: Mention


class LongCsv:
    """The export of the app that many schools come from, and files of one's own with such columns.

    People are told apart by id, e-mail address, number, or name; see `People`.
    """

    name = "long_csv"

    def __init__(self) -> None:
        self._vocabulary = Vocabulary(_WORDS)

    def header(self, row: Row) -> Columns | None:
        """Who, for whom, and something said."""
        columns = self._vocabulary.read(row)
        both = columns.has(*_REVIEWER) and columns.has(*_REVIEWEE)
        return columns if both and columns.has("score", "comment") else None

    def read(self, columns: Columns, rows: tuple[Row, ...]) -> Understood:
        """Two passes: first who there is, then what was said, so that the order of rows does not matter."""
        problems: list[Problem] = []
        lines = [line for row in rows if (line := _line(columns, row, problems))]
        people = People(
            (line.row.number, mention) for line in lines for mention in (line.reviewer, line.reviewee)
        )
        collector, teams = Collector(), Teams()
        titles = {field: columns.title(field) for field in _SAID}
        for line in lines:
            who, whom = people.find(line.reviewer), people.find(line.reviewee)
            if who is None or whom is None:
                problems.append(_ambiguous(columns, line, reviewer=who is None))
                continue
            collector.add(_raw(columns, line.row, who, whom, titles))
            if team := one_line(columns.cell(line.row, "team")):
                for place in dict.fromkeys((who, whom)):
                    teams.join(place, team, line.row.number, label=people.people[place].label)
        memberships = teams.memberships()
        return Understood(
            format=self.name,
            rows=len(rows),
            people=people.people,
            teams=team_names(memberships),
            memberships=memberships,
            criteria=collector.criteria,
            entries=tuple(collector.entries),
            problems=(*problems, *people.problems, *collector.problems, *teams.problems),
        )


def _line(columns: Columns, row: Row, problems: list[Problem]) -> _Line | None:
    if problem := misfit(columns, row, _WIDTHS):
        problems.append(problem)
        return None
    if not knows_kind(columns.cell(row, "kind")):  # a teacher's, say: nobody in it is taken for a pupil
        problems.append(Problem(Code.UNKNOWN_TYPE, row.number, columns.title("kind")))
        return None
    reviewer = _mention(columns, row, "reviewer", problems)
    reviewee = _mention(columns, row, "reviewee", problems)
    if not reviewer or not reviewee:
        code = Code.REVIEWEE_MISSING if reviewer else Code.REVIEWER_MISSING
        problems.append(Problem(code, row.number))
        return None
    return _Line(row, reviewer, reviewee)


def _mention(columns: Columns, row: Row, who: str, problems: list[Problem]) -> Mention:
    name = one_line(columns.cell(row, f"{who}_name"))
    address = columns.cell(row, f"{who}_email")
    email = parse_email(address)
    if address and not email:
        problems.append(Problem(Code.EMAIL_NOT_UNDERSTOOD, row.number, columns.title(f"{who}_email")))
    if "@" in name and (own := parse_email(name)):
        email, name = email or own, ""
    return Mention(
        parse_name(name) if name else Name(),
        source_id=one_line(columns.cell(row, f"{who}_id")),
        email=email or "",
        number=one_line(columns.cell(row, f"{who}_number")),
        class_name=one_line(columns.cell(row, f"{who}_class")),
    )


def _ambiguous(columns: Columns, line: _Line, *, reviewer: bool) -> Problem:
    who = "reviewer" if reviewer else "reviewee"
    mention = line.reviewer if reviewer else line.reviewee
    title = columns.title(f"{who}_name")
    return Problem(Code.NAME_AMBIGUOUS, line.row.number, title, {"name": mention.name.full})


def _raw(columns: Columns, row: Row, reviewer: int, reviewee: int, titles: Mapping[str, str]) -> RawEntry:
    return RawEntry(
        row.number,
        reviewer,
        reviewee,
        kind=columns.cell(row, "kind"),
        criterion=columns.cell(row, "criterion") or columns.cell(row, "criterion_id"),
        score=columns.cell(row, "score"),
        comment=columns.cell(row, "comment"),
        created_at=columns.cell(row, "created_at"),
        titles=titles,
    )
