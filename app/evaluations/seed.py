"""Fills a new school with made-up classes in a handful of statements, for demonstrations and measurements."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import BadInput

CRITERIA = ("Samenwerken", "Planning")
MOST_STUDENTS, MOST_CLASSES = 20_000, 1_000


@dataclass(frozen=True, slots=True)
class Words:
    """What the made-up classes are made of; each list is used round and round."""

    given_names: Sequence[str]
    family_names: Sequence[str]
    comments: Sequence[str]


async def seed(
    session: AsyncSession, school_id: int, teacher_id: int, *, students: int, classes: int, words: Words
) -> None:
    """Spread `pupils` over `classes`, an evaluation for each, and teams of four in which everybody writes.

    In a full team each pupil gets six comments: from every team-mate, on every criterion. The school must
    have no pupils and no evaluations yet. Raises BadInput.
    """
    if not 1 <= classes <= MOST_CLASSES or not classes * 2 <= students <= MOST_STUDENTS:
        raise BadInput(
            f"Ask for 1 to {MOST_CLASSES} classes of at least two, and at most {MOST_STUDENTS} pupils."
        )
    at = {"school": school_id}
    names = {"given": list(words.given_names), "family": list(words.family_names)}
    await session.execute(text(_PEOPLE), {**at, **names, "pupils": students, "classes": classes})
    await session.execute(text(_EVALUATIONS), {**at, "teacher": teacher_id, "classes": classes})
    await session.execute(text(_CRITERIA), {**at, "criteria": list(CRITERIA)})
    await session.execute(text(_SEATS), at)
    await session.execute(text(_TEAMS))
    await session.execute(text(_ANALYZE))
    await session.execute(text(_PLACES), {"criteria": len(CRITERIA)})
    await session.execute(text(_ANALYZE))
    await session.execute(text(_ENTRIES), {**at, "comments": list(words.comments)})


_PEOPLE = """
INSERT INTO user_account (school_id, role, given_name, family_name, number, class_name)
SELECT :school, 'pupil',
       given[1 + n % cardinality(given)],
       family[1 + (n / cardinality(given) + n * 7) % cardinality(family)],
       to_char(n + 1, 'FM000000'),
       'klas ' || 1 + n % CAST(:classes AS int)
FROM generate_series(0, CAST(:pupils AS int) - 1) AS n,
     (SELECT CAST(:given AS text[]) AS given, CAST(:family AS text[]) AS family) AS names
"""

_EVALUATIONS = """
WITH made AS (
    INSERT INTO evaluation (school_id, title, course, created_by)
    SELECT :school, 'Project klas ' || n, 'Project', :teacher
    FROM generate_series(1, CAST(:classes AS int)) AS n
    RETURNING id
)
INSERT INTO evaluation_teacher (evaluation_id, user_id) SELECT id, :teacher FROM made
"""

_CRITERIA = """
INSERT INTO criterion (evaluation_id, name, position)
SELECT evaluation.id, named.name, named.place - 1
FROM evaluation, unnest(CAST(:criteria AS text[])) WITH ORDINALITY AS named(name, place)
WHERE evaluation.school_id = :school
"""

_SEATS = """
CREATE TEMPORARY TABLE seat ON COMMIT DROP AS
SELECT person.id AS student_id, evaluation.id AS evaluation_id,
       'Team ' || 1 + (row_number() OVER (PARTITION BY evaluation.id ORDER BY number) - 1) / 4 AS team
FROM user_account AS person
JOIN evaluation ON evaluation.school_id = person.school_id
               AND evaluation.title = 'Project ' || person.class_name
WHERE person.school_id = :school AND person.role = 'pupil'
"""

_TEAMS = "INSERT INTO team (evaluation_id, name) SELECT DISTINCT evaluation_id, team FROM seat"

_PLACES = """
INSERT INTO participant (evaluation_id, student_id, team_id, reviewer_count, feedback_count)
SELECT taken.evaluation_id, student_id, team.id, mates, mates * CAST(:criteria AS int)
FROM (SELECT *, count(*) OVER (PARTITION BY evaluation_id, team) - 1 AS mates FROM seat) AS taken
JOIN team ON team.evaluation_id = taken.evaluation_id AND team.name = taken.team
"""

_ANALYZE = "ANALYZE user_account, evaluation, criterion, team, participant, seat"
"""Without it the planner takes the tables for empty, and joins five thousand pupils by nested loops."""

_ENTRIES = """
INSERT INTO feedback_entry (school_id, evaluation_id, reviewer_id, reviewee_id, criterion_id, score, comment)
SELECT :school, evaluation.id, giver.student_id, taker.student_id, criterion.id,
       3 + (giver.student_id + taker.student_id) % 3,
       said[1 + (giver.student_id * 31 + taker.student_id * 17 + criterion.position * 7) % cardinality(said)]
FROM evaluation
JOIN participant AS taker ON taker.evaluation_id = evaluation.id
JOIN participant AS giver ON giver.evaluation_id = evaluation.id
                         AND giver.team_id = taker.team_id AND giver.student_id <> taker.student_id
JOIN criterion ON criterion.evaluation_id = evaluation.id,
     (SELECT CAST(:comments AS text[]) AS said) AS words
WHERE evaluation.school_id = :school
"""
