"""The pages of people in every state, with whom they show."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.web.pages.case import Case
from tests.web.pages.samples import NOW
from web.pages.password.controller import LENGTHS, SHOW
from web.pages.people.view import (
    LoginState,
    PeoplePage,
    PeopleSearch,
    PersonForm,
    PersonItem,
    PersonPage,
    TokenItem,
)
from web.pages.shared.view import FormProblem
from web.templating import Notice

KARIM = PersonItem(
    1, "Karim Bouzidi", "Bouzidi, Karim", "teacher", "password", "k.bouzidi@debrug.example", class_name=""
)
SANNE = PersonItem(
    2, "Sanne de Wit", "Wit, Sanne de", "pupil", "code", "s.dewit@debrug.example", "104231", "3H2"
)
OTHER_STATES: Mapping[LoginState, str] = {
    "none": "Visser, Daan",
    "code_old": "Wilders-Oosterhuis, Anne-Fleur van den",
    "blocked": "Yılmaz, Defne",
    "no_address": "Zijlstra, Bram",
}
EVERYBODY = (
    KARIM,
    replace(KARIM, id=3, name="Els Mulder", sorted_name="Mulder, Els", role="admin", email="els@b.example"),
    SANNE,
    *(
        replace(SANNE, id=10 + len(state), sorted_name=name, login_state=state)
        for state, name in OTHER_STATES.items()
    ),
)
FILLED = PersonForm("teacher", "Karim", "", "Bouzidi", KARIM.email, "", "", "Kas, Kari", "nl")
TOKENS = (TokenItem(4, "roosterkoppeling", NOW), TokenItem(3, "command line", NOW - timedelta(days=300)))
CODE = "7KQM-2WXA-9T4C-HV3E"


def listed(**more: Any) -> Case:
    """The list."""
    values: dict[str, Any] = {"items": EVERYBODY, "search": PeopleSearch()}
    view = PeoplePage(**(values | more))
    return Case("pages/people/index.html", {"view": view}, "admin", "people")


def one(item: PersonItem = KARIM, form: PersonForm = FILLED, code: str = "", **more: Any) -> Case:
    """The page of a person."""
    context = {"view": PersonPage(item, **more), "form": form, "code": code}
    return Case("pages/people/show.html", context, "admin", "people")


def new(form: PersonForm) -> Case:
    """The form for another one."""
    return Case("pages/people/new.html", {"form": form}, "admin", "people")


def password(problem: str = "") -> Case:
    """The form with which one sets a password."""
    email = SANNE.email if problem else ""
    return Case(SHOW, {"problem": problem, "email": email, "lengths": LENGTHS}, None, "")


CASES: Mapping[str, Case] = {
    "people": listed(following="/people?after=2"),
    "people-later": listed(search=PeopleSearch("de wit & zoon", "pupil", 2)),
    "people-nobody": listed(items=(), search=PeopleSearch("zzz")),
    "person-new": new(PersonForm()),
    "person-new-refused": new(replace(FILLED, email="", problem=FormProblem("email", "needed"))),
    "person": one(sessions=2, tokens=TOKENS),
    "person-oneself": one(EVERYBODY[1], is_self=True, sessions=1),
    "person-code": replace(
        one(SANNE, code=CODE, code_until=NOW + timedelta(days=7)), notice=Notice("code_made")
    ),
    "person-code-waits": one(SANNE, code_until=NOW),
    "person-code-old": one(replace(SANNE, login_state="code_old"), code_until=NOW),
    "person-none": one(replace(SANNE, login_state="none")),
    "person-no-address": one(replace(SANNE, login_state="no_address", email="")),
    "person-blocked": one(replace(SANNE, login_state="blocked"), blocked_at=NOW),
    "person-refused": one(form=replace(FILLED, problem=FormProblem("number", "conflict"))),
    "password": password(),
    "password-wrong": password("wrong_code"),
    "password-short": password("bad_input"),
    "password-slow": password("too_many_logins"),
}
