"""What all contestants work on: classes of 30 in which everybody received five comments of class-mates."""

from dataclasses import dataclass

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import School, User
from app.embedded.demo_school import FILES
from app.evaluations.models import Criterion, Evaluation, FeedbackEntry, Participant
from app.imports.parsing.read import read

CLASS = 30
COMMENTS = 5
_SOURCES = (("v3a-leerlingen.csv", "v3a-feedback.csv"), ("h2b-students.csv", "h2b-feedback.csv"))


@dataclass(frozen=True, slots=True)
class Classes:
    """The evaluations of one school, each with its pupils."""

    school_id: int
    students: dict[int, list[int]]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """(evaluation, pupil) of everybody."""
        return [(evaluation, one) for evaluation, students in self.students.items() for one in students]


async def make_classes(session: AsyncSession, count: int) -> Classes:
    """A school with at least this many pupils, in full classes. Names and comments are the demo school's."""
    names, said = _names(), _said()
    school = School(slug="bench", name="Bench")
    session.add(school)
    await session.flush()
    students: dict[int, list[int]] = {}
    for number in range(-(-count // CLASS)):
        evaluation = Evaluation(school_id=school.id, title=f"Project {number + 1}")
        session.add(evaluation)
        await session.flush()
        rows = [
            {"school_id": school.id, "role": "pupil", "given_name": given, "family_name": family}
            for given, family in (names[(number + index) % len(names)] for index in range(CLASS))
        ]
        people = list(await session.scalars(insert(User).returning(User.id), rows))
        await _write(session, school.id, evaluation.id, people, said)
        students[evaluation.id] = people
    await session.execute(text("ANALYZE"))
    return Classes(school.id, students)


async def _write(
    session: AsyncSession, school_id: int, evaluation_id: int, people: list[int], said: list[str]
) -> None:
    criterion = Criterion(evaluation_id=evaluation_id, name="Samenwerken")
    session.add(criterion)
    await session.flush()
    index_of = {"evaluation_id": evaluation_id, "feedback_count": COMMENTS, "reviewer_count": COMMENTS}
    await session.execute(insert(Participant), [{**index_of, "student_id": one} for one in people])
    entries = [
        {
            "school_id": school_id,
            "evaluation_id": evaluation_id,
            "reviewer_id": people[(index + step) % CLASS],
            "reviewee_id": person,
            "criterion_id": criterion.id,
            "comment": said[(person * 31 + step * 17) % len(said)],
        }
        for index, person in enumerate(people)
        for step in range(1, COMMENTS + 1)
    ]
    await session.execute(insert(FeedbackEntry), entries)


def _names() -> list[tuple[str, str]]:
    found = [read((FILES / people).read_bytes(), people).people for people, _ in _SOURCES]
    return [(one.name.given, one.name.family) for people in found for one in people]


def _said() -> list[str]:
    """Comments that say something, so that none of the work is spared."""
    found = [read((FILES / said).read_bytes(), said).entries for _, said in _SOURCES]
    texts = (one.comment for entries in found for one in entries if one.kind == "peer" and one.comment)
    return [comment for comment in dict.fromkeys(texts) if len(comment) > 25]
