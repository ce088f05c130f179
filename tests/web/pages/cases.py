"""Every page in every state: rendered by test_render.py, written to files by preview.py."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.web.pages import dashboard_cases, people_cases, webhook_cases
from tests.web.pages.case import Case
from tests.web.pages.samples import (
    ATTEMPTS,
    COUNTS,
    EMPTY,
    HEAD,
    ITEM,
    ITEMS,
    JOBS,
    NEXT_RUNS,
    NOW,
    OWN,
    PROBLEMS,
    RETRYING,
    REVIEWED,
    RUNS,
    SCHEDULE_CHOICES,
    SCHEDULE_FILLED,
    SCHEDULES,
    SOURCES,
    rows,
    summary,
)
from web.pages.evaluations.view import EvaluationCounts, EvaluationPage, Preflight, RowFilter
from web.pages.imports.view import ImportPage
from web.pages.jobs.view import JobPage
from web.pages.schedules.view import ScheduleForm, SchedulePage, SchedulesPage
from web.pages.shared.view import FormProblem
from web.pages.students.view import ReviewPage, StudentPage
from web.templating import Notice


def login(problem: str | None = None, email: str = "", next: str = "") -> Case:
    """The form to log in."""
    return Case("pages/session/login.html", {"problem": problem, "email": email, "next": next}, None, "")


def student(phase: str, **more: Any) -> Case:
    """The pupil's page in one of its phases."""
    view = StudentPage(HEAD, 12, phase, **more)  # type: ignore[arg-type]
    return Case("pages/students/show.html", {"view": view}, role="pupil")


def batch(**more: Any) -> Case:
    """The class page."""
    values: dict[str, Any] = {
        "evaluation": HEAD,
        "preflight": Preflight(22, 1, 2, 3, 340),
        "counts": EvaluationCounts(28, 24, 2, 0, 2, 45),
        "rows": rows(),
        "filter": RowFilter(),
        "address": "/evaluations/7?q=a",
    }
    view = EvaluationPage(**(values | more))
    return Case("pages/evaluations/show.html", {"view": view})


def review(**more: Any) -> Case:
    """A summary beside its sources."""
    values: dict[str, Any] = {
        "evaluation": REVIEWED,
        "student_id": 12,
        "name": "Sanne de Wit",
        "state": "draft",
        "job": JOBS["completed"],
        "summary": summary(made_at=NOW),
        "sources": SOURCES,
        "refused": 1,
    }
    return Case("pages/students/review.html", {"view": ReviewPage(**(values | more))})


def job_page(name: str) -> Case:
    """The page of a job."""
    attempts = ATTEMPTS if name == "completed" else ATTEMPTS[:2] if name == "retrying" else ()
    view = JobPage(JOBS[name], "ai-summaries", "Sanne de Wit", HEAD.title, attempts)
    return Case("pages/jobs/show.html", {"view": view})


def imports(**more: Any) -> Case:
    """The page with the upload."""
    context = {"items": (), "problem": None, "title": "", "course": ""} | more
    return Case("pages/imports/index.html", context, section="imports")


def imports_show(state: str, **more: Any) -> Case:
    """An import in one of its states."""
    item = replace(ITEM, state=state, evaluation_id=7 if state == "applied" else None)
    view = ImportPage(item, "O&O", **({"counts": COUNTS} | more))
    return Case("pages/imports/show.html", {"view": view}, section="imports")


def schedules(form: ScheduleForm | None = None, **more: Any) -> Case:
    """The list of schedules with the form for a new one."""
    view = SchedulesPage(**({"items": SCHEDULES, "choices": SCHEDULE_CHOICES} | more))
    context = {"view": view, "form": form or ScheduleForm()}
    return Case("pages/schedules/index.html", context, section="schedules")


def schedule(index: int = 0, form: ScheduleForm = SCHEDULE_FILLED, **more: Any) -> Case:
    """The page of one of SCHEDULES."""
    view = SchedulePage(SCHEDULES[index], SCHEDULE_CHOICES, **more)
    return Case("pages/schedules/show.html", {"view": view, "form": form}, section="schedules")


def error(status: int, code: str = "", **more: Any) -> Case:
    """An error page."""
    context = {"status": status, "code": code, "reference": "01JD5Z", "retry_after": None} | more
    return Case("error.html", context, role=None if status == 401 else "teacher", section="")


CASES: Mapping[str, Case] = {
    "login": login(),
    "login-wrong": login("wrong_login", email="a@b.nl", next="/x"),
    "login-slow": login("too_many_logins"),
    "account": Case("pages/account/show.html", {}, "teacher", "account"),
    "evaluations": Case("pages/evaluations/index.html", {"items": ITEMS, "next_link": None}),
    "evaluations-none": Case("pages/evaluations/index.html", {"items": (), "next_link": None}),
    "evaluations-pupil": Case(
        "pages/evaluations/index.html", {"items": OWN, "next_link": "?cursor=x"}, "pupil"
    ),
    "evaluations-pupil-none": Case("pages/evaluations/index.html", {"items": (), "next_link": None}, "pupil"),
    **{
        f"pupil-{name}": student(
            "working", job=JOBS[name], summary=summary(None, 2 if name == "writing" else 0)
        )
        for name in ("queued", "next", "held", "reading", "judging", "writing", "checking")
    },
    "pupil-retrying": student("working", job=RETRYING, summary=summary("fallback", 3, provisional=True)),
    "pupil-start": student("start"),
    "pupil-shown": student("shown", job=JOBS["completed"], summary=summary()),
    "pupil-fallback": student("shown", summary=summary("fallback", 3, stale=True)),
    "pupil-demo": student("shown", summary=summary("demo"), disputed=True),
    "pupil-empty": student("shown", summary=EMPTY),
    "pupil-in-review": student("in_review"),
    "pupil-failed": student("failed", job=JOBS["failed"]),
    "pupil-cancelled": student("cancelled", job=JOBS["cancelled"]),
    "pupil-no-feedback": student("no_feedback"),
    "batch": batch(),
    "batch-notice": replace(batch(evaluation=REVIEWED, model_away=True), notice=Notice("queued", (23, 4))),
    "batch-before": batch(
        counts=EvaluationCounts(25, 0, 0, 0, 0),
        rows=tuple(replace(r, job=None, summary=None) for r in rows()),
    ),
    "batch-done": batch(counts=EvaluationCounts(28, 28, 0, 0, 0), preflight=Preflight(0, 0, 25, 3)),
    "batch-under-way": batch(counts=EvaluationCounts(28, 12, 12, 4, 0, 20), preflight=Preflight(0, 0, 12, 0)),
    "batch-empty": batch(rows=()),
    "batch-no-match": batch(rows=(), filter=RowFilter("zzz", "live")),
    "batch-pages": batch(
        filter=RowFilter(page=2), pages=3, previous="?page=1", following="?page=3", may_read=False
    ),
    "review": review(),
    "review-held": review(state="draft", hold_reasons=("self_harm", "home")),
    "review-newer": review(newer=("Je luistert goed naar anderen.", "Je mag op tijd komen.")),
    "review-live": review(job=JOBS["writing"], disputed_at=NOW, state="released"),
    "review-none": review(summary=None, state=None, job=None, sources=()),
    "review-names": review(
        sources=tuple(replace(s, author="Milan Kaya") for s in SOURCES), revealed=True, state="approved"
    ),
    "imports": imports(items=(ITEM, replace(ITEM, state="applied"), replace(ITEM, state="undone"))),
    "imports-refused": imports(problem="Het bestand is leeg.", title="X", course="Y"),
    "import-preview": imports_show("previewed", problems=PROBLEMS, more_problems=3),
    "import-clean": imports_show("previewed"),
    "import-applied": imports_show("applied"),
    "import-undone": imports_show("undone"),
    "schedules": schedules(),
    "schedules-none": schedules(items=()),
    "schedules-no-evaluation": schedules(items=(), choices=()),
    "schedules-refused": schedules(
        replace(SCHEDULE_FILLED, evaluation_id="", problem=FormProblem("evaluation_id"))
    ),
    "schedule": schedule(next_runs=NEXT_RUNS, runs=RUNS),
    "schedule-refused": schedule(
        form=replace(SCHEDULE_FILLED, problem=FormProblem("cron_expression", "day-of-week")),
        next_runs=NEXT_RUNS,
    ),
    "schedule-paused": schedule(1, students=12),
    "schedule-over": schedule(3),
    **webhook_cases.CASES,
    **dashboard_cases.CASES,
    **people_cases.CASES,
    **{f"job-{name}": job_page(name) for name in JOBS},
    **{f"error-{status}": error(status) for status in (400, 401, 403, 404, 405, 409, 413, 500, 503)},
    "error-429": error(429, retry_after=30),
    "error-csrf": error(403, "csrf"),
    "error-model": error(503, "model_away"),
}


NOTICES = (
    "queued",
    "cancelled",
    "retried",
    "saved",
    "approved",
    "hold_used",
    "hold_unused",
    "chosen",
    "released",
    "disputed",
    "imported",
    "undone",
    "schedule_made",
    "paused",
    "resumed",
    "schedule_gone",
    "ran_nothing",
    "webhook_made",
    "webhook_gone",
    "webhook_on",
    "webhook_off",
    "rotated",
    "test_sent",
    "sent_again",
    "lane_paused",
    "lane_resumed",
    "no_jobs",
    "person_made",
    "code_made",
    "blocked",
    "unblocked",
    "person_out",
    "token_gone",
    "own_account",
    "password_set",
    "language",
    "everywhere",
    "logged_out",
    "nothing_selected",
    "conflict",
    "too_many",
)
