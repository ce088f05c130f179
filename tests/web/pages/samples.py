"""Values for the pages in tests and in the preview."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.events import JobState
from web.pages.evaluations.view import EvaluationCounts, EvaluationItem, StudentRow, SummaryBrief
from web.pages.imports.view import ImportItem, ProblemView
from web.pages.jobs.view import Attempt
from web.pages.schedules.view import Choice, RunItem, ScheduleForm, ScheduleItem
from web.pages.shared.view import EvaluationHead, JobView
from web.pages.students.view import SentenceView, SourceView, SummaryView

NOW = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)


HEAD = EvaluationHead(7, "Projectweek 2, een brug voor de Eem", "Onderzoek en ontwerpen 3H2")


REVIEWED = replace(HEAD, release="reviewed", state="closed")


SENTENCES = (
    SentenceView(0, "strength", "Je komt afspraken na, en je team rekent daarop.", (1, 4)),
    SentenceView(1, "strength", "Meerdere teamgenoten noemen hoe rustig je uitlegt wat je bedoelt.", (2, 3)),
    SentenceView(2, "growth", "Je mag eerder zeggen dat je vastloopt; nu merkte je team het pas laat.", (5,)),
    SentenceView(
        3,
        "mixed",
        "Over het tempo denken je teamgenoten verschillend: de een vond het prettig, "
        "een ander had liever wat meer druk gezien.",
        (2, 6),
    ),
    SentenceView(
        4, "tip", "Begin elke bijeenkomst met één zin over wat je gedaan hebt en waar je hulp bij wilt."
    ),
)


def job(status: str, progress: int = 0, stage: str | None = None, student: int = 12, **more: Any) -> JobView:
    """A job in some state."""
    seen = {name: more.pop(name) for name in ("position", "eta_seconds") if name in more}
    state = JobState(status=status, priority="normal", progress=progress, stage=stage, created_at=NOW, **more)
    return JobView(f"summary-7-{student}-01JD0000000000000000000000", 7, student, 3_000_000, state, **seen)


RETRYING = job(
    "queued", retry_count=2, next_retry_at=NOW + timedelta(minutes=4), error_code="model_unreachable"
)


JOBS = {
    "queued": job("queued", position=3, eta_seconds=80),
    "next": job("queued", position=1),
    "reading": job("processing", 5, "reading"),
    "judging": job("processing", 42, "judging", eta_seconds=35),
    "reading_again": job("processing", 50, "judging"),
    "writing": job("processing", 62, "writing", eta_seconds=20),
    "checking": job("processing", 93, "checking", eta_seconds=4),
    "retrying": RETRYING,
    "held": job("queued", held=True),
    "failed": job("failed", 40, error_code="model_answer"),
    "cancelled": job("cancelled", 40),
    "completed": job("completed", 100, completed_at=NOW),
}


def summary(method: str | None = "ai", count: int = 5, **more: Any) -> SummaryView:
    """A stored summary, or the first sentences of one on its way."""
    return SummaryView("01JD0000000000000000000000.000000004000000", method, SENTENCES[:count], 9, 9, **more)


EMPTY = SummaryView(
    "01JD0000000000000000000000.000000004000000",
    "empty",
    (
        SentenceView(
            0,
            "note",
            "Er is nog te weinig feedback om er iets eerlijks over te zeggen. Zodra meer "
            "teamgenoten hebben geschreven, lees je het hier.",
        ),
    ),
    1,
    1,
)


PEOPLE = (
    ("Noor van den Berg", "Team 1"),
    ("Daan Visser", "Team 1"),
    ("Fatima El Amrani", "Team 1"),
    ("Lars Jansen", "Team 1"),
    ("Sanne de Wit", "Team 2"),
    ("Milan Kaya", "Team 2"),
    ("Tess Hoekstra", "Team 2"),
    ("Bram Oosterhuis", "Team 2"),
    ("Yara Mensah", "Team 3"),
    ("Julian Smeets", "Team 3"),
)


def rows() -> tuple[StudentRow, ...]:
    """Ten students, each in another state."""
    states: list[tuple[str, int, str | None, dict[str, Any]]] = [
        ("completed", 100, None, {}),
        ("processing", 62, "writing", {}),
        ("processing", 42, "judging", {}),
        ("queued", 0, None, {}),
        ("queued", 0, None, {}),
        ("failed", 40, None, {"error_code": "model_answer"}),
        ("queued", 0, None, {"retry_count": 1, "next_retry_at": NOW, "error_code": "model_unreachable"}),
        ("completed", 100, None, {}),
        ("cancelled", 10, None, {}),
        ("", 0, None, {}),
    ]
    briefs = {
        0: SummaryBrief(20, "v", "ai", "released", refused=1),
        6: SummaryBrief(26, "v", "fallback", "draft", provisional=True),
        7: SummaryBrief(27, "v", "ai", "approved", stale=True, flags=1, disputed=True),
    }
    made = []
    for index, ((name, team), (status, progress, stage, more)) in enumerate(zip(PEOPLE, states, strict=True)):
        little = not status
        made.append(
            StudentRow(
                student_id=20 + index,
                name=name,
                team=team,
                feedback_count=1 if little else 6 + index,
                reviewer_count=1 if little else 3,
                readiness="too_little" if little else "ready",
                job=job(status, progress, stage, 20 + index, **more) if status else None,
                summary=briefs.get(index),
            )
        )
    return tuple(made)


SOURCES = (
    SourceView(1, "Sanne was er altijd en deed wat ze beloofde.", "Afspraken nakomen"),
    SourceView(2, "legt rustig uit, soms beetje langzaam", "Communiceren"),
    SourceView(3, "Goede uitleg over de berekening!", "Communiceren"),
    SourceView(4, "je kan op haar bouwen", "Samenwerken"),
    SourceView(5, "Ze zei pas op de laatste dag dat haar stuk niet af was.", "Afspraken nakomen"),
    SourceView(6, "Ik had liever wat meer tempo gehad, het was wel erg relaxed.", "Samenwerken"),
    SourceView(7, "wat een stomme groep", "Samenwerken", flag="insult"),
    SourceView(8, "Ik vond dat ik goed heb meegedaan.", "Samenwerken", kind="self"),
)


ITEM = ImportItem(5, "Projectweek 2", "feedback-3H2.csv", "previewed", NOW)


COUNTS = {"people": 28, "people_new": 3, "teams": 7, "criteria": 4, "entries": 336}


PROBLEMS = (
    ProblemView(14, "De score is geen getal; die blijft weg.", "score"),
    ProblemView(203, "Er staat niet bij voor wie dit is; de regel doet niet mee.", fatal=True),
)


ATTEMPTS = (
    Attempt(1, "lease_lost", "worker_lost", NOW, NOW + timedelta(seconds=31), "worker-1"),
    Attempt(2, "retry", "model_unreachable", NOW, NOW + timedelta(seconds=5), "worker-2"),
    Attempt(3, "completed", None, NOW, NOW + timedelta(seconds=17), "worker-1"),
)


ITEMS = (
    EvaluationItem(HEAD, NOW, EvaluationCounts(28, 24, 2, 0, 2, 45)),
    EvaluationItem(
        replace(HEAD, id=8, title="Samen een podcast", course="Nederlands 4V"),
        NOW,
        EvaluationCounts(26, 26, 0, 0, 0),
    ),
    EvaluationItem(
        replace(HEAD, id=9, title="Design sprint", course="Bilingual 2TH1"),
        NOW,
        EvaluationCounts(24, 0, 0, 0, 0),
    ),
)


OWN = tuple(
    EvaluationItem(replace(HEAD, id=index), NOW, phase=phase)  # type: ignore[arg-type]
    for index, phase in enumerate(
        ("shown", "working", "in_review", "failed", "no_feedback", "start", "cancelled")
    )
)


ZONE = "Europe/Amsterdam"

SCHEDULE_CHOICES = (Choice(7, HEAD.title), Choice(8, "Samen een podcast"))

SCHEDULE_FILLED = ScheduleForm("Elke nacht voor de les", "7", "own", "30 6 * * 1-8", "")

QUEUED = {"queued": 3, "already_queued": 1, "up_to_date": 24}

SCHEDULES = (
    ScheduleItem(
        1, "Elke nacht voor de les", "Om 02:00", ZONE, True, 7, HEAD.title, NOW, NOW, "queued", QUEUED
    ),
    ScheduleItem(2, "Zondag", "Om 02:00, alleen op zondag", ZONE, False, 8, "Samen een podcast"),
    ScheduleItem(
        3, "New York", "Om 06:30, maandag t/m vrijdag", "America/New_York", True, None, "", NOW, NOW, "gone"
    ),
    ScheduleItem(4, "Voorbij", "Om 00:00", ZONE, True, 7, HEAD.title, None, NOW, "error"),
)

NEXT_RUNS = tuple(NOW + timedelta(days=day) for day in range(1, 6))

RUNS = (
    RunItem(NOW, True, "up_to_date"),
    RunItem(NOW - timedelta(days=1), False, "queued", QUEUED),
    RunItem(NOW - timedelta(days=2), False, "error"),
)
