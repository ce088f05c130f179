"""Fills a database as years of many schools would have: finished jobs with summaries, and a long queue."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.settings import DatabaseSettings

CLASS = 25
"""Pupils of a class, who all take part in each of its evaluations."""


@dataclass(frozen=True, slots=True)
class Years:
    """How much. Every school has as much as the next; `finished` and `queued` are over all of them."""

    schools: int
    finished: int
    queued: int

    @property
    def evaluations(self) -> int:
        """Of each school: every pupil of an evaluation has one finished job in it."""
        return max(1, self.finished // self.schools // CLASS)

    @property
    def waiting(self) -> int:
        """Queued jobs of each school."""
        return self.queued // self.schools


FULL = Years(schools=2_000, finished=1_000_000, queued=100_000)
SHORT = Years(schools=40, finished=20_000, queued=2_000)


async def add(database: DatabaseSettings, years: Years) -> None:
    """Add the schools to what the database holds, then have it vacuum and look at its tables, as it would.

    The triggers of foreign keys rest meanwhile, for what is made here fits together; and the indexes that
    are no constraint are made anew at the end, which takes a third of the time. The engine is one without
    the product's limits of time.
    """
    engine = create_async_engine(database.url)
    sizes = {
        "schools": years.schools,
        "evaluations": years.evaluations,
        "classes": max(1, years.evaluations // 5),
        "class_size": CLASS,
        "waiting": years.waiting,
    }
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        indexes = (await connection.execute(_INDEXES, {"tables": list(LARGE)})).all()
        for name, _ in indexes:
            await connection.execute(text(f'DROP INDEX "{name}"'))
        await connection.execute(_SIZES, sizes)
        for statement in _FILL:
            await connection.execute(text(statement))
        for _, definition in indexes:
            await connection.execute(text(definition))
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


LARGE = ("user_account", "evaluation", "participant", "feedback_entry", "job", "summary")
"""The tables that grow with the schools."""

_INDEXES = text(
    """
    SELECT index.relname, pg_get_indexdef(index.oid)
    FROM pg_index
    JOIN pg_class AS index ON index.oid = indexrelid JOIN pg_class AS base ON base.oid = indrelid
    WHERE base.relname = ANY(CAST(:tables AS text[])) AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conindid = indexrelid)
    """
)

_SIZES = text(
    """
    CREATE TEMPORARY TABLE size ON COMMIT DROP AS
    SELECT * FROM (VALUES (CAST(:schools AS int), CAST(:evaluations AS int), CAST(:classes AS int),
                           CAST(:class_size AS int), CAST(:waiting AS int)))
                  AS size (schools, evaluations, classes, class_size, waiting)
    """
)

_FILL = (
    """
    INSERT INTO school (slug, name) SELECT 'years-' || n, 'School ' || n
    FROM size, generate_series(1, schools) AS n
    """,
    """
    CREATE TEMPORARY TABLE place ON COMMIT DROP AS
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM school WHERE slug LIKE 'years-%'
    """,
    "ANALYZE place",
    """
    INSERT INTO user_account (school_id, role, given_name, family_name, number, class_name)
    SELECT id, 'pupil', 'Pupil' || n, 'Van School', to_char(n, 'FM000000'), CAST((n - 1) / class_size AS text)
    FROM place, size, generate_series(1, classes * class_size) AS n
    """,
    """
    INSERT INTO evaluation (school_id, title, course, created_at)
    SELECT id, CAST((n - 1) % classes AS text), 'Project', now() - n * interval '30 days'
    FROM place, size, generate_series(1, evaluations) AS n
    """,
    """
    CREATE TEMPORARY TABLE seat ON COMMIT DROP AS
    SELECT evaluation.school_id, place.place AS school, evaluation.id AS evaluation_id,
           person.id AS student_id,
           evaluation.created_at + person.id % 86400 * interval '10 seconds' AS moment,
           row_number() OVER (PARTITION BY evaluation.school_id ORDER BY evaluation.id, person.id) AS n
    FROM place JOIN evaluation ON evaluation.school_id = place.id
    JOIN user_account AS person ON person.school_id = place.id AND person.class_name = evaluation.title
    """,
    "ANALYZE seat",
    """
    INSERT INTO participant (evaluation_id, student_id, feedback_count, reviewer_count)
    SELECT evaluation_id, student_id, 1, 1 FROM seat
    """,
    """
    INSERT INTO feedback_entry (school_id, evaluation_id, reviewer_id, reviewee_id, comment)
    SELECT school_id, evaluation_id, student_id - 1, student_id, 'Je was altijd op tijd en hielp iedereen.'
    FROM seat
    """,
    """
    INSERT INTO job (id, task, subject_key, school_id, evaluation_id, student_id, lane, rank, state,
                     attempt, progress, created_at, started_at, completed_at, error_code, seq)
    SELECT 'summary-' || evaluation_id || '-' || student_id || '-FINISHED', 'summary',
           evaluation_id || ':' || student_id, school_id, evaluation_id, student_id, n % 3, n,
           CASE WHEN n % 50 = 0 THEN 'failed' WHEN n % 50 = 1 THEN 'cancelled' ELSE 'completed' END, 1, 100,
           moment, moment + interval '5 seconds', moment + interval '25 seconds',
           CASE WHEN n % 50 = 0 THEN 'model_unreachable' END, 2000000
    FROM seat
    """,
    """
    INSERT INTO summary (school_id, evaluation_id, student_id, job_id, state, locale, method, input_hash,
                         revision, comments_used, comments_total, created_at)
    SELECT school_id, evaluation_id, student_id, id, 'released', 'nl', 'ai', '', 1, 1, 1, completed_at
    FROM job WHERE state = 'completed' AND school_id IN (SELECT id FROM place)
    """,
    """
    INSERT INTO job (id, task, subject_key, school_id, evaluation_id, student_id, lane, rank, created_at,
                     waiting_since)
    SELECT 'summary-' || evaluation_id || '-' || student_id || '-WAITING', 'summary',
           evaluation_id || ':' || student_id, school_id, evaluation_id, student_id,
           CASE WHEN n % 10 = 0 THEN 0 WHEN n % 10 = 1 THEN 2 ELSE 1 END, 1000 + n,
           since, since
    FROM seat, size, LATERAL (SELECT now() - (school % 60) * interval '30 seconds' AS since) AS waited
    WHERE n <= waiting
    """,
    """
    INSERT INTO school_lane (school_id, lane, last_rank)
    SELECT id, lane, 1000 + waiting FROM place, size, generate_series(0, 2) AS lane
    """,
)
