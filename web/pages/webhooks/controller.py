"""Pages of webhooks, which report ended jobs to programs of the school."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.errors import BadInput, Conflict
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.settings import Settings
from app.webhooks import service
from app.webhooks.schemas import EndpointChange
from web.deps import AnyRequest
from web.pages.shared import one_time_secret
from web.pages.shared.forms import Form
from web.pages.shared.responses import RenderPage, redirect
from web.pages.webhooks import form as webhook_form
from web.pages.webhooks import page
from web.pages.webhooks.view import SinceForm

INDEX = "pages/webhooks/index.html"
SHOW = "pages/webhooks/show.html"
DELIVERY = "pages/webhooks/delivery.html"


class WebhookPages(Controller):
    """The webhooks of a school and their deliveries, for administrators."""

    path = "/webhooks"
    guards = (requires("admin"),)

    @get("/")
    async def index(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
    ) -> Response[str]:
        """The webhooks, and the form for a new one."""
        view = await page.load_webhooks(session, user, settings.webhooks)
        return render_page(INDEX, "webhooks", view=view, form=webhook_form.NEW)

    @post("/")
    async def create(
        self,
        data: Form,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        units: NamedDependency[UnitOfWorkFactory],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
    ) -> Response[str] | Redirect:
        """Make a webhook and show its secret, or show the form again with the problem at its field."""
        form = webhook_form.read(data)
        try:
            async with units() as uow:
                made, secret = await webhook_form.create(uow, user, settings.webhooks, form)
        except (BadInput, Conflict) as fault:
            view = await page.load_webhooks(session, user, settings.webhooks)
            form = webhook_form.with_problem(form, fault)
            return render_page(INDEX, "webhooks", status=fault.status, view=view, form=form)
        return one_time_secret.redirect_with_secret(
            settings, user, f"/webhooks/{made.id}", "webhook_made", secret
        )

    @get("/{endpoint_id:int}")
    async def show(
        self,
        request: AnyRequest,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        endpoint_id: FromPath[int],
        cursor: FromQuery[str | None] = None,
    ) -> Response[str]:
        """One webhook with its deliveries, and its secret if that was just made."""
        endpoint = await service.managed(session, user, endpoint_id)
        view = await page.load_webhook(session, user, endpoint, cursor)
        secret = one_time_secret.read(request, settings, user)
        form = webhook_form.for_endpoint(endpoint)
        response = render_page(SHOW, "webhooks", view=view, form=form, since=SinceForm(), secret=secret)
        return one_time_secret.remove_cookie(response, request, settings)

    @post("/{endpoint_id:int}/edit")
    async def edit(
        self,
        data: Form,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        units: NamedDependency[UnitOfWorkFactory],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        endpoint_id: FromPath[int],
    ) -> Response[str] | Redirect:
        """Change a webhook, or show the form again with the problem at its field."""
        form = webhook_form.read(data)
        try:
            async with units() as uow:
                await webhook_form.change(uow, user, settings.webhooks, endpoint_id, form)
        except BadInput as fault:
            context = await page.context_after_refusal(
                session, user, endpoint_id, form=webhook_form.with_problem(form, fault)
            )
            return render_page(SHOW, "webhooks", status=fault.status, **context)
        return redirect(f"/webhooks/{endpoint_id}", "saved")

    @post("/{endpoint_id:int}/off")
    async def off(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        endpoint_id: FromPath[int],
    ) -> Redirect:
        """Switch it off: nothing more is sent to it."""
        await service.change(uow, user, settings.webhooks, endpoint_id, EndpointChange(enabled=False))
        return redirect(f"/webhooks/{endpoint_id}", "webhook_off")

    @post("/{endpoint_id:int}/on")
    async def on(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        endpoint_id: FromPath[int],
    ) -> Redirect:
        """Switch it on. Earlier failures no longer count."""
        await service.change(uow, user, settings.webhooks, endpoint_id, EndpointChange(enabled=True))
        return redirect(f"/webhooks/{endpoint_id}", "webhook_on")

    @post("/{endpoint_id:int}/rotate")
    async def rotate(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
        endpoint_id: FromPath[int],
    ) -> Redirect:
        """Make a new secret and show it. For a day messages are signed with the old one too."""
        _, secret = await service.rotate(uow, user, settings.webhooks, endpoint_id)
        return one_time_secret.redirect_with_secret(
            settings, user, f"/webhooks/{endpoint_id}", "rotated", secret
        )

    @post("/{endpoint_id:int}/test")
    async def test(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], endpoint_id: FromPath[int]
    ) -> Redirect:
        """Send a test event, which appears among the deliveries."""
        await service.test(uow, user, endpoint_id)
        return redirect(f"/webhooks/{endpoint_id}", "test_sent")

    @post("/{endpoint_id:int}/delete")
    async def delete(
        self, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal], endpoint_id: FromPath[int]
    ) -> Redirect:
        """Delete it with its deliveries."""
        await service.remove(uow, user, endpoint_id)
        return redirect("/webhooks", "webhook_gone")

    @post("/{endpoint_id:int}/redeliver")
    async def redeliver_since(
        self,
        data: Form,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        units: NamedDependency[UnitOfWorkFactory],
        user: NamedDependency[Principal],
        endpoint_id: FromPath[int],
    ) -> Response[str] | Redirect:
        """Send everything since a time again, or show the form again with the problem."""
        since = SinceForm(data.get("since", ""))
        try:
            time = webhook_form.since_time(since, render_page.chrome.zone)
            async with units() as uow:
                count = await service.redeliver_since(uow, user, endpoint_id, time)
        except BadInput as fault:
            since = webhook_form.since_with_problem(since, fault)
            context = await page.context_after_refusal(session, user, endpoint_id, since=since)
            return render_page(SHOW, "webhooks", status=fault.status, **context)
        return redirect(f"/webhooks/{endpoint_id}", "sent_again", min(count, 999_999))

    @get("/{endpoint_id:int}/deliveries/{delivery_id:str}")
    async def delivery(
        self,
        render_page: NamedDependency[RenderPage],
        session: NamedDependency[AsyncSession],
        user: NamedDependency[Principal],
        endpoint_id: FromPath[int],
        delivery_id: FromPath[str],
    ) -> Response[str]:
        """One delivery: what was sent, and the answer."""
        endpoint = await service.managed(session, user, endpoint_id)
        sent = await service.sent(session, user, endpoint_id, delivery_id)
        return render_page(DELIVERY, "webhooks", view=page.delivery_page(endpoint, sent))

    @post("/{endpoint_id:int}/deliveries/{delivery_id:str}/redeliver")
    async def redeliver(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        endpoint_id: FromPath[int],
        delivery_id: FromPath[str],
    ) -> Redirect:
        """Send this delivery again, under the same id."""
        await service.redeliver(uow, user, delivery_id)
        return redirect(f"/webhooks/{endpoint_id}/deliveries/{delivery_id}", "sent_again", 1)
