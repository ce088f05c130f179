"""Who may call what: one row for each route. A route without a row fails the test.

Ids in the path are those of the cast's own course, so for the strangers of the other school every object is
foreign: they must be answered as if it did not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.support.cast import PASSWORD

PARTS = (
    "nobody",
    "student",
    "classmate",
    "third",
    "owner",
    "colleague",
    "admin",
    "stranger",
    "stranger_admin",
    "stranger_student",
)
STUDENTS = frozenset({"student", "classmate", "third", "stranger_student"})
TEACHERS = frozenset({"owner", "colleague", "stranger"})
ADMINS = frozenset({"admin", "stranger_admin"})
EVERYBODY = frozenset(PARTS)
LOGGED_IN = EVERYBODY - {"nobody"}
STAFF = TEACHERS | ADMINS


@dataclass(frozen=True, slots=True)
class Row:
    """`allowed` get an answer, which may be a conflict; the others get 404, or what `refused` says.

    A text "{name}" in `json` or `form` stands for the number of that object.
    """

    allowed: frozenset[str]
    refused: Mapping[str, int] = field(default_factory=dict)
    query: str = ""
    json: Mapping[str, object] | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)
    """Objects that stand in the path instead of others, by name."""
    upload: bool = False
    stream: bool = False

    def expected(self, part: str, is_page: bool) -> int:
        """The status for who is refused. Pages send nobody to the log-in page."""
        if part == "nobody" and part not in self.refused:
            return 303 if is_page else 401
        return self.refused.get(part, 404)


def refusing(status: int, parts: frozenset[str] | set[str]) -> dict[str, int]:
    """These parts are answered with this status."""
    return dict.fromkeys(parts, status)


NOT_FOR_STUDENTS = refusing(403, STUDENTS)
"""Refused by role, before anything is looked up."""

OF_THE_COURSE = frozenset({"student", "classmate", "third", "owner", "admin"})
OF_THE_STUDENT = frozenset({"student", "owner", "admin"})
RUNS_THE_COURSE = frozenset({"owner", "admin"})
TEACHES_THE_COURSE = frozenset({"owner"})
NOT_FOR_ADMINS = refusing(403, {"admin"})
"""An admin runs the course but reads no comments, so also stands behind no summary."""

NOT_FOR_OTHERS = refusing(403, STUDENTS | TEACHERS)
"""For administrators only."""

API = "/api/v1"
SUMMARIES = f"{API}/feedback-summaries"
OF_STUDENT = f"{SUMMARIES}/evaluation/{{evaluation_id:int}}/student/{{student_id:int}}"
OF_CLASS = f"{SUMMARIES}/evaluation/{{evaluation_id:int}}"
SCHEDULES = f"{SUMMARIES}/scheduled-jobs"
WEBHOOKS = f"{SUMMARIES}/webhooks"
OF_JOB = f"{SUMMARIES}/jobs/{{job_id:str}}"
CLASS_PAGE = "/evaluations/{evaluation_id:int}"
SCHEDULE_PAGE = "/schedules/{schedule_id:int}"
PERSON_PAGE = "/people/{user_id:int}"
PERSON_FORM = {"role": "pupil", "given_name": "Piet"}
WEBHOOK_PAGE = "/webhooks/{endpoint_id:int}"
DELIVERY_PAGE = f"{WEBHOOK_PAGE}/deliveries/{{delivery_id:str}}"
WEBHOOK_FORM = {"url": "https://hooks.invalid/", "job.completed": "1"}
OWN_ADMIN = frozenset({"admin"})
SCHEDULE_FORM = {"name": "Night", "rhythm": "nightly", "evaluation_id": "{evaluation_id}"}
STUDENT_PAGE = f"{CLASS_PAGE}/students/{{student_id:int}}"

ROWS: Mapping[tuple[str, str], Row] = {
    # For anybody.
    ("GET", "/health"): Row(EVERYBODY),
    ("GET", "/ready"): Row(EVERYBODY),
    ("GET", "/schema"): Row(EVERYBODY),
    ("GET", "/schema/openapi.json"): Row(EVERYBODY),
    ("GET", "/schema/{path:str}"): Row(frozenset(), refusing(404, {"nobody"})),
    ("GET", "/static/{file_path:path}"): Row(EVERYBODY),
    ("GET", "/metrics"): Row(EVERYBODY),
    # Accounts.
    ("GET", f"{API}/me"): Row(LOGGED_IN),
    # Evaluations and imports.
    ("GET", f"{API}/evaluations"): Row(LOGGED_IN),
    ("GET", f"{API}/evaluations/{{evaluation_id:int}}"): Row(OF_THE_COURSE),
    ("PATCH", f"{API}/evaluations/{{evaluation_id:int}}"): Row(
        RUNS_THE_COURSE, NOT_FOR_STUDENTS, json={"title": "Project Water"}
    ),
    ("POST", f"{API}/evaluations/import"): Row(
        STAFF, NOT_FOR_STUDENTS, query="dry_run=true", upload=True, form={"title": "Proef"}
    ),
    ("POST", f"{API}/evaluations/imports/{{import_id:int}}/undo"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    # One pupil's summary.
    ("POST", f"{OF_STUDENT}/queue"): Row(OF_THE_STUDENT, json={}),
    ("POST", f"{OF_STUDENT}/regenerate"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS, json={}),
    ("GET", OF_STUDENT): Row(OF_THE_STUDENT),
    ("GET", f"{OF_STUDENT}/quotes"): Row(frozenset({"owner"}), refusing(403, ADMINS | {"student"})),
    # A class.
    ("POST", f"{OF_CLASS}/batch-queue"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS, json={}),
    ("POST", f"{OF_CLASS}/cancel"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    ("POST", f"{OF_CLASS}/retry-failed"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    ("GET", f"{OF_CLASS}/jobs"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    ("GET", f"{OF_CLASS}/events"): Row(
        RUNS_THE_COURSE, refusing(403, {"student", "classmate", "third"}), stream=True
    ),
    # A job, which is the pupil's.
    ("GET", f"{OF_JOB}/status"): Row(OF_THE_STUDENT),
    ("GET", f"{OF_JOB}/events"): Row(OF_THE_STUDENT, stream=True),
    ("POST", f"{OF_JOB}/cancel"): Row(OF_THE_STUDENT),
    ("POST", f"{OF_JOB}/retry"): Row(OF_THE_STUDENT),
    # The queue of the own school.
    ("GET", f"{SUMMARIES}/queue/stats"): Row(STAFF, NOT_FOR_STUDENTS),
    ("GET", f"{SUMMARIES}/queue/health"): Row(STAFF, NOT_FOR_STUDENTS),
    ("GET", f"{SUMMARIES}/queue/events"): Row(STAFF, NOT_FOR_STUDENTS, stream=True),
    ("POST", f"{SUMMARIES}/queue/{{lane:str}}/pause"): Row(ADMINS, NOT_FOR_OTHERS),
    ("POST", f"{SUMMARIES}/queue/{{lane:str}}/resume"): Row(ADMINS, NOT_FOR_OTHERS),
    # Schedules. The one in the path is the owner's.
    ("GET", SCHEDULES): Row(STAFF, NOT_FOR_STUDENTS),
    ("POST", SCHEDULES): Row(
        RUNS_THE_COURSE,
        NOT_FOR_STUDENTS,
        json={
            "name": "Night",
            "cron_expression": "0 2 * * *",
            "task_params": {"evaluation_id": "{evaluation_id}"},
        },
    ),
    ("GET", f"{SCHEDULES}/{{schedule_id:int}}"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    ("PATCH", f"{SCHEDULES}/{{schedule_id:int}}"): Row(
        RUNS_THE_COURSE, NOT_FOR_STUDENTS, json={"enabled": False}
    ),
    ("POST", f"{SCHEDULES}/{{schedule_id:int}}/run"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    # Webhooks. The one in the path is the school's.
    ("GET", WEBHOOKS): Row(ADMINS, NOT_FOR_OTHERS),
    ("POST", WEBHOOKS): Row(
        ADMINS, NOT_FOR_OTHERS, json={"url": "https://hooks.invalid/", "events": ["job.failed"]}
    ),
    ("PATCH", f"{WEBHOOKS}/{{endpoint_id:int}}"): Row(
        OWN_ADMIN, NOT_FOR_OTHERS, json={"events": ["job.completed"]}
    ),
    ("POST", f"{WEBHOOKS}/{{endpoint_id:int}}/test"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{WEBHOOKS}/{{endpoint_id:int}}/rotate"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("GET", f"{WEBHOOKS}/{{endpoint_id:int}}/deliveries"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{WEBHOOKS}/{{endpoint_id:int}}/redeliver"): Row(
        OWN_ADMIN, NOT_FOR_OTHERS, json={"since": "2026-01-01T00:00:00Z"}
    ),
    ("POST", f"{WEBHOOKS}/deliveries/{{delivery_id:str}}/redeliver"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    # Streams of the pages.
    ("GET", "/live/evaluations/{evaluation_id:int}"): Row(
        RUNS_THE_COURSE, refusing(403, {"student", "classmate", "third"}), stream=True
    ),
    ("GET", "/live/evaluations/{evaluation_id:int}/students/{student_id:int}"): Row(
        OF_THE_STUDENT, stream=True
    ),
    ("GET", "/live/jobs/{job_id:str}"): Row(OF_THE_STUDENT, stream=True),
    # Pages: in and out.
    ("GET", "/"): Row(EVERYBODY),
    ("GET", "/login"): Row(EVERYBODY),
    ("POST", "/login"): Row(EVERYBODY, form={"email": "owner@brug.example", "password": PASSWORD}),
    ("GET", "/password"): Row(EVERYBODY),
    ("POST", "/password"): Row(
        frozenset(),
        refusing(401, EVERYBODY),
        form={"email": "nobody@brug.example", "password": PASSWORD, "code": "not one of ours"},
    ),
    ("POST", "/logout"): Row(LOGGED_IN),
    ("GET", "/account"): Row(LOGGED_IN),
    ("POST", "/account/language"): Row(LOGGED_IN, form={"locale": "nl"}),
    ("POST", "/account/logout-everywhere"): Row(LOGGED_IN),
    # Pages: evaluations. A pupil is sent on to the own page, whatever the evaluation is.
    ("GET", "/evaluations"): Row(LOGGED_IN),
    ("GET", CLASS_PAGE): Row(RUNS_THE_COURSE | STUDENTS),
    ("POST", f"{CLASS_PAGE}/queue"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS, form={"all": "1"}),
    ("POST", f"{CLASS_PAGE}/cancel"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS, form={"all": "1"}),
    ("POST", f"{CLASS_PAGE}/retry-failed"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    ("POST", f"{CLASS_PAGE}/release"): Row(TEACHES_THE_COURSE, NOT_FOR_STUDENTS | NOT_FOR_ADMINS),
    # Pages: one pupil.
    ("GET", STUDENT_PAGE): Row(frozenset({"student", "owner"}), NOT_FOR_ADMINS),
    ("POST", f"{STUDENT_PAGE}/queue"): Row(OF_THE_STUDENT),
    ("POST", f"{STUDENT_PAGE}/regenerate"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    ("POST", f"{STUDENT_PAGE}/approve"): Row(TEACHES_THE_COURSE, NOT_FOR_STUDENTS | NOT_FOR_ADMINS),
    ("POST", f"{STUDENT_PAGE}/release"): Row(TEACHES_THE_COURSE, NOT_FOR_STUDENTS | NOT_FOR_ADMINS),
    ("POST", f"{STUDENT_PAGE}/hold"): Row(TEACHES_THE_COURSE, NOT_FOR_STUDENTS | NOT_FOR_ADMINS),
    ("POST", f"{STUDENT_PAGE}/beside"): Row(TEACHES_THE_COURSE, NOT_FOR_STUDENTS | NOT_FOR_ADMINS),
    ("POST", f"{STUDENT_PAGE}/edit"): Row(
        TEACHES_THE_COURSE, NOT_FOR_STUDENTS | NOT_FOR_ADMINS, form={"text-0": "Je was steeds op tijd."}
    ),
    ("POST", f"{STUDENT_PAGE}/authors"): Row(TEACHES_THE_COURSE, NOT_FOR_STUDENTS | NOT_FOR_ADMINS),
    ("POST", f"{STUDENT_PAGE}/dispute"): Row(frozenset({"student"}), refusing(403, STAFF)),
    # Pages: a job, which is the pupil's.
    ("GET", "/jobs/{job_id:str}"): Row(OF_THE_STUDENT),
    ("POST", "/jobs/{job_id:str}/cancel"): Row(OF_THE_STUDENT),
    ("POST", "/jobs/{job_id:str}/retry"): Row(OF_THE_STUDENT),
    # Pages: imports, which is the owner's.
    ("GET", "/imports"): Row(STAFF, NOT_FOR_STUDENTS),
    ("POST", "/imports"): Row(STAFF, NOT_FOR_STUDENTS, upload=True, form={"title": "Proef"}),
    ("GET", "/imports/{run_id:int}"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    ("POST", "/imports/{run_id:int}/apply"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    ("POST", "/imports/{run_id:int}/undo"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    # Pages: schedules. The one in the path is the owner's.
    ("GET", "/schedules"): Row(STAFF, NOT_FOR_STUDENTS),
    ("POST", "/schedules"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS, form=SCHEDULE_FORM),
    ("GET", SCHEDULE_PAGE): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    ("POST", f"{SCHEDULE_PAGE}/edit"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS, form=SCHEDULE_FORM),
    ("POST", f"{SCHEDULE_PAGE}/pause"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    ("POST", f"{SCHEDULE_PAGE}/resume"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    ("POST", f"{SCHEDULE_PAGE}/run"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS),
    # Pages: people. The one in the path is a colleague; who changes the own role is refused by the form.
    ("GET", "/people"): Row(ADMINS, NOT_FOR_OTHERS),
    ("GET", "/people/new"): Row(ADMINS, NOT_FOR_OTHERS),
    ("POST", "/people"): Row(ADMINS, NOT_FOR_OTHERS, form=PERSON_FORM),
    ("GET", PERSON_PAGE): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{PERSON_PAGE}/edit"): Row(OWN_ADMIN, NOT_FOR_OTHERS, form=PERSON_FORM),
    ("POST", f"{PERSON_PAGE}/code"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{PERSON_PAGE}/logout-everywhere"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{PERSON_PAGE}/tokens/{{token_id:int}}/revoke"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{PERSON_PAGE}/block"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{PERSON_PAGE}/unblock"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    # Pages: webhooks. The one in the path is the school's.
    ("GET", "/webhooks"): Row(ADMINS, NOT_FOR_OTHERS),
    ("POST", "/webhooks"): Row(ADMINS, NOT_FOR_OTHERS, form=WEBHOOK_FORM),
    ("GET", WEBHOOK_PAGE): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{WEBHOOK_PAGE}/edit"): Row(OWN_ADMIN, NOT_FOR_OTHERS, form=WEBHOOK_FORM),
    ("POST", f"{WEBHOOK_PAGE}/off"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{WEBHOOK_PAGE}/on"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{WEBHOOK_PAGE}/rotate"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{WEBHOOK_PAGE}/test"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{WEBHOOK_PAGE}/redeliver"): Row(OWN_ADMIN, NOT_FOR_OTHERS, form={"since": "2026-01-01T00:00"}),
    ("GET", DELIVERY_PAGE): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{DELIVERY_PAGE}/redeliver"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    # Pages: the dashboard, and what is done from it with the pupil's job.
    ("GET", "/monitoring"): Row(STAFF, NOT_FOR_STUDENTS),
    ("GET", "/live/monitoring"): Row(STAFF, NOT_FOR_STUDENTS, query="jobs=nothing", stream=True),
    ("POST", "/monitoring/cancel"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS, form={"job_id": "{job_id}"}),
    ("POST", "/monitoring/retry"): Row(RUNS_THE_COURSE, NOT_FOR_STUDENTS, form={"job_id": "{job_id}"}),
    ("POST", "/monitoring/lanes/{lane:str}/pause"): Row(ADMINS, NOT_FOR_OTHERS),
    ("POST", "/monitoring/lanes/{lane:str}/resume"): Row(ADMINS, NOT_FOR_OTHERS),
    # Last, for they are gone then: the owner, who comes first, deletes them.
    ("DELETE", f"{SCHEDULES}/{{schedule_id:int}}"): Row(frozenset({"owner"}), NOT_FOR_STUDENTS),
    ("POST", f"{SCHEDULE_PAGE}/delete"): Row(
        frozenset({"owner"}), NOT_FOR_STUDENTS, instead={"schedule_id": "second_schedule_id"}
    ),
    ("DELETE", f"{WEBHOOKS}/{{endpoint_id:int}}"): Row(OWN_ADMIN, NOT_FOR_OTHERS),
    ("POST", f"{WEBHOOK_PAGE}/delete"): Row(
        OWN_ADMIN, NOT_FOR_OTHERS, instead={"endpoint_id": "second_endpoint_id"}
    ),
}
