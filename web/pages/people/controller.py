"""Pages: the people of a school, their roles and their ways in."""

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
    """People."""

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
        """Everybody, by family name."""
        search = PeopleSearch(q.strip()[:100], role if role in person_form.ROLES else "", after)
        return render_page(INDEX, "people", view=await page.index(session, user, search))

    @get("/new")
    async def new(self, render_page: NamedDependency[RenderPage]) -> Response[str]:
        """The form for another person."""
        return render_page(NEW, "people", form=PersonForm())

    @post("/")
    async def create(
        self,
        data: Form,
        render_page: NamedDependency[RenderPage],
        units: NamedDependency[UnitOfWorkFactory],
        user: NamedDependency[Principal],
    ) -> Response[str] | Redirect:
        """Add a person; or say at its field what is wrong, and keep what was filled in."""
        form = person_form.read(data)
        try:
            async with units() as uow:
                made = await administration.add(uow, user, person_form.new_person(form))
        except (BadInput, Conflict) as fault:
            return render_page(NEW, "people", status=fault.status, form=person_form.refused(form, fault))
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
        """The person, the ways in, and a code if that was just made."""
        person = await administration.find(session, user, user_id)
        view = await page.load(session, user, person)
        code = one_time_secret.read(request, settings, user)
        drawn = render_page(SHOW, "people", view=view, form=person_form.filled(person), code=code)
        return one_time_secret.shown(drawn, request, settings)

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
        """Change it; or say at its field what is wrong, and keep what was filled in."""
        form = person_form.read(data)
        try:
            async with units() as uow:
                await administration.change(uow, user, user_id, person_form.facts_of(form))
        except (BadInput, Conflict) as fault:
            view = await page.load(session, user, await administration.find(session, user, user_id))
            refused = person_form.refused(form, fault)
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
        """Show a code, once, with which the person sets a password; the one of before is gone."""
        code = await invitations.create(uow, user, user_id)
        return one_time_secret.redirect_and_show(settings, user, f"/people/{user_id}", "code_made", code)

    @post("/{user_id:int}/block")
    async def block(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], user_id: FromPath[int]
    ) -> Redirect:
        """Let the person in no more."""
        await administration.block(uow, user, user_id)
        return redirect(f"/people/{user_id}", "blocked")

    @post("/{user_id:int}/unblock")
    async def unblock(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], user_id: FromPath[int]
    ) -> Redirect:
        """Let the person in again."""
        await administration.unblock(uow, user, user_id)
        return redirect(f"/people/{user_id}", "unblocked")

    @post("/{user_id:int}/logout-everywhere")
    async def log_out_everywhere(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], user_id: FromPath[int]
    ) -> Redirect:
        """End all login sessions of the person; one's own, too."""
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
        """Withdraw a token of the person at once."""
        await administration.revoke_token(uow, user, user_id, token_id)
        return redirect(f"/people/{user_id}", "token_gone")
