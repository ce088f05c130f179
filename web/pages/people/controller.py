"""Pages of the people of a school: their roles, and how they log in."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import administration, invitations
from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.errors import BadInput, Conflict
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.settings import Settings
from web.deps import AnyRequest
from web.pages.people import form as person_form
from web.pages.people import page
from web.pages.people.view import PeopleSearch, PersonForm
from web.pages.shared import one_time_secret
from web.pages.shared.forms import Form
from web.pages.shared.responses import RenderPage, redirect

INDEX = "pages/people/index.html"
NEW = "pages/people/new.html"
SHOW = "pages/people/show.html"


class PeoplePages(Controller):
    """The people of a school, for administrators."""

    path = "/people"
    guards = (requires("admin"),)

    @get("/")
    async def index(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        q: FromQuery[str] = "",
        role: FromQuery[str] = "",
        after: FromQuery[int | None] = None,
    ) -> Response[str]:
        """The list, by family name."""
        search = PeopleSearch(q.strip()[:100], role if role in person_form.ROLES else "", after)
        return render_page(INDEX, "people", view=await page.load_people(session, user, search))

    @get("/new")
    async def new(self, render_page: NamedDependency[RenderPage]) -> Response[str]:
        """The form to add a person."""
        return render_page(NEW, "people", form=PersonForm())

    @post("/")
    async def create(
        self,
        data: Form,
        render_page: NamedDependency[RenderPage],
        units: NamedDependency[UnitOfWorkFactory],
        user: NamedDependency[Principal],
    ) -> Response[str] | Redirect:
        """Add a person, or show the form again with the problem at its field."""
        form = person_form.read(data)
        try:
            async with units() as uow:
                made = await administration.add(uow, user, person_form.new_user(form))
        except (BadInput, Conflict) as fault:
            return render_page(NEW, "people", status=fault.status, form=person_form.with_problem(form, fault))
        return redirect(f"/people/{made.id}", "person_made")

    @get("/{user_id:int}")
    async def show(
        self,
        request: AnyRequest,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        user_id: FromPath[int],
    ) -> Response[str]:
        """One person, with the code that was just made, if there is one."""
        person = await administration.find(session, user, user_id)
        view = await page.load_person(session, user, person)
        code = one_time_secret.read(request, settings, user)
        response = render_page(SHOW, "people", view=view, form=person_form.for_person(person), code=code)
        return one_time_secret.remove_cookie(response, request, settings)

    @post("/{user_id:int}/edit")
    async def edit(
        self,
        data: Form,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        units: NamedDependency[UnitOfWorkFactory],
        user: NamedDependency[Principal],
        user_id: FromPath[int],
    ) -> Response[str] | Redirect:
        """Change a person, or show the form again with the problem at its field."""
        form = person_form.read(data)
        try:
            async with units() as uow:
                await administration.change(uow, user, user_id, person_form.profile(form))
        except (BadInput, Conflict) as fault:
            view = await page.load_person(session, user, await administration.find(session, user, user_id))
            refused = person_form.with_problem(form, fault)
            return render_page(SHOW, "people", status=fault.status, view=view, form=refused, code="")
        return redirect(f"/people/{user_id}", "saved")

    @post("/{user_id:int}/code")
    async def code(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        user_id: FromPath[int],
    ) -> Redirect:
        """Make a code to set a password with, and show it once. An earlier code stops working."""
        code = await invitations.create(uow, user, user_id)
        return one_time_secret.redirect_with_secret(settings, user, f"/people/{user_id}", "code_made", code)

    @post("/{user_id:int}/block")
    async def block(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], user_id: FromPath[int]
    ) -> Redirect:
        """End all access of the person."""
        await administration.block(uow, user, user_id)
        return redirect(f"/people/{user_id}", "blocked")

    @post("/{user_id:int}/unblock")
    async def unblock(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], user_id: FromPath[int]
    ) -> Redirect:
        """Let the person log in again."""
        await administration.unblock(uow, user, user_id)
        return redirect(f"/people/{user_id}", "unblocked")

    @post("/{user_id:int}/logout-everywhere")
    async def log_out_everywhere(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], user_id: FromPath[int]
    ) -> Redirect:
        """End all login sessions of the person, who may be the administrator."""
        await administration.log_out_everywhere(uow, user, user_id)
        return redirect(f"/people/{user_id}", "person_out")

    @post("/{user_id:int}/tokens/{token_id:int}/revoke")
    async def revoke_token(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        user_id: FromPath[int],
        token_id: FromPath[int],
    ) -> Redirect:
        """Withdraw an API token of the person."""
        await administration.revoke_token(uow, user, user_id, token_id)
        return redirect(f"/people/{user_id}", "token_gone")
