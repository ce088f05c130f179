"""Small files for tests of imports, in the long format and as rosters."""

from collections.abc import Iterable

HEAD = "from_student_name,to_student_name,type,criterion_name,score,comment"


def feedback(*rows: str) -> str:
    """Rows of from, to, type, criterion, score, comment."""
    return "\n".join((HEAD, *rows)) + "\n"


def roster(*rows: str) -> str:
    """Rows of name, email, number, class and team."""
    return "\n".join(("name,email,student_number,class_name,team_name", *rows)) + "\n"


TEAM = feedback(
    "Ada Bos,Bo Smit,peer,Inzet,4,Je was altijd op tijd",
    "Cas Mol,Bo Smit,peer,Inzet,3,Je mag vaker iets zeggen",
    "Bo Smit,Ada Bos,peer,Inzet,5,Je hielp goed",
    "Bo Smit,Bo Smit,self,Inzet,4,Ik was er altijd",
    "Ada Bos,Cas Mol,peer,Inzet,4,",
)
"""Three pupils: Bo receives two comments and writes about the own work, Ada one, Cas a score only."""


def large(students: int, comment: str = "Je hebt goed samengewerkt") -> str:
    """Teams of four in which everybody writes about everybody else, on two criteria."""
    return feedback(*_large(students, comment))


def _large(students: int, comment: str) -> Iterable[str]:
    for reviewee in range(students):
        first = reviewee // 4 * 4
        for reviewer in range(first, min(first + 4, students)):
            if reviewer != reviewee:
                for criterion in ("Inzet", "Planning"):
                    yield f"{_name(reviewer)},{_name(reviewee)},peer,{criterion},4,{comment} {reviewer}"


def _name(number: int) -> str:
    """Distinct, and no typing error of each other."""
    letters = "abcdefghij"
    return "Pupil " + "".join(letters[int(digit)] * 3 for digit in f"{number:04d}")
